"""What a check says of a sync's report and of a table's age."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.netsuite.errors import PermissionDenied, Throttled, Unavailable
from netsuite_pipeline.orchestration.check_specs import (
    SYNC_CHECKS,
    TABLE_CHECKS,
)
from netsuite_pipeline.orchestration.checks.sync_findings import findings_of_sync
from netsuite_pipeline.orchestration.freshness import FreshnessWindow, freshness_finding
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.errors import LoadRefused, NotAsInNetSuite, WarehouseLocked

SIX = datetime(2026, 11, 23, 6, 5)
VENDOR = standard_tables()["vendor"]


def _report(**fields: Any) -> TableReport:
    return TableReport(
        **{"table": "vendor", "mode": "full", "status": "done", "started_at": SIX, "rows": 300, **fields}
    )


@pytest.mark.parametrize(
    ("report", "check", "state", "words"),
    [
        (_report(), "readable", State.OK, "2026-11-23 06:05 UTC"),
        (_report(), "key_unique", State.OK, "(id)"),
        (_report(rows_deleted=12), "not_collapsed", State.OK, "12 rows were removed; 300 remain"),
        (_report(), "nothing_rejected", State.OK, "Every value fits"),
        (_report(), "fresh", State.OK, "2026-11-23 06:05 UTC"),
        (_report(rejected_values=3), "nothing_rejected", State.WARNING, "3 values"),
        (_report(counted=300, matches=True), "matches_netsuite", State.OK, "counted 300 rows, all read"),
        (_report(matches=True), "matches_netsuite", State.OK, "as many rows as were read"),
        (
            _report(matches=False, counted=301, notes=("NetSuite counts 301 rows, but 300 were read",)),
            "matches_netsuite",
            State.FAILED,
            "NetSuite counts 301 rows, but 300 were read",
        ),
        (_report(), "matches_netsuite", State.UNKNOWN, "returned no row count"),
        (
            _report(
                status="failed", failure=PermissionDenied("The role lost Lists > Vendors.", remedy="Add it.")
            ),
            "readable",
            State.FAILED,
            "lost Lists > Vendors",
        ),
        (
            _report(
                status="failed",
                rows=300,
                missing=150,
                failure=NotAsInNetSuite("150 of 300 rows", remedy="--accept-shrink vendor"),
            ),
            "not_collapsed",
            State.FAILED,
            "150 of 300 rows",
        ),
        (
            _report(
                status="failed",
                rows=300,
                failure=NotAsInNetSuite("3 more than NetSuite counts", remedy="Sync."),
            ),
            "matches_netsuite",
            State.FAILED,
            "3 more than NetSuite counts",
        ),
        (
            _report(status="failed", failure=LoadRefused("2 rows with a doubled key", remedy="Another key.")),
            "key_unique",
            State.FAILED,
            "doubled key",
        ),
        (
            _report(status="absent", notes=("no such table",)),
            "readable",
            State.WARNING,
            "Never readable so far",
        ),
    ],
)
def test_a_sync_answers_the_checks_that_it_knows(
    report: TableReport, check: str, state: State, words: str
) -> None:
    finding = findings_of_sync(VENDOR, report)[check]
    assert finding.state is state
    assert words in finding.seen
    assert check in TABLE_CHECKS
    if state is State.FAILED or (check == "nothing_rejected" and state is State.WARNING):
        assert finding.remedy


@pytest.mark.parametrize(
    "failure", [Throttled("too many"), Unavailable("down"), WarehouseLocked("another process"), None]
)
def test_what_is_no_check_s_subject_turns_no_check_red(failure: Exception | None) -> None:
    assert findings_of_sync(VENDOR, _report(status="failed", failure=failure)) == {}


def test_a_sync_of_changes_leaves_the_last_count_standing() -> None:
    assert "matches_netsuite" not in findings_of_sync(VENDOR, _report(mode="changed"))
    assert set(findings_of_sync(VENDOR, _report(mode="full"))) >= set(SYNC_CHECKS)


@pytest.mark.parametrize(
    ("hours", "state", "words"),
    [
        (1, State.OK, "24 hours are allowed"),
        (24, State.OK, "24 hours are allowed"),
        (25, State.FAILED, "25 hours ago"),
        (2400, State.FAILED, "2,400 hours ago"),
    ],
)
def test_a_table_is_fresh_for_as_long_as_it_may_be(hours: int, state: State, words: str) -> None:
    known = KnownTable(frozenset({"id"}), 300, SIX)
    finding = freshness_finding(
        "vendor", known, FreshnessWindow(timedelta(hours=24)), SIX + timedelta(hours=hours)
    )
    assert finding.state is state
    assert words in finding.seen
    assert finding.facts["hours_old"] == hours
    assert (finding.since == SIX + timedelta(hours=24)) is (state is State.FAILED)
