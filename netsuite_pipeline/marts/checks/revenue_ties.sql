-- Revenue by customer, and the section income of the income statement, of each book, subsidiary and period.
WITH customers AS (
    SELECT accounting_book, subsidiary, period, sum(revenue) AS amount FROM revenue_by_customer GROUP BY ALL
), income AS (
    SELECT accounting_book, subsidiary, period, sum(amount) AS amount
    FROM income_statement
    WHERE section = 'income' AND NOT is_consolidated
    GROUP BY ALL
)
SELECT concat_ws(', ', 'book ' || coalesce(c.accounting_book, i.accounting_book),
        'period ' || coalesce(c.period, i.period), 'subsidiary ' || coalesce(c.subsidiary, i.subsidiary)) AS place,
    coalesce(c.amount, 0) AS figure, coalesce(i.amount, 0) AS other, 0 AS tolerance
FROM customers c
FULL JOIN income i ON i.accounting_book = c.accounting_book AND i.subsidiary IS NOT DISTINCT FROM c.subsidiary
    AND i.period = c.period
