-- What was open of each receivable and payable of the primary book, and from which day until which. The aging
-- tables and the macros ar_aging_at and ap_aging_at read it.
WITH postings AS (
    SELECT g.*, if(k.kind = 'acctrec', 'receivable', 'payable') AS kind
    FROM general_ledger g
    JOIN books b ON b.accounting_book = g.accounting_book AND b.is_primary
    JOIN ledger_accounts k ON k.account = g.account AND k.kind IN ('acctrec', 'acctpay')
    -- Revaluations, and what was voided on the spot, have no amount in the document's currency.
    WHERE g.amount_currency <> 0 AND g.transaction_date IS NOT NULL
), items AS (
    SELECT transaction, transaction_line, transaction_date, abs(amount_currency) AS size
    FROM postings
), payments AS (
    SELECT l.previousdoc, l.previousline, l.nextdoc, l.nextline, abs(l.foreignamount) AS amount,
        coalesce(p.trandate, l.previousdate) AS previous_day, coalesce(n.trandate, l.nextdate) AS next_day
    FROM nexttransactionlinelink l
    LEFT JOIN transaction p ON p.id = l.previousdoc
    LEFT JOIN transaction n ON n.id = l.nextdoc
    WHERE lower(l.linktype) = 'payment'
), sides AS (
    -- A payment counts on both sides once both documents exist; the one named first may be the later one.
    SELECT previousdoc AS transaction, previousline AS line, greatest(previous_day, next_day) AS day, amount
    FROM payments
    WHERE previous_day IS NOT NULL AND next_day IS NOT NULL
    UNION ALL
    SELECT nextdoc, nextline, greatest(previous_day, next_day), amount
    FROM payments
    WHERE previous_day IS NOT NULL AND next_day IS NOT NULL
), placed AS (
    -- A link may name a line that is no open item, such as a payment's bank line. It belongs to the document.
    SELECT s.transaction, i.transaction_line AS line, s.day, sum(s.amount) AS amount,
        count(*) FILTER (s.amount IS NULL) AS unknown
    FROM sides s
    LEFT JOIN items i ON i.transaction = s.transaction AND i.transaction_line = s.line
    GROUP BY ALL
), days AS (
    SELECT transaction, transaction_date AS day FROM items
    UNION
    SELECT s.transaction, s.day FROM placed s SEMI JOIN items i ON i.transaction = s.transaction
), paid AS (
    SELECT i.*, d.day,
        sum(coalesce(n.amount, 0)) OVER until_day AS paid_on_line,
        sum(coalesce(w.amount, 0)) OVER until_day AS paid_on_document,
        -- An unknown amount on one line leaves the others in doubt, too.
        sum(coalesce(n.unknown, 0) + coalesce(w.unknown, 0)) OVER (
            PARTITION BY i.transaction ORDER BY d.day) AS unknown
    FROM items i
    JOIN days d ON d.transaction = i.transaction
    LEFT JOIN placed n ON n.transaction = i.transaction AND n.line = i.transaction_line AND n.day = d.day
    LEFT JOIN placed w ON w.transaction = i.transaction AND w.line IS NULL AND w.day = d.day
    WINDOW until_day AS (PARTITION BY i.transaction, i.transaction_line ORDER BY d.day)
), left_on_line AS (
    SELECT *, greatest(size - paid_on_line, 0) AS rest
    FROM paid
), poured AS (
    -- What was paid on the document goes to its items in the order of their lines.
    SELECT *, paid_on_document - coalesce(sum(rest) OVER (
        PARTITION BY transaction, day ORDER BY transaction_line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS offered
    FROM left_on_line
), states AS (
    SELECT transaction, transaction_line, size, day AS open_from,
        lead(day) OVER (PARTITION BY transaction, transaction_line ORDER BY day) AS open_until,
        CASE WHEN unknown = 0 THEN rest - least(rest, greatest(offered, 0)) END AS open_amount
    FROM poured
)
SELECT p.kind, p.transaction, p.transaction_line, s.open_from, s.open_until, p.transaction_type,
    p.transaction_number, p.transaction_date, coalesce(t.duedate, p.transaction_date) AS due_date, p.entity,
    p.entity_name, p.subsidiary, u.currency AS base_currency, p.account, p.currency,
    -- Receivables are positive for a debit, payables for a credit.
    if(p.kind = 'receivable', p.amount_currency, -p.amount_currency) AS amount_currency,
    if((p.kind = 'receivable') = (p.amount_currency > 0), s.open_amount, -s.open_amount) AS open_currency,
    -- The whole is exact; a part has six decimals of the amount and sixteen of the proportion.
    if(p.kind = 'receivable', 1, -1) * CASE WHEN s.open_amount = s.size THEN p.amount
        ELSE p.amount::DECIMAL(28, 6) * (s.open_amount / s.size)::DECIMAL(17, 16) END AS open_base
FROM states s
JOIN postings p ON p.transaction = s.transaction AND p.transaction_line = s.transaction_line
JOIN transaction t ON t.id = p.transaction
LEFT JOIN subsidiaries u ON u.subsidiary IS NOT DISTINCT FROM p.subsidiary
WHERE s.open_amount > 0 OR s.open_amount IS NULL
