"""A company small enough to know by heart, and a way to query it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, Field, Record
from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine

NOW = datetime(2026, 1, 2, 3, 4, 5)


def record(name: str, key: str, display: str, *fields: Field) -> Record:
    return Record(
        name=name,
        label=name.title(),
        key=tuple(key.split(",")),
        fields=fields,
        permission="P",
        feature=None,
        rest_name=None,
        subsidiary_field=None,
        display=display,
    )


def column(name: str, kind: Any = "integer", target: str | None = None) -> Field:
    return Field(name, kind, name.title(), target)


RECORDS = {
    each.name: each
    for each in (
        record(
            "transaction",
            "id",
            "tranid",
            column("id"),
            column("tranid", "text"),
            column("type", "text", "transactiontype"),
            column("status", "text", "transactionstatus"),
            column("entity", "integer", "customer"),
            column("trandate", "date"),
            column("lastmodifieddate", "datetime"),
            column("foreigntotal", "decimal"),
            column("posting", "boolean"),
            column("memo", "text"),
            column("secret", "text"),
            column("gone", "text"),
            column("poison", "text"),
        ),
        record(
            "transactionline",
            "transaction,id",
            "id",
            column("transaction", "integer", "transaction"),
            column("id"),
            column("netamount", "decimal"),
        ),
        record(
            "customer",
            "id",
            "entityid",
            column("id"),
            column("entityid", "text"),
            column("companyname", "text"),
        ),
        record(
            "item",
            "id",
            "itemid",
            column("id"),
            column("itemid", "text"),
            column("regions", "multiselect", "region"),
        ),
        record("region", "id", "name", column("id"), column("name", "text")),
        record("accounttype", "id", "id", column("id", "text"), column("left", "boolean")),
        record("payroll", "id", "id", column("id")),
        record("empty", "id", "id", column("id"), column("name", "text")),
    )
}

_ROWS = """
INSERT INTO ns."transaction" VALUES
 (10, 'SO1', 'SalesOrd', 'B', 1, DATE '2024-01-31', TIMESTAMP '2024-03-10 09:59:59',
  12.5, 'T', NULL, 's', 'g', 'p'),
 (20, 'INV1', 'CustInvc', 'B', 2, DATE '2024-02-29', TIMESTAMP '2024-03-10 10:00:00',
  100, 'T', '', 's', 'g', 'p'),
 (35, 'INV2', 'CustInvc', 'A', 1, DATE '2024-03-01', TIMESTAMP '2024-11-03 08:30:00', -0.07, 'F',
  'a "quote" \\ 😀' || chr(10) || 'next', 's', 'g', 'p'),
 (40, 'JOU1', 'Journal', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (50, 'INV3', 'CustInvc', 'B', 3, DATE '2024-12-31', TIMESTAMP '2024-11-03 09:30:00',
  123456789012345678.1234567891, 'T', 'it''s', 's', 'g', 'p');
INSERT INTO ns.transactionline SELECT t.id, l, l + 0.5 FROM ns."transaction" t, range(3) r(l) ORDER BY 1, 2;
INSERT INTO ns.customer VALUES (1, 'C1', 'Ash & Co'), (2, 'C2', 'Birch'), (4, 'C4', NULL);
INSERT INTO ns.item VALUES (1, 'chair', '1, 2'), (2, 'table', '2, 1'), (3, 'lamp', NULL);
INSERT INTO ns.region VALUES (1, 'North'), (2, 'South');
INSERT INTO ns.accounttype VALUES ('Bank', 'T'), ('Income', 'F');
INSERT INTO ns.payroll VALUES (1);
INSERT INTO ns_lists.options VALUES
 ('transactionstatus', 'SalesOrd:B', 'Sales Order : Pending Fulfillment'),
 ('transactionstatus', 'CustInvc:A', 'Invoice : Open'),
 ('transactionstatus', 'CustInvc:B', 'Invoice : Paid In Full'),
 ('transactiontype', 'SalesOrd', 'Sales Order');
"""

ALL = Access(
    visible={
        name: frozenset(each.name for each in entry.fields) - {"secret", "gone", "poison"}
        for name, entry in RECORDS.items()
        if name != "payroll"
    },
    hidden_columns={
        ("transaction", "secret"): "NOT_EXPOSED",
        ("transaction", "gone"): "REMOVED",
        ("transaction", "poison"): "POISON",
    },
    no_such_record=frozenset({"payroll"}),
)


def small_company() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA ns; CREATE SCHEMA ns_lists")
    connection.execute("CREATE TABLE ns_lists.options (list VARCHAR, value VARCHAR, label VARCHAR)")
    for entry in RECORDS.values():
        columns = ", ".join(f'"{each.name}" {DUCKDB_TYPES[each.type]}' for each in entry.fields)
        connection.execute(f'CREATE TABLE ns."{entry.name}" ({columns})')
    connection.execute(_ROWS)
    return connection


def engine(
    connection: duckdb.DuckDBPyConnection | None = None, dialect: Dialect | None = None, **settings: Any
) -> SuiteQLEngine:
    settings = {"session_timezone": "America/Los_Angeles", "shuffle_seed": 7, "now": lambda: NOW, **settings}
    return SuiteQLEngine(
        connection or small_company(), dialect=dialect or Dialect(), records=RECORDS, **settings
    )


def rows(
    on: SuiteQLEngine,
    sql: str,
    params: Sequence[str] = (),
    *,
    limit: int = 1000,
    offset: int = 0,
    access: Access = ALL,
) -> list[dict[str, Any]]:
    """The rows of a page without their empty links, which are checked to come first."""
    items = json.loads(on.page(sql, params, limit=limit, offset=offset, access=access).items_json)
    for item in items:
        assert next(iter(item.items())) == ("links", [])
        del item["links"]
    return items  # type: ignore[no-any-return]


def refusal(on: SuiteQLEngine, sql: str, params: Sequence[str] = (), access: Access = ALL) -> Refusal:
    with pytest.raises(Refusal) as caught:
        on.page(sql, params, limit=1000, offset=0, access=access)
    return caught.value
