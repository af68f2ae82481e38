"""Whole syncs against a small company: the warehouse ends equal to what the role sees at the cutoff."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partialmethod
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.client import ClientSettings
from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError, Unavailable
from netsuite_pipeline.sync.landing import Landing
from netsuite_pipeline.sync.run import Progress
from netsuite_pipeline.tables import Parent, Table
from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    EARLY,
    LINE,
    POSTING,
    TABLES,
    TRANSACTION,
    a_company,
    a_sync,
    a_warehouse,
    asked_sql,
    document,
    line,
    stored,
    synced,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Refusal

BOTH = (TRANSACTION, LINE)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return a_warehouse(tmp_path)


def _equal(fake: FakeNetSuite, warehouse: Warehouse, *tables: Table) -> None:
    for table in tables:
        assert stored(warehouse, table) == fake.rows(table.name), table.name


def _ids(warehouse: Warehouse, table: Table) -> list[object]:
    return [row[0] for row in stored(warehouse, table)]


def _fail(table: str, error: NetSuiteError) -> Callable[[str], None]:
    def fail(sql: str) -> None:
        if f"FROM {table} " in sql:
            raise error

    return fail


# The first sync, and one with nothing new


def test_the_first_sync_brings_everything(warehouse: Warehouse) -> None:
    fake = a_company()
    report = whole_report(fake, warehouse)
    assert {table.status for table in report.tables} == {"done"}
    assert {table.mode for table in report.tables} == {"full"}
    assert report.tables[-1].table == "accounttype", "lists come after the facts that point to them"
    assert [table.requests for table in report.tables] == [1] * 5
    _equal(fake, warehouse, *TABLES)
    done = {table.table: table for table in report.tables}
    assert (done["transaction"].rows_read, done["transaction"].rows_written, done["transaction"].rows) == (
        4,
        4,
        4,
    )
    assert done["transaction"].watermark == report.cutoff == datetime(2026, 11, 23, 12)
    assert done["accounttype"].watermark is None
    preview = done["accounttype"].preview
    assert preview is not None
    assert (preview.columns, preview.rows[0]) == (("id", "longname", "left"), ("Bank", "Bank", "true"))
    assert os.listdir(warehouse.landing_path("netsuite")) == ["lock"]


def test_values_arrive_to_the_last_digit_and_second(warehouse: Warehouse) -> None:
    fake = a_company(behind_utc=timedelta(hours=8))
    fake.insert(
        "transaction",
        document(
            40,
            at=datetime(2026, 11, 1, 9, 59, 59),
            trandate=date(2024, 2, 29),
            total=Decimal("123456789012345678.123456789"),
            memo='🧾 "quoted"\nline',
            status="",
        ),
        {"id": 41},
    )
    synced(fake, warehouse, [TRANSACTION])
    _equal(fake, warehouse, TRANSACTION)
    row = stored(warehouse, TRANSACTION)[4]
    assert row[1] == date(2024, 2, 29)
    assert row[4:] == (
        "",
        "Label of ",
        '🧾 "quoted"\nline',
        Decimal("123456789012345678.123456789"),
        True,
        datetime(2026, 11, 1, 9, 59, 59),
    )


def test_with_nothing_new_nothing_is_written_and_nothing_republished(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    synced(fake, warehouse)
    before = warehouse.path.stat()
    fake.asked.clear()
    reports = synced(fake, warehouse)
    assert {table: report.mode for table, report in reports.items()} == {
        "customer": "changed",
        "transaction": "changed",
        "transactionline": "children",
        "transactionaccountingline": "children",
        "accounttype": "full",
    }
    assert all(report.rows_written == report.rows_deleted == 0 for report in reports.values())
    assert len(fake.asked) == 3, "children of no changed parent need no request"
    after = warehouse.path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_every_page_is_told_as_it_lands(warehouse: Warehouse) -> None:
    watched: list[Progress] = []
    for _ in a_sync(a_company(), warehouse, [CUSTOMER, ACCOUNTTYPE], watched=watched):
        pass
    assert watched == [Progress("customer", 3), Progress("accounttype", 2)]


def test_a_report_before_the_sync_has_begun_is_a_mistake(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError, match="has not begun"):
        a_sync(a_company(), warehouse).report()


# Changes


def test_what_changed_is_read_and_written_and_nothing_else(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    fake.insert("transaction", document(31, at=fake.now))
    fake.insert("transactionline", line(31, 0))
    fake.change("customer", "id = 2", balance=Decimal("-0.07"), lastmodifieddate=fake.now)
    reports = synced(fake, warehouse)
    _equal(fake, warehouse, *TABLES)
    counts = {table: (report.rows_read, report.rows_written) for table, report in reports.items()}
    assert counts == {
        "customer": (1, 1),
        "transaction": (2, 2),
        "transactionline": (3, 1),
        "transactionaccountingline": (2, 0),
        "accounttype": (2, 0),
    }


def test_a_deleted_line_disappears_with_its_transactions_change(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    fake.delete("transactionaccountingline", "transaction = 20")
    fake.change("transaction", "id IN (11, 20)", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse)
    _equal(fake, warehouse, *TABLES)
    assert reports["transactionline"].rows_deleted == 1
    assert reports["transactionaccountingline"].rows_deleted == 2


def test_a_full_read_finds_what_no_cursor_told(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.change("customer", "id = 1", companyname="Renamed behind its cursor's back")
    fake.delete("customer", "id = 2")
    fake.delete("transactionline", "transaction = 10")
    fake.delete("accounttype", "id = 'COGS'")
    synced(fake, warehouse)
    assert [len(stored(warehouse, table)) for table in (CUSTOMER, LINE, ACCOUNTTYPE)] == [3, 8, 1]
    reports = synced(fake, warehouse, full=True)
    _equal(fake, warehouse, *TABLES)
    assert (reports["customer"].rows_written, reports["customer"].rows_deleted) == (1, 1)
    assert reports["transactionline"].rows_deleted == 2


def test_rows_without_a_cursors_value_arrive_with_a_full_read_and_stay(warehouse: Warehouse) -> None:
    fake = a_company()
    fake.insert("customer", {"id": 7, "companyname": "Never modified"})
    synced(fake, warehouse, [CUSTOMER])
    synced(fake, warehouse, [CUSTOMER])
    _equal(fake, warehouse, CUSTOMER)


# One cutoff


@pytest.mark.parametrize("full", [False, True])
def test_what_changes_after_the_cutoff_waits_with_its_lines_and_its_old_version_stays(
    warehouse: Warehouse, full: bool
) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    before = [stored(warehouse, table) for table in BOTH]
    after_the_cutoff = fake.now + timedelta(seconds=5)
    fake.change("transaction", "id = 11", memo="Changed meanwhile", lastmodifieddate=after_the_cutoff)
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    fake.change("transactionline", "transaction = 11", memo="Changed meanwhile")
    fake.insert("transaction", document(31, at=after_the_cutoff))
    fake.insert("transactionline", line(31, 0))
    reports = synced(fake, warehouse, BOTH, full=full)
    assert [stored(warehouse, table) for table in BOTH] == before
    assert "2 rows changed after this sync's cutoff wait for the next one" in reports["transaction"].notes
    synced(fake, warehouse, BOTH)
    _equal(fake, warehouse, *BOTH)


def test_a_child_that_lags_behind_keeps_the_lines_of_a_parent_that_waits(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    synced(fake, warehouse, [TRANSACTION])
    before = stored(warehouse, LINE)
    fake.change("transaction", "id = 11", memo="x", lastmodifieddate=fake.now + timedelta(seconds=5))
    fake.change("transactionline", "transaction = 11", memo="Changed meanwhile")
    synced(fake, warehouse, BOTH)
    assert stored(warehouse, LINE) == before
    synced(fake, warehouse, BOTH)
    _equal(fake, warehouse, *BOTH)


def test_a_transaction_that_comes_between_its_table_and_its_lines_leaves_no_line_alone(
    warehouse: Warehouse,
) -> None:
    fake = a_company(settings=ClientSettings(concurrency=1))

    def meanwhile(sql: str) -> None:
        if "FROM transactionline " in sql and not fake.rows("transaction", "id = 31"):
            fake.insert("transaction", document(31, at=fake.now + timedelta(seconds=2)))
            fake.insert("transactionline", line(31, 0))

    fake.before_page = meanwhile
    synced(fake, warehouse, BOTH)
    assert {row[0] for row in stored(warehouse, LINE)} == {10, 11, 20, 30}
    synced(fake, warehouse, BOTH)
    _equal(fake, warehouse, *BOTH)


def test_a_late_commit_that_a_full_read_got_without_its_lines_gets_them_next_time(
    warehouse: Warehouse,
) -> None:
    """Its stamp is older than the moment it becomes visible, and by then its lines had been asked for."""
    fake = a_company(settings=ClientSettings(concurrency=1))

    def meanwhile(sql: str) -> None:
        if "FROM transaction " in sql and not fake.rows("transaction", "id = 25"):
            fake.insert("transaction", document(25, at=fake.now - timedelta(minutes=10)))
            fake.insert("transactionline", line(25, 0))

    fake.before_page = meanwhile
    synced(fake, warehouse, [LINE, TRANSACTION])
    assert 25 in _ids(warehouse, TRANSACTION)
    assert 25 not in _ids(warehouse, LINE)
    synced(fake, warehouse, [LINE, TRANSACTION])
    _equal(fake, warehouse, *BOTH)


def test_a_late_commit_within_the_overlap_is_found(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    synced(fake, warehouse, BOTH)
    fake.insert("transaction", document(25, at=fake.now - timedelta(minutes=45)))
    fake.insert("transactionline", line(25, 0))
    synced(fake, warehouse, BOTH)
    _equal(fake, warehouse, *BOTH)


# Parents and children chosen apart


def test_a_child_alone_asks_for_the_parents_that_changed(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, [LINE])
    _equal(fake, warehouse, LINE)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse, [LINE])
    assert (reports["transactionline"].mode, reports["transactionline"].rows_read) == ("children", 2)
    assert reports["transactionline"].requests == 2
    _equal(fake, warehouse, LINE)


def test_a_parent_alone_does_not_take_its_childrens_changes_away(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    synced(fake, warehouse, [TRANSACTION])
    fake.pass_time(3 * 3600)
    synced(fake, warehouse, [TRANSACTION])
    synced(fake, warehouse, BOTH)
    _equal(fake, warehouse, *BOTH)


def test_a_list_can_have_children(warehouse: Warehouse) -> None:
    item = replace(ACCOUNTTYPE, columns=tuple(ACCOUNTTYPE.columns))
    part = replace(
        POSTING, name="part", key=("debit",), columns=(replace(ACCOUNTTYPE.columns[0], name="debit"),)
    )
    part = replace(part, parent=Parent("accounttype", "debit"))
    fake = FakeNetSuite([item, part])
    fake.insert("accounttype", {"id": "Bank"})
    fake.insert("part", {"debit": "Bank"})
    for _ in range(2):
        reports = synced(fake, warehouse, [part, item])
        assert {report.status for report in reports.values()} == {"done"}
        _equal(fake, warehouse, item, part)
    fake.delete("part", "true")
    synced(fake, warehouse, [part, item])
    _equal(fake, warehouse, part)


# Failures


def test_a_table_that_fails_leaves_the_others_committed_and_its_children_untouched(
    warehouse: Warehouse,
) -> None:
    fake = a_company()
    synced(fake, warehouse)
    lines = stored(warehouse, LINE)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    fake.change("customer", "id = 1", companyname="New", lastmodifieddate=fake.now)
    fake.before_page = _fail("transaction", Unavailable("Down.", remedy="Wait."))
    report = whole_report(fake, warehouse)
    done = {table.table: table for table in report.tables}
    assert {name for name, table in done.items() if table.status == "done"} == {"customer", "accounttype"}
    assert {table.table for table in report.failed} == {
        "transaction",
        "transactionline",
        "transactionaccountingline",
    }
    assert "transaction failed" in (done["transactionline"].error or "")
    assert "Wait." in (done["transactionline"].error or "")
    assert stored(warehouse, LINE) == lines
    _equal(fake, warehouse, CUSTOMER)
    logged = asked_sql(
        warehouse,
        f"SELECT table_name, status, error IS NULL FROM _netsuite.sync_log WHERE sync_id = '{report.sync_id}' "
        "ORDER BY ALL",
    )
    assert logged == [
        ("accounttype", "done", True),
        ("customer", "done", True),
        ("transaction", "failed", False),
        ("transactionaccountingline", "failed", False),
        ("transactionline", "failed", False),
    ]
    fake.before_page = lambda sql: None
    synced(fake, warehouse)
    _equal(fake, warehouse, *TABLES)


def test_children_whose_read_failed_are_caught_up_with_later(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    fake.before_page = _fail("transactionline", Unavailable("Down."))
    assert synced(fake, warehouse, BOTH)["transactionline"].status == "failed"
    fake.before_page = lambda sql: None
    fake.pass_time(3 * 3600)
    synced(fake, warehouse, BOTH)
    _equal(fake, warehouse, *BOTH)


def test_doubled_keys_fail_their_table_alone_and_leave_it_as_it_was(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    before = stored(warehouse, ACCOUNTTYPE)
    fake.insert("accounttype", {"id": "Bank", "longname": "Another"})
    fake.change("customer", "id = 1", companyname="New", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    assert isinstance(reports["accounttype"].failure, LoadRefused)
    assert reports["accounttype"].rows_read == 3
    assert stored(warehouse, ACCOUNTTYPE) == before
    _equal(fake, warehouse, CUSTOMER)


def test_values_that_do_not_fit_are_kept_and_told(warehouse: Warehouse) -> None:
    fake = a_company()
    fake.insert("accounttype", {"id": "Odd", "left": "perhaps"})
    reports = synced(fake, warehouse, [ACCOUNTTYPE])
    assert reports["accounttype"].rejected_values == 1
    assert any("_netsuite.rejected_values" in note for note in reports["accounttype"].notes)
    kept = asked_sql(warehouse, "SELECT key, column_name, value FROM _netsuite.rejected_values")
    assert kept == [("Odd", "left", "perhaps")]


def test_a_sign_in_refused_in_mid_sync_ends_it_and_keeps_what_is_committed(warehouse: Warehouse) -> None:
    fake = a_company(settings=ClientSettings(concurrency=1))

    def revoke(sql: str) -> None:
        fake.refuses_sign_in = "FROM transaction " in sql

    fake.before_page = revoke
    tables = [CUSTOMER, TRANSACTION, LINE, ACCOUNTTYPE]
    reports = synced(fake, warehouse, tables)
    assert {name: report.status for name, report in reports.items()} == {
        "customer": "done",
        "transaction": "failed",
        "transactionline": "failed",
        "accounttype": "failed",
    }
    assert isinstance(reports["accounttype"].failure, SignInError)
    assert fake.asked_of("accounttype") == []
    _equal(fake, warehouse, CUSTOMER)


def test_a_sign_in_refused_at_the_start_reads_nothing(warehouse: Warehouse) -> None:
    fake = a_company(refuses_sign_in=True)
    with pytest.raises(SignInError):
        synced(fake, warehouse)
    assert fake.asked == []
    assert not warehouse.path.exists()


# Tables and columns that are not to be seen


def test_a_table_that_was_never_there_is_absent_and_one_that_was_is_lost(warehouse: Warehouse) -> None:
    fake = a_company(hidden_tables={"accounttype"})
    reports = synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    absent = reports["accounttype"]
    assert (absent.status, absent.error) == ("absent", None)
    assert "Lists > Accounts" in absent.notes[0]
    assert "ACCOUNTING" in absent.notes[0]
    fake.hidden_tables = set()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    fake.hidden_tables = {"accounttype", "customer"}
    reports = synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    lost = reports["customer"]
    assert lost.status == "failed"
    assert "The role lost Lists > Customers (LIST_CUSTJOB)" in (lost.error or "")
    assert "Permissions > Lists: add Customers (View)" in (lost.error or "")
    _equal(fake, warehouse, CUSTOMER, ACCOUNTTYPE)


def test_a_role_that_sees_no_table_at_all_is_told_so(warehouse: Warehouse) -> None:
    fake = a_company(hidden_tables={"customer", "accounttype"})
    report = whole_report(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    assert report.failed == ()
    assert report.shows_nothing is not None


@pytest.mark.parametrize("how", ["named", "poison"])
def test_a_column_that_is_lost_keeps_its_old_values_and_is_told(warehouse: Warehouse, how: Refusal) -> None:
    fake = a_company()
    synced(fake, warehouse, [TRANSACTION])
    before = {row[0]: row for row in stored(warehouse, TRANSACTION)}
    fake.hidden_columns = {("transaction", "memo"): how}
    fake.change("transaction", "id = 11", memo="Unseen", total=Decimal(99), lastmodifieddate=fake.now)
    fake.insert("transaction", document(31, at=fake.now))
    reports = synced(fake, warehouse, [TRANSACTION])
    after = {row[0]: row for row in stored(warehouse, TRANSACTION)}
    assert [note for note in reports["transaction"].notes if "columns lost" in note and "memo" in note]
    assert after[11][6:8] == ("Document 11", Decimal(99))
    assert after[31][6] is None
    assert after[10] == before[10]
    fake.asked.clear()
    synced(fake, warehouse, [TRANSACTION])
    assert len(fake.asked) == 1, "what is absent is not asked for at every sync"


def test_a_column_that_comes_back_is_told_and_a_full_read_brings_its_values(warehouse: Warehouse) -> None:
    fake = a_company(hidden_columns={("transaction", "memo"): "named"})
    reports = synced(fake, warehouse, [TRANSACTION])
    assert [note for note in reports["transaction"].notes if "does not have: memo (unknown)" in note]
    fake.hidden_columns = {}
    reports = synced(fake, warehouse, [TRANSACTION], full=True)
    assert [note for note in reports["transaction"].notes if "offers now: memo" in note]
    _equal(fake, warehouse, TRANSACTION)


def test_a_day_without_changed_parents_teaches_nothing_of_a_childs_columns(warehouse: Warehouse) -> None:
    """The columns are due to be asked for again, but no request is made that could tell."""
    fake = a_company(hidden_columns={("transactionline", "memo"): "named"})
    synced(fake, warehouse, BOTH)
    synced(fake, warehouse, BOTH)
    asked_sql(
        warehouse, "UPDATE _netsuite.table_state SET absent_asked_at = absent_asked_at - INTERVAL 2 DAY"
    )
    reports = synced(fake, warehouse, BOTH)
    assert reports["transactionline"].notes == ()
    state = asked_sql(
        warehouse,
        "SELECT columns, absent_columns FROM _netsuite.table_state WHERE table_name = 'transactionline'",
    )
    assert state == [(["transaction", "id", "item", "amount", "item_label"], ["memo"])]
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse, BOTH)
    assert [note for note in reports["transactionline"].notes if "does not have: memo" in note]


@pytest.mark.parametrize("how", ["named", "unnamed"])
def test_labels_that_are_refused_are_left_empty_and_asked_for_once(
    warehouse: Warehouse, how: Refusal
) -> None:
    fake = a_company(refuses_labels=how)
    synced(fake, warehouse, [TRANSACTION])
    assert {row[3] for row in stored(warehouse, TRANSACTION)} == {None}
    fake.asked.clear()
    synced(fake, warehouse, [TRANSACTION])
    assert len(fake.asked) == 1


@pytest.mark.parametrize("how", ["named", "unnamed", "poison"])
def test_without_utc_times_are_turned_by_the_sessions_offset(warehouse: Warehouse, how: Refusal) -> None:
    fake = a_company(refuses_utc=how, behind_utc=timedelta(hours=8))
    reports = synced(fake, warehouse)
    assert any("-8.00 h" in note for note in reports["transaction"].notes)
    _equal(fake, warehouse, *TABLES)
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("customer", "id = 1", companyname="Later", lastmodifieddate=fake.now + timedelta(seconds=5))
    synced(fake, warehouse)
    _equal(fake, warehouse, *BOTH)
    assert stored(warehouse, CUSTOMER)[0][1] == "Company 1"
    synced(fake, warehouse)
    _equal(fake, warehouse, *TABLES)


def test_without_its_cursor_a_table_and_its_children_are_read_in_full(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.hidden_columns = {("transaction", "lastmodifieddate"): "named"}
    fake.change("transaction", "id = 11", memo="New")
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    reports = synced(fake, warehouse, BOTH)
    assert {report.mode for report in reports.values()} == {"full"}
    assert reports["transaction"].watermark is None
    assert stored(warehouse, LINE) == fake.rows("transactionline")
    assert stored(warehouse, TRANSACTION)[1][6] == "New"


# The warehouse's side


def test_another_account_is_refused_and_nothing_is_touched(warehouse: Warehouse) -> None:
    synced(a_company(), warehouse, [CUSTOMER])
    before = warehouse.path.stat().st_mtime_ns
    other = a_company(account=parse_account_id("7654321_SB1"))
    with pytest.raises(WarehouseError, match="come from NetSuite account 1234567, not 7654321_SB1"):
        synced(other, warehouse, [CUSTOMER])
    assert other.asked == []
    assert warehouse.path.stat().st_mtime_ns == before


def test_two_connections_share_a_warehouse(warehouse: Warehouse) -> None:
    one, two = a_company(), a_company(account=parse_account_id("7654321_SB1"))
    two.insert("customer", {"id": 99})
    synced(one, warehouse, [CUSTOMER])
    for _ in a_sync(two, warehouse, [CUSTOMER], connection="sandbox"):
        pass
    assert stored(warehouse, CUSTOMER) == one.rows("customer")
    assert stored(warehouse, CUSTOMER, "sandbox") == two.rows("customer")


def test_a_second_sync_of_the_same_connection_is_told_who_is_first(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Landing, "locked", partialmethod(Landing.locked, wait_seconds=0.1))
    fake = a_company()
    running = iter(a_sync(fake, warehouse, [CUSTOMER, ACCOUNTTYPE]))
    next(running)
    with pytest.raises(WarehouseLocked, match=f"process {os.getpid()}"):
        synced(fake, warehouse)
    assert [report.table for report in running] == ["accounttype"]


def test_what_could_not_be_published_is_said_and_published_by_the_next_sync(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = a_company()
    synced(fake, warehouse, [CUSTOMER])
    fake.change("customer", "id = 1", companyname="New", lastmodifieddate=fake.now)

    def full(warehouse: Warehouse) -> None:
        raise WarehouseError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "publish", full)
        sync = a_sync(fake, warehouse, [CUSTOMER])
        reported = []
        with pytest.raises(WarehouseError, match="disk is full"):
            reported += list(sync)
    assert sync.report().tables[0].rows_written == 1
    assert stored(warehouse, CUSTOMER)[0][1] == "Company 1"
    fake.pass_time(60)
    reports = synced(fake, warehouse, [CUSTOMER])
    assert reports["customer"].rows_written == 0
    _equal(fake, warehouse, CUSTOMER)


def test_a_sync_that_nobody_reads_to_its_end_lets_go_and_loses_nothing(warehouse: Warehouse) -> None:
    fake = a_company()
    running = iter(a_sync(fake, warehouse, [CUSTOMER, ACCOUNTTYPE]))
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert not warehouse.path.exists()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    _equal(fake, warehouse, CUSTOMER, ACCOUNTTYPE)


def test_pages_that_an_earlier_sync_left_behind_are_not_loaded(warehouse: Warehouse) -> None:
    left = warehouse.landing_path("netsuite") / "accounttype"
    left.mkdir(parents=True)
    (left / "000007.json").write_text('{"items":[{"id":"Ghost"}]}')
    fake = a_company()
    synced(fake, warehouse, [ACCOUNTTYPE])
    _equal(fake, warehouse, ACCOUNTTYPE)


def test_a_working_file_that_another_process_keeps_fails_the_sync_by_name(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(warehouse: Warehouse) -> None:
        raise WarehouseLocked("Process 7 (python) has had it open.")

    fake = a_company()
    synced(fake, warehouse, [CUSTOMER])
    monkeypatch.setattr(Warehouse, "working", held)
    with pytest.raises(WarehouseLocked, match="Process 7"):
        synced(fake, warehouse, [CUSTOMER])


def test_early_stamps_are_read_once(warehouse: Warehouse) -> None:
    """Behind the overlap nothing is read again."""
    fake = a_company()
    assert fake.now - timedelta(hours=1) > EARLY
    synced(fake, warehouse, [CUSTOMER])
    assert synced(fake, warehouse, [CUSTOMER])["customer"].rows_read == 0
