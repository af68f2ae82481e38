-- Working tables of business cases (who begins what on which day) and of the documents that follow from them.

-- table seeds: one row a case. Weekdays are busy, Sundays are not, and every year there is more to do.
WITH days AS (
    SELECT d, DATE '2024-01-01' + d::INTEGER AS day FROM range(company_now()::DATE - DATE '2024-01-01' + 1) r(d)
), numbered AS (
    SELECT d * 1000000 + unnest(range(CAST(floor(cases_per_day() * (CASE WHEN isodow(day) > 5 THEN 0.1 ELSE 1.36 END)
        * (0.75 + d / 2120.0) + u('cases', d)) AS BIGINT))) AS c, day
    FROM days
), thrown AS (SELECT *, pick('kind', c, 100) AS die FROM numbered)
-- Of a hundred cases: quote only, order to cash, direct invoice, cash sale, purchase to pay, direct bill, expense
-- report, accrual journal, check, inventory adjustment.
SELECT c, day, CASE WHEN die < 3 THEN 'QUOTE' WHEN die < 34 THEN 'SALE' WHEN die < 46 THEN 'SERV' WHEN die < 54 THEN 'CASH'
    WHEN die < 68 THEN 'BUY' WHEN die < 82 THEN 'BILL' WHEN die < 86 THEN 'EXP' WHEN die < 93 THEN 'JRN' WHEN die < 97 THEN 'CHECK'
    ELSE 'ADJ' END AS kind, NULL::TIMESTAMP AS moment
FROM thrown
UNION ALL BY NAME
SELECT 9000000000000 + n AS c, moment::DATE AS day, 'NIGHT' AS kind, moment FROM (SELECT n, moment::TIMESTAMP AS moment FROM journal_moments)
UNION ALL BY NAME
-- Journals of every month in every subsidiary.
SELECT 8000000000000 + m * 1000 + s * 10 + n AS c, kind,
    working_day((DATE '2024-01-01' + to_months(m::INTEGER))::DATE + o::INTEGER) AS day
FROM range(((year(company_now()) - 2024) * 12 + month(company_now()))::BIGINT) months(m), range(1, 5) subsidiaries(s),
    (VALUES (1, 'PAYROLL', 24), (2, 'REMIT', 14), (3, 'RENT', 1), (4, 'DEPR', 27)) AS k(n, kind, o)
WHERE (kind <> 'REMIT' OR m > 0) AND (n < 3 OR scale() >= 0.25)
UNION ALL BY NAME
SELECT 8000999000000 + s * 10 AS c, DATE '2024-01-01' AS day, 'OPENING' AS kind FROM range(1, 5) subsidiaries(s)

-- table cases: each case with its partner and the days of all its documents, which its first day decides
WITH partners AS (
    SELECT *, CASE WHEN kind IN ('QUOTE', 'SALE', 'SERV', 'CASH') THEN 'customer'
            WHEN kind IN ('BUY', 'BILL', 'CHECK') THEN 'vendor' WHEN kind = 'EXP' THEN 'employee' END AS party_kind,
        floor(CASE WHEN party_kind = 'employee' THEN u('who', c) * existing('employee', day)
            WHEN party_kind = 'vendor' THEN pow(u('who', c), 1.6) * existing('vendor', day)
            WHEN party_kind = 'customer' THEN pow(u('who', c), 1.6) * existing('customer', day) END)::BIGINT AS somebody
    FROM seeds
), met AS (
    SELECT * EXCLUDE (somebody),
        CASE WHEN party_kind = 'customer' AND is_ghost(somebody) THEN somebody - 1 ELSE somebody END AS k
    FROM partners
), agreed AS (
    SELECT met.c, met.day, met.kind, met.moment, met.party_kind, met.k, p.id AS entity, p.currency, coalesce(p.terms, 4) AS terms,
        coalesce(p.subsidiary, CASE WHEN c >= 8000000000000 AND c < 9000000000000 THEN c % 100 // 10
            ELSE one_of('place', c, [1, 1, 1, 2, 3, 4]) END) AS subsidiary
    FROM met LEFT JOIN party p ON p.kind = met.party_kind AND p.k = met.k
), based AS (
    SELECT * REPLACE (coalesce(currency, base) AS currency) FROM (SELECT *, currency_of(subsidiary) AS base FROM agreed)
), ordered AS (
    SELECT *, CASE WHEN kind = 'QUOTE' OR kind = 'SALE' AND u('quoted', c) < 0.25 THEN day END AS estimate_day,
        CASE kind WHEN 'BUY' THEN day WHEN 'SALE'
            THEN working_day(day + CASE WHEN u('quoted', c) < 0.25 THEN 2 + pick('think', c, 9) ELSE 0 END::INTEGER) END AS order_day
    FROM based
), moved AS (
    SELECT *, CASE WHEN u('stalls', c) < 0.045 THEN NULL
        WHEN kind = 'SALE' THEN working_day(order_day + (1 + pick('ship', c, 6))::INTEGER)
        WHEN kind = 'BUY' THEN working_day(order_day + (3 + pick('ship', c, 16))::INTEGER) END AS ship_day
    FROM ordered
), billed AS (
    SELECT *, CASE WHEN kind IN ('SALE', 'BUY') THEN working_day(ship_day + pick('bill', c, 3)::INTEGER)
        WHEN kind <> 'QUOTE' THEN day END AS bill_day
    FROM moved
), credited AS (
    SELECT *, bill_day + (CASE terms WHEN 1 THEN 15 WHEN 3 THEN 60 WHEN 4 THEN 0 WHEN 9 THEN 45 ELSE 30 END)::INTEGER AS due_day,
        CASE WHEN kind IN ('SALE', 'SERV', 'BUY', 'BILL') AND u('credit', c) < 0.035
            THEN working_day(bill_day + (3 + pick('complain', c, 8))::INTEGER) END AS credit_day
    FROM billed
), owed AS (
    SELECT *, CASE WHEN kind NOT IN ('SALE', 'SERV', 'BUY', 'BILL', 'EXP') OR u('never', c) < 0.03 THEN NULL
        WHEN party_kind = 'customer' THEN greatest(due_day + CAST(floor(-6 - 13 * ln(1 - u('late', c))) AS INTEGER),
            bill_day + 1, credit_day + 1)
        WHEN party_kind = 'vendor' THEN greatest(due_day - 3, bill_day + 1, credit_day + 1)
        ELSE bill_day + 4 END AS owed_day
    FROM credited
)
-- Vendors and employees are paid on Fridays, a third of the customers pay on Wednesdays.
SELECT *, CASE WHEN party_kind <> 'customer' THEN owed_day + ((12 - isodow(owed_day)) % 7)::INTEGER
        WHEN k % 3 = 0 THEN owed_day + ((10 - isodow(owed_day)) % 7)::INTEGER
        ELSE working_day(owed_day) END AS pay_day,
    CASE WHEN credit_day IS NULL AND kind IN ('SALE', 'SERV') AND u('partial', c) < 0.08
        THEN (12 + pick('rest', c, 40))::INTEGER END AS rest_after
FROM owed

-- table doc: the documents entered up to now, without payments. Bills take the rate of their receipt, so that accrued
-- purchases clear to the cent; credits take the rate of the credited document.
WITH kinds(type, step, kinds, hour) AS (VALUES
    ('Estimate', 0, ['QUOTE', 'SALE'], 15), ('SalesOrd', 1, ['SALE'], 15), ('PurchOrd', 1, ['BUY'], 15),
    ('ItemShip', 2, ['SALE'], 18), ('ItemRcpt', 2, ['BUY'], 18), ('CustInvc', 3, ['SALE', 'SERV'], 21), ('CashSale', 3, ['CASH'], 17),
    ('VendBill', 3, ['BUY', 'BILL'], 21), ('ExpRept', 3, ['EXP'], 21), ('Check', 3, ['CHECK'], 20), ('InvAdjst', 3, ['ADJ'], 19),
    ('Journal', 3, ['JRN', 'NIGHT', 'PAYROLL', 'REMIT', 'RENT', 'DEPR', 'OPENING'], 20),
    ('CustCred', 4, ['SALE', 'SERV'], 15), ('VendCred', 4, ['BUY', 'BILL'], 15)
), dated AS (
    SELECT c.*, t.type, t.step, t.hour,
        CASE t.step WHEN 0 THEN estimate_day WHEN 1 THEN order_day WHEN 2 THEN ship_day WHEN 3 THEN bill_day ELSE credit_day END AS trandate
    FROM cases c JOIN kinds t ON list_contains(t.kinds, c.kind)
), entered AS (
    SELECT c * 8 + step AS dk, c, kind, type, step, trandate, coalesce(moment, at_hour(trandate, hour, type, c)) AS created,
        party_kind, k, entity, subsidiary, base,
        CASE WHEN type IN ('ItemShip', 'ExpRept', 'Journal', 'InvAdjst') THEN base ELSE currency END AS currency,
        CASE WHEN step IN (1, 3) THEN terms END AS terms, CASE WHEN step = 3 THEN due_day END AS due,
        CASE WHEN type IN ('VendBill', 'VendCred') THEN coalesce(ship_day, bill_day) WHEN type = 'CustCred' THEN bill_day
            ELSE trandate END AS rate_day
    FROM dated WHERE trandate IS NOT NULL
)
SELECT * EXCLUDE (rate_day), exchange(currency, base, rate_day) AS fx FROM entered WHERE created <= company_now()
