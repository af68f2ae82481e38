-- The three rates from each member to each subsidiary above it, by book and period; NULL where none is known.
WITH used_periods AS (
    SELECT id AS period FROM accountingperiod WHERE isposting IS TRUE
    UNION
    SELECT DISTINCT postingperiod FROM transaction WHERE postingperiod IS NOT NULL AND posting IS TRUE
), one_currency AS (
    -- Nothing in the account has a second currency.
    SELECT NOT EXISTS (SELECT 1 FROM subsidiary WHERE currency IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM consolidatedexchangerate)
        AND (SELECT count(DISTINCT currency) <= 1 FROM transaction) AS is_so
), pairs AS (
    SELECT g.subsidiary, g.member, g.subsidiary = g.member AS is_itself,
        o.is_so OR coalesce(s.currency_id = m.currency_id, false) AS has_one_currency
    FROM (
        SELECT subsidiary, member FROM group_members
        UNION
        SELECT top, subsidiary FROM subsidiaries WHERE top IS NOT NULL AND subsidiary IS NOT NULL
    ) g
    JOIN subsidiaries s ON s.subsidiary = g.subsidiary
    JOIN subsidiaries m ON m.subsidiary = g.member
    CROSS JOIN one_currency o
), found AS (
    -- An adjustment-only book has its base book's rates where it has none.
    SELECT b.accounting_book, r.postingperiod AS period, r.fromsubsidiary AS member, r.tosubsidiary AS subsidiary,
        arg_min(r.currentrate, b.depth) FILTER (r.currentrate IS NOT NULL) AS current_rate,
        arg_min(r.averagerate, b.depth) FILTER (r.averagerate IS NOT NULL) AS average_rate,
        arg_min(r.historicalrate, b.depth) FILTER (r.historicalrate IS NOT NULL) AS historical_rate
    FROM consolidatedexchangerate r
    JOIN ledger_books b ON b.source_book = r.accountingbook OR r.accountingbook IS NULL
    GROUP BY ALL
)
SELECT b.accounting_book, p.period, x.subsidiary, x.member,
    -- Two of one currency need no row. In a row that exists, an empty rate is missing.
    CASE WHEN x.has_one_currency AND f.period IS NULL THEN 1 ELSE f.current_rate END::DECIMAL(38, 10)
        AS current_rate,
    CASE WHEN x.has_one_currency AND f.period IS NULL THEN 1 ELSE f.average_rate END::DECIMAL(38, 10)
        AS average_rate,
    CASE WHEN x.has_one_currency AND f.period IS NULL THEN 1 ELSE f.historical_rate END::DECIMAL(38, 10)
        AS historical_rate
FROM books b
CROSS JOIN used_periods p
CROSS JOIN pairs x
LEFT JOIN found f ON f.accounting_book = b.accounting_book AND f.period = p.period AND f.member = x.member
    AND f.subsidiary = x.subsidiary
WHERE NOT x.is_itself
UNION ALL
SELECT b.accounting_book, p.period, x.subsidiary, x.member, 1, 1, 1
FROM books b
CROSS JOIN used_periods p
CROSS JOIN pairs x
WHERE x.is_itself
