-- Every account of every context at every period's end, before retained earnings and translation are computed.
-- Of income and expense, `closing` is the year to date and `prior_years` what earlier fiscal years left.
WITH moved AS (
    SELECT accounting_book, subsidiary, false AS is_consolidated, account, position,
        debit::DECIMAL(38, 14) AS debit, credit::DECIMAL(38, 14) AS credit, amount::DECIMAL(38, 14) AS amount,
        0 AS unknown, balance::DECIMAL(38, 14) AS current_balance
    FROM member_balances
    UNION ALL
    SELECT accounting_book, subsidiary, true, account, position, debit, credit, amount, unknown, current_balance
    FROM translated_balances
), placed AS (
    SELECT m.*, c.fiscal_year_id, coalesce(k.is_balance_sheet, true) AS is_balance_sheet,
        coalesce(k.rate_type, 'CURRENT') = 'CURRENT' AS has_current_rate
    FROM moved m
    JOIN context_periods c ON c.accounting_book = m.accounting_book
        AND c.subsidiary IS NOT DISTINCT FROM m.subsidiary AND c.is_consolidated = m.is_consolidated
        AND c.position = m.position
    LEFT JOIN ledger_accounts k ON k.account = m.account
), summed AS (
    SELECT *,
        sum(amount) OVER everything AS total, sum(unknown) OVER everything AS total_unknown,
        sum(amount) OVER this_year AS year_to_date, sum(unknown) OVER this_year AS year_unknown
    FROM placed
    WINDOW everything AS (
        PARTITION BY accounting_book, subsidiary, is_consolidated, account ORDER BY position
    ), this_year AS (
        PARTITION BY accounting_book, subsidiary, is_consolidated, account, fiscal_year_id ORDER BY position
    )
), closed AS (
    SELECT accounting_book, subsidiary, is_consolidated, account, position, fiscal_year_id, is_balance_sheet,
        debit, credit, CASE WHEN unknown = 0 THEN amount END AS amount,
        CASE
            WHEN is_balance_sheet AND has_current_rate THEN current_balance
            WHEN is_balance_sheet AND total_unknown = 0 THEN total
            -- Without a fiscal year nobody knows where the year began.
            WHEN NOT is_balance_sheet AND fiscal_year_id IS NOT NULL AND year_unknown = 0 THEN year_to_date
        END AS closing,
        CASE WHEN NOT is_balance_sheet AND fiscal_year_id IS NOT NULL AND total_unknown = year_unknown
            THEN total - year_to_date END AS prior_years,
        -- What the account adds to the sum of all balances, whatever the year.
        CASE
            WHEN is_balance_sheet AND has_current_rate THEN current_balance
            WHEN total_unknown = 0 THEN total
        END AS total
    FROM summed
)
SELECT *,
    CASE
        WHEN is_balance_sheet THEN lag(closing, 1, 0) OVER (
            PARTITION BY accounting_book, subsidiary, is_consolidated, account ORDER BY position)
        WHEN fiscal_year_id IS NOT NULL THEN lag(closing, 1, 0) OVER (
            PARTITION BY accounting_book, subsidiary, is_consolidated, account, fiscal_year_id ORDER BY position)
    END AS opening
FROM closed
