-- What each account of each subsidiary moved in a period and held at its end, in the subsidiary's currency:
-- a row for every period from the account's first posting on.
WITH movements AS (
    SELECT g.accounting_book, g.subsidiary, g.account, p.position, sum(g.debit) AS debit,
        sum(g.credit) AS credit, sum(g.amount) AS amount
    FROM general_ledger g
    JOIN periods p ON p.period = g.period
    GROUP BY ALL
), firsts AS (
    SELECT accounting_book, subsidiary, account, min(position) AS position
    FROM movements
    GROUP BY ALL
)
SELECT f.accounting_book, f.subsidiary, f.account, p.position, p.period,
    coalesce(m.debit, 0)::DECIMAL(38, 10) AS debit, coalesce(m.credit, 0)::DECIMAL(38, 10) AS credit,
    coalesce(m.amount, 0)::DECIMAL(38, 10) AS amount,
    sum(coalesce(m.amount, 0)) OVER (
        PARTITION BY f.accounting_book, f.subsidiary, f.account ORDER BY p.position
    )::DECIMAL(38, 10) AS balance
FROM firsts f
JOIN periods p ON p.position >= f.position
LEFT JOIN movements m ON m.accounting_book = f.accounting_book
    AND m.subsidiary IS NOT DISTINCT FROM f.subsidiary AND m.account IS NOT DISTINCT FROM f.account
    AND m.position = p.position
