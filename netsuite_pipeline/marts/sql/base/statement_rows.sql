-- The rows of all statements: the accounts' balances, and retained earnings and translation as computed. Posted
-- and computed parts of one account are added; a sum with an unknown part is NULL.
WITH purposes AS (
    SELECT max(account) FILTER (purpose = 'retained_earnings') AS retained_earnings,
        max(account) FILTER (purpose = 'cumulative_translation') AS cumulative_translation
    FROM ledger_accounts
    WHERE takes_computed
), results AS (
    -- Income and expense of each period.
    SELECT accounting_book, subsidiary, false AS is_consolidated, position, sum(amount)::DECIMAL(38, 14) AS amount,
        0 AS unknown
    FROM member_balances
    WHERE NOT is_balance_sheet
    GROUP BY ALL
    UNION ALL
    SELECT accounting_book, subsidiary, true, position, sum(amount), sum(unknown)
    FROM translated_movements
    WHERE NOT is_balance_sheet
    GROUP BY ALL
), earlier_years AS (
    SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.position,
        CASE WHEN c.fiscal_year_id IS NOT NULL
                AND sum(coalesce(r.unknown, 0)) OVER ever = sum(coalesce(r.unknown, 0)) OVER this_year
            THEN sum(coalesce(r.amount, 0)) OVER ever - sum(coalesce(r.amount, 0)) OVER this_year END AS amount
    FROM context_periods c
    LEFT JOIN results r ON r.accounting_book = c.accounting_book
        AND r.subsidiary IS NOT DISTINCT FROM c.subsidiary AND r.is_consolidated = c.is_consolidated
        AND r.position = c.position
    WHERE c.position = c.carried_to
    WINDOW ever AS (PARTITION BY c.accounting_book, c.subsidiary, c.is_consolidated ORDER BY c.position),
        this_year AS (
            PARTITION BY c.accounting_book, c.subsidiary, c.is_consolidated, c.fiscal_year_id ORDER BY c.position)
    QUALIFY count(r.position) OVER ever > 0
), held AS (
    SELECT accounting_book, subsidiary, position, CASE WHEN count(*) = count(closing) THEN sum(closing) END AS amount
    FROM balances
    WHERE is_consolidated AND has_current_rate
    GROUP BY ALL
), added_up AS (
    SELECT accounting_book, subsidiary, position, sum(amount) AS amount, sum(unknown) AS unknown
    FROM translated_movements
    WHERE NOT has_current_rate
    GROUP BY ALL
), translation AS (
    -- All balances add up to zero but for the change of rates.
    SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.position,
        CASE WHEN sum(coalesce(a.unknown, 0)) OVER ever = 0 AND (h.position IS NULL OR h.amount IS NOT NULL)
            THEN -coalesce(h.amount, 0) - sum(coalesce(a.amount, 0)) OVER ever END AS amount
    FROM context_periods c
    LEFT JOIN held h ON h.accounting_book = c.accounting_book AND h.subsidiary = c.subsidiary
        AND h.position = c.position
    LEFT JOIN added_up a ON a.accounting_book = c.accounting_book AND a.subsidiary = c.subsidiary
        AND a.position = c.position
    WHERE c.is_consolidated AND c.position = c.carried_to
    WINDOW ever AS (PARTITION BY c.accounting_book, c.subsidiary ORDER BY c.position)
    QUALIFY h.position IS NOT NULL OR count(a.position) OVER ever > 0
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
