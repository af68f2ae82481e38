-- Income and expense of the period and of the fiscal year so far. What adds to profit is positive.
SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.currency, c.period, c.period_name, c.period_end,
    c.fiscal_year, s.account, s.account_number, s.account_name, s.account_type, s.section, s.credit - s.debit AS amount,
    -s.closing AS year_to_date
FROM statement_rows s
JOIN context_periods c ON c.accounting_book = s.accounting_book
    AND c.subsidiary IS NOT DISTINCT FROM s.subsidiary AND c.is_consolidated = s.is_consolidated
    AND c.position = s.position
WHERE s.section NOT IN ('assets', 'liabilities', 'equity')
    AND coalesce(s.debit <> 0 OR s.credit <> 0 OR s.closing <> 0, true)
