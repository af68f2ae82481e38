-- Every account of every context at every period's end, before retained earnings and translation are computed. Of
-- income and expense, `closing` is the year to date.
WITH held AS (
    -- Accounts at the current rate: the members' balances at the rate of the period reported.
    SELECT c.accounting_book, c.subsidiary, b.account, c.position,
        CASE WHEN count(*) FILTER (b.balance <> 0 AND r.current_rate IS NULL) = 0
            THEN coalesce(sum(b.balance * r.current_rate), 0) END AS balance
    FROM member_balances b
    JOIN group_members g ON g.member = b.subsidiary
    JOIN context_periods c ON c.accounting_book = b.accounting_book AND c.subsidiary = g.subsidiary
        AND c.is_consolidated AND c.position = b.position
    LEFT JOIN pair_rates r ON r.accounting_book = b.accounting_book AND r.period = b.period
        AND r.member = b.subsidiary AND r.subsidiary = g.subsidiary
    WHERE b.has_current_rate
    GROUP BY ALL
), rounded AS MATERIALIZED (
    SELECT * REPLACE (CASE WHEN balance = 0 THEN 0 ELSE balance::DECIMAL(38, 14) END AS balance)
    FROM held
), firsts AS (
    SELECT accounting_book, subsidiary, account, is_balance_sheet, min(position) AS position
    FROM translated_movements
    WHERE NOT has_current_rate
    GROUP BY ALL
), filled AS (
    SELECT f.accounting_book, f.subsidiary, f.account, f.is_balance_sheet, c.position, c.fiscal_year_id,
        CASE WHEN NOT f.is_balance_sheet THEN c.fiscal_year_id END AS sum_of_year,
        CASE WHEN m.position IS NULL THEN 0 ELSE m.debit END AS debit,
        CASE WHEN m.position IS NULL THEN 0 ELSE m.credit END AS credit, coalesce(m.amount, 0) AS amount,
        coalesce(m.unknown, 0) AS unknown
    FROM firsts f
    JOIN context_periods c ON c.accounting_book = f.accounting_book AND c.subsidiary = f.subsidiary
        AND c.is_consolidated AND c.position >= f.position AND c.position = c.carried_to
    LEFT JOIN translated_movements m ON m.accounting_book = f.accounting_book AND m.subsidiary = f.subsidiary
        AND m.account IS NOT DISTINCT FROM f.account AND m.position = c.position
), summed AS (
    SELECT *, sum(amount) OVER to_date AS total, sum(unknown) OVER to_date AS unknown_to_date
    FROM filled
    WINDOW to_date AS (PARTITION BY accounting_book, subsidiary, account, sum_of_year ORDER BY position)
)
SELECT accounting_book, subsidiary, false AS is_consolidated, account, position, is_balance_sheet, has_current_rate,
    debit::DECIMAL(38, 14) AS debit, credit::DECIMAL(38, 14) AS credit, amount::DECIMAL(38, 14) AS amount,
    (balance - amount)::DECIMAL(38, 14) AS opening, balance::DECIMAL(38, 14) AS closing
FROM member_balances
UNION ALL
SELECT b.accounting_book, b.subsidiary, true, b.account, b.position, true, true,
    CASE WHEN m.position IS NULL THEN 0 ELSE m.debit END, CASE WHEN m.position IS NULL THEN 0 ELSE m.credit END,
    CASE WHEN m.position IS NULL THEN 0 WHEN m.unknown = 0 THEN m.amount END,
    lag(b.balance, 1, 0) OVER (PARTITION BY b.accounting_book, b.subsidiary, b.account ORDER BY b.position), b.balance
FROM rounded b
LEFT JOIN translated_movements m ON m.accounting_book = b.accounting_book AND m.subsidiary = b.subsidiary
    AND m.account IS NOT DISTINCT FROM b.account AND m.position = b.position
UNION ALL
-- Once a movement is unknown, every sum that contains it is.
SELECT accounting_book, subsidiary, true, account, position, is_balance_sheet, false, debit, credit,
    CASE WHEN unknown = 0 THEN amount END,
    CASE WHEN unknown_to_date = unknown AND (is_balance_sheet OR fiscal_year_id IS NOT NULL) THEN total - amount END,
    CASE WHEN unknown_to_date = 0 AND (is_balance_sheet OR fiscal_year_id IS NOT NULL) THEN total END
FROM summed
