-- The columns that every statement has: a row for each context and period.
SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.currency, p.position, p.period, p.period_name,
    p.period_end, y.fiscal_year_id, y.fiscal_year, y.carried_to
FROM contexts c
CROSS JOIN periods p
LEFT JOIN fiscal_years y ON y.period = p.period AND y.calendar IS NOT DISTINCT FROM c.calendar
