"""What a sync did, as people, programs and the log get it."""

from dataclasses import replace
from datetime import datetime

from netsuite_pipeline.netsuite.errors import PermissionDenied, QueryError, Unavailable
from netsuite_pipeline.sync.report import SyncReport, TableReport, merge_reports

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
        "netsuite_rows": None,
        "matches": None,
        "missing": 0,
        "requests": 2,
        "retries": 1,
        "throttled": 1,
        "seconds": 1.235,
        "watermark": "2026-11-23T12:00:00Z",
        "error": None,
        "remedy": None,
        "notes": ["a note"],
    }


def test_a_failure_names_the_cause_and_the_remedy() -> None:
    assert (FAILED.as_json["error"], FAILED.as_json["remedy"]) == ("Down.", "Wait.")
    assert FAILED.error == "Down.\n  To fix: Wait."


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
    assert _report(DONE, ABSENT).no_visible_table is None
    assert _report(FAILED, ABSENT).no_visible_table is None
    assert _report().no_visible_table is None
    nothing = _report(ABSENT, replace(ABSENT, table="item")).no_visible_table
    assert isinstance(nothing, PermissionDenied)
    assert "none of the 2 tables" in nothing.message
    assert "Manage Roles" in nothing.remedy


def test_several_goes_at_a_table_are_one_report() -> None:
    """What an interrupted sync had begun, this sync's own read, a sweep."""
    later = datetime(2026, 11, 23, 13)
    finished = replace(
        DONE, mode="full", rows_read=100, rows_written=100, rows=100, counted=100, matches=True
    )
    swept = replace(
        DONE, mode="keys", started_at=later, rows_read=98, rows_written=0, rows=98, notes=("swept",)
    )
    whole = merge_reports([finished, replace(DONE, started_at=later), swept])
    assert (whole.mode, whole.status, whole.started_at) == ("full", "done", NOON)
    assert (whole.rows_read, whole.rows_written, whole.rows_deleted, whole.rows) == (203, 104, 3, 98)
    assert (whole.counted, whole.matches) == (100, True)
    assert whole.notes == ("a note", "swept")


def test_a_table_that_failed_in_its_last_attempt_reports_what_was_committed() -> None:
    whole = merge_reports([DONE, replace(FAILED, table="customer", mode="keys")])
    assert (whole.status, whole.error, whole.rows) == ("failed", FAILED.error, None)
    assert (whole.mode, whole.rows_written) == ("changed", 4)


def test_the_report_has_notes_about_no_single_table() -> None:
    report = replace(_report(DONE), notes=("NetSuite does not record which records were deleted",))
    assert report.as_json["notes"] == ["NetSuite does not record which records were deleted"]
    shown = replace(DONE, counted=9, matches=False).as_json
    assert (shown["netsuite_rows"], shown["matches"]) == (9, False)


def test_one_unknown_refusal_of_all_tables_is_one_failure() -> None:
    def refused(table: str, detail: str = "Account 7 is moved.") -> TableReport:
        error = QueryError("NetSuite refuses the request.", status=409, code="MOVED", detail=detail)
        return TableReport(table, "full", "failed", datetime(2026, 11, 24), failure=error)

    def whole(*tables: TableReport) -> SyncReport:
        return SyncReport("s", "1234567", datetime(2026, 11, 24), tables, 1.0)

    one = whole(refused("a"), refused("b", "Account 8 is moved.")).common_refusal
    assert one is not None
    assert one.message == "NetSuite refuses all 2 tables with the same answer: Account 7 is moved."
    assert "Permissions" not in one.remedy
    done = TableReport("c", "full", "done", datetime(2026, 11, 24))
    assert whole(refused("a"), refused("b"), done).common_refusal is None
    assert whole(refused("a"), refused("b", "Something else.")).common_refusal is None
    assert whole(refused("a")).common_refusal is None
    assert whole().common_refusal is None
