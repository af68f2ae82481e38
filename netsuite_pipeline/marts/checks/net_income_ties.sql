-- Net income of each balance sheet, and the income statement's figures of the year so far.
WITH sheet AS (
    SELECT accounting_book, subsidiary, is_consolidated, period, count(*) = count(amount) AS is_known,
        sum(amount) AS amount
    FROM balance_sheet
    WHERE line = 'net_income'
    GROUP BY ALL
), income AS (
    SELECT accounting_book, subsidiary, is_consolidated, period, count(*) = count(year_to_date) AS is_known,
        sum(year_to_date) AS amount
    FROM income_statement
    GROUP BY ALL
)
SELECT concat_ws(', ', 'book ' || coalesce(s.accounting_book, i.accounting_book),
        'period ' || coalesce(s.period, i.period), 'subsidiary ' || coalesce(s.subsidiary, i.subsidiary),
        CASE WHEN coalesce(s.is_consolidated, i.is_consolidated) THEN 'consolidated' END) AS place,
    CASE WHEN coalesce(s.is_known, true) THEN coalesce(s.amount, 0) END AS figure,
    CASE WHEN coalesce(i.is_known, true) THEN coalesce(i.amount, 0) END AS other,
    if(coalesce(s.is_consolidated, i.is_consolidated), 0.005, 0) AS tolerance
FROM sheet s
FULL JOIN income i ON i.accounting_book = s.accounting_book AND i.subsidiary IS NOT DISTINCT FROM s.subsidiary
    AND i.is_consolidated = s.is_consolidated AND i.period = s.period
