"""What is asked for a table: a pure function from its spec and state to a statement."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.planning.read_plan import (
    KeyRange,
    Mode,
    ReadPlan,
    changed_parents_plan,
    facts_and_lists,
    key_scan_plan,
    parent_tables,
    plan_read,
    rows_by_key_plan,
)
from netsuite_pipeline.tables import Parent, Table
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE, CUSTOMER, LINE, POSTING, TABLES, TRANSACTION

NOW = datetime(2026, 11, 23, 12)
WATERMARK = datetime(2026, 11, 23, 11)
EVERYTHING = tuple(
    dict.fromkeys(
        name for table in TABLES for name in plan_read(table, None, full=True, now=NOW).result_columns
    )
)
STATE = TableState(
    watermark=WATERMARK,
    columns=EVERYTHING,
    unavailable_columns=(),
    unavailable_checked_at=NOW - timedelta(hours=2),
    row_count=3,
    synced_at=WATERMARK,
)
NO_CURSOR = replace(STATE, watermark=None)
SESSION = Dialect(utc=False)


@pytest.mark.parametrize(
    ("table", "state", "full", "mode", "since"),
    [
        (CUSTOMER, None, False, "full", None),
        (CUSTOMER, STATE, False, "changed", datetime(2026, 11, 23, 10)),
        (CUSTOMER, STATE, True, "full", None),
        (CUSTOMER, NO_CURSOR, False, "full", None),
        (CUSTOMER, replace(STATE, unavailable_columns=("lastmodifieddate",)), False, "full", None),
        # Rows that were stored before lack a column that there is now; or were read without one.
        (CUSTOMER, replace(STATE, columns=("id", "lastmodifieddate")), False, "full", None),
        (LINE, replace(STATE, columns=("transaction", "id")), False, "full", None),
        (CUSTOMER, replace(STATE, full_wanted=True), False, "full", None),
        (LINE, None, False, "full", None),
        (LINE, STATE, False, "children", None),
        (LINE, STATE, True, "full", None),
        (LINE, NO_CURSOR, False, "full", None),
        (ACCOUNTTYPE, None, False, "full", None),
        (ACCOUNTTYPE, NO_CURSOR, False, "full", None),
    ],
)
def test_how_a_table_is_read_follows_from_its_spec_and_what_was_read_before(
    table: Table, state: TableState | None, full: bool, mode: Mode, since: datetime | None
) -> None:
    read = plan_read(table, state, full=full, now=NOW)
    assert (read.mode, read.since) == (mode, since)


def test_the_overlap_is_as_long_as_asked() -> None:
    read = plan_read(CUSTOMER, STATE, full=False, now=NOW, overlap=timedelta(minutes=5))
    assert read.since == datetime(2026, 11, 23, 10, 55)


@pytest.mark.parametrize(
    ("hours_ago", "full", "asked_for"),
    [(2, False, False), (23.9, False, False), (24, False, True), (2, True, True)],
)
def test_what_the_account_lacked_is_asked_for_again_once_a_day_and_in_full_reads(
    hours_ago: float, full: bool, asked_for: bool
) -> None:
    state = replace(
        STATE,
        unavailable_columns=("memo", "entity_label", "id"),
        unavailable_checked_at=NOW - timedelta(hours=hours_ago),
    )
    read = plan_read(TRANSACTION, state, full=full, now=NOW)
    assert ("memo" in read.columns) == asked_for
    assert ("entity" in read.labels) == asked_for
    assert "id" in read.columns, "a key is always asked for"
    assert "entity" in read.columns
    assert "status" in read.labels


def test_labels_are_asked_for_only_where_they_can_be_had() -> None:
    assert plan_read(TRANSACTION, None, full=False, now=NOW).labels == ("entity", "status")
    assert plan_read(TRANSACTION, None, full=False, now=NOW, dialect=Dialect(labels=False)).labels == ()


def test_leaving_out_a_column_takes_its_label_along_but_not_the_other_way() -> None:
    read = plan_read(TRANSACTION, None, full=False, now=NOW)
    assert read.excluding(["entity"]).result_columns == tuple(
        name for name in read.result_columns if name not in {"entity", "entity_label"}
    )
    assert set(read.result_columns) - set(read.excluding(["entity_label"]).result_columns) == {"entity_label"}


SMALL = replace(
    TRANSACTION,
    columns=tuple(TRANSACTION.column(name) for name in ("id", "trandate", "status", "lastmodifieddate")),
)
_FULL = ReadPlan(SMALL, ("id", "trandate", "status", "lastmodifieddate"), ("status",), "full")
_CHANGED = replace(_FULL, columns=("id",), labels=(), mode="changed", since=datetime(2026, 11, 23, 10))
_CHILDREN = ReadPlan(LINE, ("transaction", "id"), (), "children")


@pytest.mark.parametrize(
    ("read", "place", "sql"),
    [
        (
            _FULL,
            None,
            "SELECT id, TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate, status, "
            "TO_CHAR(SYS_EXTRACT_UTC(lastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate, "
            "BUILTIN.DF(status) AS status_label FROM transaction ORDER BY id",
        ),
        (
            replace(_FULL, dialect=SESSION, labels=(), columns=("id", "lastmodifieddate")),
            KeyRange(("7",)),
            "SELECT id, TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate "
            "FROM transaction WHERE id > 7 ORDER BY id",
        ),
        (
            _CHANGED,
            KeyRange(("7",)),
            "SELECT id FROM transaction WHERE SYS_EXTRACT_UTC(lastmodifieddate) >= "
            "TO_TIMESTAMP('2026-11-23 10:00:00', 'YYYY-MM-DD HH24:MI:SS') AND id > 7 ORDER BY id",
        ),
        (
            replace(_CHANGED, include_null_cursor=True),
            KeyRange(None, ("90",)),
            "SELECT id FROM transaction WHERE (SYS_EXTRACT_UTC(lastmodifieddate) >= "
            "TO_TIMESTAMP('2026-11-23 10:00:00', 'YYYY-MM-DD HH24:MI:SS') OR lastmodifieddate IS NULL) "
            "AND id <= 90 ORDER BY id",
        ),
        (
            rows_by_key_plan(_CHANGED),
            KeyRange(values=("7", "9")),
            "SELECT id FROM transaction WHERE id IN (7, 9) ORDER BY id",
        ),
        (
            key_scan_plan(POSTING),
            KeyRange(("1", "2", "3"), ("4",)),
            "SELECT transaction, transactionline, accountingbook FROM transactionaccountingline "
            "WHERE (transaction > 1 OR (transaction = 1 AND (transactionline > 2 OR (transactionline = 2 AND "
            "accountingbook > 3)))) AND transaction <= 4 "
            "ORDER BY transaction, transactionline, accountingbook",
        ),
        (
            replace(_CHANGED, dialect=SESSION, utc_offset=timedelta(hours=-5)),
            None,
            "SELECT id FROM transaction WHERE lastmodifieddate >= "
            "TO_TIMESTAMP('2026-11-23 05:00:00', 'YYYY-MM-DD HH24:MI:SS') ORDER BY id",
        ),
        (
            _CHILDREN,
            KeyRange(values=("10", "11")),
            "SELECT transaction, id FROM transactionline WHERE transaction IN (10, 11) "
            "ORDER BY transaction, id",
        ),
        (
            _CHILDREN,
            KeyRange(("10", "2"), values=("10", "11")),
            "SELECT transaction, id FROM transactionline WHERE transaction IN (10, 11) "
            "AND (transaction > 10 OR (transaction = 10 AND id > 2)) ORDER BY transaction, id",
        ),
        (
            ReadPlan(ACCOUNTTYPE, ("id", "left"), (), "full"),
            KeyRange(("O'Neill",)),
            "SELECT id, accounttype.left FROM accounttype WHERE id > 'O''Neill' ORDER BY id",
        ),
        (
            ReadPlan(POSTING, ("debit",), (), "full"),
            KeyRange(("1", "2", "3")),
            "SELECT debit FROM transactionaccountingline WHERE (transaction > 1 OR (transaction = 1 AND "
            "(transactionline > 2 OR (transactionline = 2 AND accountingbook > 3)))) "
            "ORDER BY transaction, transactionline, accountingbook",
        ),
    ],
)
def test_the_statement_of_a_page(read: ReadPlan, place: KeyRange | None, sql: str) -> None:
    assert read.sql(place) == sql


def test_the_page_index_keeps_the_conditions_and_begins_behind_a_key() -> None:
    assert _CHANGED.index_sql(("7",), 1000) == (
        "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM transaction WHERE "
        "SYS_EXTRACT_UTC(lastmodifieddate) >= TO_TIMESTAMP('2026-11-23 10:00:00', 'YYYY-MM-DD HH24:MI:SS') "
        "AND id > 7 ORDER BY id)) WHERE MOD(rn, 1000) = 0 ORDER BY id"
    )


@pytest.mark.parametrize(
    ("read", "order"),
    [(_FULL, "FROM transaction ORDER BY id DESC"),
     (key_scan_plan(LINE), "FROM transactionline ORDER BY transaction DESC, id DESC")],
)  # fmt: skip
def test_the_greatest_key_comes_first_when_asked_downwards(read: ReadPlan, order: str) -> None:
    assert read.max_key_sql().endswith(order)


@pytest.mark.parametrize(
    ("read", "sql"),
    [
        (ReadPlan(LINE, ("id",), (), "full"), "SELECT COUNT(*) AS counted FROM transactionline"),
        (
            key_scan_plan(TRANSACTION),
            "SELECT COUNT(*) AS counted, SUM(CASE WHEN SYS_EXTRACT_UTC(lastmodifieddate) > "
            "TO_TIMESTAMP('2026-11-23 12:00:00', 'YYYY-MM-DD HH24:MI:SS') AND SYS_EXTRACT_UTC(lastmodifieddate) < "
            "TO_TIMESTAMP('2026-11-25 12:00:00', 'YYYY-MM-DD HH24:MI:SS') THEN 1 ELSE 0 END) AS newer "
            "FROM transaction",
        ),
        (
            _FULL,
            "SELECT COUNT(*) AS counted, SUM(CASE WHEN SYS_EXTRACT_UTC(lastmodifieddate) > "
            "TO_TIMESTAMP('2026-11-23 12:00:00', 'YYYY-MM-DD HH24:MI:SS') AND SYS_EXTRACT_UTC(lastmodifieddate) < "
            "TO_TIMESTAMP('2026-11-25 12:00:00', 'YYYY-MM-DD HH24:MI:SS') THEN 1 ELSE 0 END) AS newer "
            "FROM transaction",
        ),
        (
            replace(_FULL, dialect=SESSION, utc_offset=timedelta(hours=-5)),
            "SELECT COUNT(*) AS counted, SUM(CASE WHEN lastmodifieddate > "
            "TO_TIMESTAMP('2026-11-23 07:00:00', 'YYYY-MM-DD HH24:MI:SS') AND lastmodifieddate < "
            "TO_TIMESTAMP('2026-11-25 07:00:00', 'YYYY-MM-DD HH24:MI:SS') THEN 1 ELSE 0 END) AS newer "
            "FROM transaction",
        ),
    ],
)
def test_rows_are_counted_with_those_that_came_after_the_cutoff(read: ReadPlan, sql: str) -> None:
    assert read.count_sql(NOW) == sql


@pytest.mark.parametrize("value", ["1 OR 1 = 1", "1.5", "", "7; DROP"])
def test_an_integer_key_that_is_none_never_enters_a_statement(value: str) -> None:
    with pytest.raises(ValueError, match="no integer key"):
        _FULL.sql(KeyRange(after=(value,)))
    with pytest.raises(ValueError, match="no integer key"):
        _FULL.sql(KeyRange(up_to=(value,)))
    with pytest.raises(ValueError, match="no integer key"):
        _CHILDREN.sql(KeyRange(values=(value,)))


def test_of_parents_only_the_keys_are_asked() -> None:
    read = replace(changed_parents_plan(TRANSACTION, WATERMARK, SESSION), utc_offset=timedelta(hours=1))
    assert read.sql() == (
        "SELECT id FROM transaction WHERE lastmodifieddate >= "
        "TO_TIMESTAMP('2026-11-23 12:00:00', 'YYYY-MM-DD HH24:MI:SS') ORDER BY id"
    )


def test_facts_come_before_the_lists_they_point_to() -> None:
    facts, lists = facts_and_lists((ACCOUNTTYPE, *TABLES[:4]))
    assert facts == TABLES[:4]
    assert lists == (ACCOUNTTYPE,)


def test_a_list_that_has_children_counts_among_the_facts() -> None:
    """Its children are facts and wait for it: in the second group it would never come."""
    child = replace(LINE, name="child", parent=Parent("accounttype", "transaction"))
    assert facts_and_lists((child, ACCOUNTTYPE)) == ((child, ACCOUNTTYPE), ())


def test_only_parents_of_the_same_sync_are_waited_for() -> None:
    assert parent_tables((TRANSACTION, LINE)) == {"transactionline": "transaction"}
    assert parent_tables((LINE, POSTING)) == {}
