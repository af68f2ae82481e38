"""What a check says of findings."""

from datetime import datetime, timedelta

import dagster as dg
import pytest

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import (
    CONNECTION_CHECKS,
    TABLE_CHECKS,
)
from netsuite_pipeline.orchestration.checks.check_results import (
    by_check,
    check_key_of,
    check_of,
    check_outcome,
)

SIX = datetime(2026, 11, 23, 6, 5)
KEY = dg.AssetCheckKey(dg.AssetKey(["netsuite", "vendor"]), "readable")
LOST = Finding(
    "table:vendor",
    State.FAILED,
    "Record 'vendor' was not found.",
    causes=(Cause("The role lost Lists > Vendors.", "It was readable before."), Cause("The feature is off.")),
    remedy="Setup > Users/Roles > Manage Roles: add Vendors (View), press Add, then Save.",
    since=SIX,
    facts={"requests": 1},
)


@pytest.mark.parametrize(
    ("finding_id", "check"),
    [
        ("host", "host"),
        ("clock", "clock"),
        ("sign_in", "sign_in"),
        ("rest", "rest"),
        ("suiteql", "suiteql"),
        ("deleted_records", "deleted_records"),
        ("concurrency", "concurrency"),
        ("certificate", "certificate"),
        ("table:vendor", "readable"),
        ("column:vendor.email", "columns"),
        ("column:vendor", "columns"),
        ("rows:vendor", "rows"),
        ("soap", None),
        ("credentials", None),
        ("warehouse", None),
    ],
)
def test_every_finding_of_the_sensors_has_its_check(finding_id: str, check: str | None) -> None:
    assert check_of(finding_id) == check
    key = check_key_of(AssetKeys("sandbox"), finding_id)
    if check is None:
        assert key is None
    else:
        asset = "vendor" if ":" in finding_id else "connection"
        assert key == dg.AssetCheckKey(dg.AssetKey(["sandbox", asset]), check)
        assert check in (TABLE_CHECKS if ":" in finding_id else CONNECTION_CHECKS)


@pytest.mark.parametrize(
    ("state", "passed", "severity"),
    [
        (State.OK, True, None),
        (State.FAILED, False, dg.AssetCheckSeverity.ERROR),
        (State.WARNING, False, dg.AssetCheckSeverity.WARN),
        (State.UNKNOWN, False, dg.AssetCheckSeverity.WARN),
    ],
)
def test_only_what_is_known_to_be_well_passes(
    state: State, passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    for outcome in (
        check_outcome(KEY.name, [Finding("table:vendor", state, "seen")]).evaluation(KEY),
        check_outcome(KEY.name, [Finding("table:vendor", state, "seen")]).result(KEY),
    ):
        assert outcome.passed is passed
        assert outcome.asset_key == KEY.asset_key
        assert outcome.check_name == "readable"
        assert outcome.description == "seen"
        assert outcome.metadata["state"].value == str(state)
        if severity is not None:
            assert outcome.severity is severity


def test_a_failed_check_reads_in_full_without_opening_a_log() -> None:
    outcome = check_outcome("readable", [LOST], confirmed_at=SIX + timedelta(minutes=5))
    assert outcome.description == (
        "Record 'vendor' was not found.\n"
        "Most likely: The role lost Lists > Vendors.\n"
        "To fix: Setup > Users/Roles > Manage Roles: add Vendors (View), press Add, then Save.\n"
        "First seen 2026-11-23 06:05, confirmed 06:10 UTC."
    )
    metadata = (
        check_outcome(KEY.name, [LOST], confirmed_at=SIX + timedelta(minutes=5)).evaluation(KEY).metadata
    )
    assert metadata["causes"].value == (
        "1. The role lost Lists > Vendors. It was readable before.\n2. The feature is off."
    )
    assert metadata["remedy"].value == LOST.remedy
    assert metadata["since"].value == "2026-11-23 06:05 UTC"
    assert metadata["confirmed"].value == "2026-11-23 06:10 UTC"
    assert metadata["requests"].value == 1


def test_a_confirmation_on_another_day_says_which() -> None:
    outcome = check_outcome("readable", [LOST], confirmed_at=SIX + timedelta(days=1))
    assert outcome.description.endswith("First seen 2026-11-23 06:05, confirmed 2026-11-24 06:05 UTC.")
    assert check_outcome("readable", [LOST]).description.endswith("First seen 2026-11-23 06:05 UTC.")


def test_many_lost_columns_are_one_check_with_each_remedy_once() -> None:
    lost = [
        Finding(
            f"column:vendor.c{number}",
            State.FAILED,
            f"c{number} is gone.",
            remedy="Extend the role.",
            since=SIX,
        )
        for number in range(30)
    ]
    well = Finding("column:vendor.email", State.OK, "new column")
    (shown,) = by_check(AssetKeys("netsuite"), [*lost, well]).values()
    outcome = check_outcome("columns", shown)
    assert outcome.severity is dg.AssetCheckSeverity.ERROR
    assert "c0 is gone.\nc1 is gone." in outcome.description
    assert "And 10 more." in outcome.description
    assert "new column" not in outcome.description
    assert outcome.description.count("To fix: Extend the role.") == 1
    assert outcome.metadata["findings"] == 30


def test_columns_without_a_finding_are_well() -> None:
    assert check_outcome("columns", []).passed
    assert check_outcome("columns", []).description == "NetSuite exposes every column that it exposed before."


def test_good_news_passes_and_is_shown() -> None:
    outcome = check_outcome(
        "columns", [Finding("column:vendor.email", State.OK, "vendor.email is there now: a new column.")]
    )
    assert outcome.passed
    assert outcome.description == "vendor.email is there now: a new column."
