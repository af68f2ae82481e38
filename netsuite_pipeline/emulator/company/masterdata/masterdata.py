"""Who and what the company deals with: one id sequence for all entities, and the attributes their business
follows."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.names import (
    COMPANY_FIRST,
    COMPANY_SECOND,
    FIRST_NAMES,
    ITEM_FIRST,
    ITEM_SECOND,
    LAST_NAMES,
    LEGAL_FORMS,
    SERVICE_ITEMS,
    VENDOR_SECOND,
)
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import literal

POPULATIONS = {"customer": 2000, "vendor": 300, "employee": 120, "contact": 1500, "job": 160}
ITEMS = 400
GHOSTS = 29
"""Every 29th customer is a duplicate that gets no business and is deleted some time after it was created."""


def sql_list(words: tuple[str, ...]) -> str:
    """A DuckDB list of texts, e.g. `['a', 'b']`."""
    return "[" + ", ".join(literal(word) for word in words) + "]"


def is_ghost(k: str) -> str:
    """SQL: whether customer number `k` is one of those without business."""
    return f"({k} % {GHOSTS} = {GHOSTS - 5})"


def build_parties(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Make the working table `party`: every entity there ever was until now, its id and what decides its
    business."""
    now = f"TIMESTAMP '{plan.now}'"
    everybody = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, k, {population.created_sql('k', f'''u('{kind}', k)''')} AS created"
        f" FROM range({population.count_by(plan.now)}) r(k)"
        for kind, population in ((kind, plan.population(size)) for kind, size in POPULATIONS.items())
    )
    # The rank depends on nothing later than the entity itself, so neither does its id.
    connection.execute(f"""
        CREATE TABLE numbered AS
        SELECT *, 11 + rank * 3 + pick('entity gap', rank, 3) + 700 * (rank // 450)
            + (CASE WHEN rank >= 200 THEN 21000 ELSE 0 END) AS id
        FROM (SELECT *, row_number() OVER (ORDER BY created, kind, k) - 1 AS rank FROM ({everybody})
            WHERE created <= {now})
    """)
    legal = " ".join(
        f"WHEN {sub} THEN one_of('legal form', id, {sql_list(forms)})" for sub, forms in LEGAL_FORMS.items()
    )
    connection.execute(f"""
        CREATE TABLE party AS
        SELECT *, CASE subsidiary WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 3 END AS base,
            CASE WHEN kind = 'employee' OR u('foreign', id) > 0.14
                THEN CASE subsidiary WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 3 END
                ELSE one_of('foreign currency', id, [1, 2, 3, 4, 4, 6]) END AS currency,
            one_of('terms', id, [1, 2, 2, 2, 3, 4, 5, 9]) AS terms,
            (86400 * (60 + pick('touch', id, 700)) + pick('touch second', id, 86400)) AS period,
            one_of('first name', id, {sql_list(FIRST_NAMES)}) AS first_name,
            one_of('last name', id, {sql_list(LAST_NAMES)}) AS last_name,
            CASE kind
                WHEN 'customer' THEN one_of('company 1', id, {sql_list(COMPANY_FIRST)})
                    || one_of('company 2', id, {sql_list(COMPANY_SECOND)}) || CASE subsidiary {legal} END
                WHEN 'vendor' THEN one_of('company 1', id, {sql_list(COMPANY_FIRST)})
                    || one_of('vendor 2', id, {sql_list(VENDOR_SECOND)}) || CASE subsidiary {legal} END
            END AS company,
            kind = 'customer' AND pick('person', id, 12) = 0 AS is_person,
            kind = 'customer' AND {is_ghost("k")} AS is_ghost,
            created + to_seconds(86400 * 2 + pick('deleted', id, 86400 * 300)) AS deleted,
            yes(versions(created, (86400 * (60 + pick('touch', id, 700)) + pick('touch second', id,
                86400)), {now}) > 2
                AND pick('inactive', id, 4) = 0) AS inactive
        FROM (SELECT *, one_of('subsidiary', id, [1, 1, 1, 1, 1, 2, 2, 3, 3, 4]) AS subsidiary FROM numbered)
    """)
    for kind in POPULATIONS:
        connection.execute(
            f"CREATE TABLE {kind}_party AS SELECT * FROM party WHERE kind = '{kind}' ORDER BY k"
        )


def build_item_stock(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Make the working table `goods`: every item, its price and cost in dollars, and its accounts'
    numbers."""
    population = plan.population(ITEMS)
    connection.execute(f"""
        CREATE TABLE goods AS
        SELECT *, CASE itemtype
                WHEN 'Service' THEN one_of('service', k, {sql_list(SERVICE_ITEMS)})
                ELSE one_of('item 1', k, {sql_list(ITEM_FIRST)}) || ' ' || one_of('item 2', k,
                    {sql_list(ITEM_SECOND)})
            END AS title,
            round(CASE WHEN itemtype = 'OthCharge' THEN 18 + 60 * u('price', k)
                ELSE exp(3.2 + 3.6 * u('price', k)) END, 2)::DECIMAL(18,2) AS price,
            round(exp(3.2 + 3.6 * u('price', k)) * (0.38 + 0.2 * u('margin', k)), 2)::DECIMAL(18,2) AS cost,
            (86400 * (45 + pick('item touch', k, 500)) + pick('item second', k, 86400)) AS period
        FROM (SELECT k, {population.created_sql("k", "u('item', k)")} AS created,
            5 + k * 2 + k // 40 * 13 AS id,
                CASE WHEN k % 10 < 6 THEN 'InvtPart' WHEN k % 10 = 6 THEN 'NonInvtPart'
                    WHEN k % 10 < 9 THEN 'Service'
                    WHEN k % 20 = 9 THEN 'OthCharge' ELSE 'Service' END AS itemtype
            FROM range({population.count_by(plan.now)}) r(k))
        WHERE created <= TIMESTAMP '{plan.now}'
        ORDER BY k
    """)
