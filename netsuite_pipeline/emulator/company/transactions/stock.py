"""Items with their prices and stock, machines at customers, budgets, and what currencies are worth."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.accounts import ACCOUNTS, acct
from netsuite_pipeline.emulator.company.masterdata.calendar import year_period_id
from netsuite_pipeline.emulator.company.masterdata.edge_cases import odd_index
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.sql_macros import daily_rates
from netsuite_pipeline.emulator.company.storage import store


def build_stock(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Fill item, pricing, inventoryitemlocations, customrecord_machine and systemnote."""
    now = f"TIMESTAMP '{plan.now}'"
    connection.execute(f"""
        CREATE TABLE shelf AS SELECT *, touched(created, period, {now}) AS modified, versions(created,
            period, {now}) AS version
        FROM goods
    """)
    kind = "itemtype = 'InvtPart'"
    store(
        connection,
        "item",
        f"""
        SELECT id, upper(left(replace(title, ' ', ''), 4)) || '-' || (1000 + k) AS itemid, CASE
            WHEN k % 6 = 0 THEN 'erp-' || k END
                AS externalid,
            upper(left(replace(title, ' ', ''), 4)) || '-' || (1000 + k) AS fullname, title
                AS displayname, itemtype,
            CASE WHEN itemtype IN ('Service', 'NonInvtPart', 'OthCharge') THEN 'Sale' END AS subtype,
            coalesce(odd.text, title || ', revision ' || version) AS description,
            CASE itemtype WHEN 'Service' THEN 9 ELSE 3 END AS department, CASE itemtype
                WHEN 'InvtPart' THEN 1 WHEN 'Service' THEN 3
                ELSE 2 END AS class, CASE WHEN {kind} THEN 1 END AS location,
            CASE WHEN k % 7 = 0 THEN '1' WHEN k % 7 = 1 THEN '1, 2' ELSE '1, 2, 3, 4' END AS subsidiary,
            CASE WHEN {kind} THEN CASE WHEN k % 10 < 4 THEN {acct("1210")} ELSE {acct("1220")} END END
                AS assetaccount,
            CASE WHEN {kind} THEN CASE WHEN k % 10 < 4 THEN {acct("5010")} ELSE {acct("5020")} END
                WHEN itemtype = 'Service' THEN {acct("5030")} ELSE {acct("5000")} END AS expenseaccount,
            CASE itemtype WHEN 'Service' THEN CASE k % 10 WHEN 7 THEN {acct("4030")} ELSE {acct("4040")} END
                WHEN 'OthCharge' THEN {acct("4060")} WHEN 'NonInvtPart' THEN {acct("4020")}
                ELSE CASE WHEN k % 10 < 4 THEN {acct("4010")} ELSE {acct("4020")} END END AS incomeaccount,
            CASE WHEN {kind} THEN {acct("5070")} END AS gainlossaccount, {acct("5100")}
                AS intercoexpenseaccount,
            {acct("4100")} AS intercoincomeaccount, CASE WHEN itemtype = 'Service'
                THEN {acct("2360")} END AS deferralaccount,
            CASE WHEN itemtype = 'Service' THEN {acct("2360")} END AS deferredrevenueaccount,
            CASE WHEN {kind} THEN cost END AS cost, CASE WHEN {kind} THEN pick('counted',
                id + 1000000 * version, 900) END
                AS totalquantityonhand,
            yes(version > 4 AND pick('retired', id, 5) = 0) AS isinactive, created AS createddate,
                modified AS lastmodifieddate,
            one_of('origin', id, ['US', 'DE', 'JP', 'MX', NULL]) AS custitem_origin
        FROM shelf LEFT JOIN odd ON odd.i = {odd_index("k")}
        """,
    )
    store(
        connection,
        "pricing",
        """
        SELECT g.id * 100 + l.id * 10 + q.n AS internalid, g.id AS item, l.id AS pricelevel, q.quantity,
            NULL AS saleunit,
            round(g.price * (1 + coalesce(l.discountpct, 0) / 100) * q.factor, 2) AS unitprice
        FROM shelf g, ns.pricelevel l, (VALUES (0, 0, 1), (1, 50, 0.92)) AS q(n, quantity, factor)
            WHERE q.n = 0 OR g.k % 8 = 0
        """,
    )
    store(
        connection,
        "inventoryitemlocations",
        f"""
        SELECT *, quantityonhand - quantitycommitted AS quantityavailable,
            round(quantityonhand * averagecostmli, 2)
            AS onhandvaluemli FROM (
            SELECT g.id AS item, l.id AS location, pick('stock', g.id * 10000 + l.id * 100 + g.version,
                400) AS quantityonhand,
                pick('reserved', g.id * 10000 + l.id * 100 + g.version, 30) AS quantitycommitted,
                CASE WHEN g.k % 11 = 3 THEN pick('short', g.id * 10 + l.id, 9) ELSE 0 END
                    AS quantitybackordered,
                g.cost AS averagecostmli, g.cost AS lastpurchasepricemli, 'Current' AS costaccountingstatus,
                g.modified AS lastquantityavailablechange
            FROM shelf g, ns.location l WHERE g.{kind} AND l.id <> 2)
        """,
    )
    population = plan.population(300)
    store(
        connection,
        "customrecord_machine",
        f"""
        SELECT m.id, m.name, m.created, m.custrecord_serial, c.id AS custrecord_customer,
            m.custrecord_price, 'F' AS isinactive,
            touched(m.created, m.period, {now}) AS lastmodified
        FROM (
            SELECT *, 200 + k * 2 + pick('machine gap', k, 2) + 400 * (k // 60) AS id, 'Machine ' || k
                AS name,
                upper(hex(k * 7919 + 65536)) || '-' || versions(created, period, {now}) AS custrecord_serial,
                round(500 + 90000 * u('machine price', k), 4) AS custrecord_price
            FROM (SELECT k, {population.created_sql("k", "u('machine', k)")} AS created,
                    (86400 * (100 + pick('serviced', k, 300))) AS period
                FROM range({population.count_by(plan.now)}) r(k)) WHERE created <= {now}) m
        JOIN customer_party c ON c.k = (m.k * 7) % 12 AND NOT c.is_ghost
        """,
    )
    store(
        connection,
        "systemnote",
        f"""
        SELECT row_number() OVER (ORDER BY changed, id) + 5000 AS id, id AS recordid, -2 AS recordtypeid,
            'ENTITY.SPHONE' AS field,
            NULL AS oldvalue, 'revision ' || v AS newvalue, NULL AS name, changed AS date, 4 AS type,
                'UIF' AS context
        FROM (SELECT id, v, created + to_seconds(v * period) AS changed
            FROM (SELECT id, created, period, unnest(range(1, version + 1)) AS v FROM alive
                WHERE kind = 'customer' AND NOT is_ghost))
        WHERE changed <= {now}
        """,
    )


def build_rates(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Fill currency, currencyrate, consolidatedexchangerate, nexus and budgets.

    Rates of a day come in five minutes after midnight UTC.
    """
    rated = f"(TIMESTAMP '{plan.now}' - INTERVAL 5 MINUTE)::DATE"
    store(
        connection,
        "currency",
        f"""
        SELECT id, name, symbol, displaysymbol, currencyprecision, exchange(id, 1, {rated})
            AS exchangerate, isbasecurrency,
            'F' AS isinactive, yes(id <> 1) AS includeinfxrateupdates, CASE WHEN id <> 1 THEN 12 END
                AS fxrateupdatetimezone,
            'F' AS overridecurrencyformat, CASE WHEN id IN (4, 6) THEN 2 ELSE 1 END AS symbolplacement,
            CASE id WHEN 1 THEN TIMESTAMP '2023-12-01 17:00:00'
                ELSE rate_day({rated}) + INTERVAL 5 MINUTE END AS lastmodifieddate
        FROM currencies
        """,
    )
    step = "1" if daily_rates(plan) else "to_months(1)"
    days = (
        f"SELECT DATE '2024-01-01' + d::INTEGER AS day FROM range({rated} - DATE '2024-01-01' + 1) r(d)"
        if step == "1"
        else f"SELECT unnest(generate_series(DATE '2024-01-01', {rated}, INTERVAL 1 MONTH))::DATE AS day"
    )
    store(
        connection,
        "currencyrate",
        f"""
        SELECT (day - DATE '2024-01-01') * 100 + b.id * 10 + t.id AS id, b.id AS basecurrency, t.id
            AS transactioncurrency,
            day AS effectivedate, exchange(t.id, b.id, day) AS exchangerate, day + INTERVAL 5 MINUTE
                AS lastmodifieddate
        FROM ({days}), currencies b, currencies t WHERE b.id < 5 AND b.id <> t.id
        """,
    )
    store(
        connection,
        "consolidatedexchangerate",
        f"""
        SELECT p.id * 1000 + k.id * 100 + s.id * 10 + u.id AS id, p.id AS postingperiod, k.id
            AS accountingbook,
            s.id AS fromsubsidiary, u.id AS tosubsidiary, s.currency AS fromcurrency, u.currency
                AS tocurrency,
            exchange(s.currency, u.currency, least(p.enddate, {rated})) AS currentrate,
            exchange(s.currency, u.currency, least(p.startdate + 14, {rated})) AS averagerate,
            exchange(s.currency, u.currency, DATE '2024-01-01') AS historicalrate
        FROM ns.accountingperiod p, ns.accountingbook k, ns.subsidiary s, ns.subsidiary u
        WHERE p.isposting = 'T' AND p.startdate <= {rated} AND (u.id = s.id OR u.id = 1)
        """,
    )
    store(
        connection,
        "nexus",
        "SELECT n.*, p.id AS taxagency FROM (VALUES (1, 'US', 'CA', 'California', 0), (2, 'GB', NULL,"
        " 'United Kingdom', 1),"
        " (3, 'DE', NULL, 'Deutschland', 2), (4, 'CA', 'QC', 'Québec', 3)) AS n(id, country, state,"
        " description, k0)"
        " JOIN vendor_party p ON p.k = n.k0".replace("n.*", "n.id, n.country, n.state, n.description"),
    )
    budgeted = [a.id for a in ACCOUNTS.values() if a.type in ("Income", "Expense", "COGS") and not a.summary]
    years = ", ".join(f"({year}, {year_period_id(year)})" for year in range(2024, plan.now.year + 1))
    store(
        connection,
        "budgets",
        f"""
        SELECT a.account * 1000 + (y.year - 2024) * 10 + s.id AS id, y.period AS year, a.account, 1
            AS accountingbook,
            s.id AS subsidiary, 1 + a.account % 5 AS department, 1 AS class, NULL AS location, 1
                AS category, s.currency,
            round(1000 * (1 + pick('budget', a.account * 1000 + (y.year - 2024) * 10 + s.id,
                500)) * {plan.scale!r}, 2) AS total
        FROM (SELECT unnest({budgeted!r}) AS account) a, (VALUES {years}) AS y(year, period),
            ns.subsidiary s WHERE s.id < 7
        """,
    )
