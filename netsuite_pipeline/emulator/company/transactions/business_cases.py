"""The business cases: what somebody set out to do on a day, with whom, and the dates on which its documents
follow."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.edge_cases import NIGHT_JOURNALS
from netsuite_pipeline.emulator.company.masterdata.masterdata import POPULATIONS, is_ghost
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import literal

CASES_A_DAY = 9.4
# Kind of case and how many in a hundred: quote only, order to cash, direct invoice, cash sale, purchase to
# pay,
# direct bill, expense report, accrual journal, check, inventory adjustment.
_KINDS = (
    ("QUOTE", 3),
    ("SALE", 31),
    ("SERV", 12),
    ("CASH", 8),
    ("BUY", 14),
    ("BILL", 14),
    ("EXP", 4),
    ("JRN", 7),
    ("CHECK", 4),
    ("ADJ", 3),
)
_TERM_DAYS = "CASE terms WHEN 1 THEN 15 WHEN 3 THEN 60 WHEN 4 THEN 0 WHEN 9 THEN 45 ELSE 30 END"
NIGHT_KEY, MONTHLY_KEY = 9_000_000_000_000, 8_000_000_000_000


def build_cases(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Make the working table `cases`: one row a case, keyed by day and number, with the dates of all its
    documents.

    A case's dates are all decided on its first day; which of its documents exist is a matter of the present
    moment.
    """
    bounds: list[str] = []
    upper = 0
    for kind, share in _KINDS:
        upper += share
        bounds.append(f"WHEN die < {upper} THEN '{kind}'")
    today = f"DATE '{plan.now.date()}'"
    # Weekdays are busy, Sundays are not, and every year there is more to do.
    connection.execute(f"""
        CREATE TABLE seeds AS
        SELECT c, day, CASE {" ".join(bounds)} END AS kind, NULL::TIMESTAMP AS moment FROM (
            SELECT d * 1000000 + unnest(range(CAST(floor({round(CASES_A_DAY * plan.scale, 6)!r}
                * (CASE WHEN isodow(day) > 5 THEN 0.1 ELSE 1.36 END) * (0.75 + d / 2120.0) + u('cases',
                    d)) AS BIGINT))) AS c,
                day, 0 AS zero
            FROM (SELECT d, DATE '2024-01-01' + d::INTEGER AS day
                FROM range({today} - DATE '2024-01-01' + 1) r(d)))
            , LATERAL (SELECT pick('kind', c, {upper}) AS die)
        UNION ALL BY NAME {_night()}
        UNION ALL BY NAME {_monthly(plan)}
    """)
    who = {
        kind: plan.population(POPULATIONS[kind]).existing_sql("day")
        for kind in ("customer", "vendor", "employee")
    }
    connection.execute(f"""
        CREATE TABLE partners AS
        SELECT *, CASE
                WHEN kind IN ('QUOTE', 'SALE', 'SERV', 'CASH') THEN 'customer'
                WHEN kind IN ('BUY', 'BILL', 'CHECK') THEN 'vendor' WHEN kind = 'EXP'
                    THEN 'employee' END AS party_kind,
            CASE
                WHEN kind IN ('QUOTE', 'SALE', 'SERV', 'CASH') THEN floor(pow(u('who', c),
                    1.6) * {who["customer"]})
                WHEN kind IN ('BUY', 'BILL', 'CHECK') THEN floor(pow(u('who', c), 1.6) * {who["vendor"]})
                WHEN kind = 'EXP' THEN floor(u('who', c) * {who["employee"]}) END::BIGINT AS somebody
        FROM seeds
    """)
    connection.execute(f"""
        CREATE TABLE cases AS
        WITH met AS (
            SELECT * EXCLUDE (somebody),
                CASE WHEN party_kind = 'customer' AND {is_ghost("somebody")} THEN somebody - 1
                    ELSE somebody END AS k
            FROM partners
        ), agreed AS (
            SELECT met.c, met.day, met.kind, met.moment, met.party_kind, met.k, p.id AS entity,
                coalesce(p.subsidiary, CASE WHEN c >= {MONTHLY_KEY} AND c < {NIGHT_KEY} THEN c % 100 // 10
                    ELSE one_of('place', c, [1, 1, 1, 2, 3, 4]) END) AS subsidiary,
                p.currency, coalesce(p.terms, 4) AS terms
            FROM met LEFT JOIN party p ON p.kind = met.party_kind AND p.k = met.k
        ), based AS (
            SELECT * REPLACE (coalesce(currency, base) AS currency)
            FROM (SELECT *, CASE subsidiary WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 3 END
                AS base FROM agreed)
        ), ordered AS (
            SELECT *, CASE WHEN kind = 'QUOTE' OR kind = 'SALE' AND u('quoted', c) < 0.25 THEN day END
                AS estimate_day,
                CASE kind WHEN 'BUY' THEN day WHEN 'SALE'
                    THEN working_day(day + CASE WHEN u('quoted', c) < 0.25 THEN 2 + pick('think', c,
                        9) ELSE 0 END::INTEGER)
                    END AS order_day
            FROM based
        ), moved AS (
            SELECT *, CASE WHEN u('stalls', c) < 0.045 THEN NULL
                WHEN kind = 'SALE' THEN working_day(order_day + (1 + pick('ship', c, 6))::INTEGER)
                WHEN kind = 'BUY' THEN working_day(order_day + (3 + pick('ship', c, 16))::INTEGER) END
                    AS ship_day
            FROM ordered
        ), billed AS (
            SELECT *, CASE WHEN kind IN ('SALE', 'BUY') THEN working_day(ship_day + pick('bill', c,
                3)::INTEGER)
                WHEN kind NOT IN ('QUOTE') THEN day END AS bill_day
            FROM moved
        ), credited AS (
            SELECT *, bill_day + ({_TERM_DAYS})::INTEGER AS due_day,
                CASE WHEN kind IN ('SALE', 'SERV', 'BUY', 'BILL') AND u('credit', c) < 0.035
                    THEN working_day(bill_day + (3 + pick('complain', c, 8))::INTEGER) END AS credit_day
            FROM billed
        ), owed AS (
            SELECT *, CASE WHEN kind NOT IN ('SALE', 'SERV', 'BUY', 'BILL', 'EXP') OR u('never',
                c) < 0.03 THEN NULL
                WHEN party_kind = 'customer' THEN greatest(due_day + CAST(floor(-6 - 13 * ln(1 - u('late',
                    c))) AS INTEGER),
                    bill_day + 1, credit_day + 1)
                WHEN party_kind = 'vendor' THEN greatest(due_day - 3, bill_day + 1, credit_day + 1)
                ELSE bill_day + 4 END AS owed_day
            FROM credited
        )
        SELECT *, CASE
                -- Vendors and employees are paid on Fridays, a third of the customers pay on Wednesdays.
                WHEN party_kind <> 'customer' THEN owed_day + ((12 - isodow(owed_day)) % 7)::INTEGER
                WHEN k % 3 = 0 THEN owed_day + ((10 - isodow(owed_day)) % 7)::INTEGER
                ELSE working_day(owed_day) END AS pay_day,
            CASE WHEN credit_day IS NULL AND kind IN ('SALE', 'SERV') AND u('partial', c) < 0.08
                THEN (12 + pick('rest', c, 40))::INTEGER END AS rest_after
        FROM owed
    """)


def _night() -> str:
    rows = ", ".join(
        f"({NIGHT_KEY + i}, TIMESTAMP {literal(moment)})" for i, moment in enumerate(NIGHT_JOURNALS)
    )
    return f"SELECT c, moment::DATE AS day, 'NIGHT' AS kind, moment FROM (VALUES {rows}) AS n(c, moment)"


def _monthly(plan: CompanyPlan) -> str:
    """The journals that come every month in every subsidiary, and the opening balances."""
    kinds = [("PAYROLL", 24), ("REMIT", 14)]
    if plan.scale >= 0.25:
        kinds += [("RENT", 1), ("DEPR", 27)]
    rows = ", ".join(f"({n}, '{kind}', {offset})" for n, (kind, offset) in enumerate(kinds, start=1))
    return f"""
        SELECT {MONTHLY_KEY} + m * 1000 + s * 10 + n AS c,
            working_day((DATE '2024-01-01' + to_months(m::INTEGER))::DATE + o::INTEGER) AS day, kind,
            NULL::TIMESTAMP AS moment
        FROM range({(plan.now.year - 2024) * 12 + plan.now.month}) months(m), range(1, 5) subsidiaries(s),
            (VALUES {rows}) AS k(n, kind, o)
        WHERE kind <> 'REMIT' OR m > 0
        UNION ALL SELECT {MONTHLY_KEY} + 999000000 + s * 10, DATE '2024-01-01', 'OPENING', NULL::TIMESTAMP
        FROM range(1, 5) subsidiaries(s)
    """
