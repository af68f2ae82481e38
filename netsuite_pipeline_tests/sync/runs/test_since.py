"""A sync of a date range: which rows it reads, which it leaves, and that it skips no change."""

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CONNECTION,
    CUSTOMER,
    LINE,
    TABLES,
    TRANSACTION,
    Killed,
    a_company,
    a_warehouse,
    asked_sql,
    assert_equal,
    document,
    killed_after,
    line,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import DELETEDRECORD, FakeNetSuite

pytestmark = pytest.mark.usefixtures("held_open")

OCTOBER = datetime(2026, 10, 1)
NOVEMBER = datetime(2026, 11, 1)


def read_again(
    fake: FakeNetSuite,
    warehouse: Warehouse,
    tables: Sequence[Table] = TABLES,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    overlap: timedelta = timedelta(hours=1),
    sweep_after: timedelta | None = None,
) -> dict[str, TableReport]:
    """Syncs a span; a minute passes afterwards."""
    fake.stopped = False
    catalogue = {table.name: table for table in (*TABLES, DELETEDRECORD)}
    request = SyncRequest(
        tuple(tables), catalogue, CONNECTION, False, overlap,
        since=since, until=until, sweep_after=sweep_after,
    )  # fmt: skip
    reports = {report.table: report for report in Sync(cast(NetSuiteClient, fake), warehouse, request)}
    fake.pass_time(60)
    return reports


def watermark(warehouse: Warehouse, table: Table) -> datetime | None:
    rows = asked_sql(
        warehouse, f"SELECT watermark FROM _netsuite.table_state WHERE table_name = '{table.name}'"
    )
    return rows[0][0] if rows else None


def a_company_of_two_months(**settings: bool) -> FakeNetSuite:
    """Transactions 10 to 30 last changed in November, 40 and 50 in October."""
    fake = a_company(**settings)
    for number in (40, 50):
        fake.insert("transaction", document(number, at=OCTOBER + timedelta(days=number - 35)))
        fake.insert("transactionline", line(number, 0), line(number, 1))
    return fake


def lose(warehouse: Warehouse, where: str) -> None:
    with warehouse.working() as connection:
        connection.execute(f"DELETE FROM netsuite.transaction WHERE id IN ({where})")
        connection.execute(f"DELETE FROM netsuite.transactionline WHERE transaction IN ({where})")


def test_rows_of_the_date_range_come_back_with_their_lines_and_all_else_is_unchanged(
    warehouse: Warehouse,
) -> None:
    fake = a_company_of_two_months()
    synced(fake, warehouse)
    fake.refuses_count = True  # otherwise what is lost is found by NetSuite's figures
    lose(warehouse, "40, 50, 10")
    reports = read_again(fake, warehouse, since=OCTOBER, until=NOVEMBER)
    assert reports["transaction"].rows_written == 2
    assert {row[0] for row in stored(warehouse, TRANSACTION)} == {11, 20, 30, 40, 50}
    assert {row[0] for row in stored(warehouse, LINE)} == {11, 20, 30, 40, 50}
    assert "2026-10-01 00:00 UTC to 2026-11-01 00:00 UTC were read again" in reports["transaction"].notes[-1]


@pytest.mark.long
def test_lines_that_are_gone_or_missing_are_repaired_though_the_transaction_is_unchanged(
    warehouse: Warehouse,
) -> None:
    fake = a_company_of_two_months()
    synced(fake, warehouse)
    with warehouse.working() as connection:
        connection.execute("DELETE FROM netsuite.transactionline WHERE transaction = 40 AND id = 1")
        connection.execute("UPDATE netsuite.transactionline SET id = 9 WHERE transaction = 50 AND id = 0")
    reports = read_again(fake, warehouse, since=OCTOBER, until=NOVEMBER)
    assert reports["transaction"].rows_written == 0
    assert_equal(fake, warehouse, TRANSACTION, LINE)


@pytest.mark.long
def test_rows_gone_in_netsuite_are_not_removed_by_a_date_range(warehouse: Warehouse) -> None:
    fake = a_company_of_two_months()
    synced(fake, warehouse)
    fake.delete("transaction", "id = 40", with_lines=True)
    reports = read_again(fake, warehouse, since=OCTOBER, until=NOVEMBER)
    assert sum(report.rows_deleted for report in reports.values()) == 0
    assert 40 in {row[0] for row in stored(warehouse, TRANSACTION)}


@pytest.mark.long
def test_the_watermark_stays_after_a_date_range_of_the_past_and_the_next_sync_skips_nothing(
    warehouse: Warehouse,
) -> None:
    fake = a_company_of_two_months()
    synced(fake, warehouse)
    before = {table.name: watermark(warehouse, table) for table in (CUSTOMER, TRANSACTION, LINE)}
    fake.change("transaction", "id = 10", memo="Changed", lastmodifieddate=fake.now)
    fake.insert("transactionline", line(10, 7))
    fake.pass_time(3 * 3600)
    reports = read_again(fake, warehouse, since=OCTOBER, until=NOVEMBER)
    for table in (CUSTOMER, TRANSACTION, LINE):
        assert watermark(warehouse, table) == reports[table.name].watermark == before[table.name]
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)


@pytest.mark.parametrize(
    ("since", "until"),
    [(OCTOBER, None), (datetime(2026, 11, 23, 14), None), (OCTOBER, datetime(2026, 11, 23, 12))],
    ids=["from the past on", "from later than the watermark", "into what changed since"],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_a_date_range_that_goes_past_the_watermark_is_read_without_a_gap_and_advances_it(
    warehouse: Warehouse, since: datetime, until: datetime | None
) -> None:
    fake = a_company_of_two_months()
    synced(fake, warehouse)
    fake.change("transaction", "id = 10", memo="Changed", lastmodifieddate=fake.now)
    fake.insert("transactionline", line(10, 7))
    fake.pass_time(5 * 3600)
    cutoff = fake.now
    read_again(fake, warehouse, since=since, until=until)
    assert_equal(fake, warehouse, *TABLES)
    assert watermark(warehouse, TRANSACTION) == watermark(warehouse, LINE) == cutoff


@pytest.mark.long
def test_a_table_that_was_never_read_gets_the_date_range_a_note_and_a_full_read_by_the_next_sync(
    warehouse: Warehouse,
) -> None:
    fake = a_company_of_two_months()
    reports = read_again(fake, warehouse, since=NOVEMBER)
    assert {row[0] for row in stored(warehouse, TRANSACTION)} == {10, 11, 20, 30}
    assert {row[0] for row in stored(warehouse, LINE)} == {10, 11, 20, 30}
    for name in ("transaction", "transactionline"):
        assert reports[name].watermark is None
        assert reports[name].notes[-1].startswith("not complete: it holds rows last changed from 2026-11-01")
    assert_equal(fake, warehouse, ACCOUNTTYPE)
    read_again(fake, warehouse, since=OCTOBER, until=NOVEMBER)
    assert_equal(fake, warehouse, TRANSACTION, LINE)
    assert watermark(warehouse, TRANSACTION) is None
    assert synced(fake, warehouse)["transaction"].mode == "full"
    assert watermark(warehouse, TRANSACTION) is not None
    assert_equal(fake, warehouse, *TABLES)


@pytest.mark.long
def test_a_date_range_without_changes_shows_nothing_of_a_childs_columns(warehouse: Warehouse) -> None:
    fake = a_company()
    fake.hidden_columns[("transactionline", "memo")] = "named"
    read_again(fake, warehouse, since=OCTOBER, until=OCTOBER + timedelta(days=1))
    assert asked_sql(
        warehouse, "SELECT columns FROM _netsuite.table_state WHERE table_name = 'transactionline'"
    ) == [([],)]
    assert synced(fake, warehouse)["transactionline"].status == "done"


def test_a_sweep_of_a_table_with_only_a_date_range_does_not_fetch_the_rest_by_keys(
    warehouse: Warehouse,
) -> None:
    fake = a_company_of_two_months()
    reports = read_again(fake, warehouse, (CUSTOMER, TRANSACTION), since=NOVEMBER, sweep_after=timedelta(0))
    assert reports["transaction"].rows_read == 4
    assert not [sql for sql in fake.asked_of("transaction") if sql.startswith("SELECT id FROM")]


@pytest.mark.long
def test_lines_of_a_late_transaction_come_though_a_date_range_brought_it_without_them(
    warehouse: Warehouse,
) -> None:
    fake = a_company()
    synced(fake, warehouse, (TRANSACTION, LINE))
    late = fake.now - timedelta(minutes=20)
    fake.insert("transaction", document(60, at=late))
    fake.insert("transactionline", line(60, 0))
    read_again(fake, warehouse, (TRANSACTION,), since=OCTOBER, until=late + timedelta(minutes=1))
    synced(fake, warehouse, (TRANSACTION, LINE))
    assert_equal(fake, warehouse, TRANSACTION, LINE)


@pytest.mark.long
def test_a_late_line_of_a_full_read_comes_though_a_date_range_was_read_since(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, (TRANSACTION, LINE))
    lines_came_late = fake.now - timedelta(minutes=10)
    fake.insert("transaction", document(60, at=lines_came_late))
    fake.insert("transactionline", line(60, 0))
    synced(fake, warehouse, (TRANSACTION, LINE), full=True)
    with warehouse.working() as connection:  # as if it had been asked for before they were there
        connection.execute("DELETE FROM netsuite.transactionline WHERE transaction = 60")
    warehouse.publish()
    read_again(fake, warehouse, (TRANSACTION, LINE), since=OCTOBER, until=NOVEMBER)
    synced(fake, warehouse, (TRANSACTION, LINE))
    assert_equal(fake, warehouse, TRANSACTION, LINE)


@pytest.mark.long
def test_no_later_sync_resumes_a_killed_date_range_as_its_own(warehouse: Warehouse) -> None:
    fake = a_company_of_two_months()
    for number in range(60, 80):
        fake.insert("transaction", document(number, at=OCTOBER))
    fake.page_rows = 4
    synced(fake, warehouse, (TRANSACTION, LINE))
    fake.change("transaction", "id = 10", memo="Changed", lastmodifieddate=fake.now)
    fake.insert("transactionline", line(10, 7))
    fake.pass_time(3 * 3600)

    def kill(sql: str) -> None:
        if "FROM transaction " in sql and "ROWNUM" not in sql and re.search(r"\bid > ", sql):
            raise Killed

    fake.before_page = kill
    with pytest.raises(Killed):
        read_again(fake, warehouse, (TRANSACTION, LINE), since=OCTOBER, until=NOVEMBER)
    assert Landing(warehouse.landing_path(CONNECTION)).table("transaction").pages()  # of rows from 40 on
    fake.before_page = lambda sql: None
    synced(fake, warehouse, (TRANSACTION, LINE))
    assert_equal(fake, warehouse, TRANSACTION, LINE)


# Any history

_act = st.tuples(
    st.sampled_from(["insert", "insert", "rename", "add line", "delete line", "delete"]),
    st.integers(0, 9),  # which transaction
    st.sampled_from([0, 0, 0, -6]),  # seconds: as if it was committed late
)
_both = (TRANSACTION, LINE)
_sync = st.tuples(
    st.sampled_from(["plain", "full", "past", "past", "since", "until"]),
    st.sampled_from([_both, _both, _both, (TRANSACTION,), (LINE,)]),
    st.tuples(st.integers(0, 300), st.integers(1, 120)),  # how far back the span begins, how long it is
    st.sampled_from([None, None, None, 1, 2, 4]),  # killed after so many answers
    st.sampled_from(["", "", "", "transaction", "transactionline"]),  # which table fails
    st.sampled_from([2, 2, 90]),  # seconds until the next
)
_history = st.lists(st.tuples(st.lists(_act, max_size=5), _sync), min_size=3, max_size=7)
_SHORT = timedelta(seconds=10)


def _act_on(fake: FakeNetSuite, number: int, what: str, which: int, ahead: int) -> None:
    ids = [int(str(row[0])) for row in fake.rows("transaction")]
    at = fake.now + timedelta(seconds=ahead)
    if what == "insert" or not ids:
        of = 3 * number
        fake.insert("transaction", document(of, at=at))
        fake.insert("transactionline", line(of, 0), line(of, 1))
        return
    of = ids[which % len(ids)]
    if what == "delete":
        fake.delete("transaction", f"id = {of}", with_lines=True)
        return
    if what == "rename":
        fake.change("transaction", f"id = {of}", memo=f"Name {number}")
    elif what == "add line":
        fake.insert("transactionline", line(of, 100 + number))
    else:
        first = f"(SELECT min(id) FROM transactionline WHERE transaction = {of})"
        fake.delete("transactionline", f"transaction = {of} AND id = {first}")
    fake.change("transaction", f"id = {of}", lastmodifieddate=at)


def _sync_once(
    fake: FakeNetSuite,
    warehouse: Warehouse,
    how: str,
    tables: tuple[Table, ...],
    date_range: tuple[int, int],
    answers: int | None,
    failing: str,
) -> None:
    since = fake.now - timedelta(seconds=date_range[0])
    until = min(since + timedelta(seconds=date_range[1]), fake.now)
    if answers is not None:
        killed_after(fake, answers)
    elif failing:

        def fail(sql: str) -> None:
            if f"FROM {failing} " in sql and "SELECT id FROM" not in sql:
                raise Unavailable("Down.")

        fake.before_page = fail
    try:
        if how in {"plain", "full"}:
            synced(fake, warehouse, tables, full=how == "full", overlap=_SHORT)
        else:
            read_again(
                fake,
                warehouse,
                tables,
                since=None if how == "until" else since,
                until=None if how == "since" else until,
                overlap=_SHORT,
            )
    except Killed:
        fake.pass_time(60)
    finally:
        fake.before_page = lambda sql: None
    fake.pass_time(-60)  # the histories have their own clock


@settings(
    max_examples=searches(6, 60),
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(history=_history)
@pytest.mark.long
def test_after_any_syncs_date_ranges_kills_and_changes_a_plain_sync_ends_equal_to_netsuite(
    history: list[
        tuple[
            list[tuple[str, int, int]],
            tuple[str, tuple[Table, ...], tuple[int, int], int | None, str, int],
        ]
    ],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fake = FakeNetSuite(_both, page_rows=2, logs_deletions=True)
        warehouse = a_warehouse(Path(folder))
        warehouse.prepare(CONNECTION)
        number = 0
        with duckdb.connect(str(warehouse.working_path)):  # held open, syncs need not open it each time
            for acts, (*how, seconds) in history:
                for act in acts:
                    number += 1
                    _act_on(fake, number, *act)
                _sync_once(fake, warehouse, *how)  # type: ignore[arg-type]
                fake.pass_time(seconds)
            fake.pass_time(20)
            reports = synced(fake, warehouse, _both, overlap=_SHORT)
            assert {report.status for report in reports.values()} == {"done"}
            assert_equal(fake, warehouse, *_both)
