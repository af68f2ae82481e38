"""What a check says: of findings, of a sync's report, and when somebody presses Execute."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.netsuite.errors import PermissionDenied, Throttled, Unavailable
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import (
    CONNECTION_CHECKS,
    SYNC_CHECKS,
    TABLE_CHECKS,
    connection_check_specs,
    table_check_specs,
)
from netsuite_pipeline.orchestration.checks import check_executions
from netsuite_pipeline.orchestration.checks.check_results import (
    by_check,
    check_key_of,
    check_of,
    check_outcome,
)
from netsuite_pipeline.orchestration.checks.sync_findings import findings_of_sync
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.freshness import FreshnessWindow, freshness_finding
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Table, choose_tables, standard_tables
from netsuite_pipeline.warehouse.errors import LoadRefused, NotAsInNetSuite, WarehouseLocked

SIX = datetime(2026, 11, 23, 6, 5)
VENDOR = standard_tables()["vendor"]
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


def test_every_check_says_what_it_looks_after() -> None:
    specs = [
        *connection_check_specs("netsuite"),
        *table_check_specs(
            AssetKeys("netsuite").table_key, [VENDOR], {"vendor": FreshnessWindow(timedelta(hours=6))}
        ),
    ]
    assert all(spec.description for spec in specs)
    described = {spec.name: spec.description for spec in specs}
    assert "Lists > Vendors (LIST_VENDOR)" in described["readable"]
    assert "6 hours" in described["fresh"]
    without = table_check_specs(AssetKeys("netsuite").table_key, [VENDOR], {})
    assert "fresh" not in {spec.name for spec in without}


def test_the_first_table_is_checked_at_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five questions at once that are all refused would lock the user."""
    under_way: list[str] = []
    order: list[tuple[str, int]] = []

    def probe(client: Any, table: Table, known: Any, *, count: bool) -> Any:
        under_way.append(table.name)
        order.append((table.name, len(under_way)))
        under_way.remove(table.name)
        return ProbeResult((Finding(f"table:{table.name}", State.OK, "readable"),))

    monkeypatch.setattr(check_executions, "probe_table", probe)
    tables = choose_tables(standard_tables(), ["vendor", "customer", "currency"])
    with NetSuiteResource(
        account_id="1234567", consumer_key="a", consumer_secret="b", token_id="c", token_secret="d"
    ).client() as client:
        look = check_executions.probe_tables(client, dict.fromkeys(tables, False), {})
    assert [finding.subject for finding in look.findings] == [table.name for table in tables]
    assert order[0] == (tables[0].name, 1)


# What somebody sees who presses Execute


@pytest.fixture
def location(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    return _location(tmp_path)


def _location(folder: Path) -> dg.Definitions:
    warehouse = WarehouseResource(path=str(folder / "warehouse.duckdb"))
    return build_netsuite_definitions(tables=["vendor", "currency"], warehouse=warehouse)


def _execute(
    location: dg.Definitions,
    instance: dg.DagsterInstance,
    *checks: str,
    tables: tuple[str, ...] = ("vendor", "currency"),
) -> dict[str, dg.AssetCheckEvaluation]:
    """Executes checks by name, of the tables or of the connection."""
    keys = [
        dg.AssetCheckKey(dg.AssetKey(["netsuite", asset]), check)
        for check in checks
        for asset in (("connection",) if check in CONNECTION_CHECKS else tables)
    ]
    job = location.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection=set(keys)
    )
    executed = job.execute_in_process(instance=instance, raise_on_error=False)
    assert executed.success
    outcome = executed.get_asset_check_evaluations()
    assert {one.asset_check_key for one in outcome} == set(keys)
    return {f"{one.asset_key.path[-1]}:{one.check_name}": one for one in outcome}


def _sync(location: dg.Definitions, instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
    """A run of the sync alone, as the schedule starts it."""
    job = location.resolve_job_def("netsuite_sync")
    tables = {key for key in job.asset_layer.selected_asset_keys if key.path[-1] != "connection"}
    return job.get_subset(asset_selection=tables, asset_check_selection=set()).execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config={"ops": {"netsuite_tables": {"config": config}}},
    )


def test_the_connection_s_checks_pass_when_all_is_well(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = _execute(location, instance, *CONNECTION_CHECKS)
    assert set(outcome) == {f"connection:{name}" for name in CONNECTION_CHECKS}
    assert {name: one.description for name, one in outcome.items() if not one.passed} == {}


def test_one_check_can_be_executed_alone(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert set(_execute(location, instance, "clock")) == {"connection:clock"}
        assert set(_execute(location, instance, "readable", tables=("vendor",))) == {"vendor:readable"}


def test_a_revoked_token_fails_the_sign_in_and_no_table_s_check(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    before = len(emulator.admin.login_audit())
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = _execute(location, instance, *CONNECTION_CHECKS)
        assert not outcome["connection:sign_in"].passed
        assert outcome["connection:sign_in"].severity is dg.AssetCheckSeverity.ERROR
        assert "To fix: " in outcome["connection:sign_in"].description
        assert "token" in outcome["connection:sign_in"].metadata["causes"].value
        assert outcome["connection:host"].passed
        assert outcome["connection:rest"].severity is dg.AssetCheckSeverity.WARN
        assert not outcome["connection:rest"].passed
        attempts = len(emulator.admin.login_audit()) - before
        assert attempts <= 2
        tables = _execute(location, instance, "readable", "columns", "rows")
        assert len(emulator.admin.login_audit()) - before == attempts + 1, "tried once, and not confirmed"
        _execute(location, instance, "sign_in")
        assert len(emulator.admin.login_audit()) - before == attempts + 2
    assert {one.severity for one in tables.values()} == {dg.AssetCheckSeverity.WARN}
    assert not any(one.passed for one in tables.values())


def test_without_credentials_every_check_says_which_are_missing(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = _execute(
            _location(tmp_path), instance, *CONNECTION_CHECKS, "readable", "columns", "rows", "fresh"
        )
    for name, one in outcome.items():
        assert not one.passed
        assert one.severity is dg.AssetCheckSeverity.WARN
        if not name.endswith(":fresh"):
            assert "NETSUITE_ACCOUNT_ID" in one.description


def test_a_lost_permission_shows_at_the_table_with_the_menu(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _sync(location, instance).success
        well = _execute(location, instance, "readable", "columns", "rows", "fresh")
        assert {name: one.description for name, one in well.items() if not one.passed} == {}
        emulator.admin.drop_permission("LIST_VENDOR")
        outcome = _execute(location, instance, "readable", "columns", "rows", "fresh")
        emulator.admin.grant_permission("LIST_VENDOR")
        healed = _execute(location, instance, "readable", "columns", "rows")
    broken = outcome["vendor:readable"]
    assert not broken.passed
    assert broken.severity is dg.AssetCheckSeverity.ERROR
    assert "Lists > Vendors" in broken.description
    assert "Setup > Users/Roles > Manage Roles" in broken.metadata["remedy"].value
    assert not outcome["vendor:columns"].passed
    assert outcome["vendor:columns"].severity is dg.AssetCheckSeverity.WARN
    assert outcome["vendor:fresh"].passed
    assert all(outcome[f"currency:{check}"].passed for check in ("readable", "columns", "rows"))
    assert all(one.passed for one in healed.values())


@pytest.mark.long
def test_a_hidden_column_shows_at_the_table(location: dg.Definitions, emulator: EmulatorProcess) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _sync(location, instance).success
        emulator.admin.hide_column("vendor", "email")
        outcome = _execute(location, instance, "readable", "columns")
    assert outcome["vendor:readable"].passed
    assert not outcome["vendor:columns"].passed
    assert "email" in outcome["vendor:columns"].description
    assert outcome["currency:columns"].passed


@pytest.mark.long
def test_a_check_that_only_a_sync_answers_repeats_its_answer(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        before = _execute(location, instance, *SYNC_CHECKS)
        assert {one.description for one in before.values()} == {
            "Only a sync evaluates this check, and none has run yet."
        }
        assert _sync(location, instance).success
        after = _execute(location, instance, *SYNC_CHECKS)
    assert all(one.passed for one in after.values())
    assert "all read" in after["vendor:matches_netsuite"].description


# What a sync leaves at the checks


def _shown(run: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {f"{one.asset_key.path[-1]}:{one.check_name}": one for one in run.get_asset_check_evaluations()}


def test_a_sync_shows_every_check_that_it_answers(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = _shown(_sync(location, instance))
    for table in ("vendor", "currency"):
        for check in (*SYNC_CHECKS, "readable", "fresh"):
            assert outcome[f"{table}:{check}"].passed, outcome[f"{table}:{check}"].description


@pytest.mark.long
def test_a_failed_table_is_red_at_the_check_that_it_failed_by(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _sync(location, instance).success
        emulator.admin.drop_permission("LIST_VENDOR")
        run = _sync(location, instance)
        emulator.admin.grant_permission("LIST_VENDOR")
        again = _shown(_sync(location, instance))
    outcome = _shown(run)
    assert not run.success
    vendor = {name.partition(":")[2]: one for name, one in outcome.items() if name.startswith("vendor:")}
    assert set(vendor) == {"readable", "fresh"}
    assert not vendor["readable"].passed
    assert "LIST_VENDOR" in vendor["readable"].description
    assert "To fix: Setup > Users/Roles > Manage Roles" in vendor["readable"].description
    assert vendor["fresh"].passed, "it was synced a moment ago"
    assert outcome["currency:readable"].passed
    assert again["vendor:readable"].passed


@pytest.mark.long
def test_a_collapse_is_red_with_the_way_to_accept_it(
    tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    warehouse = WarehouseResource(path=str(tmp_path / "warehouse.duckdb"))
    location = build_netsuite_definitions(tables=["transaction"], warehouse=warehouse)
    with dg.DagsterInstance.ephemeral() as instance:
        assert _sync(location, instance).success
        emulator.admin.restrict_rows("transaction", "id % 2 = 0")
        outcome = _shown(_sync(location, instance, full=True))
    collapsed = outcome["transaction:not_collapsed"]
    assert not collapsed.passed
    assert collapsed.severity is dg.AssetCheckSeverity.ERROR
    assert "--accept-shrink transaction" in collapsed.description
    assert outcome["transaction:key_unique"].passed, "the other rows are committed"


@pytest.mark.long
def test_what_a_look_found_stays_in_sight_after_the_next_sync(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    """Dagster shows only what was said of the latest materialization."""
    columns = dg.AssetCheckKey(dg.AssetKey(["netsuite", "vendor"]), "columns")
    lost = Finding("column:vendor.email", State.FAILED, "vendor.email is gone.", since=SIX)
    with dg.DagsterInstance.ephemeral() as instance:
        first = _shown(_sync(location, instance))
        assert "vendor:columns" not in first, "a sync that knows nothing says nothing"
        instance.report_runless_asset_event(check_outcome(columns.name, [lost]).evaluation(columns))
        second = _shown(_sync(location, instance))
    assert not second["vendor:columns"].passed
    assert "vendor.email is gone." in second["vendor:columns"].description
    assert second["vendor:matches_netsuite"].description == first["vendor:matches_netsuite"].description
