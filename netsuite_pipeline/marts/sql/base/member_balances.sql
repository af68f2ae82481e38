-- What each account of each subsidiary moved in a period, and its balance at the period's end, in the subsidiary's
-- currency: a row for every period from the account's first posting on. The balance of income and expense is that of
-- the fiscal year.
WITH moved AS (
    SELECT m.accounting_book, m.subsidiary, m.account, c.carried_to AS position, sum(m.debit) AS debit,
        sum(m.credit) AS credit, sum(m.amount) AS amount
    FROM movements m
    JOIN context_periods c ON c.accounting_book = m.accounting_book AND c.period = m.period
        AND c.subsidiary IS NOT DISTINCT FROM m.subsidiary AND NOT c.is_consolidated
    GROUP BY ALL
), firsts AS (
    SELECT m.accounting_book, m.subsidiary, m.account, min(m.position) AS position,
        coalesce(any_value(k.is_balance_sheet), true) AS is_balance_sheet,
        coalesce(any_value(k.is_balance_sheet AND k.rate_type = 'CURRENT'), true) AS has_current_rate
    FROM moved m
    LEFT JOIN ledger_accounts k ON k.account = m.account
    GROUP BY ALL
), filled AS (
    SELECT f.accounting_book, f.subsidiary, f.account, f.is_balance_sheet, f.has_current_rate, c.position, c.period,
        c.fiscal_year_id, CASE WHEN NOT f.is_balance_sheet THEN c.fiscal_year_id END AS sum_of_year,
        coalesce(m.debit, 0)::DECIMAL(38, 10) AS debit, coalesce(m.credit, 0)::DECIMAL(38, 10) AS credit,
        coalesce(m.amount, 0)::DECIMAL(38, 10) AS amount
    FROM firsts f
    JOIN context_periods c ON c.accounting_book = f.accounting_book AND c.subsidiary IS NOT DISTINCT FROM f.subsidiary
        AND NOT c.is_consolidated AND c.position >= f.position AND c.position = c.carried_to
    LEFT JOIN moved m ON m.accounting_book = f.accounting_book
        AND m.subsidiary IS NOT DISTINCT FROM f.subsidiary AND m.account IS NOT DISTINCT FROM f.account
        AND m.position = c.position
)
SELECT accounting_book, subsidiary, account, position, period, is_balance_sheet, has_current_rate, debit, credit, amount,
    -- Without a fiscal year nobody knows where the year began.
    CASE WHEN is_balance_sheet OR fiscal_year_id IS NOT NULL THEN sum(amount) OVER (
        PARTITION BY accounting_book, subsidiary, account, sum_of_year ORDER BY position
    ) END AS balance
FROM filled
