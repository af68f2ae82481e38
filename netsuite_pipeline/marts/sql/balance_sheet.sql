-- Balances at the period's end. Assets are positive for a debit, liabilities and equity for a credit balance.
WITH lines AS (
    SELECT accounting_book, subsidiary, is_consolidated, position, line, account, account_number, account_name,
        account_type, section, if(section = 'assets', closing, -closing) AS amount
    FROM statement_rows
    WHERE section IN ('assets', 'liabilities', 'equity')
    UNION ALL
    SELECT accounting_book, subsidiary, is_consolidated, position, 'net_income', NULL, NULL, 'Net Income', NULL,
        'equity', CASE WHEN count(*) = count(closing) THEN -sum(closing) END
    FROM balances
    WHERE NOT is_balance_sheet
    GROUP BY accounting_book, subsidiary, is_consolidated, position
)
SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.currency, c.period, c.period_name, c.period_end,
    c.fiscal_year, l.line, l.account, l.account_number, l.account_name, l.account_type, l.section, l.amount
FROM lines l
JOIN context_periods c ON c.accounting_book = l.accounting_book
    AND c.subsidiary IS NOT DISTINCT FROM l.subsidiary AND c.is_consolidated = l.is_consolidated
    AND c.position = l.position
WHERE l.amount <> 0 OR l.amount IS NULL
