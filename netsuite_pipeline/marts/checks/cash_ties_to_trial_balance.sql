-- The rows of each cash flow statement, and the change of the bank accounts.
WITH flows AS (
    SELECT accounting_book, subsidiary, is_consolidated, period, count(*) = count(amount) AS is_known,
        sum(amount) AS amount
    FROM cash_flow_statement
    GROUP BY ALL
), banks AS (
    SELECT accounting_book, subsidiary, is_consolidated, period,
        count(*) = count(closing) AND count(*) = count(opening) AS is_known, sum(closing - opening) AS amount
    FROM trial_balance
    WHERE lower(account_type) = 'bank'
    GROUP BY ALL
)
SELECT concat_ws(', ', 'book ' || coalesce(f.accounting_book, b.accounting_book),
        'period ' || coalesce(f.period, b.period), 'subsidiary ' || coalesce(f.subsidiary, b.subsidiary),
        CASE WHEN coalesce(f.is_consolidated, b.is_consolidated) THEN 'consolidated' END) AS place,
    CASE WHEN coalesce(f.is_known, true) THEN coalesce(f.amount, 0) END AS figure,
    CASE WHEN coalesce(b.is_known, true) THEN coalesce(b.amount, 0) END AS other,
    if(coalesce(f.is_consolidated, b.is_consolidated), 0.005, 0) AS tolerance
FROM flows f
FULL JOIN banks b ON b.accounting_book = f.accounting_book AND b.subsidiary IS NOT DISTINCT FROM f.subsidiary
    AND b.is_consolidated = f.is_consolidated AND b.period = f.period
