-- Debits and credits of each book, period and subsidiary, to the last digit.
SELECT concat_ws(', ', 'book ' || accounting_book, coalesce(any_value(period_name), 'without a period'),
        'subsidiary ' || subsidiary) AS place,
    sum(debit) AS figure, sum(credit) AS other, 0 AS tolerance
FROM general_ledger
GROUP BY accounting_book, period, subsidiary
