-- A posting counts if its own `posting` and its transaction's are true and its account keeps money.
WITH posted AS (
    SELECT b.accounting_book, b.depth, b.has_base, a.transaction, a.transactionline, a.account,
        -- Where neither side was sent, the amount shows the side by its sign.
        CASE WHEN a.debit IS NULL AND a.credit IS NULL THEN greatest(coalesce(a.amount, 0), 0)
            ELSE coalesce(a.debit, 0) END AS debit,
        CASE WHEN a.debit IS NULL AND a.credit IS NULL THEN greatest(-coalesce(a.amount, 0), 0)
            ELSE coalesce(a.credit, 0) END AS credit
    FROM transactionaccountingline a
    JOIN ledger_books b
        ON b.source_book = coalesce(a.accountingbook, (SELECT accounting_book FROM books WHERE is_primary))
    LEFT JOIN ledger_accounts k ON k.account = a.account
    WHERE a.posting IS TRUE AND coalesce(k.kind, '') NOT IN ('stat', 'nonposting')
), postings AS (
    SELECT accounting_book, transaction, transactionline, account, debit, credit, 1 AS place
    FROM posted
    WHERE NOT has_base
    UNION ALL
    -- An adjustment-only book may post on a line that its base book posts: to the same account, that is one
    -- posting; to another account, it comes second.
    SELECT accounting_book, transaction, transactionline, account, sum(debit), sum(credit), row_number() OVER (
        PARTITION BY accounting_book, transaction, transactionline ORDER BY max(depth) DESC, account)
    FROM posted
    WHERE has_base
    GROUP BY accounting_book, transaction, transactionline, account
), lines AS (
    SELECT p.*, t.postingperiod, t.type, t.tranid, t.trandate, t.currency AS currency_id,
        coalesce(l.subsidiary, t.subsidiary) AS subsidiary, coalesce(l.entity, t.entity) AS entity,
        l.item, l.department, l.class, l.location, l.foreignamount
    FROM postings p
    LEFT JOIN transactionline l ON l.transaction = p.transaction AND l.id = p.transactionline
    JOIN transaction t ON t.id = p.transaction
    WHERE t.posting IS TRUE
)
SELECT l.accounting_book, l.transaction,
    -- The key stays unique: no line has a negative number.
    if(l.place = 1, l.transactionline, -100 * l.transactionline - l.place) AS transaction_line,
    l.type AS transaction_type,
    l.tranid AS transaction_number, l.trandate AS transaction_date, l.postingperiod AS period,
    p.periodname AS period_name, l.account, k.account_number, k.account_name, k.account_type, l.subsidiary,
    l.entity, e.entity_name, l.item, l.department, l.class, l.location, c.symbol AS currency,
    CASE
        -- The document's amount stands once, in the base book's row.
        WHEN l.place > 1 THEN 0
        WHEN l.foreignamount IS NOT NULL AND l.debit > l.credit THEN abs(l.foreignamount)
        WHEN l.foreignamount IS NOT NULL AND l.debit < l.credit THEN -abs(l.foreignamount)
        WHEN l.foreignamount IS NOT NULL THEN l.foreignamount
        -- An account with one currency sends no currency; a role may not see the column.
        WHEN l.currency_id IS NULL THEN l.debit - l.credit
        WHEN l.currency_id = s.currency_id
            AND NOT EXISTS (SELECT 1 FROM available WHERE name = 'transactionline.foreignamount')
            THEN l.debit - l.credit
    END AS amount_currency,
    l.debit, l.credit, l.debit - l.credit AS amount,
    CASE
        WHEN l.debit = l.credit THEN 0
        WHEN s.is_only_one OR l.subsidiary = s.top THEN (l.debit - l.credit)::DECIMAL(38, 20)
        ELSE (l.debit - l.credit) * CASE coalesce(k.rate_type, 'CURRENT')
            WHEN 'AVERAGE' THEN r.average_rate WHEN 'HISTORICAL' THEN r.historical_rate ELSE r.current_rate END
    END AS amount_consolidated
FROM lines l
LEFT JOIN ledger_accounts k ON k.account = l.account
LEFT JOIN accountingperiod p ON p.id = l.postingperiod
LEFT JOIN entity_names e ON e.entity = l.entity
LEFT JOIN currency c ON c.id = l.currency_id
LEFT JOIN subsidiaries s ON s.subsidiary IS NOT DISTINCT FROM l.subsidiary
LEFT JOIN pair_rates r ON r.accounting_book = l.accounting_book AND r.period = l.postingperiod
    AND r.member = l.subsidiary AND r.subsidiary = s.top
