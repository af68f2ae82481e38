-- A posting counts if its own `posting` and its transaction's are true and its account keeps money.
WITH lines AS (
    SELECT a.transaction, a.transactionline, a.account, t.postingperiod, t.type, t.tranid, t.trandate,
        t.currency AS currency_id,
        coalesce(a.accountingbook, (SELECT accounting_book FROM books WHERE is_primary)) AS source_book,
        coalesce(l.subsidiary, t.subsidiary) AS subsidiary, coalesce(l.entity, t.entity) AS entity,
        l.item, l.department, l.class, l.location, l.foreignamount,
        -- Where neither side was sent, the amount shows the side by its sign.
        CASE WHEN a.debit IS NULL AND a.credit IS NULL THEN greatest(coalesce(a.amount, 0), 0)
            ELSE coalesce(a.debit, 0) END AS debit,
        CASE WHEN a.debit IS NULL AND a.credit IS NULL THEN greatest(-coalesce(a.amount, 0), 0)
            ELSE coalesce(a.credit, 0) END AS credit
    FROM transactionaccountingline a
    LEFT JOIN transactionline l ON l.transaction = a.transaction AND l.id = a.transactionline
    JOIN transaction t ON t.id = a.transaction
    WHERE a.posting IS TRUE AND t.posting IS TRUE
)
SELECT b.accounting_book, l.transaction, l.transactionline AS transaction_line, l.type AS transaction_type,
    l.tranid AS transaction_number, l.trandate AS transaction_date, l.postingperiod AS period,
    p.periodname AS period_name, l.account, k.account_number, k.account_name, k.account_type, l.subsidiary,
    l.entity, e.entity_name, l.item, l.department, l.class, l.location, c.symbol AS currency,
    CASE
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
        WHEN s.is_only_one THEN (l.debit - l.credit)::DECIMAL(38, 20)
        ELSE (l.debit - l.credit) * CASE coalesce(k.rate_type, 'CURRENT')
            WHEN 'AVERAGE' THEN r.average_rate WHEN 'HISTORICAL' THEN r.historical_rate ELSE r.current_rate END
    END AS amount_consolidated
FROM lines l
JOIN ledger_books b ON b.source_book = l.source_book
LEFT JOIN ledger_accounts k ON k.account = l.account
LEFT JOIN accountingperiod p ON p.id = l.postingperiod
LEFT JOIN entity_names e ON e.entity = l.entity
LEFT JOIN currency c ON c.id = l.currency_id
LEFT JOIN subsidiaries s ON s.subsidiary IS NOT DISTINCT FROM l.subsidiary
LEFT JOIN pair_rates r ON r.accounting_book = b.accounting_book AND r.period = l.postingperiod
    AND r.member = l.subsidiary AND r.subsidiary = s.top
WHERE coalesce(k.kind, '') NOT IN ('stat', 'nonposting')
