-- Where cash came from and went to, by the indirect method: net income, then what other accounts released.
WITH moves AS MATERIALIZED (
    -- Movements of the balance sheet without cash, each at its period's rate of the account's cash flow type.
    SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.position, m.account,
        -m.amount::DECIMAL(38, 14) AS amount
    FROM movements m
    JOIN context_periods c ON c.accounting_book = m.accounting_book AND c.period = m.period
        AND c.subsidiary IS NOT DISTINCT FROM m.subsidiary AND NOT c.is_consolidated
    LEFT JOIN ledger_accounts k ON k.account = m.account
    WHERE m.amount <> 0 AND coalesce(k.is_balance_sheet, true) AND k.kind IS DISTINCT FROM 'bank'
        AND c.position = c.carried_to
    UNION ALL
    SELECT accounting_book, subsidiary, true, position, account,
        CASE WHEN count(*) = count(rate) THEN -sum(amount * rate) END::DECIMAL(38, 14)
    FROM (
        SELECT c.accounting_book, c.subsidiary, c.position, m.account, m.amount,
            CASE k.cash_flow_rate_type WHEN 'CURRENT' THEN r.current_rate WHEN 'HISTORICAL' THEN r.historical_rate
                ELSE r.average_rate END AS rate
        FROM movements m
        JOIN group_members g ON g.member = m.subsidiary
        JOIN context_periods c ON c.accounting_book = m.accounting_book AND c.subsidiary = g.subsidiary
            AND c.is_consolidated AND c.period = m.period
        LEFT JOIN ledger_accounts k ON k.account = m.account
        LEFT JOIN pair_rates r ON r.accounting_book = m.accounting_book AND r.period = m.period
            AND r.member = m.subsidiary AND r.subsidiary = g.subsidiary
        WHERE m.amount <> 0 AND coalesce(k.is_balance_sheet, true) AND k.kind IS DISTINCT FROM 'bank'
            AND c.position = c.carried_to
    )
    GROUP BY ALL
), accounts AS (
    SELECT m.accounting_book, m.subsidiary, m.is_consolidated, m.position,
        CASE
            WHEN k.kind IN ('fixedasset', 'othasset') THEN 'investing'
            WHEN k.kind = 'longtermliab' OR k.section = 'equity' THEN 'financing'
            ELSE 'operating'
        END AS section,
        'account' AS line, m.account, k.account_number, k.account_name, k.account_type, m.amount
    FROM moves m
    LEFT JOIN ledger_accounts k ON k.account = m.account
), income AS (
    SELECT accounting_book, subsidiary, is_consolidated, position, 'operating' AS section, 'net_income' AS line,
        CASE WHEN count(*) = count(amount) THEN -sum(amount) END AS amount
    FROM balances
    WHERE NOT is_balance_sheet
    GROUP BY ALL
), cash AS (
    SELECT s.accounting_book, s.subsidiary, s.is_consolidated, s.position,
        CASE WHEN count(*) = count(s.closing - s.opening) THEN sum(s.closing - s.opening) END AS change
    FROM statement_rows s
    JOIN ledger_accounts k ON k.account = s.account AND k.kind = 'bank'
    GROUP BY ALL
), flows AS (
    SELECT accounting_book, subsidiary, is_consolidated, position, section, line, account, account_number,
        account_name, account_type, amount
    FROM accounts
    UNION ALL
    SELECT accounting_book, subsidiary, is_consolidated, position, section, line, NULL, NULL, 'Net Income', NULL,
        amount
    FROM income
), explained AS (
    SELECT accounting_book, subsidiary, is_consolidated, position,
        CASE WHEN count(*) = count(amount) THEN sum(amount) END AS amount
    FROM flows
    GROUP BY ALL
), everything AS (
    SELECT * FROM flows
    UNION ALL
    -- What the flows do not explain is what a change of rates did to cash.
    SELECT accounting_book, subsidiary, true, position, 'exchange_rates', 'exchange_rate_effect', NULL, NULL,
        'Effect of Exchange Rates on Cash', NULL,
        CASE WHEN c.accounting_book IS NULL THEN 0 ELSE c.change END
            - CASE WHEN e.accounting_book IS NULL THEN 0 ELSE e.amount END
    FROM (SELECT * FROM cash WHERE is_consolidated) c
    FULL JOIN (SELECT * FROM explained WHERE is_consolidated) e USING (accounting_book, subsidiary, position)
)
SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.currency, c.period, c.period_name, c.period_end,
    c.fiscal_year, f.section, f.line, f.account, f.account_number, f.account_name, f.account_type, f.amount
FROM everything f
JOIN context_periods c ON c.accounting_book = f.accounting_book
    AND c.subsidiary IS NOT DISTINCT FROM f.subsidiary AND c.is_consolidated = f.is_consolidated
    AND c.position = f.position
WHERE f.amount <> 0 OR f.amount IS NULL
