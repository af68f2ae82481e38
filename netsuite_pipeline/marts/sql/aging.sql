-- Receivables or payables ({kind}) that were open on some days. The tables ar_aging and ap_aging show the days of
-- period_ends, the macros ar_aging_at and ap_aging_at any day.
SELECT d.day AS as_of, o.transaction, o.transaction_line, o.transaction_type, o.transaction_number,
    o.transaction_date, o.due_date, o.entity, o.entity_name, o.subsidiary, o.account, o.currency,
    o.base_currency, o.amount_currency, o.open_currency, o.open_base, d.day - o.due_date AS days_overdue,
    CASE
        WHEN d.day - o.due_date <= 0 THEN 'current'
        WHEN d.day - o.due_date <= 30 THEN '1-30'
        WHEN d.day - o.due_date <= 60 THEN '31-60'
        WHEN d.day - o.due_date <= 90 THEN '61-90'
        ELSE 'over 90'
    END AS bucket,
    d.day - o.transaction_date AS days_old
FROM {open_items} o
JOIN {days} d ON d.day >= o.open_from AND (o.open_until IS NULL OR d.day < o.open_until)
WHERE o.kind = '{kind}'
