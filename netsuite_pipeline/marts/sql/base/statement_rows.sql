-- The rows of all statements: the accounts' balances, and retained earnings and translation as computed. Posted
-- and computed parts of one account are added; a sum with an unknown part is NULL.
WITH purposes AS (
    SELECT max(account) FILTER (purpose = 'retained_earnings') AS retained_earnings,
        max(account) FILTER (purpose = 'cumulative_translation') AS cumulative_translation
    FROM ledger_accounts
    WHERE takes_computed
), earlier_years AS (
    SELECT accounting_book, subsidiary, is_consolidated, position,
        CASE WHEN count(*) = count(prior_years) THEN sum(prior_years) END AS amount
    FROM balances
    WHERE NOT is_balance_sheet
    GROUP BY ALL
), translation AS (
    SELECT accounting_book, subsidiary, is_consolidated, position,
        CASE WHEN count(*) = count(total) THEN -sum(total) END AS amount
    FROM balances
    WHERE is_consolidated
    GROUP BY ALL
), special AS (
    SELECT b.accounting_book, b.subsidiary, b.is_consolidated, b.position, b.account, NULL AS computed, b.opening,
        b.debit, b.credit, b.closing
    FROM balances b
    WHERE b.account IN (SELECT account FROM ledger_accounts WHERE takes_computed)
    UNION ALL
    SELECT e.accounting_book, e.subsidiary, e.is_consolidated, e.position, p.retained_earnings,
        'retained_earnings', e.amount, 0, 0, e.amount
    FROM earlier_years e
    CROSS JOIN purposes p
    UNION ALL
    SELECT t.accounting_book, t.subsidiary, t.is_consolidated, t.position, p.cumulative_translation,
        'cumulative_translation',
        lag(t.amount, 1, 0) OVER (
            PARTITION BY t.accounting_book, t.subsidiary, t.is_consolidated ORDER BY t.position),
        0, 0, t.amount
    FROM translation t
    CROSS JOIN purposes p
), every_row AS (
    SELECT accounting_book, subsidiary, is_consolidated, position, account, NULL AS computed, opening, debit, credit,
        closing
    FROM balances
    WHERE account IS NULL OR account NOT IN (SELECT account FROM ledger_accounts WHERE takes_computed)
    UNION ALL
    SELECT accounting_book, subsidiary, is_consolidated, position, account,
        -- Only a computed row may lack an account; the two kinds of them stay apart.
        CASE WHEN account IS NULL THEN computed END AS computed,
        CASE WHEN count(*) = count(opening) THEN sum(opening) END AS opening,
        CASE WHEN count(*) = count(debit) THEN sum(debit) END AS debit,
        CASE WHEN count(*) = count(credit) THEN sum(credit) END AS credit,
        CASE WHEN count(*) = count(closing) THEN sum(closing) END AS closing
    FROM special
    GROUP BY ALL
)
SELECT a.accounting_book, a.subsidiary, a.is_consolidated, a.position, a.account, k.account_number,
    coalesce(k.account_name, CASE a.computed
        WHEN 'retained_earnings' THEN 'Retained Earnings (computed)'
        WHEN 'cumulative_translation' THEN 'Cumulative Translation Adjustment (computed)' END) AS account_name,
    k.account_type, coalesce(k.purpose, a.computed, 'account') AS line,
    CASE WHEN a.computed IS NOT NULL THEN 'equity' ELSE coalesce(k.section, 'assets') END AS section,
    a.opening, a.debit, a.credit, a.closing - a.opening - a.debit + a.credit AS translation, a.closing
FROM every_row a
LEFT JOIN ledger_accounts k ON k.account = a.account
