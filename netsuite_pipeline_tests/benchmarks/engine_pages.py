"""Measures the emulator's engine, CPU milliseconds a page of 1000 rows: run it with `python -m`."""

import time
from collections.abc import Callable

import duckdb

from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine

ROWS = 1_000_000
UTC = 'TO_CHAR(SYS_EXTRACT_UTC({0}), \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS {0}'
COLUMNS = ", ".join(
    [
        "id, tranid, type, memo, foreigntotal, exchangerate, posting, voided, entity, postingperiod, status",
        "currency",
        "TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate",
        UTC.format("createddate"),
        UTC.format("lastmodifieddate"),
    ]
)
LINE_COLUMNS = (
    "transaction, id, uniquekey, linesequencenumber, memo, entity, item, subsidiary, department, mainline,"
    " taxline, netamount, quantity, rate, " + UTC.format("linelastmodifieddate")
)

_TRANSACTIONS = f"""
INSERT INTO ns."transaction" BY NAME
SELECT i * 7 + CAST(hash(i) % 5 AS BIGINT) AS id, 'INV' || i AS tranid,
  ['CustInvc', 'SalesOrd', 'VendBill'][1 + i % 3] AS type,
  CASE WHEN i % 4 = 0 THEN NULL ELSE 'memo "q" é ' || i END AS memo,
  DATE '2020-01-01' + CAST(i % 2000 AS INTEGER) AS trandate,
  TIMESTAMP '2020-01-01' + to_seconds(i * 61) AS createddate,
  TIMESTAMP '2021-01-01' + to_seconds(i * 37) AS lastmodifieddate,
  CASE WHEN i % 9 = 0 THEN NULL ELSE CAST(i * 1.37 AS DECIMAL(38,10)) END AS foreigntotal,
  CAST(1 AS DECIMAL(38,10)) AS exchangerate, ['T', 'F'][1 + i % 2] AS posting, 'F' AS voided,
  i % 5000 AS entity, i % 120 AS postingperiod, 'B' AS status, i % 4 AS currency
FROM range({ROWS}) AS r(i)
"""
_LINES = f"""
INSERT INTO ns.transactionline BY NAME
SELECT i // 5 AS "transaction", i % 5 AS id, i AS uniquekey, i % 5 AS linesequencenumber,
  'line ' || i AS memo,
  i % 5000 AS entity, i % 300 AS item, i % 3 AS subsidiary, i % 7 AS department,
  'F' AS mainline, 'F' AS taxline,
  CAST(i * 0.25 AS DECIMAL(38,10)) AS netamount, CAST(i % 9 AS DECIMAL(38,10)) AS quantity,
  CAST(1.5 AS DECIMAL(38,10)) AS rate, TIMESTAMP '2021-01-01' + to_seconds(i * 37) AS linelastmodifieddate
FROM range({ROWS}) AS r(i)
"""


def big_company() -> SuiteQLEngine:
    """An engine on a million transactions and a million lines, made up row by row in SQL."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA ns; CREATE SCHEMA ns_lists")
    connection.execute("CREATE TABLE ns_lists.options (list VARCHAR, value VARCHAR, label VARCHAR)")
    for record in RECORDS.values():
        columns = ", ".join(f'"{each.name}" {DUCKDB_TYPES[each.type]}' for each in record.fields)
        connection.execute(f'CREATE TABLE ns."{record.name}" ({columns})')
    connection.execute(_TRANSACTIONS)
    connection.execute(_LINES)
    connection.execute(
        "INSERT INTO ns.entity BY NAME SELECT i AS id, 'Entity ' || i AS entityid FROM range(5000) r(i)"
    )
    return SuiteQLEngine(
        connection, session_timezone="America/Los_Angeles", dialect=Dialect(), shuffle_seed=1
    )


def pair(column: str, key: str, above: int, row: int) -> str:
    """A keyset condition over a composite key."""
    return f"(({column} > {above}) OR ({column} = {above} AND {key} > {row}))"


QUERIES: dict[str, Callable[[int], str]] = {
    "closed range": lambda i: (
        f"SELECT {COLUMNS} FROM transaction WHERE id > {i * 7000} AND id <= {i * 7000 + 7000} ORDER BY id"
    ),
    "open end": lambda i: f"SELECT {COLUMNS} FROM transaction WHERE id > {i * 7000} ORDER BY id",
    "open end, one type": lambda i: (
        f"SELECT {COLUMNS} FROM transaction WHERE id > {i * 7000} AND type = 'CustInvc' ORDER BY id"
    ),
    "session time": lambda i: (
        "SELECT id, TO_CHAR(createddate, 'YYYY-MM-DD HH24:MI:SS') AS a FROM transaction"
        f" WHERE id > {i * 7000} AND id <= {i * 7000 + 7000} ORDER BY id"
    ),
    "with a label": lambda i: (
        f"SELECT {COLUMNS}, BUILTIN.DF(entity) AS entity_label FROM transaction"
        f" WHERE id > {i * 7000} AND id <= {i * 7000 + 7000} ORDER BY id"
    ),
    "composite, closed": lambda i: (
        f"SELECT {LINE_COLUMNS} FROM transactionline WHERE {pair('transaction', 'id', i * 200, 2)} AND"
        f" ((transaction < {i * 200 + 200}) OR (transaction = {i * 200 + 200} AND id <= 2))"
        " ORDER BY transaction, id"
    ),
    "composite, open end": lambda i: (
        f"SELECT {LINE_COLUMNS} FROM transactionline WHERE {pair('transaction', 'id', i * 200, 2)}"
        " ORDER BY transaction, id"
    ),
    "changed since, open end": lambda i: (
        f"SELECT {COLUMNS} FROM transaction WHERE id > {i * 7000} AND lastmodifieddate >="
        " TO_TIMESTAMP('2021-06-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS') ORDER BY id"
    ),
}

WHOLE_TABLE: dict[str, str] = {
    "page index": (
        "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM transaction WHERE id > 5 ORDER BY id))"
        " WHERE MOD(rn, 1000) = 0 ORDER BY id"
    ),
    "page index, composite": (
        "SELECT transaction, id FROM (SELECT transaction, id, ROWNUM AS rn FROM (SELECT transaction, id FROM"
        " transactionline WHERE transaction > 5 ORDER BY transaction, id)) WHERE MOD(rn, 1000) = 0"
        " ORDER BY transaction, id"
    ),
    "no order": f"SELECT {COLUMNS} FROM transaction",
    "first page": f"SELECT {COLUMNS} FROM transaction ORDER BY id",
    "offset 50000": f"SELECT {COLUMNS} FROM transaction ORDER BY id",
}


def main() -> None:
    """Print one line a kind of query: CPU milliseconds, rows, total."""
    engine = big_company()
    access = Access(
        {name: frozenset(each.name for each in record.fields) for name, record in RECORDS.items()}
    )

    def measure(label: str, query: Callable[[int], str], pages: int, offset: int = 0) -> None:
        page = engine.page(query(1), (), limit=1000, offset=offset, access=access)
        start = time.process_time()
        for number in range(2, pages + 2):
            page = engine.page(query(number), (), limit=1000, offset=offset, access=access)
        each = (time.process_time() - start) / pages * 1000
        print(f"{label:26} {each:8.2f} ms  {page.count} of {page.total}")

    for label, query in QUERIES.items():
        measure(label, query, 100)
    for label, text in WHOLE_TABLE.items():
        measure(label, lambda _, text=text: text, 5, 50_000 if label.startswith("offset") else 0)  # type: ignore[misc]


if __name__ == "__main__":
    main()
