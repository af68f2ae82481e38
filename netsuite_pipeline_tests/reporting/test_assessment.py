"""What the figures mean, as tables of cases."""

from datetime import timedelta

import pytest

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.reporting.assessment import Freshness, assess, limit_usage, subject, table_freshness
from netsuite_pipeline.reporting.facts import (
    ColumnChange,
    ConnectionFacts,
    Failure,
    Mismatch,
    RejectedValues,
    SyncFacts,
    TableFacts,
)
from netsuite_pipeline_tests.reporting.noting import LOST, NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "hours", "expected"),
    [
        ("done", 1, Freshness.FRESH),
        ("done", 24, Freshness.FRESH),
        ("done", 25, Freshness.OVERDUE),
        (None, 1, Freshness.FRESH),
        ("failed", 1, Freshness.FAILED),
        ("failed", None, Freshness.FAILED),
        ("absent", None, Freshness.UNAVAILABLE),
        ("absent", 300, Freshness.UNAVAILABLE),
    ],
)
def test_freshness_of_a_table(status: str | None, hours: int | None, expected: Freshness) -> None:
    synced_at = None if hours is None else NOW - hours * HOUR
    assert table_freshness(TableFacts("vendor", status, synced_at, 300), NOW) is expected


def test_a_failed_table_shows_its_remedy_and_without_the_request() -> None:
    (finding,) = assess(
        ConnectionFacts("netsuite", failures=(Failure("vendor", LOST, NOW, NOW - HOUR),)), NOW
    )
    assert (finding.state, subject(finding)) == (State.FAILED, "vendor")
    assert finding.seen.startswith("The role lost Lists > Vendors")
    assert finding.remedy.startswith("Setup > Users/Roles > Manage Roles")
    assert "Asked" not in finding.seen + finding.remedy
    assert "POST" not in finding.seen + finding.remedy
    assert "since 2026-11-24 12:00 UTC; last good 2026-11-24 11:00 UTC" in str(finding.facts["when"])


def test_tables_that_fail_for_one_reason_are_one_finding() -> None:
    same_error = tuple(
        Failure(name, "Sign-in refused.\n  To fix: Look.", NOW, None) for name in ("customer", "vendor")
    )
    other = Failure("item", "Gone.", NOW, None)
    findings = assess(ConnectionFacts("netsuite", failures=(*same_error, other)), NOW)
    assert [(subject(each), each.seen, each.remedy) for each in findings] == [
        ("customer, vendor", "Sign-in refused.", "Look."),
        ("item", "Gone.", ""),
    ]


CASES = {
    "overdue": (ConnectionFacts("n", tables=(TableFacts("vendor", "done", NOW - 25 * HOUR, 3),)), State.WARNING, "Not synced within 24 hours"),
    "count": (ConnectionFacts("n", mismatches=(Mismatch("vendor", NOW, "NetSuite counts 5 rows, but 4 were read"),)), State.WARNING, "counts 5 rows"),
    "rejected": (ConnectionFacts("n", rejected=(RejectedValues("vendor", "terms", "BIGINT", 3, NOW),)), State.WARNING, "3 values did not fit the type BIGINT"),
    "deletions": (ConnectionFacts("n", deletions_refused=True), State.WARNING, "may not read Deleted Records"),
    "lost": (ConnectionFacts("n", column_changes=(ColumnChange("vendor", "email", "lost", "VARCHAR", None, NOW),)), State.WARNING, "no longer exposes"),
    "added": (ConnectionFacts("n", column_changes=(ColumnChange("vendor", "x", "added", None, "BIGINT", NOW),)), State.OK, "New column (BIGINT)"),
    "widened": (ConnectionFacts("n", column_changes=(ColumnChange("vendor", "x", "widened", "DATE", "TIMESTAMP", NOW),)), State.OK, "changed from DATE to TIMESTAMP"),
    "note": (ConnectionFacts("n", tables=(TableFacts("vendor", "done", NOW, 3, notes=("5 rows wait",)),)), State.OK, "5 rows wait"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_finding_has_its_state(case: str) -> None:
    connection, state, words = CASES[case]
    (finding,) = assess(connection, NOW)
    assert finding.state is state
    assert words in finding.seen
    assert bool(finding.remedy) is (state is State.WARNING)


def test_the_worst_comes_first_and_a_count_is_shown_once() -> None:
    note = "NetSuite counts 5 rows, but 4 were read"
    findings = assess(
        ConnectionFacts(
            "netsuite",
            tables=(TableFacts("vendor", "done", NOW, 4, notes=(note, "and more")),),
            mismatches=(Mismatch("vendor", NOW, note),),
            failures=(Failure("item", "Gone.", NOW, None),),
        ),
        NOW,
    )
    assert [each.state for each in findings] == [State.FAILED, State.WARNING, State.OK]
    assert findings[2].seen == "and more."


@pytest.mark.parametrize(
    ("requests", "retries", "throttled", "words"),
    [
        (100, 0, 0, "NetSuite throttled no request"),
        (100, 4, 3, "NetSuite throttled 3 requests (3 %)"),
        (100_000, 4, 3, "NetSuite throttled 3 requests (under 0.1 %)"),
        (0, 0, 0, "No requests were recorded"),
    ],
)
def test_the_syncs_are_held_limit_usage(requests: int, retries: int, throttled: int, words: str) -> None:
    sync = SyncFacts("a", NOW, NOW + HOUR, 1, 0, 90_000, 0, 0, requests, retries, throttled)
    sentences = " ".join(limit_usage((sync,), 15))
    assert words in sentences
    if requests:
        assert "Limit: 15 requests at once" in sentences
