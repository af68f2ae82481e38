"""Labels after any history of renames, syncs and kills: those of NetSuite, beside old rows and new ones."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netsuite_pipeline.sync import renamed_labels
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CONNECTION,
    CUSTOMER,
    EARLY,
    LINE,
    TRANSACTION,
    Killed,
    a_warehouse,
    asked_sql,
    assert_equal,
    document,
    killed_after,
    line,
    synced,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, refusal

pytestmark = pytest.mark.usefixtures("held_open")


def _pointing(table: Table, **references: str) -> Table:
    columns = tuple(
        replace(each, label=each.label and each.name != "status", references=references.get(each.name))
        for each in table.columns
    )
    return replace(table, columns=columns)


DOCUMENT = _pointing(TRANSACTION, entity="customer")
PART = _pointing(LINE, item="kind")
KIND = replace(
    ACCOUNTTYPE,
    name="kind",
    columns=(replace(ACCOUNTTYPE.columns[0], type="integer"), ACCOUNTTYPE.columns[1]),
)
BOOKS = (DOCUMENT, PART, CUSTOMER, KIND)


def a_company(**how: object) -> FakeNetSuite:
    """Five customers and two kinds, whose names NetSuite shows beside six documents and their lines."""
    fake = FakeNetSuite(BOOKS, **how)  # type: ignore[arg-type]
    for number in range(1, 6):
        fake.insert("customer", {"id": number, "companyname": f"Company {number}", "lastmodifieddate": EARLY})
        fake.show(number, f"Company {number}")
    for number in (101, 102):
        fake.insert("kind", {"id": number, "longname": f"Kind {number}"})
        fake.show(number, f"Kind {number}")
    for number in range(10, 16):
        fake.insert("transaction", document(number, entity=1 + number % 3))
        fake.insert("transactionline", line(number, 0, item=101), line(number, 1, item=102))
    return fake


def rename(fake: FakeNetSuite, number: int, name: str) -> None:
    if number > 100:
        fake.change("kind", f"id = {number}", longname=name)
    else:
        fake.change("customer", f"id = {number}", companyname=name, lastmodifieddate=fake.now)
    fake.show(number, name)


def test_the_labels_of_a_renamed_customer_and_kind_follow_at_one_question_each(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOOKS)
    synced(fake, warehouse, BOOKS)
    fake.pass_time(7200)
    fake.asked.clear()
    synced(fake, warehouse, BOOKS)
    without = len(fake.asked)
    rename(fake, 2, "Another Ltd")
    rename(fake, 101, "Another kind")
    fake.asked.clear()
    report = whole_report(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
    assert len(fake.asked) == without + 2
    assert report.notes == (
        "Labels follow what was renamed in NetSuite: 2 of transaction.entity_label, 6 of transactionline.item_label.",
    )
    log = "SELECT table_name, rows_written, requests FROM _netsuite.sync_log WHERE mode = 'labels' ORDER BY rowid"
    assert asked_sql(warehouse, log) == [("transaction", 2, 2), ("transactionline", 6, 0)]


def test_a_customer_alone_brings_the_labels_of_documents_that_are_not_in_the_sync(
    warehouse: Warehouse,
) -> None:
    fake = a_company()
    synced(fake, warehouse, BOOKS)
    rename(fake, 2, "Another Ltd")
    synced(fake, warehouse, [CUSTOMER], others=BOOKS)
    assert_equal(fake, warehouse, DOCUMENT)


@pytest.mark.long
def test_a_refused_question_leaves_the_labels_for_the_next_sync(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOOKS)
    rename(fake, 2, "Another Ltd")

    def refuse(sql: str) -> None:
        if "DISTINCT" in sql:
            raise refusal("Search error occurred: Invalid or unsupported search")

    fake.before_page = refuse
    report = whole_report(fake, warehouse, BOOKS)
    assert report.failed == ()
    assert report.notes[0].startswith(
        "Some labels may still show old names; the next sync asks again. transaction."
    )
    fake.before_page = lambda sql: None
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_labels_that_cannot_be_written_leave_the_tables_and_come_with_the_next_sync(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = a_company()
    synced(fake, warehouse, BOOKS)
    rename(fake, 2, "Another Ltd")

    def fail(*_: object) -> int:
        raise WarehouseError("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(renamed_labels, "write_labels", fail)
        report = whole_report(fake, warehouse, BOOKS)
    assert report.failed == ()
    assert (
        report.notes[0]
        == "Some labels may still show old names; the next sync tries again. The disk is full."
    )
    assert_equal(fake, warehouse, CUSTOMER)
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_labels_that_a_row_read_now_shows_otherwise_are_asked_for(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOOKS)
    with warehouse.working() as connection:
        connection.execute("UPDATE netsuite.transaction SET entity_label = 'Other words' WHERE id = 11")
    fake.change("transaction", "id = 14", memo="Edited", lastmodifieddate=fake.now)
    fake.show(3, "Shown now")
    synced(fake, warehouse, BOOKS)
    assert asked_sql(
        warehouse, "SELECT DISTINCT entity_label FROM netsuite.transaction WHERE entity = 3"
    ) == [("Shown now",)]


_act = st.tuples(
    st.sampled_from(["rename", "rename", "rename kind", "insert", "edit"]),
    st.integers(0, 4),
)
_sync = st.tuples(
    st.sampled_from([False, False, False, True]),  # in full
    st.sampled_from([BOOKS, BOOKS, (DOCUMENT, PART, KIND), (CUSTOMER, DOCUMENT, PART), (KIND, PART)]),
    st.sampled_from([None, None, 2, 4, 6, 8, 9]),  # killed after so many answers
)
_history = st.lists(st.tuples(st.lists(_act, max_size=4), _sync), min_size=2, max_size=6)


def _act_on(fake: FakeNetSuite, number: int, what: str, which: int) -> None:
    if what == "rename":
        rename(fake, 1 + which, f"Renamed {number}")
    elif what == "rename kind":
        rename(fake, 101 + which % 2, f"Kind renamed {number}")
    elif what == "insert":
        fake.insert("transaction", document(100 + number, entity=1 + which, at=fake.now))
        fake.insert("transactionline", line(100 + number, 0, item=101 + which % 2))
    elif what == "edit":
        fake.change("transaction", f"id = {10 + which}", memo=f"Edited {number}", lastmodifieddate=fake.now)


@settings(
    max_examples=searches(8, 200),
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(history=_history, synced_before=st.booleans())
@pytest.mark.long
def test_after_any_renames_syncs_and_kills_every_label_is_netsuites(
    history: list[tuple[list[tuple[str, int]], tuple[bool, tuple[Table, ...], int | None]]],
    synced_before: bool,
) -> None:
    overlap = timedelta(seconds=10)
    with tempfile.TemporaryDirectory() as folder:
        fake, warehouse = a_company(page_rows=3), a_warehouse(Path(folder))
        warehouse.prepare(CONNECTION)
        number = 0
        with duckdb.connect(str(warehouse.working_path)):  # held open, syncs need not open it each time
            if synced_before:
                synced(fake, warehouse, BOOKS)
            for acts, (full, tables, answers) in history:
                for act in acts:
                    number += 1
                    _act_on(fake, number, *act)
                if answers is not None:
                    killed_after(fake, answers)
                try:
                    synced(fake, warehouse, tables, full=full, overlap=overlap, others=BOOKS)
                except Killed:
                    fake.pass_time(60)
                fake.before_page = lambda sql: None
            synced(fake, warehouse, BOOKS, overlap=overlap)
            assert_equal(fake, warehouse, *BOOKS)
