-- The members' movements and balances in the currency of each consolidated context. A figure that needs a
-- missing rate is NULL; `unknown` counts the missing movements, so that their sums stay NULL, too.
WITH members AS (
    SELECT c.accounting_book, c.subsidiary, g.member
    FROM contexts c
    JOIN group_members g ON g.subsidiary = c.subsidiary
    WHERE c.is_consolidated
), rated AS (
    SELECT x.accounting_book, x.subsidiary, b.account, b.position, b.debit, b.credit, b.amount, b.balance,
        r.current_rate,
        CASE coalesce(k.rate_type, 'CURRENT') WHEN 'AVERAGE' THEN r.average_rate
            WHEN 'HISTORICAL' THEN r.historical_rate ELSE r.current_rate END AS rate,
        coalesce(k.is_balance_sheet AND k.rate_type = 'CURRENT', true) AS has_current_rate
    FROM member_balances b
    JOIN members x ON x.accounting_book = b.accounting_book AND x.member = b.subsidiary
    LEFT JOIN ledger_accounts k ON k.account = b.account
    LEFT JOIN pair_rates r ON r.accounting_book = b.accounting_book AND r.period = b.period
        AND r.member = b.subsidiary AND r.subsidiary = x.subsidiary
), added AS (
    SELECT accounting_book, subsidiary, account, position,
        CASE WHEN count(*) FILTER (debit <> 0 AND rate IS NULL) = 0 THEN coalesce(sum(debit * rate), 0) END
            AS debit,
        CASE WHEN count(*) FILTER (credit <> 0 AND rate IS NULL) = 0 THEN coalesce(sum(credit * rate), 0) END
            AS credit,
        sum(amount * rate) AS amount,
        count(*) FILTER (amount <> 0 AND rate IS NULL) AS unknown,
        CASE WHEN count(*) FILTER (has_current_rate AND balance <> 0 AND current_rate IS NULL) = 0
            THEN coalesce(sum(balance * current_rate) FILTER (has_current_rate), 0) END AS current_balance
    FROM rated
    GROUP BY ALL
), rounded AS (
    -- Rounding costs more than the products; what is zero needs none.
    SELECT * REPLACE (
        CASE WHEN debit = 0 THEN 0 ELSE debit::DECIMAL(38, 14) END AS debit,
        CASE WHEN credit = 0 THEN 0 ELSE credit::DECIMAL(38, 14) END AS credit,
        CASE WHEN current_balance = 0 THEN 0 ELSE current_balance::DECIMAL(38, 14) END AS current_balance
    )
    FROM added
)
SELECT accounting_book, subsidiary, account, position, debit, credit,
    coalesce(debit - credit, amount::DECIMAL(38, 14), 0) AS amount, unknown, current_balance
FROM rounded
