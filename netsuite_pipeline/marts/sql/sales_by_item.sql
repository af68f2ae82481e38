-- What was sold of each item, and what it cost: postings to accounts of kind Income and COGS, wherever NetSuite
-- posts the cost (invoice, cash sale or fulfillment).
WITH sales AS (
    SELECT g.accounting_book, g.subsidiary, g.period, g.item, g.amount, g.amount_consolidated,
        k.kind = 'income' AS is_revenue,
        CASE WHEN g.amount < 0 THEN abs(l.quantity) WHEN g.amount > 0 THEN -abs(l.quantity) ELSE 0 END AS quantity
    FROM general_ledger g
    JOIN ledger_accounts k ON k.account = g.account AND k.kind IN ('income', 'cogs')
    LEFT JOIN transactionline l ON l.transaction = g.transaction AND l.id = g.transaction_line
), added AS (
    SELECT accounting_book, subsidiary, period, item,
        coalesce(sum(quantity) FILTER (is_revenue AND item IS NOT NULL), 0) AS quantity,
        coalesce(-sum(amount) FILTER (is_revenue), 0) AS revenue,
        coalesce(sum(amount) FILTER (NOT is_revenue), 0) AS cost,
        CASE WHEN count(*) = count(amount_consolidated)
            THEN coalesce(-sum(amount_consolidated) FILTER (is_revenue), 0) END AS revenue_consolidated,
        CASE WHEN count(*) = count(amount_consolidated)
            THEN coalesce(sum(amount_consolidated) FILTER (NOT is_revenue), 0) END AS cost_consolidated
    FROM sales
    GROUP BY ALL
)
SELECT c.accounting_book, c.subsidiary, c.currency, c.period, c.period_name, c.period_end, c.fiscal_year, a.item,
    coalesce(i.itemid, i.fullname, i.displayname) AS item_name, a.quantity, a.revenue, a.cost,
    a.revenue - a.cost AS margin, a.revenue_consolidated, a.cost_consolidated,
    a.revenue_consolidated - a.cost_consolidated AS margin_consolidated
FROM added a
JOIN context_periods c ON c.accounting_book = a.accounting_book AND c.period = a.period
    AND c.subsidiary IS NOT DISTINCT FROM a.subsidiary AND NOT c.is_consolidated
LEFT JOIN item i ON i.id = a.item
WHERE coalesce(a.revenue <> 0 OR a.cost <> 0 OR a.quantity <> 0 OR a.revenue_consolidated <> 0, true)
