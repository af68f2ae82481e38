-- Every account with a balance or postings, by context and period. Debits are positive, credits negative.
SELECT c.accounting_book, c.subsidiary, c.is_consolidated, c.currency, c.period, c.period_name, c.period_end,
    c.fiscal_year, s.account, s.account_number, s.account_name, s.account_type, s.opening, s.debit, s.credit,
    s.translation, s.closing
FROM statement_rows s
JOIN context_periods c ON c.accounting_book = s.accounting_book
    AND c.subsidiary IS NOT DISTINCT FROM s.subsidiary AND c.is_consolidated = s.is_consolidated
    AND c.position = s.position
-- An unknown figure is NULL, and its row stays.
WHERE coalesce(s.opening <> 0 OR s.debit <> 0 OR s.credit <> 0 OR s.closing <> 0, true)
