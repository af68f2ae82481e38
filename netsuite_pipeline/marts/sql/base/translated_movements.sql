-- What each account of each consolidated context moved in a period, in the context's currency. A figure that needs a
-- missing rate is NULL; `unknown` counts the missing movements, so that sums of them stay NULL, too.
WITH rated AS (
    SELECT c.accounting_book, c.subsidiary, m.account, c.position, c.carried_to, m.debit, m.credit, m.amount,
        coalesce(k.is_balance_sheet, true) AS is_balance_sheet,
        coalesce(k.is_balance_sheet AND k.rate_type = 'CURRENT', true) AS has_current_rate,
        CASE coalesce(k.rate_type, 'CURRENT') WHEN 'AVERAGE' THEN r.average_rate
            WHEN 'HISTORICAL' THEN r.historical_rate ELSE r.current_rate END AS rate
    FROM movements m
    JOIN group_members g ON g.member = m.subsidiary
    JOIN context_periods c ON c.accounting_book = m.accounting_book AND c.subsidiary = g.subsidiary
        AND c.is_consolidated AND c.period = m.period
    LEFT JOIN ledger_accounts k ON k.account = m.account
    LEFT JOIN pair_rates r ON r.accounting_book = m.accounting_book AND r.period = m.period
        AND r.member = m.subsidiary AND r.subsidiary = g.subsidiary
), added AS (
    SELECT accounting_book, subsidiary, account, position, carried_to, is_balance_sheet, has_current_rate,
        CASE WHEN count(*) FILTER (debit <> 0 AND rate IS NULL) = 0 THEN coalesce(sum(debit * rate), 0) END
            AS debit,
        CASE WHEN count(*) FILTER (credit <> 0 AND rate IS NULL) = 0 THEN coalesce(sum(credit * rate), 0) END
            AS credit,
        sum(amount * rate) AS amount,
        count(*) FILTER (amount <> 0 AND rate IS NULL) AS unknown
    FROM rated
    -- A balance at the current rate is translated as a whole: nothing of it is carried.
    WHERE position = carried_to OR NOT has_current_rate
    GROUP BY ALL
), rounded AS MATERIALIZED (
    -- DuckDB takes eighty times as long to round such a number as to multiply it. What is zero needs no rounding.
    SELECT * REPLACE (
        CASE WHEN debit = 0 THEN 0 ELSE debit::DECIMAL(38, 14) END AS debit,
        CASE WHEN credit = 0 THEN 0 ELSE credit::DECIMAL(38, 14) END AS credit
    )
    FROM added
)
SELECT accounting_book, subsidiary, account, carried_to AS position, is_balance_sheet, has_current_rate,
    sum(debit) AS debit, sum(credit) AS credit,
    sum(coalesce(debit - credit, amount::DECIMAL(38, 14), 0)) AS amount, sum(unknown)::BIGINT AS unknown
FROM rounded
GROUP BY ALL
