"""What the figures mean, as tables of cases."""

from datetime import timedelta

import pytest

from netsuite_pipeline.reporting.assessment import Standing, Weight, against_the_limit, remarks, standing
from netsuite_pipeline.reporting.facts import (
    ColumnChange,
    ConnectionFacts,
    Failure,
    Mismatch,
    Rejected,
    SyncFacts,
    TableFacts,
)
from netsuite_pipeline_tests.reporting.noting import LOST, NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "hours", "expected"),
    [
        ("done", 1, Standing.FRESH),
        ("done", 24, Standing.FRESH),
        ("done", 25, Standing.OVERDUE),
        (None, 1, Standing.FRESH),
        ("failed", 1, Standing.FAILED),
        ("failed", None, Standing.FAILED),
        ("absent", None, Standing.ABSENT),
        ("absent", 300, Standing.ABSENT),
    ],
)
def test_how_a_table_stands(status: str | None, hours: int | None, expected: Standing) -> None:
    synced_at = None if hours is None else NOW - hours * HOUR
    assert standing(TableFacts("vendor", status, synced_at, 300), NOW) is expected


def test_a_failed_table_is_told_with_its_remedy_and_without_the_request() -> None:
    (told,) = remarks(ConnectionFacts("netsuite", failures=(Failure("vendor", LOST, NOW, NOW - HOUR),)), NOW)
    assert (told.weight, told.subject) == (Weight.FAILED, "vendor")
    assert told.seen.startswith("The role lost Lists > Vendors")
    assert told.remedy.startswith("Setup > Users/Roles > Manage Roles")
    assert "Asked" not in told.seen + told.remedy
    assert "POST" not in told.seen + told.remedy
    assert "since 2026-11-24 12:00 UTC; last good 2026-11-24 11:00 UTC" in told.when


def test_tables_that_fail_for_one_reason_are_one_remark() -> None:
    alike = tuple(
        Failure(name, "Sign-in refused.\n  Remedy: Look.", NOW, None) for name in ("customer", "vendor")
    )
    other = Failure("item", "Gone.", NOW, None)
    told = remarks(ConnectionFacts("netsuite", failures=(*alike, other)), NOW)
    assert [(each.subject, each.seen, each.remedy) for each in told] == [
        ("customer, vendor", "Sign-in refused.", "Look."),
        ("item", "Gone.", ""),
    ]


CASES = {
    "overdue": (ConnectionFacts("n", tables=(TableFacts("vendor", "done", NOW - 25 * HOUR, 3),)), Weight.WARNING, "vendor"),
    "count": (ConnectionFacts("n", mismatches=(Mismatch("vendor", NOW, "NetSuite counts 5 rows, read were 4"),)), Weight.WARNING, "counts 5 rows"),
    "rejected": (ConnectionFacts("n", rejected=(Rejected("vendor", "terms", "BIGINT", 3, NOW),)), Weight.WARNING, "3 values did not fit the type BIGINT"),
    "deletions": (ConnectionFacts("n", deletions_refused=True), Weight.WARNING, "refuses to tell"),
    "lost": (ConnectionFacts("n", column_changes=(ColumnChange("vendor", "email", "lost", "VARCHAR", None, NOW),)), Weight.WARNING, "any more"),
    "added": (ConnectionFacts("n", column_changes=(ColumnChange("vendor", "x", "added", None, "BIGINT", NOW),)), Weight.NEWS, "New column (BIGINT)"),
    "widened": (ConnectionFacts("n", column_changes=(ColumnChange("vendor", "x", "widened", "DATE", "TIMESTAMP", NOW),)), Weight.NEWS, "Was DATE and is TIMESTAMP now"),
    "note": (ConnectionFacts("n", tables=(TableFacts("vendor", "done", NOW, 3, notes=("5 rows wait",)),)), Weight.NEWS, "5 rows wait"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_trouble_is_told_by_its_weight(case: str) -> None:
    connection, weight, words = CASES[case]
    (told,) = remarks(connection, NOW)
    assert told.weight is weight
    assert words in told.seen
    assert bool(told.remedy) is (weight is Weight.WARNING)


def test_the_gravest_comes_first_and_a_count_is_told_once() -> None:
    said = "NetSuite counts 5 rows, read were 4"
    told = remarks(
        ConnectionFacts(
            "netsuite",
            tables=(TableFacts("vendor", "done", NOW, 4, notes=(said, "and more")),),
            mismatches=(Mismatch("vendor", NOW, said),),
            failures=(Failure("item", "Gone.", NOW, None),),
        ),
        NOW,
    )
    assert [each.weight for each in told] == [Weight.FAILED, Weight.WARNING, Weight.NEWS]
    assert told[2].seen == "and more."


@pytest.mark.parametrize(
    ("requests", "retries", "throttled", "words"),
    [
        (100, 0, 0, "NetSuite refused none for concurrency"),
        (100, 4, 3, "NetSuite refused 3 requests for concurrency (3 %)"),
        (100_000, 4, 3, "NetSuite refused 3 requests for concurrency (under 0.1 %)"),
        (0, 0, 0, "No requests were noted"),
    ],
)
def test_the_syncs_are_held_against_the_limit(
    requests: int, retries: int, throttled: int, words: str
) -> None:
    sync = SyncFacts("a", NOW, NOW + HOUR, 1, 0, 90_000, 0, 0, requests, retries, throttled)
    told = " ".join(against_the_limit((sync,), 15))
    assert words in told
    if requests:
        assert "Limit: 15 requests at once" in told
