-- Lines of sales and purchase orders that are not billed in full.
WITH has AS (
    SELECT count(*) FILTER (name = 'nexttransactionlinelink') > 0 AS links,
        count(*) FILTER (name = 'transactionline.foreignamount') > 0 AS foreign_amounts
    FROM available
), orders AS (
    SELECT t.id AS transaction, l.id AS transaction_line, if(t.type = 'SalesOrd', 'sales', 'purchase') AS kind,
        t.tranid AS transaction_number, t.trandate AS transaction_date, coalesce(l.entity, t.entity) AS entity,
        coalesce(l.subsidiary, t.subsidiary) AS subsidiary, l.item, l.location, t.currency AS currency_id,
        -- Some accounts send the status behind the type and a colon: SalesOrd:B.
        upper(trim(split_part(t.status, ':', -1))) AS status, abs(l.quantity) AS quantity_ordered,
        abs(coalesce(l.foreignamount, CASE WHEN t.currency IS NULL OR NOT h.foreign_amounts AND (
            SELECT any_value(s.currency_id) FROM subsidiaries s
            WHERE s.subsidiary IS NOT DISTINCT FROM coalesce(l.subsidiary, t.subsidiary)
        ) = t.currency THEN l.netamount END)) AS amount
    FROM transaction t
    JOIN transactionline l ON l.transaction = t.id
    CROSS JOIN has h
    WHERE t.type IN ('SalesOrd', 'PurchOrd') AND t.voided IS NOT TRUE AND l.item IS NOT NULL
        AND l.mainline IS NOT TRUE AND l.taxline IS NOT TRUE AND l.isclosed IS NOT TRUE
), linked AS (
    -- The list of links has no key: the same link may stand twice.
    SELECT DISTINCT previousdoc, previousline, nextdoc, nextline, lower(linktype) AS linktype
    FROM nexttransactionlinelink
    WHERE lower(linktype) IN ('shiprcpt', 'ordbill')
), reached AS (
    SELECT k.previousdoc AS transaction, k.previousline AS transaction_line,
        sum(abs(n.quantity)) FILTER (k.linktype = 'shiprcpt') AS fulfilled,
        sum(abs(n.quantity)) FILTER (k.linktype = 'ordbill') AS billed
    FROM linked k
    JOIN transactionline n ON n.transaction = k.nextdoc AND n.id = k.nextline
    GROUP BY ALL
), counted AS (
    SELECT o.*, CASE WHEN h.links THEN coalesce(r.fulfilled, 0) END AS quantity_fulfilled,
        CASE WHEN h.links THEN coalesce(r.billed, 0) END AS quantity_billed, h.links
    FROM orders o
    CROSS JOIN has h
    LEFT JOIN reached r ON r.transaction = o.transaction AND r.transaction_line = o.transaction_line
    -- C is cancelled or rejected, G billed, H closed.
    WHERE coalesce(o.status, '') NOT IN ('C', 'G', 'H')
)
SELECT c.transaction, c.transaction_line, c.kind, c.transaction_number, c.transaction_date, c.entity,
    e.entity_name, c.subsidiary, c.item, c.location, u.symbol AS currency, c.status, c.quantity_ordered,
    c.quantity_fulfilled, c.quantity_billed, c.quantity_ordered - c.quantity_billed AS quantity_open,
    CASE WHEN c.quantity_billed = 0 THEN c.amount
        ELSE c.amount::DECIMAL(28, 6)
            * ((c.quantity_ordered - c.quantity_billed) / nullif(c.quantity_ordered, 0))::DECIMAL(17, 16)
    END AS amount_open
FROM counted c
LEFT JOIN entity_names e ON e.entity = c.entity
LEFT JOIN currency u ON u.id = c.currency_id
WHERE c.quantity_ordered > coalesce(c.quantity_billed, 0)
