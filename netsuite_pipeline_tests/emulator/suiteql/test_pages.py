"""Pages: totals, order that is promised and order that is not, changes meanwhile."""

import json
import threading
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine
from netsuite_pipeline_tests.emulator.suiteql import small_records
from netsuite_pipeline_tests.lengths import searches

MANY = 3000


def wide_company() -> duckdb.DuckDBPyConnection:
    """Transactions with gaps in their ids, and lines of them: more than one page, less than a second."""
    connection = small_records.small_company()
    connection.execute('DELETE FROM ns."transaction"; DELETE FROM ns.transactionline')
    connection.execute(
        f"""
        INSERT INTO ns."transaction" BY NAME
        SELECT i * 3 + CAST(i // 700 AS BIGINT) * 5000 AS id, 'T' || i AS tranid,
          ['CustInvc', 'SalesOrd'][1 + i % 2] AS type,
          i % 4 AS entity, i % 50 AS status, DATE '2024-01-01' + CAST(i % 300 AS INTEGER) AS trandate,
          TIMESTAMP '2024-01-01' + to_seconds(i * 977) AS lastmodifieddate,
          CASE WHEN i % 5 > 0 THEN CAST(i * 0.37 AS DECIMAL(38,10)) END AS foreigntotal,
          CASE WHEN i % 3 > 0 THEN 'memo "' || i || '"' END AS memo
        FROM range({MANY}) r(i)
        """
    )
    connection.execute(
        'INSERT INTO ns.transactionline SELECT id, l, id * 0.01 + l FROM ns."transaction", range(3) r(l)'
        " ORDER BY 1, 2"
    )
    return connection


@pytest.fixture(scope="module")
def wide() -> SuiteQLEngine:
    return small_records.engine(wide_company())


def ids(account: SuiteQLEngine, sql: str, limit: int = 1000, offset: int = 0) -> list[int]:
    return [int(row["id"]) for row in small_records.rows(account, sql, limit=limit, offset=offset)]


@pytest.mark.parametrize(
    ("offset", "count", "has_more"),
    [(0, 1000, True), (1000, 1000, True), (2000, 1000, False), (3000, 0, False)],
)
def test_every_page_has_the_total_of_the_whole_query(
    wide: SuiteQLEngine, offset: int, count: int, has_more: bool
) -> None:
    page = wide.page(
        "SELECT id FROM transaction ORDER BY id", (), limit=1000, offset=offset, access=small_records.ALL
    )
    assert (page.count, page.total, page.has_more) == (count, MANY, has_more)


@pytest.mark.parametrize(
    ("sql", "total"),
    [
        ("SELECT id FROM transactionline WHERE id = 1", MANY),
        ("SELECT TOP 12 id FROM transaction ORDER BY id", 12),
        ("SELECT type, COUNT(*) AS n FROM transaction GROUP BY type", 2),
        ("SELECT id FROM transaction WHERE ROWNUM <= 15", 15),
        ("SELECT id FROM transaction UNION ALL SELECT id FROM transaction", 2 * MANY),
        ("SELECT transaction, id FROM transactionline WHERE (transaction > 30 OR"
         " (transaction = 30 AND id > 1))"
         " ORDER BY transaction, id", 3 * (MANY - 10) - 2),
    ],
)  # fmt: skip
def test_the_total_is_that_of_all_rows_whatever_the_page(wide: SuiteQLEngine, sql: str, total: int) -> None:
    for limit, offset in ((1, 0), (5, 5), (1000, 0)):
        assert wide.page(sql, (), limit=limit, offset=offset, access=small_records.ALL).total == total


@pytest.mark.parametrize(("kind", "total"), [("exact", 5), ("clamped", 5), ("wrong", 2), ("absent", None)])
def test_the_total_may_differ(kind: str, total: int | None) -> None:
    account = small_records.engine(dialect=Dialect(total_results=kind))  # type: ignore[arg-type]
    page = account.page("SELECT id FROM transaction", (), limit=2, offset=0, access=small_records.ALL)
    assert (page.count, page.total, page.has_more) == (2, total, True)


@pytest.mark.parametrize(
    "sql",
    ["SELECT id FROM transaction", "SELECT id FROM transaction ORDER BY status",
     "SELECT DISTINCT id FROM transaction",
     "SELECT t.id FROM transaction t INNER JOIN customer c ON c.id = t.entity",
     "SELECT id FROM (SELECT id FROM transaction ORDER BY id)"],
)  # fmt: skip
def test_without_a_unique_order_each_request_has_an_order_of_its_own(wide: SuiteQLEngine, sql: str) -> None:
    first, second = ids(wide, sql), ids(wide, sql)
    assert first != second


def test_pages_without_order_lose_rows_and_repeat_others(wide: SuiteQLEngine) -> None:
    read = [
        each for offset in (0, 1000, 2000) for each in ids(wide, "SELECT id FROM transaction", offset=offset)
    ]
    assert len(read) == MANY
    assert len(set(read)) < MANY


def test_ties_are_shuffled_only_among_themselves(wide: SuiteQLEngine) -> None:
    sql = "SELECT id, status FROM transaction ORDER BY status DESC"
    statuses = [row["status"] for row in small_records.rows(wide, sql)]
    assert statuses == sorted(statuses, reverse=True)


@pytest.mark.parametrize("limit", [1, 7, 100])
@pytest.mark.few(1)
def test_keyset_pages_read_every_row_once_and_in_order(wide: SuiteQLEngine, limit: int) -> None:
    seen: list[tuple[int, int]] = []
    last = (-1, -1)
    while len(seen) < 400:
        sql = (
            f"SELECT transaction, id FROM transactionline WHERE ((transaction > {last[0]}) OR"
            f" (transaction = {last[0]} AND id > {last[1]})) ORDER BY transaction, id"
        )
        rows = small_records.rows(wide, sql, limit=limit)
        seen += [(int(row["transaction"]), int(row["id"])) for row in rows]
        last = seen[-1]
    every = [(i * 3 + i // 700 * 5000, line) for i in range(MANY) for line in range(3)]
    assert seen == every[: len(seen)]


def test_the_page_index_gives_every_thousandth_key(wide: SuiteQLEngine) -> None:
    inner = "SELECT transaction, id FROM transactionline WHERE (transaction > 5) ORDER BY transaction, id"
    sql = (
        f"SELECT transaction, id FROM (SELECT transaction, id, ROWNUM AS rn FROM ({inner}))"
        " WHERE MOD(rn, 1000) = 0 ORDER BY transaction, id"
    )
    every = [(i * 3 + i // 700 * 5000, line) for i in range(2, MANY) for line in range(3)]
    found = [(int(row["transaction"]), int(row["id"])) for row in small_records.rows(wide, sql)]
    assert found == every[999::1000]


numbers = st.integers(-10, MANY * 3 + 21000)
operators = st.sampled_from(["=", "<", ">", "<=", ">=", "<>"])
conditions = st.one_of(
    st.builds("id {} {}".format, operators, numbers),
    st.builds("id > {0} AND id <= {1}".format, numbers, numbers),
    st.builds("(id > {0} OR (id = {0} AND entity > {1}))".format, numbers, st.integers(0, 4)),
    st.builds("entity IN ({}, {})".format, st.integers(0, 4), st.integers(0, 4)),
    st.builds("foreigntotal > {}.{}".format, st.integers(0, 900), st.integers(0, 99)),
    st.builds("memo LIKE '%{}%'".format, st.integers(0, 99)),
    st.builds(
        "trandate >= TO_DATE('2024-0{}-1{}', 'YYYY-MM-DD')".format, st.integers(1, 9), st.integers(0, 9)
    ),
    st.builds("ROWNUM <= {}".format, st.integers(0, 40)),
)
selects = st.builds(
    "SELECT {}{} FROM transaction WHERE {}{}".format,
    st.sampled_from(["", "TOP 3 ", "TOP 30 "]),
    st.sampled_from(
        [
            "id",
            "id, memo, foreigntotal, trandate",
            "id, TO_CHAR(SYS_EXTRACT_UTC(lastmodifieddate), 'MM-DD HH24:MI') AS t, BUILTIN.DF(entity) AS e",
            "type, NVL(memo, 'none') AS m, TO_CHAR(lastmodifieddate, 'MM/DD/YYYY HH12:MI AM') AS t",
        ]
    ),
    st.lists(conditions, min_size=1, max_size=3).map(" AND ".join),
    st.sampled_from(["", " ORDER BY id", " ORDER BY id DESC", " ORDER BY entity, id", " ORDER BY status"]),
)


@pytest.fixture(scope="module")
def both() -> Callable[[str, int, int], tuple[object, object]]:
    """Ask an engine that keeps translations and guesses ranges, and one that does neither."""
    connection = wide_company()
    quick, plain = small_records.engine(connection), small_records.engine(connection, fast=False)

    def ask(sql: str, limit: int, offset: int) -> tuple[object, object]:
        return (
            quick.page(sql, (), limit=limit, offset=offset, access=small_records.ALL),
            plain.page(sql, (), limit=limit, offset=offset, access=small_records.ALL),
        )

    return ask


@settings(max_examples=searches(150, 1500), derandomize=True)
@given(sql=selects, limit=st.sampled_from([1, 10, 1000]), page=st.integers(0, 3))
def test_the_fast_way_and_the_plain_way_answer_the_same_byte_for_byte(
    both: Callable[[str, int, int], tuple[object, object]], sql: str, limit: int, page: int
) -> None:
    quick, plain = both(sql, limit, limit * page)
    assert quick == plain


def test_rows_and_total_are_of_one_moment_while_business_goes_on() -> None:
    connection = small_records.small_company()
    version = [0]
    account = small_records.engine(connection, data_version=lambda: version[0])
    connection.execute("INSERT INTO ns.empty SELECT i, 'a' FROM range(100) r(i)")
    stop = threading.Event()

    def business() -> None:
        writer = connection.cursor()
        while not stop.is_set():
            writer.execute(
                "BEGIN; DELETE FROM ns.empty; INSERT INTO ns.empty SELECT i, 'a' FROM range(50) r(i); COMMIT"
            )
            version[0] += 1
            writer.execute("BEGIN; INSERT INTO ns.empty SELECT i + 50, 'b' FROM range(50) r(i); COMMIT")
            version[0] += 1

    thread = threading.Thread(target=business)
    thread.start()
    try:
        for _ in range(150):
            page = account.page(
                "SELECT id FROM empty ORDER BY id", (), limit=1000, offset=0, access=small_records.ALL
            )
            found = [int(row["id"]) for row in json.loads(page.items_json)]
            assert found == list(range(50)) or found == list(range(100))
            assert page.total == len(found)
    finally:
        stop.set()
        thread.join()


def test_a_kept_count_is_forgotten_with_the_data_it_counted() -> None:
    connection = small_records.small_company()
    version = [0]
    account = small_records.engine(connection, data_version=lambda: version[0])

    def total() -> int | None:
        return account.page(
            "SELECT id FROM transaction", (), limit=2, offset=0, access=small_records.ALL
        ).total

    assert total() == 5
    connection.execute('INSERT INTO ns."transaction" (id) VALUES (60)')
    version[0] += 1
    assert total() == 6


def test_many_threads_may_ask_at_once(wide: SuiteQLEngine) -> None:
    wrong: list[object] = []

    def ask(start: int) -> None:
        for step in range(15):
            low = start * 30 + step * 3
            found = ids(
                wide, f"SELECT id FROM transaction WHERE id > {low} AND id < 2000 ORDER BY id", limit=5
            )
            if found != [low + 3 * each for each in range(1, 6)]:
                wrong.append((low, found))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_database_cannot_be_made_to_read_files() -> None:
    connection = small_records.small_company()
    small_records.engine(connection)
    with pytest.raises(duckdb.Error, match="disabled"):
        connection.execute("SELECT * FROM read_text('/etc/hostname')").fetchall()
