-- Receivables that were open on any day: the body of the table macro ar_aging_at(as_of).
SELECT as_of::DATE AS as_of, o.transaction, o.transaction_line, o.transaction_type, o.transaction_number,
    o.transaction_date, o.due_date, o.entity, o.entity_name, o.subsidiary, o.account, o.currency,
    o.base_currency, o.amount_currency, o.open_currency, o.open_base, as_of::DATE - o.due_date AS days_overdue,
    CASE
        WHEN as_of::DATE - o.due_date <= 0 THEN 'current'
        WHEN as_of::DATE - o.due_date <= 30 THEN '1-30'
        WHEN as_of::DATE - o.due_date <= 60 THEN '31-60'
        WHEN as_of::DATE - o.due_date <= 90 THEN '61-90'
        ELSE 'over 90'
    END AS bucket,
    as_of::DATE - o.transaction_date AS days_old
FROM {schema}.open_items o
WHERE o.kind = 'receivable' AND as_of::DATE >= o.open_from AND (o.open_until IS NULL OR as_of::DATE < o.open_until)
