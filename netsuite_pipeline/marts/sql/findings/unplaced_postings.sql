-- Postings that lack what a statement needs.
WITH counted AS (
    SELECT coalesce(sum(postings) FILTER (period IS NULL), 0)::BIGINT AS without_period,
        coalesce(sum(postings) FILTER (period IS NOT NULL AND period NOT IN (SELECT period FROM periods)), 0)::BIGINT
            AS other_period,
        coalesce(sum(postings) FILTER (account IS NULL), 0)::BIGINT AS without_account,
        coalesce(sum(postings) FILTER (subsidiary IS NULL AND NOT (SELECT bool_and(is_only_one) FROM subsidiaries)), 0)
            ::BIGINT AS without_subsidiary
    FROM movements
), orphans AS (
    SELECT count(*) AS without_transaction
    FROM transactionaccountingline a
    ANTI JOIN transaction t ON t.id = a.transaction
    WHERE a.posting IS TRUE
), years AS (
    SELECT string_agg(p.period_name, ', ' ORDER BY p.position) AS names
    FROM periods p
    WHERE p.period IN (SELECT period FROM fiscal_years WHERE fiscal_year_id IS NULL)
), problems AS (
    SELECT without_period || ' postings without a period' AS what, without_period AS number,
        'They are in no statement.' AS consequence
    FROM counted
    UNION ALL
    SELECT other_period || ' postings in periods that are no posting periods', other_period,
        'They are in no statement.'
    FROM counted
    UNION ALL
    SELECT without_account || ' postings without an account', without_account,
        'They stand in a row without an account.'
    FROM counted
    UNION ALL
    SELECT without_subsidiary || ' postings without a subsidiary', without_subsidiary,
        'They stand in a context of their own and are not consolidated.'
    FROM counted
    UNION ALL
    SELECT without_transaction || ' postings whose transaction is missing', without_transaction,
        'They are in no mart.'
    FROM orphans
    UNION ALL
    SELECT 'the fiscal year of periods ' || names, 1,
        'Year to date, net income and retained earnings of these periods are NULL.'
    FROM years
    WHERE names IS NOT NULL
    UNION ALL
    SELECT 'subsidiary ' || subsidiary || ': not in the list of subsidiaries', 1,
        'It is reported alone, without a currency, and is not consolidated.'
    FROM subsidiaries
    WHERE NOT is_listed AND subsidiary IS NOT NULL AND EXISTS (SELECT 1 FROM available WHERE name = 'subsidiary')
)
SELECT unnest(['trial_balance', 'income_statement', 'balance_sheet']) AS mart, what, consequence
FROM problems
WHERE number > 0
