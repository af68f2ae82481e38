"""Rows that change below an unchanged parent come by their own stamp, in any sync and in any order."""

import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.sync.books import (
    CONNECTION,
    EARLY,
    LINE,
    TRANSACTION,
    Killed,
    a_warehouse,
    assert_equal,
    document,
    killed_after,
    line,
    posting,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, refusal
from netsuite_pipeline_tests.sync.runs.stamped_company import (
    BOOKS,
    STAMPED_LINE,
    STAMPED_POSTING,
    a_stamped_company,
)
from netsuite_pipeline_tests.sync.runs.test_since import read_again

pytestmark = pytest.mark.usefixtures("held_open")


def _changed(fake: FakeNetSuite) -> None:
    """Lines are recoded, one is added, one is deleted; a posting moves. No transaction is touched."""
    now = fake.now
    fake.change("transactionline", "transaction IN (11, 12) AND id > 0", memo="New", linelastmodifieddate=now)
    fake.delete("transactionline", "transaction = 12 AND id = 0")
    fake.insert("transactionline", line(13, 9, linelastmodifieddate=now))
    fake.change(
        "transactionaccountingline",
        "transaction = 14 AND transactionline = 1",
        debit=Decimal("7.5"),
        lastmodifieddate=now,
    )


def test_lines_and_postings_that_change_below_an_unchanged_transaction_come(warehouse: Warehouse) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.pass_time(5 * 3600)
    _changed(fake)
    fake.pass_time(60)
    reports = synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
    assert {name: each.mode for name, each in reports.items()} == {
        "transaction": "changed",
        "transactionline": "children",
        "transactionaccountingline": "children",
    }
    assert reports["transaction"].rows_read == 0
    assert reports["transactionline"].rows_read == 3 + 2 + 4, "the lines of three transactions"


@pytest.mark.parametrize("tables", [(STAMPED_LINE,), (STAMPED_POSTING,), (STAMPED_POSTING, STAMPED_LINE)])
@pytest.mark.few(1)
@pytest.mark.long
def test_they_come_where_the_parent_is_not_in_the_sync(
    warehouse: Warehouse, tables: tuple[Table, ...]
) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, tables)
    fake.pass_time(5 * 3600)
    _changed(fake)
    synced(fake, warehouse, tables)
    assert_equal(fake, warehouse, *tables)


@pytest.mark.parametrize("until", [None, timedelta(minutes=1)])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_date_range_brings_them(warehouse: Warehouse, until: timedelta | None) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.pass_time(3600)
    _changed(fake)
    changed_at = fake.now
    fake.pass_time(60)
    with warehouse.working() as connection:  # as if the sync that should have brought them had missed them
        connection.execute(
            f"UPDATE _netsuite.table_state SET watermark = TIMESTAMP '{changed_at + timedelta(days=1)}'"
        )
    fake.pass_time(3 * 86400)
    synced(fake, warehouse, BOOKS)
    assert stored(warehouse, STAMPED_LINE) != fake.rows("transactionline")
    read_again(fake, warehouse, BOOKS, since=changed_at, until=None if until is None else changed_at + until)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_a_date_range_brings_no_line_whose_transaction_changed_after_it(warehouse: Warehouse) -> None:
    fake = a_stamped_company()
    fake.change("transaction", "id = 11", lastmodifieddate=EARLY + timedelta(days=9))
    read_again(fake, warehouse, BOOKS, since=EARLY, until=EARLY + timedelta(days=1))
    assert {row[0] for row in stored(warehouse, TRANSACTION)} == {10, *range(12, 22)}
    assert {row[0] for row in stored(warehouse, STAMPED_LINE)} == {10, *range(12, 22)}
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_a_sync_without_such_changes_reads_no_rows_and_asks_one_question_more_a_table(
    warehouse: Warehouse,
) -> None:
    fake = a_stamped_company()
    for _ in range(2):
        synced(fake, warehouse, BOOKS)
        fake.pass_time(5 * 3600)
    reports = synced(fake, warehouse, BOOKS)
    assert [each.rows_read for each in reports.values()] == [0, 0, 0]
    assert [each.requests for each in reports.values()] == [1, 1, 1]


@pytest.mark.long
def test_parents_are_asked_for_once_each_and_page_by_page(warehouse: Warehouse) -> None:
    fake = a_stamped_company(page_rows=4)
    synced(fake, warehouse, BOOKS)
    fake.pass_time(5 * 3600)
    fake.change("transactionline", "true", memo="All", linelastmodifieddate=fake.now)
    synced(fake, warehouse, BOOKS)
    asked = [sql for sql in fake.asked if "DISTINCT" in sql and "FROM transactionline" in sql]
    assert len(asked) == 3, "twelve parents on pages of four"
    assert_equal(fake, warehouse, *BOOKS)


def _without_distinct(sql: str) -> None:
    if "DISTINCT" in sql:
        raise refusal("Search error occurred: Invalid or unsupported search")


@pytest.mark.long
def test_an_account_without_distinct_is_asked_for_the_rows(warehouse: Warehouse) -> None:
    fake = a_stamped_company(page_rows=4)
    synced(fake, warehouse, BOOKS)
    fake.pass_time(5 * 3600)
    _changed(fake)
    fake.before_page = _without_distinct
    reports = synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
    assert reports["transactionline"].notes == ()


@pytest.mark.long
def test_an_account_without_the_stamp_syncs_as_before_and_is_not_asked_for_it(warehouse: Warehouse) -> None:
    fake = a_stamped_company()
    fake.hidden_columns[("transactionline", "linelastmodifieddate")] = "named"
    for _ in range(2):
        synced(fake, warehouse, BOOKS)
        fake.pass_time(5 * 3600)
    fake.asked.clear()
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    fake.change("transactionline", "transaction = 11", memo="New")
    reports = synced(fake, warehouse, BOOKS)
    assert {row[0] for row in stored(warehouse, LINE) if row[5] == "New"} == {11}
    assert not [sql for sql in fake.asked if "DISTINCT transaction FROM transactionline" in sql]
    assert reports["transactionline"].status == "done"


@pytest.mark.parametrize("how", ["named", "unnamed"])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_stamp_that_can_be_read_and_not_filtered_is_noted_and_keeps_its_values(
    warehouse: Warehouse, how: str
) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.pass_time(5 * 3600)

    def refuse(sql: str) -> None:
        if "WHERE SYS_EXTRACT_UTC(linelastmodifieddate)" in sql or "WHERE linelastmodifieddate" in sql:
            named = (
                "Unknown identifier 'linelastmodifieddate'."
                if how == "named"
                else "Invalid or unsupported search"
            )
            raise refusal(f"Search error occurred: {named}")

    fake.before_page = refuse
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    fake.change("transactionline", "transaction = 11", memo="New", linelastmodifieddate=fake.now)
    reports = synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
    assert reports["transactionline"].notes == (
        "NetSuite refuses to find rows by linelastmodifieddate: only a full read finds changed rows whose "
        "transaction did not change",
    )


# The cutoff


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.few(1)
@pytest.mark.long
def test_rows_that_change_after_the_cutoff_wait_with_all_rows_of_their_parent(
    warehouse: Warehouse, full: bool
) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.pass_time(3600)
    before = stored(warehouse, STAMPED_LINE)
    later = fake.now + timedelta(seconds=5)
    fake.change(
        "transactionline", "transaction = 11 AND id = 1", memo="CutoffCondition", linelastmodifieddate=later
    )
    fake.change(
        "transactionline", "transaction = 11 AND id = 2", memo="In time", linelastmodifieddate=fake.now
    )
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    reports = synced(fake, warehouse, BOOKS, full=full)
    assert stored(warehouse, STAMPED_LINE) == before
    assert (
        "2 rows changed after this sync's cutoff; the next sync reads them"
        in reports["transactionline"].notes
    )
    assert reports["transactionline"].matches is not False
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_a_transaction_whose_lines_all_changed_after_the_cutoff_has_lines_at_once(
    warehouse: Warehouse,
) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.pass_time(3600)
    fake.insert("transaction", document(40, at=fake.now))
    fake.insert("transactionline", line(40, 0, linelastmodifieddate=fake.now + timedelta(seconds=9)))
    synced(fake, warehouse, BOOKS)
    assert 40 in {row[0] for row in stored(warehouse, STAMPED_LINE)}


# Any history

_act = st.tuples(
    st.sampled_from(
        ["insert", "edit", "add line", "recode", "recode", "post", "add line below", "swap below"]
    ),
    st.integers(0, 9),  # which transaction
    st.sampled_from([0, 0, 0, 3, -6, 5 * 365 * 86400]),  # seconds: after the cutoff, committed late, absurd
)
_sync = st.tuples(
    st.sampled_from(["plain", "plain", "plain", "full", "since"]),
    st.sampled_from([BOOKS, BOOKS, (STAMPED_LINE, TRANSACTION), (TRANSACTION,), (STAMPED_POSTING,)]),
    st.sampled_from([None, None, None, 2, 4, 7]),  # killed after so many answers
    st.sampled_from([20, 20, 90]),  # seconds until the next
)
_history = st.lists(st.tuples(st.lists(_act, max_size=5), _sync), min_size=2, max_size=6)


def _act_on(fake: FakeNetSuite, number: int, what: str, which: int, ahead: int) -> None:
    at = fake.now + timedelta(seconds=ahead)
    ids = [int(str(row[0])) for row in fake.rows("transaction")]
    if what == "insert" or not ids:
        fake.insert("transaction", document(3 * number, at=at))
        fake.insert("transactionline", line(3 * number, 0, linelastmodifieddate=at), line(3 * number, 1))
        fake.insert("transactionaccountingline", posting(3 * number, 0))
        return
    of = ids[which % len(ids)]
    if what in {"edit", "add line"}:
        fake.change("transaction", f"id = {of}", memo=f"Name {number}", lastmodifieddate=at)
    if what in {"add line", "add line below", "swap below"}:
        fake.insert("transactionline", line(of, 100 + number, linelastmodifieddate=at))
    if what == "swap below":
        first = f"(SELECT min(id) FROM transactionline WHERE transaction = {of})"
        fake.delete("transactionline", f"transaction = {of} AND id = {first}")
    elif what == "recode":
        last = f"(SELECT max(id) FROM transactionline WHERE transaction = {of})"
        fake.change(
            "transactionline",
            f"transaction = {of} AND id = {last}",
            amount=Decimal(number),
            linelastmodifieddate=at,
        )
    elif what == "post":
        fake.change(
            "transactionaccountingline", f"transaction = {of}", debit=Decimal(number), lastmodifieddate=at
        )


@settings(
    max_examples=searches(8, 200),
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(history=_history)
@pytest.mark.long
def test_after_any_changes_of_rows_and_parents_a_plain_sync_ends_equal_to_netsuite(
    history: list[tuple[list[tuple[str, int, int]], tuple[str, tuple[Table, ...], int | None, int]]],
) -> None:
    overlap = timedelta(seconds=10)
    with tempfile.TemporaryDirectory() as folder:
        fake = FakeNetSuite(BOOKS, page_rows=2)
        warehouse = a_warehouse(Path(folder))
        warehouse.prepare(CONNECTION)
        number = 0
        with duckdb.connect(str(warehouse.working_path)):  # held open, syncs need not open it each time
            for acts, (how, tables, answers, seconds) in history:
                for act in acts:
                    number += 1
                    _act_on(fake, number, *act)
                if answers is not None:
                    killed_after(fake, answers)
                try:
                    if how == "since":
                        since = fake.now - timedelta(seconds=50)
                        read_again(fake, warehouse, tables, since=since, overlap=overlap)
                    else:
                        synced(fake, warehouse, tables, full=how == "full", overlap=overlap)
                except Killed:
                    fake.pass_time(60)
                fake.before_page = lambda sql: None
                fake.pass_time(seconds - 60)
            fake.pass_time(80)
            synced(fake, warehouse, BOOKS, overlap=overlap)
            assert_equal(fake, warehouse, *BOOKS)
