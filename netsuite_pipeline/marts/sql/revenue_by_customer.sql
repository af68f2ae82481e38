-- Postings to accounts of kind Income, by customer. Sales are positive, credits negative.
SELECT c.accounting_book, c.subsidiary, c.currency, c.period, c.period_name, c.period_end, c.fiscal_year,
    g.entity AS customer, any_value(g.entity_name) AS customer_name, -sum(g.amount) AS revenue,
    CASE WHEN count(*) = count(g.amount_consolidated) THEN -sum(g.amount_consolidated) END
        AS revenue_consolidated
FROM general_ledger g
JOIN ledger_accounts k ON k.account = g.account AND k.kind = 'income'
JOIN context_periods c ON c.accounting_book = g.accounting_book AND c.period = g.period
    AND c.subsidiary IS NOT DISTINCT FROM g.subsidiary AND NOT c.is_consolidated
GROUP BY c.accounting_book, c.subsidiary, c.currency, c.period, c.period_name, c.period_end, c.fiscal_year,
    g.entity
HAVING coalesce(revenue <> 0 OR revenue_consolidated <> 0, true)
