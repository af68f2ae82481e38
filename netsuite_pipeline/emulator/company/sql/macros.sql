-- The pure functions of every row. Macros that depend on the plan or on data files are defined by macros.py.

-- Chance: the same seed, purpose and number give the same result, within one version of DuckDB.
CREATE MACRO h(purpose, k) AS hash(k, purpose, seed());
CREATE MACRO u(purpose, k) AS ((h(purpose, k) >> 11)::DOUBLE / 9007199254740992.0);
CREATE MACRO pick(purpose, k, n) AS (h(purpose, k) % (n)::UBIGINT)::BIGINT;
CREATE MACRO one_of(purpose, k, choices) AS list_extract(choices, 1 + pick(purpose, k, len(choices)));
CREATE MACRO yes(condition) AS CASE WHEN condition THEN 'T' ELSE 'F' END;

-- Time. From 15:00 to before 24:00 UTC the date is the same in California and in Greenwich.
CREATE MACRO working_day(d) AS CASE isodow(d) WHEN 6 THEN d + 2 WHEN 7 THEN d + 1 ELSE d END;
CREATE MACRO at_hour(d, hour, purpose, k) AS d::TIMESTAMP + to_seconds((hour) * 3600 + pick(purpose, k, 10000));
CREATE MACRO set_up() AS TIMESTAMP '2023-12-01 17:00:00';
-- The latest change of a record that is touched every `period` seconds after it was created.
CREATE MACRO versions(created, period, moment) AS date_diff('second', created, moment) // period;
CREATE MACRO touched(created, period, moment) AS created + to_seconds(versions(created, period, moment) * period);

-- Populations: the first individuals were migrated before business began, the others come one by one.
CREATE MACRO created_at(kind, k) AS (CASE
    WHEN k < migrated(kind) THEN TIMESTAMP '2023-12-04 09:00:00' + to_seconds(k * 7)
    ELSE TIMESTAMP '2024-01-01' + to_seconds(CAST(floor((k - migrated(kind) + u(kind, k)) * spacing(kind)) AS BIGINT)) END);
-- How many exist for certain when a day begins.
CREATE MACRO existing(kind, day) AS (migrated(kind) + ((day - DATE '2024-01-01') * 86400) // spacing(kind));
-- Every 29th customer is a duplicate without business, deleted some time after it was created.
CREATE MACRO is_ghost(k) AS (k % 29 = 24);

-- Money: slow and quick waves with a little noise around each currency's nominal value in dollars.
CREATE MACRO nominal(currency) AS CASE currency WHEN 1 THEN 1.0 WHEN 2 THEN 1.27 WHEN 3 THEN 0.73 WHEN 4 THEN 1.09
    WHEN 5 THEN 0.0067 WHEN 6 THEN 1.13 END;
CREATE MACRO rate_day(d) AS CASE WHEN has_daily_rates() THEN d ELSE date_trunc('month', d)::DATE END;
CREATE MACRO dollars(currency, d) AS CASE WHEN currency = 1 THEN 1.0 ELSE nominal(currency) * (1
    + 0.035 * sin((d - DATE '2024-01-01') / 97.0 + currency) + 0.012 * sin((d - DATE '2024-01-01') / 13.0 + 2 * currency)
    + 0.006 * (u('rate', currency * 100000 + (d - DATE '2024-01-01')) - 0.5)) END;
CREATE MACRO exchange(source, target, d) AS CASE WHEN source = target THEN 1::DECIMAL(18,8)
    ELSE round(dollars(source, rate_day(d)) / dollars(target, rate_day(d)), 8)::DECIMAL(18,8) END;
CREATE MACRO currency_of(subsidiary) AS CASE subsidiary WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 3 END;
CREATE MACRO bank(subsidiary) AS CASE subsidiary WHEN 1 THEN acct('1010') WHEN 2 THEN acct('1020')
    WHEN 3 THEN acct('1030') ELSE acct('1040') END;

-- Keys. A fiscal year has 20 period ids: the year, then each quarter with its months. Line keys pass 2**31 early.
CREATE MACRO year_period_id(y) AS (101 + (y - 2024) * 20);
CREATE MACRO period_id(day) AS (100 + (year(day) - 2024) * 20 + (month(day) - 1) // 3 + 2 + month(day));
CREATE MACRO unique_key(transaction, line) AS (2147400000 + transaction * 100 + line);
-- The edge case text of a row's rank: close together at first, so that small companies have them all.
CREATE MACRO edge_case_index(rank) AS (CASE WHEN rank < 13 * edge_case_count() AND rank % 13 = 5 OR rank % 499 = 5
    THEN (rank // 13 + rank // 499) % edge_case_count() END);
-- Rows of a list with their full names.
CREATE MACRO tree(source, prefix) AS TABLE
    SELECT v.*, coalesce(p.name || ' : ', '') || v.name AS fullname, 'F' AS isinactive, 'T' AS includechildren,
        prefix || v.id AS externalid, set_up() AS lastmodifieddate
    FROM query_table(source) v LEFT JOIN query_table(source) p ON p.id = v.parent;
