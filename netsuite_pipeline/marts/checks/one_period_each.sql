-- How many reported periods each posting is in: the trial balance has the periods. Postings in exactly one are
-- counted by book; others are listed.
WITH reported AS (
    SELECT DISTINCT accounting_book, period FROM trial_balance
), postings AS (
    SELECT accounting_book, transaction, transaction_line, count(*) AS rows,
        count(*) FILTER (amount <> 0 AND r.period IS NULL) AS unplaced
    FROM general_ledger
    LEFT JOIN reported r USING (accounting_book, period)
    GROUP BY accounting_book, transaction, transaction_line
)
SELECT format('book {}, transaction {}, line {}', accounting_book, transaction, transaction_line) AS place,
    rows - unplaced AS figure, 1 AS other, 0 AS tolerance
FROM postings
WHERE rows <> 1 OR unplaced > 0
UNION ALL
SELECT format('book {}: {:,} postings', accounting_book, count(*)), 1, 1, 0
FROM postings
WHERE rows = 1 AND unplaced = 0
GROUP BY accounting_book
