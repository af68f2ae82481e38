"""What a failure means for its table, and whether the next sync may go on with the pages that are landed."""

from datetime import datetime

import pytest

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Unavailable,
)
from netsuite_pipeline.sync.scheduling.failures import classify_failure
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import CUSTOMER

NOW = datetime(2026, 11, 24, 6)
STATE = TableState(
    watermark=NOW,
    columns=("id",),
    unavailable_columns=(),
    unavailable_checked_at=NOW,
    row_count=1,
    synced_at=NOW,
)
HIDDEN = PermissionDenied("Record 'customer' was not found.", table="customer")


@pytest.mark.parametrize(
    ("error", "mode", "keep_pages"),
    [
        (Unavailable("Down."), "full", True),
        (SignInError("Refused."), "changed", True),
        (QueryError("Unknown column."), "full", True),
        (QueryError("Unknown column."), "changed", False),  # its condition chose the pages
        (Unavailable("Inside.", code="UNEXPECTED_ERROR"), "changed", False),
        (WarehouseError("The disk is full."), "full", True),
        (LoadRefused("A page is damaged."), "full", False),
        (PermissionDenied("Another table is hidden.", table="currency"), "full", True),
        (HIDDEN, "full", False),
    ],
)
def test_pages_are_kept_unless_they_are_corrupt_or_their_condition_is_refused(
    error: NetSuiteError | WarehouseError, mode: str, keep_pages: bool
) -> None:
    failure = classify_failure(error, CUSTOMER, mode, STATE, WorkTime())
    assert (failure.report.status, failure.keep_pages) == ("failed", keep_pages)


def test_a_table_that_was_never_shown_is_absent_and_no_failure() -> None:
    report = classify_failure(HIDDEN, CUSTOMER, "full", None, WorkTime(), 7).report
    assert (report.status, report.mode, report.failure, report.rows_read) == ("absent", "none", None, 0)
    assert CUSTOMER.permission.name in report.notes[0]


def test_a_table_that_was_shown_before_has_lost_its_permission_and_says_since_when() -> None:
    report = classify_failure(HIDDEN, CUSTOMER, "changed", STATE, WorkTime(), 7).report
    assert (report.status, report.mode, report.rows_read, report.watermark) == (
        "failed",
        "changed",
        7,
        NOW,
    )
    assert isinstance(report.failure, PermissionDenied)
    assert "2026-11-24 06:00 UTC" in report.failure.message
