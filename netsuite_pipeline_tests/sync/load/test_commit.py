"""From landed pages to a committed table: every promise between the last page and the published file."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.sync.deletions.sweep import SweepResult, commit_sweep
from netsuite_pipeline.sync.landing.result import LandedTable, RowCountRange
from netsuite_pipeline.sync.load.commit import CommittedTable, TableCommit
from netsuite_pipeline.sync.load.cutoff_filter import ParentSnapshot
from netsuite_pipeline.sync.load.loader import UNPROVEN, MergeOptions, StagedLoad, stored_table
from netsuite_pipeline.sync.planning.read_plan import Mode, ReadPlan
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Column, Parent, Permission, Table
from netsuite_pipeline.tables.table import ColumnType
from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed
from netsuite_pipeline.warehouse.rows.merge import MISSING
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.staging.stage import StageSource
from netsuite_pipeline.warehouse.state import TableState, ensure_state, read_states
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import columns_of

CUTOFF = datetime(2026, 11, 23, 12)
EARLIER = "2026-11-20 08:00:00"
LATER = "2026-11-23 12:00:01"
SYNC = SyncRun("sync-1", "netsuite", CUTOFF, CUTOFF + timedelta(seconds=5))
Row = Mapping[str, str | None]


def _table(name: str, columns: str, key: str, **more: Any) -> Table:
    made = columns_of(columns)
    return Table(name, name, name, "transactions", tuple(key.split()), made, Permission("P", "P"), **more)


DOCUMENT = _table(
    "document",
    "id:integer memo:text rate:integer on:date open:boolean changed:datetime",
    "id",
    cursor="changed",
)
LINE = _table(
    "line", "document:integer id:integer memo:text", "document id", parent=Parent("document", "document")
)
PLAIN = _table("plain", "id:text memo:text", "id")
LINES_OF_DOCUMENTS = Child(stored_table(LINE, "netsuite"), "document")


@dataclass
class Proof:
    """Proves that rows were deleted whose first key is this number or greater; all where it is None."""

    least: int | None
    note: str = ""
    answered: bool = True

    def classify(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int:
        least = "false" if self.least is None else f"{quoted(target.key[0])} < {self.least}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE unproven AS SELECT * FROM {MISSING} WHERE {least}")
        connection.execute(f"DELETE FROM {MISSING} WHERE {least}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE with_owner AS SELECT *, '' AS missing_with FROM {MISSING} LIMIT 0"
        )
        row = connection.execute(f"SELECT count(*) FROM {UNPROVEN}").fetchone()
        return int(row[0]) if row else 0


@dataclass
class Books:
    """A warehouse, and the committing of rows to it as if NetSuite had sent them."""

    folder: Path
    number: int = 0
    sync_run: SyncRun = SYNC
    warehouse: Warehouse = field(init=False)

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(self.folder / "data" / "warehouse.duckdb", lock_wait_seconds=0.3)
        self.warehouse.prepare("netsuite")
        with self.warehouse.working() as connection:
            ensure_state(connection)

    def land_pages(self, rows: Sequence[Row], page_rows: int) -> list[Path]:
        folder = self.folder / "landing" / str(self.number)
        folder.mkdir(parents=True)
        self.number += 1
        pages = []
        for first in range(0, len(rows), page_rows):
            page = folder / f"{first:06}.json"
            page.write_text(json.dumps({"items": [dict(row) for row in rows[first : first + page_rows]]}))
            pages.append(page)
        return pages

    def read(
        self,
        table: Table,
        rows: Sequence[Row],
        mode: Mode = "full",
        *,
        without: Sequence[str] = (),
        parents: Sequence[str] = (),
        counted: RowCountRange | None = None,
        keys: bool = False,
        page_rows: int = 50,
    ) -> LandedTable:
        names = table.key if keys else tuple(column.name for column in table.columns)
        read = ReadPlan(table, names, (), mode, since=CUTOFF if mode == "changed" else None).excluding(
            without
        )
        pages = self.land_pages(rows, page_rows)
        unavailable = dict.fromkeys(without, "not offered")
        return LandedTable(
            read,
            tuple(pages),
            len(rows),
            unavailable,
            frozenset(),
            tuple(parents),
            RequestCounts(),
            1.0,
            counted=counted,
        )

    def loading(self, landed: LandedTable, received: Sequence[str] | None = None) -> StagedLoad:
        sync_run = self.sync_run
        loading = StagedLoad(
            self.folder / "stage.duckdb",
            landed.read.table,
            landed.read.result_columns if received is None else received,
            "netsuite",
            StageSource(sync_run.sync_id, "netsuite", sync_run.started_at),
        )
        for page in landed.pages:
            loading.add([page])
        return loading

    def committed(
        self,
        table: Table,
        rows: Sequence[Row],
        mode: Mode = "full",
        *,
        is_parent: bool = False,
        parent_snapshot: ParentSnapshot | None = None,
        children: Sequence[Child] = (),
        proven: int | None = None,
        asked: Sequence[str] | None = None,
        **read: Any,
    ) -> tuple[TableReport, CommittedTable]:
        landed = self.read(table, rows, mode, **read)
        loading = self.loading(landed, asked)
        try:
            with self.warehouse.working() as connection:
                return TableCommit(
                    self.sync_run,
                    landed,
                    loading,
                    MergeOptions(Proof(proven), children, is_parent, parent_snapshot),
                    read_states(connection, "netsuite").get(table.name),
                    WorkTime(),
                ).run(connection)
        finally:
            loading.close()

    def swept(
        self,
        table: Table,
        rows: Sequence[Row],
        *,
        counted: RowCountRange | None = None,
        children: Sequence[Child] = (),
        proven: int | None = None,
    ) -> tuple[TableReport, SweepResult]:
        landed = self.read(table, rows, "keys", keys=True, counted=counted)
        loading = self.loading(landed)
        try:
            with self.warehouse.working() as connection:
                return commit_sweep(
                    connection,
                    TableCommit(
                        self.sync_run,
                        landed,
                        loading,
                        MergeOptions(Proof(proven), children),
                        read_states(connection, "netsuite").get(table.name),
                        WorkTime(),
                    ),
                )
        finally:
            loading.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.working() as connection:
            return connection.execute(sql).fetchall()

    def state(self, table: str) -> TableState:
        with self.warehouse.working() as connection:
            return read_states(connection, "netsuite")[table]

    def types(self, table: str) -> dict[str, str]:
        with self.warehouse.working() as connection:
            return present_columns(connection, "netsuite", table)

    def changes(self) -> list[tuple[Any, ...]]:
        return self.query(
            "SELECT table_name, column_name, change, from_type, to_type FROM _netsuite.schema_changes ORDER BY rowid"
        )


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    made = Books(tmp_path)
    yield made
    assert list(tmp_path.glob("stage*")) == [], "a stage was left behind"
    leftovers = made.query("SELECT database_name FROM duckdb_databases() WHERE database_name = 'staged'")
    assert leftovers == []


def document(number: int, **more: str | None) -> Row:
    row: dict[str, str | None] = {"id": str(number), "memo": f"Document {number}", "changed": EARLIER}
    return row | more


def documents(count: int, **more: str | None) -> list[Row]:
    return [document(number, **more) for number in range(1, count + 1)]


def lines(*parents: int, each: int = 2) -> list[Row]:
    return [{"document": str(of), "id": str(n), "memo": "x"} for of in parents for n in range(each)]


# Complete, and all of it or nothing


def test_a_first_full_read_fills_the_table_state_and_log(books: Books) -> None:
    rows = documents(120, rate="7", on="2024-02-29", open="T")
    report, committed = books.committed(DOCUMENT, rows, is_parent=True, counted=RowCountRange(120, 120))
    assert (report.rows_read, report.rows_written, report.rows, report.rows_deleted) == (120, 120, 120, 0)
    assert (report.counted, report.matches, report.notes) == (120, True, ())
    assert books.query(
        'SELECT count(*), sum(id), min(rate), bool_and(open), max("on") FROM netsuite.document'
    ) == [(120, 7260, 7, True, date(2024, 2, 29))]
    state = books.state("document")
    assert (state.row_count, state.watermark, state.counted, state.full_read_at) == (
        120,
        CUTOFF,
        120,
        SYNC.started_at,
    )
    assert not state.full_wanted
    assert not state.null_cursors
    assert books.query("SELECT mode, status, rows_written, netsuite_rows FROM _netsuite.sync_log") == [
        ("full", "done", 120, 120)
    ]
    assert committed.changed_keys == ()


def test_the_preview_shows_a_few_rows_in_the_order_of_their_keys(books: Books) -> None:
    report, _ = books.committed(DOCUMENT, documents(9)[::-1])
    assert report.preview is not None
    keys = [int(row[0] or "") for row in report.preview.rows]
    assert len(keys) == 5
    assert keys == sorted(keys)
    assert report.preview.columns == tuple(column.name for column in DOCUMENT.columns)


def test_only_changed_rows_are_written_and_passed_to_children(books: Books) -> None:
    books.committed(DOCUMENT, documents(10))
    overlap = [document(3), document(4, memo="new"), document(5, changed="2026-11-23 11:00:00"), document(11)]
    report, committed = books.committed(DOCUMENT, overlap, "changed", is_parent=True)
    assert (report.rows_read, report.rows_written, report.rows_deleted, report.rows) == (4, 3, 0, 11)
    assert committed.changed_keys == ("4", "5", "11")
    assert books.query("SELECT memo FROM netsuite.document WHERE id IN (3, 4) ORDER BY id") == [
        ("Document 3",),
        ("new",),
    ]


def test_changed_rows_of_a_table_that_was_empty_are_passed_to_children_too(books: Books) -> None:
    books.committed(DOCUMENT, [])
    report, committed = books.committed(DOCUMENT, documents(3), "changed", is_parent=True)
    assert committed.changed_keys == ("1", "2", "3")
    assert report.rows_written == 3


def test_a_sync_with_nothing_new_touches_no_row(books: Books) -> None:
    books.committed(DOCUMENT, documents(10))
    before = books.query("SELECT rowid, * FROM netsuite.document ORDER BY ALL")
    for rows, mode in (([], "changed"), (documents(10), "changed"), (documents(10), "full")):
        report, _ = books.committed(DOCUMENT, rows, mode)  # type: ignore[arg-type]
        assert (report.rows_written, report.rows_deleted, report.rows) == (0, 0, 10)
    assert books.query("SELECT rowid, * FROM netsuite.document ORDER BY ALL") == before


def test_rows_beyond_the_cutoff_wait_and_stay_as_they_were(books: Books) -> None:
    books.committed(DOCUMENT, documents(3))
    rows = [document(1), document(2, memo="too new", changed=LATER), document(4, changed=LATER)]
    report, committed = books.committed(DOCUMENT, rows, counted=RowCountRange(1, 1))
    assert books.query("SELECT id, memo FROM netsuite.document ORDER BY id") == [
        (1, "Document 1"),
        (2, "Document 2"),
    ]
    assert report.notes == ("2 rows changed after this sync's cutoff; the next sync reads them",)
    assert report.matches is True, "deferred rows do not count"
    assert committed.parent_snapshot.after_cutoff == {"2", "4"}


def test_children_of_parents_beyond_the_cutoff_wait_with_them(books: Books) -> None:
    books.committed(DOCUMENT, documents(3))
    books.committed(LINE, lines(1, 2, 3))
    _, parent = books.committed(DOCUMENT, [document(1), document(3), document(2, changed=LATER)])
    report, _ = books.committed(LINE, lines(1, 2, 9, each=1), parent_snapshot=parent.parent_snapshot)
    assert books.query("SELECT document, count(*) FROM netsuite.line GROUP BY ALL ORDER BY ALL") == [
        (1, 1),
        (2, 2),
    ]
    assert report.notes == ("2 rows changed after this sync's cutoff; the next sync reads them",)


def test_children_are_replaced_parent_by_parent(books: Books) -> None:
    books.committed(LINE, lines(1, 2, 3, 4))
    report, _ = books.committed(LINE, lines(2, each=1), "children", parents=("2", "3"))
    assert books.query("SELECT document, count(*) FROM netsuite.line GROUP BY ALL ORDER BY ALL") == [
        (1, 2),
        (2, 1),
        (4, 2),
    ]
    assert (report.rows_written, report.rows_deleted, report.rows) == (0, 3, 5)


def test_where_no_parent_changed_unavailable_columns_stay_recorded(books: Books) -> None:
    books.committed(LINE, lines(1, 2), without=("memo",))
    before = books.state("line")
    report, _ = books.committed(LINE, [], "children")
    assert (report.rows, report.rows_deleted, report.notes) == (4, 0, ())
    assert books.state("line").unavailable_columns == before.unavailable_columns == ("memo",)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([document(1), document(1)], "1 with a duplicate key"),
        ([document(1), {"memo": "x"}], "1 rows without"),
    ],
)
@pytest.mark.few(1)
def test_what_is_not_fit_is_refused_and_the_table_stays(books: Books, rows: list[Row], words: str) -> None:
    books.committed(DOCUMENT, documents(2))
    before = books.state("document")
    with pytest.raises(LoadRefused, match=words):
        books.committed(DOCUMENT, rows)
    assert books.query("SELECT id FROM netsuite.document ORDER BY id") == [(1,), (2,)]
    assert books.state("document") == before
    assert books.query("SELECT count(*) FROM _netsuite.sync_log") == [(1,)]


def test_rows_that_were_landed_and_not_read_back_refuse_the_load(books: Books) -> None:
    landed = replace(books.read(DOCUMENT, documents(3)), rows=4)
    loading = books.loading(landed)
    with books.warehouse.working() as connection:
        with pytest.raises(LoadRefused, match="4 rows were landed but 3 read back") as refused:
            TableCommit(SYNC, landed, loading, MergeOptions(Proof(None)), None, WorkTime()).run(connection)
        assert "Sync again" in refused.value.remedy
        assert (
            connection.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'netsuite'").fetchall()
            == []
        )
    loading.close()


def test_one_tables_failure_leaves_the_connection_good_for_the_next(books: Books) -> None:
    bad, good = books.read(DOCUMENT, [document(1), document(1)]), books.read(LINE, lines(1))
    with books.warehouse.working() as connection:
        for landed in (bad, good):
            loading = books.loading(landed)
            try:
                TableCommit(SYNC, landed, loading, MergeOptions(Proof(None)), None, WorkTime()).run(
                    connection
                )
            except LoadRefused:
                assert landed is bad
            finally:
                loading.close()
    assert books.query("SELECT count(*) FROM netsuite.line") == [(2,)]


def test_a_failure_in_the_middle_of_the_commit_undoes_rows_state_and_log(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.committed(DOCUMENT, documents(200), children=[LINES_OF_DOCUMENTS])
    books.committed(LINE, lines(*range(1, 201)))
    before = books.state("document"), books.state("line")

    def _broken(*_: object) -> None:
        raise duckdb.IOException("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("netsuite_pipeline.sync.load.record.write_log", _broken)
        with pytest.raises(WarehouseError, match="no space left"):
            books.committed(DOCUMENT, documents(190, rate="x", memo="new"), children=[LINES_OF_DOCUMENTS])
    assert books.query("SELECT count(*), count(*) FILTER (memo = 'new') FROM netsuite.document") == [(200, 0)]
    assert books.query("SELECT count(*) FROM netsuite.line") == [(400,)]
    assert (books.state("document"), books.state("line")) == before
    assert books.query("SELECT count(*) FROM _netsuite.rejected_values") == [(0,)]


# What NetSuite counts


@pytest.mark.parametrize(
    ("counted", "matches", "expected_note"),
    [
        (None, None, None),
        (RowCountRange(3, 3), True, None),
        (RowCountRange(2, 5), True, None),
        (RowCountRange(4, 4), False, "NetSuite counts 4 rows, but 3 were read"),
        (RowCountRange(1000, 1002), False, "NetSuite counts 1,000 to 1,002 rows, but 3 were read"),
    ],
)
@pytest.mark.few(3)
def test_what_was_read_is_held_against_what_netsuite_counts(
    books: Books, counted: RowCountRange | None, matches: bool | None, expected_note: str | None
) -> None:
    report, _ = books.committed(DOCUMENT, documents(3), counted=counted)
    exact = counted is not None and counted.least == counted.most
    assert (report.matches, report.counted) == (matches, counted.least if counted and exact else None)
    assert report.notes == ((expected_note,) if expected_note else ())
    assert books.state("document").counted == report.counted


def test_rows_without_a_cursor_are_noted_at_a_full_read_and_remembered(books: Books) -> None:
    books.committed(DOCUMENT, [document(1), document(2, changed=None)])
    assert books.state("document").null_cursors
    books.committed(DOCUMENT, [document(3)], "changed")
    assert books.state("document").null_cursors
    books.committed(DOCUMENT, documents(3))
    assert not books.state("document").null_cursors


# The collapse guard


def test_a_row_that_is_gone_without_evidence_is_kept_and_marked(books: Books) -> None:
    books.committed(DOCUMENT, documents(10))
    report, _ = books.committed(DOCUMENT, documents(7, memo="new"), proven=10)
    assert (report.rows_deleted, report.rows_written, report.rows) == (1, 7, 9)
    marked = "SELECT table_name, key FROM _netsuite.missing_rows ORDER BY key"
    assert books.query(marked) == [("document", "8"), ("document", "9")]
    books.committed(DOCUMENT, documents(8, memo="new"), proven=10)
    assert books.query(marked) == [("document", "9")], "what is shown again is not missing"
    books.committed(DOCUMENT, documents(8, memo="new"))
    assert books.query(marked) == [], "what was deleted after all neither"


def test_nothing_is_removed_while_fewer_rows_are_read_than_netsuite_counts(books: Books) -> None:
    books.committed(DOCUMENT, documents(10))
    short = documents(7, memo="new")
    report, _ = books.committed(DOCUMENT, short, counted=RowCountRange(10, 10), children=[LINES_OF_DOCUMENTS])
    assert (report.rows_deleted, report.rows_written, report.rows) == (0, 7, 10)
    assert books.query("SELECT count(*) FROM _netsuite.missing_rows") == [(0,)]
    report, _ = books.swept(DOCUMENT, [{"id": "1"}], counted=RowCountRange(2, 10))
    assert (report.rows_deleted, report.rows) == (0, 10)


def test_a_key_of_fewer_columns_leaves_one_row_a_key(books: Books) -> None:
    """Lines that had a key of two columns, and are read by the first of them alone."""
    books.committed(LINE, lines(1, 2, 3))
    by_document = replace(LINE, key=("document",), parent=None)
    landed = books.read(by_document, [line for line in lines(1, 2, 3) if line["id"] == "1"])
    loading = books.loading(landed)
    merging = MergeOptions(Proof(None), stored_key=LINE.key)
    with books.warehouse.working() as connection:
        state = read_states(connection, "netsuite")["line"]
        assert state.stored_key == ("document", "id")
        TableCommit(SYNC, landed, loading, merging, state, WorkTime()).run(connection)
    loading.close()
    assert books.query("SELECT document, id FROM netsuite.line ORDER BY ALL") == [(1, 1), (2, 1), (3, 1)]
    assert books.state("line").stored_key == ("document",)


@pytest.mark.long
def test_what_was_deleted_goes_and_takes_its_children_along(books: Books) -> None:
    books.committed(DOCUMENT, documents(1000))
    books.committed(LINE, lines(*range(1, 1001)))
    report, _ = books.committed(DOCUMENT, documents(800), children=[LINES_OF_DOCUMENTS])
    assert (report.rows_deleted, report.rows) == (200, 800)
    assert report.notes == ("400 rows of line were removed with their rows of document",)
    assert books.query("SELECT max(document), count(*) FROM netsuite.line") == [(800, 1600)]
    assert books.state("line").row_count == 1600


def test_children_that_are_replaced_are_no_collapse(books: Books) -> None:
    books.committed(LINE, lines(*range(1, 201)))
    parents = [str(number) for number in range(1, 201)]
    report, _ = books.committed(LINE, [], "children", parents=parents)
    assert report.rows_deleted == 400


# The sweep


def test_a_sweep_removes_what_is_gone_and_reports_what_is_missing(books: Books) -> None:
    books.committed(DOCUMENT, documents(10))
    books.committed(LINE, lines(*range(1, 11)))
    before = books.state("document")
    keys: list[Row] = [{"id": str(number)} for number in (*range(1, 9), 12, 11)]
    report, swept = books.swept(DOCUMENT, keys, children=[LINES_OF_DOCUMENTS], counted=RowCountRange(9, 9))
    assert swept == SweepResult(Removed(2, {"line": 4}), (("11",), ("12",)))
    assert (report.mode, report.rows_read, report.rows_deleted, report.rows, report.rows_written) == (
        "keys",
        10,
        2,
        8,
        0,
    )
    assert (report.counted, report.matches) == (9, False)
    assert report.notes == (
        "4 rows of line were removed with their rows of document",
        "NetSuite counts 9 rows, but 10 were read",
    )
    assert books.query("SELECT max(id), count(*) FROM netsuite.document") == [(8, 8)]
    assert books.state("document") == replace(before, row_count=8, swept_at=SYNC.started_at)
    assert books.query("SELECT mode, status, rows_deleted FROM _netsuite.sync_log ORDER BY rowid")[-1] == (
        "keys",
        "done",
        2,
    )


def test_a_sweep_of_lines_says_whose_lines_differ_and_removes_none(books: Books) -> None:
    books.committed(LINE, lines(1, 2, 3))
    keys: list[Row] = [
        {"document": "1", "id": "0"},
        {"document": "1", "id": "1"},
        {"document": "2", "id": "1"},
        {"document": "3", "id": "0"},
        {"document": "3", "id": "1"},
        {"document": "3", "id": "7"},
    ]
    report, swept = books.swept(LINE, keys)
    assert swept == SweepResult(Removed(0), (("2",), ("3",)))
    assert report.rows == 6


def test_a_sweep_marks_what_is_gone_without_evidence(books: Books) -> None:
    books.committed(DOCUMENT, documents(500))
    keys: list[Row] = [{"id": str(number)} for number in range(1, 300)]
    report, _ = books.swept(DOCUMENT, keys, proven=499)
    assert (report.rows_deleted, report.rows) == (2, 498)
    assert books.query("SELECT count(*) FROM _netsuite.missing_rows") == [(199,)]


def test_a_sweep_of_a_table_that_is_not_there_finds_all_missing(books: Books) -> None:
    report, swept = books.swept(PLAIN, [{"id": "b"}, {"id": "a"}])
    assert swept == SweepResult(Removed(0), (("a",), ("b",)))
    assert report.rows == 0
    assert books.types("plain") == {}


# Columns come and go, types change


@pytest.mark.long
def test_a_lost_column_keeps_its_values_and_a_returned_one_wants_a_full_read(books: Books) -> None:
    books.committed(DOCUMENT, documents(3))
    report, _ = books.committed(DOCUMENT, [document(1, memo=None, rate="5")], "changed", without=("memo",))
    assert report.notes == ("columns lost; their old values stay: memo (not offered)",)
    assert books.query("SELECT memo, rate FROM netsuite.document WHERE id = 1") == [("Document 1", 5)]
    books.committed(DOCUMENT, [], "changed", without=("memo",))
    assert books.changes() == [("document", "memo", "lost", None, None)], "recorded once"
    assert not books.state("document").full_wanted

    report, _ = books.committed(DOCUMENT, [document(2, memo="back")], "changed")
    assert report.notes == ("columns available again: memo (a full sync fills them in older rows)",)
    assert books.changes()[1:] == [("document", "memo", "returned", None, None)]
    assert books.state("document").full_wanted
    books.committed(DOCUMENT, [document(2, memo="back")], "changed")
    assert books.state("document").full_wanted, "until it was read in full"
    books.committed(DOCUMENT, documents(3))
    assert not books.state("document").full_wanted


def test_a_column_new_in_the_catalogue_is_added_and_wants_a_full_read(books: Books) -> None:
    wider = replace(DOCUMENT, columns=(*DOCUMENT.columns, Column("more", "decimal", "More.")))
    books.committed(DOCUMENT, documents(2))
    books.committed(wider, [document(2, more="1.5")], "changed")
    assert books.query("SELECT id, more FROM netsuite.document ORDER BY id") == [
        (1, None),
        (2, Decimal("1.5")),
    ]
    assert books.changes() == [("document", "more", "added", None, "DECIMAL(38,10)")]
    assert books.state("document").full_wanted


def test_a_column_found_poisoned_after_it_was_staged_is_not_merged(books: Books) -> None:
    books.committed(DOCUMENT, documents(2))
    asked = [column.name for column in DOCUMENT.columns]
    books.committed(DOCUMENT, [document(1, memo="half of it"), document(2)], without=("memo",), asked=asked)
    assert books.query("SELECT memo FROM netsuite.document ORDER BY id") == [("Document 1",), ("Document 2",)]


def test_a_column_asked_for_after_the_stage_was_made_is_read_from_the_pages(books: Books) -> None:
    books.committed(DOCUMENT, documents(2), asked=["id", "changed"])
    assert books.query("SELECT memo FROM netsuite.document ORDER BY id") == [("Document 1",), ("Document 2",)]


def _retyped(column: str, kind: ColumnType) -> Table:
    columns = tuple(replace(each, type=kind) if each.name == column else each for each in DOCUMENT.columns)
    return replace(DOCUMENT, columns=columns)


WIDER_STORED = [
    # column, stored as, catalogue, sent, stored type, value
    ("rate", "decimal", "integer", "1.5", "DECIMAL(38,10)", Decimal("1.5")),
    ("rate", "decimal", "integer", "7", "DECIMAL(38,10)", Decimal(7)),
    ("on", "datetime", "date", "2024-02-29 10:00:00", "TIMESTAMP", datetime(2024, 2, 29, 10)),
    ("on", "datetime", "date", "2024-02-29", "TIMESTAMP", datetime(2024, 2, 29)),
    ("rate", "text", "integer", "1.50", "VARCHAR", "1.50"),
    ("open", "text", "boolean", "T", "VARCHAR", "T"),
    ("changed", "text", "datetime", EARLIER, "VARCHAR", EARLIER),
]


@pytest.mark.parametrize(("column", "before", "kind", "sent", "type_", "value"), WIDER_STORED)
@pytest.mark.few(1)
def test_a_stored_type_that_holds_everything_stays(
    books: Books, column: str, before: ColumnType, kind: ColumnType, sent: str, type_: str, value: object
) -> None:
    books.committed(_retyped(column, before), documents(1))
    report, _ = books.committed(_retyped(column, kind), [document(1, **{column: sent})])
    assert books.types("document")[column] == type_
    assert books.query(f'SELECT "{column}" FROM netsuite.document') == [(value,)]
    assert books.changes() == []
    assert (report.rejected_values, report.notes) == (0, ())


WIDENED = [
    ("rate", "integer", "decimal", "7", "1.5", Decimal(7), Decimal("1.5")),
    (
        "on",
        "date",
        "datetime",
        "2024-02-29",
        "2024-02-29 10:00:00",
        datetime(2024, 2, 29),
        datetime(2024, 2, 29, 10),
    ),
]


@pytest.mark.parametrize(("column", "before", "kind", "old", "new", "kept", "value"), WIDENED)
@pytest.mark.few(1)
def test_a_type_that_grew_is_widened_in_place(
    books: Books,
    column: str,
    before: ColumnType,
    kind: ColumnType,
    old: str,
    new: str,
    kept: object,
    value: object,
) -> None:
    books.committed(_retyped(column, before), documents(2, **{column: old}))
    report, _ = books.committed(_retyped(column, kind), [document(2, **{column: new})], "changed")
    assert books.query(f'SELECT "{column}" FROM netsuite.document ORDER BY id') == [(kept,), (value,)]
    assert [change[1:3] for change in books.changes()] == [(column, "widened")]
    assert any(column in note for note in report.notes)
    books.committed(_retyped(column, kind), [document(1, **{column: new})], "changed")
    assert len(books.changes()) == 1


def test_another_type_gets_its_text_beside_it_and_keeps_getting_it(books: Books) -> None:
    books.committed(DOCUMENT, documents(3, rate="7"))
    other = _retyped("rate", "text")
    report, _ = books.committed(other, [document(1, rate="8"), document(2, rate="eight")], "changed")
    assert books.query("SELECT rate, rate_text FROM netsuite.document ORDER BY id") == [
        (8, "8"),
        (None, "eight"),
        (7, None),
    ]
    assert books.changes() == [("document", "rate", "text_beside", "BIGINT", "VARCHAR")]
    assert report.rejected_values == 0
    assert any("rate_text" in note for note in report.notes)
    assert books.state("document").full_wanted
    books.committed(DOCUMENT, documents(3, rate="09"))
    assert books.query("SELECT DISTINCT rate, rate_text FROM netsuite.document") == [(9, "09")]
    assert len(books.changes()) == 1
    assert not books.state("document").full_wanted


def test_the_text_beside_of_a_column_that_is_lost_stays(books: Books) -> None:
    books.committed(DOCUMENT, documents(1, rate="7"))
    books.committed(_retyped("rate", "text"), documents(1, rate="seven"))
    books.committed(_retyped("rate", "text"), documents(1, memo="new"), without=("rate",))
    assert books.query("SELECT rate, rate_text, memo FROM netsuite.document") == [(None, "seven", "new")]


VALUES = [
    # column, values, type afterwards, change, the values as stored, as text
    ("rate", ["1", "1.5"] * 10, "DECIMAL(38,10)", "widened", [Decimal(1), Decimal("1.5")], None),
    ("on", ["2024-02-29 10:00:00"] * 10, "TIMESTAMP", "widened", [datetime(2024, 2, 29, 10)], None),
    ("rate", ["1", "one"] * 10, "BIGINT", "text_beside", [1, None], ["1", "one"]),
    ("open", ["maybe"] * 10, "BOOLEAN", "text_beside", [None], ["maybe"]),
    ("changed", ["soon"] * 10, "TIMESTAMP", "text_beside", [None], ["soon"]),
]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("column", "values", "type_", "change", "stored", "texts"), VALUES)
@pytest.mark.few(1)
def test_values_of_another_type_change_the_column(
    books: Books,
    column: str,
    values: list[str],
    type_: str,
    change: str,
    stored: list[object],
    texts: list[str] | None,
    first: bool,
) -> None:
    if not first:
        books.committed(DOCUMENT, [])
    rows = [document(number, **{column: value}) for number, value in enumerate(values)]
    report, _ = books.committed(DOCUMENT, rows)
    types = books.types("document")
    assert types[column] == type_
    assert (f"{column}_text" in types) == (texts is not None)
    found = books.query(f'SELECT DISTINCT "{column}" FROM netsuite.document ORDER BY ALL NULLS LAST')
    assert [row[0] for row in found] == stored
    if texts:
        found = books.query(f'SELECT DISTINCT "{column}_text" FROM netsuite.document ORDER BY ALL')
        assert [row[0] for row in found] == texts
    assert [row[1:3] for row in books.changes()] == [(column, change)]
    assert report.rejected_values == 0


def test_a_few_odd_values_are_rejected_and_change_nothing(books: Books) -> None:
    rows = [document(number, rate="1.5" if number < 9 else "1") for number in range(40)]
    report, _ = books.committed(DOCUMENT, rows)
    assert books.types("document")["rate"] == "BIGINT"
    assert report.rejected_values == 9
    assert books.query("SELECT DISTINCT value FROM _netsuite.rejected_values") == [("1.5",)]
    assert books.changes() == []
    assert report.notes == (
        "9 values did not fit their column's type; they are kept in _netsuite.rejected_values",
    )


def test_a_single_percentage_is_its_fraction_and_is_shown_as_text_beside_from_then_on(books: Books) -> None:
    spec = _retyped("rate", "decimal")
    books.committed(spec, documents(40, rate="12.5"))
    rows = [document(7, rate="-10.0%"), document(8, rate="3"), document(9)]
    report, _ = books.committed(spec, rows, "changed")
    found = books.query(
        "SELECT id, rate, rate_text FROM netsuite.document WHERE id BETWEEN 6 AND 9 ORDER BY id"
    )
    assert found == [
        (6, Decimal("12.5"), None),
        (7, Decimal("-0.1"), "-10.0%"),
        (8, Decimal(3), "3"),
        (9, None, None),
    ]
    assert report.rejected_values == 0
    assert any("rate_text has all values as text" in note for note in report.notes)
    books.committed(spec, [document(8, rate="5")], "changed")
    assert books.query("SELECT rate, rate_text FROM netsuite.document WHERE id IN (7, 8) ORDER BY id") == [
        (Decimal("-0.1"), "-10.0%"),
        (Decimal(5), "5"),
    ]


def test_what_only_looks_like_a_value_is_null_and_kept_as_it_came(books: Books) -> None:
    odd = {"rate": "0x1F", "on": "31/12/25", "open": "yes", "changed": "24-1-5 foo"}
    rows = [document(number) for number in range(2, 30)] + [document(1, **odd)]
    report, _ = books.committed(DOCUMENT, rows)
    names = ", ".join(f'"{name}"' for name in odd)
    assert books.query(f"SELECT {names} FROM netsuite.document WHERE id = 1") == [(None,) * len(odd)]
    kept = books.query("SELECT column_name, value FROM _netsuite.rejected_values WHERE key = '1'")
    assert dict(kept) == odd
    assert report.rejected_values == len(odd)


# The disk is full

_FULL = """
import resource, signal, sys
from pathlib import Path
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline_tests.sync.load.test_commit import DOCUMENT, Books, documents
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
books = Books(Path(sys.argv[1]))
books.committed(DOCUMENT, documents(10))
many = [{**row, "memo": "x" * 100 + row["id"]} for row in documents(130_000)]
fetched = books.read(DOCUMENT, many, page_rows=10_000)
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    if sys.argv[2] == "stage":
        limit(1_000_000)
        loading = books.loading(fetched)
    else:
        from netsuite_pipeline_tests.sync.load.test_commit import commit
        loading = books.loading(fetched)
        limit(1_000_000)
        commit(books, fetched, loading)
    print("no error")
except WarehouseError as error:
    print(type(error).__name__, error.remedy)
limit(resource.RLIM_INFINITY)
print(books.query("SELECT count(*), min(memo) FROM netsuite.document"))
"""


def commit(books: Books, landed: LandedTable, loading: StagedLoad) -> None:
    """Commits what is staged; for the other process below."""
    with books.warehouse.working() as connection:
        TableCommit(SYNC, landed, loading, MergeOptions(Proof(None)), None, WorkTime()).run(connection)


@pytest.mark.parametrize("at", ["stage", "merge"])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_full_disk_leaves_the_old_table_and_says_so(tmp_path: Path, at: str) -> None:
    """The limit of a file's size stands for the disk's end: the write fails in the same way."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path), at], capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, done.stderr) == (0, "")
    error, rows = done.stdout.splitlines()
    assert error.startswith("WarehouseError"), error
    assert "make room" in error
    assert rows == "[(10, 'Document 1')]"
