-- Working tables of everybody and everything that the company deals with, and what decides their business.

-- table party: every entity that ever existed. Its rank, and so its id, depends on nothing later than itself.
WITH everybody AS (
    SELECT kind, k, created_at(kind, k) AS created
    FROM (SELECT kind, unnest(range(count_by(kind))) AS k
        FROM (VALUES ('customer'), ('vendor'), ('employee'), ('contact'), ('job')) AS kinds(kind))
), ranked AS (
    SELECT *, row_number() OVER (ORDER BY created, kind, k) - 1 AS rank FROM everybody WHERE created <= company_now()
), numbered AS (
    SELECT *, 11 + rank * 3 + pick('entity gap', rank, 3) + 700 * (rank // 450)
        + (CASE WHEN rank >= 200 THEN 21000 ELSE 0 END) AS id
    FROM ranked
), placed AS (
    SELECT *, one_of('subsidiary', id, [1, 1, 1, 1, 1, 2, 2, 3, 3, 4]) AS subsidiary,
        (86400 * (60 + pick('touch', id, 700)) + pick('touch second', id, 86400)) AS period
    FROM numbered
)
SELECT *, currency_of(subsidiary) AS base,
    CASE WHEN kind = 'employee' OR u('foreign', id) > 0.14 THEN currency_of(subsidiary)
        ELSE one_of('foreign currency', id, [1, 2, 3, 4, 4, 6]) END AS currency,
    one_of('terms', id, [1, 2, 2, 2, 3, 4, 5, 9]) AS terms,
    one_of('first name', id, words('first_names')) AS first_name, one_of('last name', id, words('last_names')) AS last_name,
    CASE WHEN kind IN ('customer', 'vendor') THEN one_of('company 1', id, words('company_first'))
        || CASE kind WHEN 'customer' THEN one_of('company 2', id, words('company_second'))
            ELSE one_of('vendor 2', id, words('vendor_second')) END
        || one_of('legal form', id, words('legal_forms_' || subsidiary)) END AS company,
    kind = 'customer' AND pick('person', id, 12) = 0 AS is_person, kind = 'customer' AND is_ghost(k) AS is_ghost,
    created + to_seconds(86400 * 2 + pick('deleted', id, 86400 * 300)) AS deleted,
    yes(versions(created, period, company_now()) > 2 AND pick('inactive', id, 4) = 0) AS inactive
FROM placed

-- table customer_party
FROM party WHERE kind = 'customer' ORDER BY k

-- table vendor_party
FROM party WHERE kind = 'vendor' ORDER BY k

-- table employee_party
FROM party WHERE kind = 'employee' ORDER BY k

-- run: the employees who enter transactions, among the first, so that they always exist
CREATE MACRO clerks() AS (SELECT list(id ORDER BY k) FROM employee_party WHERE k < 8)

-- table goods: every item, its price and its cost in dollars
WITH counted AS (
    SELECT k, created_at('item', k) AS created, 5 + k * 2 + k // 40 * 13 AS id,
        CASE WHEN k % 10 < 6 THEN 'InvtPart' WHEN k % 10 = 6 THEN 'NonInvtPart' WHEN k % 20 = 9 THEN 'OthCharge'
            ELSE 'Service' END AS itemtype
    FROM (SELECT unnest(range(count_by('item'))) AS k)
)
SELECT *, CASE itemtype WHEN 'Service' THEN one_of('service', k, words('service_items'))
        ELSE one_of('item 1', k, words('item_first')) || ' ' || one_of('item 2', k, words('item_second')) END AS title,
    round(CASE WHEN itemtype = 'OthCharge' THEN 18 + 60 * u('price', k) ELSE exp(3.2 + 3.6 * u('price', k)) END, 2)::DECIMAL(18,2)
        AS price,
    round(exp(3.2 + 3.6 * u('price', k)) * (0.38 + 0.2 * u('margin', k)), 2)::DECIMAL(18,2) AS cost,
    (86400 * (45 + pick('item touch', k, 500)) + pick('item second', k, 86400)) AS period,
    CASE WHEN k % 10 < 4 THEN acct('1210') ELSE acct('1220') END AS asset_account,
    CASE WHEN k % 10 < 4 THEN acct('5010') ELSE acct('5020') END AS cost_account,
    CASE itemtype WHEN 'Service' THEN CASE k % 10 WHEN 7 THEN acct('4030') ELSE acct('4040') END
        WHEN 'OthCharge' THEN acct('4060') WHEN 'NonInvtPart' THEN acct('4020')
        ELSE CASE WHEN k % 10 < 4 THEN acct('4010') ELSE acct('4020') END END AS income_account
FROM counted WHERE created <= company_now() ORDER BY k
