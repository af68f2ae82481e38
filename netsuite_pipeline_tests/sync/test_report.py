"""What a sync did, as people, programs and the log get it."""

from dataclasses import replace
from datetime import datetime

from netsuite_pipeline.netsuite.errors import PermissionDenied, Unavailable
from netsuite_pipeline.sync.report import SyncReport, TableReport

NOON = datetime(2026, 11, 23, 12)
DONE = TableReport(
    "customer",
    "changed",
    "done",
    NOON,
    seconds=1.23456,
    rows_read=5,
    rows_written=4,
    rows_deleted=1,
    rows=9,
    requests=2,
    retries=1,
    throttled=1,
    watermark=NOON,
    notes=("a note",),
)
FAILED = TableReport("item", "full", "failed", NOON, requests=3, failure=Unavailable("Down.", remedy="Wait."))
ABSENT = TableReport("budgets", "none", "absent", NOON)


def _report(*tables: TableReport) -> SyncReport:
    return SyncReport("sync-1", "1234567", NOON, tables, 9.87654)


def test_a_tables_report_as_json() -> None:
    assert DONE.as_json == {
        "table": "customer",
        "mode": "changed",
        "status": "done",
        "rows_read": 5,
        "rows_written": 4,
        "rows_deleted": 1,
        "rows": 9,
        "rejected_values": 0,
        "requests": 2,
        "retries": 1,
        "throttled": 1,
        "seconds": 1.235,
        "watermark": "2026-11-23T12:00:00Z",
        "error": None,
        "remedy": None,
        "notes": ["a note"],
    }


def test_a_failure_says_what_and_how_to_mend_it() -> None:
    assert (FAILED.as_json["error"], FAILED.as_json["remedy"]) == ("Down.", "Wait.")
    assert FAILED.error == "Down.\n  Remedy: Wait."


def test_the_totals_are_the_sums() -> None:
    report = _report(DONE, replace(DONE, table="vendor"), FAILED, ABSENT)
    assert report.failed == (FAILED,)
    assert report.as_json["totals"] == {
        "tables": 4,
        "done": 2,
        "failed": 1,
        "absent": 1,
        "rows_read": 10,
        "rows_written": 8,
        "rows_deleted": 2,
        "requests": 7,
        "retries": 2,
        "throttled": 2,
        "seconds": 9.877,
    }


def test_a_role_that_sees_nothing_at_all_is_a_failure_that_no_single_table_is() -> None:
    assert _report(DONE, ABSENT).shows_nothing is None
    assert _report(FAILED, ABSENT).shows_nothing is None
    assert _report().shows_nothing is None
    nothing = _report(ABSENT, replace(ABSENT, table="item")).shows_nothing
    assert isinstance(nothing, PermissionDenied)
    assert "none of the 2 tables" in nothing.message
    assert "Manage Roles" in nothing.remedy
