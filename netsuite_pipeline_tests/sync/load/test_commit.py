"""From landed pages to a committed table: every promise between the last page and the published file."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.commit import TableCommit
from netsuite_pipeline.sync.load.commit_types import MergeOptions
from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline_tests.sync.load.commits import (
    CUTOFF,
    DOCUMENT,
    LATER,
    LINE,
    LINES_OF_DOCUMENTS,
    SYNC,
    Books,
    Proof,
    Row,
    document,
    documents,
    lines,
)


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


def test_the_last_full_read_is_remembered(books: Books) -> None:
    books.committed(DOCUMENT, documents(2))
    books.sync_run = replace(SYNC, started_at=SYNC.started_at + timedelta(hours=1))
    books.committed(DOCUMENT, [document(3)], "changed")
    state = books.state("document")
    assert (state.full_read_at, state.synced_at) == (SYNC.started_at, books.sync_run.started_at)


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
        ([document(1), {"memo": "x"}], "1 row without a key"),
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
    stage = books.staged(landed)
    commit = books.commit(landed, stage, MergeOptions(Proof(None)))
    with books.warehouse.working() as connection:
        with pytest.raises(LoadRefused, match="4 rows were landed but 3 read back") as refused:
            commit.run(connection)
        assert "Sync again" in refused.value.remedy
        assert (
            connection.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'netsuite'").fetchall()
            == []
        )
    stage.close()


def test_one_tables_failure_leaves_the_connection_good_for_the_next(books: Books) -> None:
    bad, good = books.read(DOCUMENT, [document(1), document(1)]), books.read(LINE, lines(1))
    with books.warehouse.working() as connection:
        for landed in (bad, good):
            stage = books.staged(landed)
            try:
                TableCommit(SYNC, landed, stage, MergeOptions(Proof(None)), None, CUTOFF).run(connection)
            except LoadRefused:
                assert landed is bad
            finally:
                stage.close()
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


# The disk is full

_FULL = """
import resource, signal, sys
from pathlib import Path
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.sync.load.commit_types import MergeOptions
from netsuite_pipeline_tests.sync.load.commits import DOCUMENT, Books, Proof, documents
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
        books.staged(fetched)
    else:
        commit = books.commit(fetched, books.staged(fetched), MergeOptions(Proof(None)))
        limit(1_000_000)
        with books.warehouse.working() as connection:
            commit.run(connection)
    print("no error")
except WarehouseError as error:
    print(type(error).__name__, error.remedy)
limit(resource.RLIM_INFINITY)
print(books.query("SELECT count(*), min(memo) FROM netsuite.document"))
"""


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
