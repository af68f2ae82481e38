-- Items with prices and stock, machines at customers, exchange rates, budgets and deletions.

-- table shelf
SELECT *, itemtype = 'InvtPart' AS stocked, touched(created, period, company_now()) AS modified,
    versions(created, period, company_now()) AS version
FROM goods

-- fill item
SELECT id, upper(left(replace(title, ' ', ''), 4)) || '-' || (1000 + k) AS itemid, itemid AS fullname, title AS displayname, itemtype,
    CASE WHEN k % 6 = 0 THEN 'erp-' || k END AS externalid,
    CASE WHEN itemtype IN ('Service', 'NonInvtPart', 'OthCharge') THEN 'Sale' END AS subtype,
    coalesce(e.text, title || ', revision ' || version) AS description, CASE itemtype WHEN 'Service' THEN 9 ELSE 3 END AS department,
    CASE itemtype WHEN 'InvtPart' THEN 1 WHEN 'Service' THEN 3 ELSE 2 END AS class, CASE WHEN stocked THEN 1 END AS location,
    CASE WHEN k % 7 = 0 THEN '1' WHEN k % 7 = 1 THEN '1, 2' ELSE '1, 2, 3, 4' END AS subsidiary,
    CASE WHEN stocked THEN asset_account END AS assetaccount, income_account AS incomeaccount,
    CASE WHEN stocked THEN cost_account WHEN itemtype = 'Service' THEN acct('5030') ELSE acct('5000') END AS expenseaccount,
    CASE WHEN stocked THEN acct('5070') END AS gainlossaccount, acct('5100') AS intercoexpenseaccount,
    acct('4100') AS intercoincomeaccount, CASE WHEN itemtype = 'Service' THEN acct('2360') END AS deferralaccount,
    CASE WHEN itemtype = 'Service' THEN acct('2360') END AS deferredrevenueaccount, CASE WHEN stocked THEN cost END AS cost,
    CASE WHEN stocked THEN pick('counted', id + 1000000 * version, 900) END AS totalquantityonhand,
    yes(version > 4 AND pick('retired', id, 5) = 0) AS isinactive, created AS createddate, modified AS lastmodifieddate,
    one_of('origin', id, ['US', 'DE', 'JP', 'MX', NULL]) AS custitem_origin
FROM shelf LEFT JOIN edge_cases e ON e.i = edge_case_index(k)

-- fill pricing
SELECT g.id * 100 + l.id * 10 + q.n AS internalid, g.id AS item, l.id AS pricelevel, q.quantity,
    round(g.price * (1 + coalesce(l.discountpct, 0) / 100) * q.factor, 2) AS unitprice
FROM shelf g, ns.pricelevel l, (VALUES (0, 0, 1), (1, 50, 0.92)) AS q(n, quantity, factor) WHERE q.n = 0 OR g.k % 8 = 0

-- fill inventoryitemlocations
SELECT *, quantityonhand - quantitycommitted AS quantityavailable, round(quantityonhand * averagecostmli, 2) AS onhandvaluemli
FROM (
    SELECT g.id AS item, l.id AS location, g.cost AS averagecostmli, g.cost AS lastpurchasepricemli,
        pick('stock', g.id * 10000 + l.id * 100 + g.version, 400) AS quantityonhand,
        pick('reserved', g.id * 10000 + l.id * 100 + g.version, 30) AS quantitycommitted,
        CASE WHEN g.k % 11 = 3 THEN pick('short', g.id * 10 + l.id, 9) ELSE 0 END AS quantitybackordered,
        'Current' AS costaccountingstatus, g.modified AS lastquantityavailablechange
    FROM shelf g, ns.location l WHERE g.stocked AND l.id <> 2)

-- fill customrecord_machine
WITH machines AS (
    SELECT k, created_at('machine', k) AS created, (86400 * (100 + pick('serviced', k, 300))) AS period
    FROM (SELECT unnest(range(count_by('machine'))) AS k)
)
SELECT 200 + m.k * 2 + pick('machine gap', m.k, 2) + 400 * (m.k // 60) AS id, 'Machine ' || m.k AS name, m.created,
    upper(hex(m.k * 7919 + 65536)) || '-' || versions(m.created, m.period, company_now()) AS custrecord_serial,
    c.id AS custrecord_customer, round(500 + 90000 * u('machine price', m.k), 4) AS custrecord_price, 'F' AS isinactive,
    touched(m.created, m.period, company_now()) AS lastmodified
FROM machines m JOIN customer_party c ON c.k = (m.k * 7) % 12 AND NOT c.is_ghost WHERE m.created <= company_now()

-- fill systemnote
SELECT row_number() OVER (ORDER BY changed, id) + 5000 AS id, id AS recordid, -2 AS recordtypeid, 'ENTITY.SPHONE' AS field,
    'revision ' || v AS newvalue, changed AS date, 4 AS type, 'UIF' AS context
FROM (SELECT id, v, created + to_seconds(v * period) AS changed
    FROM (SELECT id, created, period, unnest(range(1, version + 1)) AS v FROM alive WHERE kind = 'customer' AND NOT is_ghost))
WHERE changed <= company_now()

-- fill currency. Rates of a day arrive five minutes after midnight UTC.
SELECT *, exchange(id, 1, rated_until()) AS exchangerate, 'F' AS isinactive, yes(id <> 1) AS includeinfxrateupdates,
    CASE WHEN id <> 1 THEN 12 END AS fxrateupdatetimezone, 'F' AS overridecurrencyformat,
    CASE WHEN id IN (4, 6) THEN 2 ELSE 1 END AS symbolplacement,
    CASE id WHEN 1 THEN set_up() ELSE rate_day(rated_until()) + INTERVAL 5 MINUTE END AS lastmodifieddate
FROM currencies

-- fill currencyrate
SELECT (day - DATE '2024-01-01') * 100 + b.id * 10 + t.id AS id, b.id AS basecurrency, t.id AS transactioncurrency,
    day AS effectivedate, exchange(t.id, b.id, day) AS exchangerate, day + INTERVAL 5 MINUTE AS lastmodifieddate
FROM (SELECT day::DATE AS day FROM range(TIMESTAMP '2024-01-01', rated_until() + INTERVAL 1 DAY, INTERVAL 1 DAY) days(day)),
    currencies b, currencies t
WHERE b.id < 5 AND b.id <> t.id AND day = rate_day(day)

-- fill consolidatedexchangerate
SELECT p.id * 1000 + k.id * 100 + s.id * 10 + u.id AS id, p.id AS postingperiod, k.id AS accountingbook, s.id AS fromsubsidiary,
    u.id AS tosubsidiary, s.currency AS fromcurrency, u.currency AS tocurrency,
    exchange(s.currency, u.currency, least(p.enddate, rated_until())) AS currentrate,
    exchange(s.currency, u.currency, least(p.startdate + 14, rated_until())) AS averagerate,
    exchange(s.currency, u.currency, DATE '2024-01-01') AS historicalrate
FROM ns.accountingperiod p, ns.accountingbook k, ns.subsidiary s, ns.subsidiary u
WHERE p.isposting = 'T' AND p.startdate <= rated_until() AND (u.id = s.id OR u.id = 1)

-- fill nexus
SELECT n.id, n.country, n.state, n.description, p.id AS taxagency
FROM (VALUES (1, 'US', 'CA', 'California', 0), (2, 'GB', NULL, 'United Kingdom', 1), (3, 'DE', NULL, 'Deutschland', 2),
    (4, 'CA', 'QC', 'Québec', 3)) AS n(id, country, state, description, k) JOIN vendor_party p ON p.k = n.k

-- fill budgets
SELECT a.id * 1000 + (y - 2024) * 10 + s.id AS id, year_period_id(y) AS year, a.id AS account, 1 AS accountingbook, s.id AS subsidiary,
    1 + a.id % 5 AS department, 1 AS class, 1 AS category, s.currency,
    round(1000 * (1 + pick('budget', a.id * 1000 + (y - 2024) * 10 + s.id, 500)) * scale(), 2) AS total
FROM ns.account a, (SELECT unnest(range(2024, year(company_now()) + 1)) AS y), ns.subsidiary s
WHERE s.id < 7 AND a.accttype IN ('Income', 'Expense', 'COGS') AND a.issummary = 'F'

-- fill deletedrecord
SELECT *, 'F' AS iscustomlist, 'F' AS iscustomtransaction, one_of('deleted by', recordid, clerks()) AS deletedby,
    one_of('context', recordid, ['UIF', 'UIF', 'CSV', 'WBS']) AS context
FROM (
    SELECT id AS recordid, -30 AS recordtypeid, recordtype AS scriptid, label AS type, label || ' #' || number AS name,
        deleted AS deleteddate, 'F' AS iscustomrecord
    FROM numbered_doc WHERE deleted IS NOT NULL
    UNION ALL
    SELECT id, -2, 'customer', 'Customer', 'CUST' || (10000 + k), deleted, 'F' FROM party WHERE is_ghost
    UNION ALL
    SELECT 150, 31, 'customrecord_machine', 'Machine', 'Prototype', TIMESTAMP '2024-01-01 18:00:00', 'T')
WHERE deleteddate <= company_now()
