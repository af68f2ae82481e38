-- Rates that figures need and nobody knows: those figures are NULL.
WITH gaps AS (
    SELECT r.*, p.position, p.period_name
    FROM pair_rates r
    JOIN periods p ON p.period = r.period
    WHERE r.current_rate IS NULL OR r.average_rate IS NULL OR r.historical_rate IS NULL
), held AS (
    -- From when until when each account of a member had which balance.
    SELECT m.accounting_book, m.subsidiary, m.account, p.position, m.debit, m.credit,
        sum(m.amount) OVER to_date AS balance, lead(p.position) OVER to_date AS until
    FROM movements m
    JOIN periods p ON p.period = m.period
    WHERE m.subsidiary IN (SELECT member FROM gaps)
    WINDOW to_date AS (PARTITION BY m.accounting_book, m.subsidiary, m.account ORDER BY p.position)
), needed AS (
    SELECT g.accounting_book, g.member, g.subsidiary, g.position, g.period_name,
        coalesce(k.is_balance_sheet, true) AS is_balance_sheet, k.kind, x.consolidates AND s.is_listed AS consolidates,
        g.subsidiary = s.top AND b.position = g.position AND (b.debit <> 0 OR b.credit <> 0)
            AND CASE coalesce(k.rate_type, 'CURRENT')
            WHEN 'AVERAGE' THEN g.average_rate WHEN 'HISTORICAL' THEN g.historical_rate ELSE g.current_rate
        END IS NULL AS is_for_ledger
    FROM gaps g
    JOIN held b ON b.accounting_book = g.accounting_book AND b.subsidiary = g.member AND g.position >= b.position
        AND (b.until IS NULL OR g.position < b.until)
    JOIN subsidiaries s ON s.subsidiary = g.member
    JOIN books x ON x.accounting_book = g.accounting_book
    LEFT JOIN ledger_accounts k ON k.account = b.account
    WHERE (coalesce(k.is_balance_sheet, true) AND coalesce(k.rate_type, 'CURRENT') = 'CURRENT'
            AND b.balance <> 0 AND g.current_rate IS NULL)
        OR (b.position = g.position AND (b.debit <> 0 OR b.credit <> 0) AND CASE coalesce(k.rate_type, 'CURRENT')
            WHEN 'AVERAGE' THEN g.average_rate WHEN 'HISTORICAL' THEN g.historical_rate ELSE g.current_rate
        END IS NULL)
), concerned AS (
    SELECT DISTINCT unnest(list_filter([
        if(is_for_ledger, 'general_ledger', NULL),
        if(is_for_ledger AND kind = 'income', 'revenue_by_customer', NULL),
        if(is_for_ledger AND kind IN ('income', 'cogs'), 'sales_by_item', NULL),
        if(consolidates, 'cash_flow_statement', NULL),
        if(consolidates, 'trial_balance', NULL),
        if(consolidates, 'balance_sheet', NULL),
        if(consolidates AND NOT is_balance_sheet, 'income_statement', NULL),
        if(consolidates AND kind = 'bank', 'cash_position', NULL)
    ], lambda name: name IS NOT NULL)) AS mart, accounting_book, member, subsidiary, position, period_name
    FROM needed
)
SELECT mart,
    'consolidatedexchangerate: rates from subsidiary ' || member || ' to ' || subsidiary || ', book '
        || accounting_book || ', periods ' || string_agg(period_name, ', ' ORDER BY position) AS what,
    'Consolidated figures that need these rates are NULL.' AS consequence
FROM concerned
GROUP BY mart, accounting_book, member, subsidiary
