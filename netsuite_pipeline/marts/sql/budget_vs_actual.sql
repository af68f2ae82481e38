-- Budgets by account and fiscal year beside what was posted, each with the account's usual sign.
WITH years AS (
    SELECT id, periodname, enddate FROM accountingperiod WHERE isyear IS TRUE
), planned AS (
    -- open question: whether budgets.year is the id of the year's period or the year itself.
    SELECT coalesce(b.accountingbook, (SELECT accounting_book FROM books WHERE is_primary)) AS accounting_book,
        b.subsidiary, coalesce(i.id, n.id) AS fiscal_year_id, coalesce(i.periodname, n.periodname) AS fiscal_year,
        b.account, b.category, sum(b.total) AS budget
    FROM budgets b
    LEFT JOIN years i ON i.id = b.year
    LEFT JOIN (SELECT year(enddate) AS number, min(id) AS id, min(periodname) AS periodname FROM years GROUP BY ALL)
        n ON n.number = b.year AND i.id IS NULL
    WHERE b.account IS NOT NULL
    GROUP BY ALL
), posted AS (
    SELECT b.accounting_book, b.subsidiary, c.fiscal_year_id, b.account, sum(b.amount) AS amount
    FROM movements b
    JOIN context_periods c ON c.accounting_book = b.accounting_book AND c.period = b.period
        AND c.subsidiary IS NOT DISTINCT FROM b.subsidiary AND NOT c.is_consolidated
    GROUP BY ALL
), compared AS (
    SELECT p.*, s.currency, k.account_number, k.account_name, k.account_type, k.section,
        coalesce(a.amount, 0) * if(k.section IN ('assets', 'cost_of_goods_sold', 'expense', 'other_expense'), 1, -1)
            AS actual
    FROM planned p
    JOIN ledger_accounts k ON k.account = p.account
    LEFT JOIN subsidiaries s ON s.subsidiary IS NOT DISTINCT FROM p.subsidiary
    LEFT JOIN posted a ON a.accounting_book = p.accounting_book AND a.account = p.account
        AND a.subsidiary IS NOT DISTINCT FROM p.subsidiary AND a.fiscal_year_id = p.fiscal_year_id
)
SELECT accounting_book, subsidiary, currency, fiscal_year_id, fiscal_year, account, account_number, account_name,
    account_type, section, category, budget, actual, actual - budget AS variance
FROM compared
