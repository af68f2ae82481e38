-- Every account of every context at every period's end, before retained earnings and translation are computed.
-- Of income and expense, `closing` is the year to date and `prior_years` what earlier fiscal years left. `total`
-- is what the account adds to the sum of all balances, whatever the year.
WITH alone AS (
    SELECT b.accounting_book, b.subsidiary, b.account, b.position, b.amount::DECIMAL(38, 14) AS amount,
        b.debit::DECIMAL(38, 14) AS debit, b.credit::DECIMAL(38, 14) AS credit,
        b.balance::DECIMAL(38, 14) AS balance, c.fiscal_year_id, coalesce(k.is_balance_sheet, true) AS is_balance_sheet
    FROM member_balances b
    JOIN context_periods c ON c.accounting_book = b.accounting_book AND c.position = b.position
        AND c.subsidiary IS NOT DISTINCT FROM b.subsidiary AND NOT c.is_consolidated
    LEFT JOIN ledger_accounts k ON k.account = b.account
), results_alone AS (
    SELECT *,
        -- Without a fiscal year nobody knows where the year began.
        CASE WHEN fiscal_year_id IS NOT NULL THEN sum(amount) OVER (
            PARTITION BY accounting_book, subsidiary, account, fiscal_year_id ORDER BY position
        ) END AS year_to_date
    FROM alone
    WHERE NOT is_balance_sheet
), placed AS (
    SELECT t.*, c.fiscal_year_id, coalesce(k.is_balance_sheet, true) AS is_balance_sheet,
        coalesce(k.is_balance_sheet, true) AND coalesce(k.rate_type, 'CURRENT') = 'CURRENT' AS has_current_rate
    FROM translated_balances t
    JOIN context_periods c ON c.accounting_book = t.accounting_book AND c.position = t.position
        AND c.subsidiary = t.subsidiary AND c.is_consolidated
    LEFT JOIN ledger_accounts k ON k.account = t.account
), summed AS (
    -- Once a movement is unknown, every sum that contains it is.
    SELECT *,
        CASE WHEN has_current_rate THEN current_balance WHEN sum(unknown) OVER everything = 0
            THEN sum(amount) OVER everything END AS total,
        CASE WHEN fiscal_year_id IS NOT NULL AND sum(unknown) OVER this_year = 0
            THEN sum(amount) OVER this_year END AS year_to_date,
        CASE WHEN fiscal_year_id IS NOT NULL AND sum(unknown) OVER everything = sum(unknown) OVER this_year
            THEN sum(amount) OVER everything - sum(amount) OVER this_year END AS prior_years
    FROM placed
    WINDOW everything AS (PARTITION BY accounting_book, subsidiary, account ORDER BY position),
        this_year AS (PARTITION BY accounting_book, subsidiary, account, fiscal_year_id ORDER BY position)
), closed AS (
    SELECT *, if(is_balance_sheet, total, year_to_date) AS closing
    FROM summed
)
SELECT accounting_book, subsidiary, false AS is_consolidated, account, position, is_balance_sheet, debit, credit,
    amount, balance - amount AS opening, balance AS closing, NULL::DECIMAL(38, 14) AS prior_years, balance AS total
FROM alone
WHERE is_balance_sheet
UNION ALL
SELECT accounting_book, subsidiary, false, account, position, is_balance_sheet, debit, credit, amount,
    year_to_date - amount, year_to_date, balance - year_to_date, balance
FROM results_alone
UNION ALL
SELECT accounting_book, subsidiary, true, account, position, is_balance_sheet, debit, credit,
    CASE WHEN unknown = 0 THEN amount END,
    CASE
        WHEN is_balance_sheet THEN lag(closing, 1, 0) OVER (
            PARTITION BY accounting_book, subsidiary, account ORDER BY position)
        WHEN fiscal_year_id IS NOT NULL THEN lag(closing, 1, 0) OVER (
            PARTITION BY accounting_book, subsidiary, account, fiscal_year_id ORDER BY position)
    END,
    closing, CASE WHEN NOT is_balance_sheet THEN prior_years END, total
FROM closed
