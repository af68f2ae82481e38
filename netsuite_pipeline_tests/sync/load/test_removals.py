"""Rows that NetSuite no longer shows: counted, removed with evidence, and otherwise kept and marked."""

from dataclasses import replace

import pytest

from netsuite_pipeline.sync.deletions.sweep import SweepResult
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.commit_types import MergeOptions
from netsuite_pipeline.warehouse.rows.cascade_delete import Removed
from netsuite_pipeline_tests.sync.load.commits import (
    DOCUMENT,
    LINE,
    LINES_OF_DOCUMENTS,
    PLAIN,
    SYNC,
    Books,
    Proof,
    Row,
    document,
    documents,
    lines,
)

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
    stage = books.staged(landed)
    assert books.state("line").stored_key == ("document", "id")
    commit = books.commit(landed, stage, MergeOptions(Proof(None)))
    with books.warehouse.working() as connection:
        commit.run(connection)
    stage.close()
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
