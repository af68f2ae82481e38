-- Debits and credits of each account in the trial balance and in the ledger, outside consolidation.
WITH ledger AS (
    SELECT accounting_book, subsidiary, period, account, sum(debit) AS debit, sum(credit) AS credit
    FROM general_ledger
    GROUP BY ALL
), balances AS (
    SELECT accounting_book, subsidiary, period, account, sum(debit) AS debit, sum(credit) AS credit
    FROM trial_balance
    WHERE NOT is_consolidated
    GROUP BY ALL
), paired AS (
    SELECT coalesce(b.accounting_book, l.accounting_book) AS accounting_book,
        coalesce(b.subsidiary, l.subsidiary) AS subsidiary, coalesce(b.period, l.period) AS period,
        coalesce(b.account, l.account) AS account, coalesce(b.debit, 0) AS debit, coalesce(b.credit, 0) AS credit,
        coalesce(l.debit, 0) AS posted_debit, coalesce(l.credit, 0) AS posted_credit
    FROM balances b
    FULL JOIN ledger l ON l.accounting_book = b.accounting_book AND l.subsidiary IS NOT DISTINCT FROM b.subsidiary
        AND l.period IS NOT DISTINCT FROM b.period AND l.account IS NOT DISTINCT FROM b.account
), sides AS (
    SELECT *, 'debits' AS side, debit AS figure, posted_debit AS other FROM paired
    UNION ALL
    SELECT *, 'credits' AS side, credit AS figure, posted_credit AS other FROM paired
)
SELECT concat_ws(', ', side || ' of account ' || account, 'book ' || accounting_book,
        coalesce('period ' || period, 'without a period'), 'subsidiary ' || subsidiary) AS place,
    figure, other, 0 AS tolerance
FROM sides
