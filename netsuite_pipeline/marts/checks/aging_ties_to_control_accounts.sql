-- Open items at each period's end, and the control accounts' amounts of documents dated until then, in the documents'
-- currencies: so neither revaluations nor the period of a document make a difference. Receivables and payables have
-- the same check: {aging}, accounts of kind {account_type}.
WITH days AS (
    SELECT period_end AS as_of FROM trial_balance WHERE period_end < (SELECT today FROM build_day)
    UNION
    SELECT as_of FROM {aging}
), items AS (
    SELECT subsidiary, currency, transaction_date, {owed} AS owed
    FROM general_ledger
    WHERE lower(account_type) = '{account_type}' AND amount_currency <> 0
        AND accounting_book = (SELECT accounting_book FROM accounting_books WHERE is_primary)
), controlled AS (
    SELECT d.as_of, i.subsidiary, i.currency, sum(i.owed) AS amount
    FROM days d
    JOIN items i ON i.transaction_date <= d.as_of
    GROUP BY ALL
), aged AS (
    SELECT as_of, subsidiary, currency,
        CASE WHEN count(*) = count(open_currency) THEN sum(open_currency) END AS amount
    FROM {aging}
    GROUP BY ALL
)
SELECT concat_ws(', ', coalesce(a.as_of, c.as_of)::VARCHAR, 'subsidiary ' || coalesce(a.subsidiary, c.subsidiary),
        coalesce(a.currency, c.currency)) AS place,
    CASE WHEN a.as_of IS NULL THEN 0 ELSE a.amount END AS figure, coalesce(c.amount, 0) AS other, 0.005 AS tolerance
FROM aged a
FULL JOIN controlled c ON c.as_of = a.as_of AND c.subsidiary IS NOT DISTINCT FROM a.subsidiary
    AND c.currency IS NOT DISTINCT FROM a.currency
