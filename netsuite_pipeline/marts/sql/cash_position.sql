-- Bank accounts: the balance of the trial balance, and the balance in the account's own currency.
WITH own_currency AS (
    -- A revaluation is a document in another currency, or has no amount in the account's.
    SELECT g.accounting_book, g.subsidiary, g.account, c.carried_to AS position, sum(g.amount_currency) AS amount,
        count(*) - count(g.amount_currency) AS unknown
    FROM general_ledger g
    JOIN context_periods c ON c.accounting_book = g.accounting_book AND c.period = g.period
        AND c.subsidiary IS NOT DISTINCT FROM g.subsidiary AND NOT c.is_consolidated
    JOIN ledger_accounts k ON k.account = g.account AND k.kind = 'bank'
    JOIN transaction t ON t.id = g.transaction AND t.currency = k.currency_id
    GROUP BY ALL
), banks AS (
    SELECT s.*, u.symbol AS account_currency,
        CASE WHEN k.currency_id IS NOT NULL AND NOT s.is_consolidated
            AND sum(coalesce(o.unknown, 0)) OVER until_period = 0
            THEN sum(coalesce(o.amount, 0)) OVER until_period END AS balance_in_account_currency
    FROM statement_rows s
    JOIN ledger_accounts k ON k.account = s.account AND k.kind = 'bank'
    LEFT JOIN currency u ON u.id = k.currency_id
    LEFT JOIN own_currency o ON o.accounting_book = s.accounting_book
        AND o.subsidiary IS NOT DISTINCT FROM s.subsidiary AND o.account = s.account AND o.position = s.position
    WINDOW until_period AS (
        PARTITION BY s.accounting_book, s.subsidiary, s.is_consolidated, s.account ORDER BY s.position)
)
SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.currency, c.period, c.period_name, c.period_end,
    c.fiscal_year, b.account, b.account_number, b.account_name, b.account_type, b.closing AS balance,
    b.account_currency, b.balance_in_account_currency
FROM banks b
JOIN context_periods c ON c.accounting_book = b.accounting_book
    AND c.subsidiary IS NOT DISTINCT FROM b.subsidiary AND c.is_consolidated = b.is_consolidated
    AND c.position = b.position
WHERE coalesce(b.opening <> 0 OR b.debit <> 0 OR b.credit <> 0 OR b.closing <> 0
    OR b.balance_in_account_currency <> 0, true)
