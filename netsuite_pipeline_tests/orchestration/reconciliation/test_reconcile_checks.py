"""The daily comparison in Dagster over a real account: what is planted is named by its check, and repaired."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.orchestration.check_specs import (
    CLOSED_PERIODS,
    CONSOLIDATED,
    LEDGER_TIES,
    TIES,
    connection_key,
)
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.credentials import VARIABLES
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.comparing import assert_equal_to_source

TAL = "transactionaccountingline"
LEDGER = ("transaction", "transactionline", TAL, "accountingperiod", "account", "subsidiary")
TABLES = (*LEDGER, "consolidatedexchangerate", "customer", "term")
Evaluations = Mapping[str, dg.AssetCheckEvaluation]


@dataclass
class Project:
    """A synced connection in Dagster, and its account.

    Attributes:
        location: Its definitions.
        emulator: The account.
        instance: Dagster's instance.
        path: The published file.
        connection: The connection's name.
        first: The evaluations of its first comparison.
    """

    location: dg.Definitions
    emulator: EmulatorProcess
    instance: dg.DagsterInstance
    path: Path
    connection: str = "netsuite"
    first: Evaluations = field(default_factory=dict)

    @property
    def admin(self) -> Any:
        return self.emulator.admin

    def run(self, job: str, **more: Any) -> dg.ExecuteInProcessResult:
        return self.location.resolve_job_def(job).execute_in_process(
            instance=self.instance, raise_on_error=False, **more
        )

    def sync(self) -> None:
        assert self.run(f"{self.connection}_sync").success

    def reconcile(self) -> dg.ExecuteInProcessResult:
        return self.run(f"{self.connection}_reconcile")

    def execute(self, *keys: dg.AssetCheckKey) -> dg.ExecuteInProcessResult:
        """Execute checks by hand."""
        job = self.location.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=set(), asset_check_selection=set(keys)
        )
        return job.execute_in_process(instance=self.instance, raise_on_error=False)

    def here(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the published file answers."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def _resource(emulator: EmulatorProcess) -> NetSuiteResource:
    fields = {
        name: emulator.env[variable] for name, variable in VARIABLES.items() if variable in emulator.env
    }
    return NetSuiteResource(
        **{name: int(text) if name == "concurrency" else text for name, text in fields.items()}
    )


def project(
    emulator: EmulatorProcess, instance: dg.DagsterInstance, folder: Path, **attributes: Any
) -> Project:
    path = folder / "warehouse.duckdb"
    given = {"tables": list(TABLES), "warehouse": WarehouseResource(path=str(path)), **attributes}
    location = build_netsuite_definitions(netsuite=_resource(emulator), **given)
    return Project(location, emulator, instance, path, given.get("connection", "netsuite"))


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    """A company of its own: planted faults would unbalance the books of the shared one."""
    with start_emulator(scale=0.02, seed=13, max_seconds=3600) as process:
        yield process


@pytest.fixture(scope="module")
def home(account: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = project(account, instance, tmp_path_factory.mktemp("home"))
        made.sync()
        run = made.reconcile()
        assert run.success
        made.first = shown(run)
        yield made


def shown(result: dg.ExecuteInProcessResult) -> Evaluations:
    """Return the last evaluation of each check of the comparison, as `asset:check`."""
    return {
        f"{'/'.join(each.asset_key.path)}:{each.check_name}": each
        for each in result.get_asset_check_evaluations()
        if each.check_name in (TIES, LEDGER_TIES, CLOSED_PERIODS, CONSOLIDATED)
    }


def test_the_first_comparison_takes_all_tables_and_each_period_and_book(home: Project) -> None:
    found = home.first
    assert {key for key, each in found.items() if not each.passed} == {
        f"marts/general_ledger:{CLOSED_PERIODS}"
    }, "whose documents are recorded for the first time"
    assert set(found) == {
        *(f"netsuite/{name}:{TIES}" for name in TABLES),
        *(f"marts/general_ledger:{name}" for name in (TIES, CLOSED_PERIODS, CONSOLIDATED)),
    }
    ledger = found[f"marts/general_ledger:{TIES}"]
    assert ledger.metadata["periods_compared"].value > 12
    assert ledger.metadata["requests"].value == ledger.metadata["periods_compared"].value
    assert "| Nov 2026 | 2 | equal |" in str(ledger.metadata["periods"].value), "each book"


def test_what_is_planted_is_named_by_its_check_and_repaired(home: Project) -> None:
    ((document,),) = home.here("SELECT max(id) FROM netsuite.transaction WHERE type = 'Journal'")
    ((customer,),) = home.here("SELECT max(id) FROM netsuite.customer")
    of = f"transaction = {document} AND accountingbook = 1 AND debit IS NOT NULL"
    home.admin.change_rows(TAL, of, {"debit": "77.77", "amount": "77.77"})
    home.admin.change_rows("customer", f"id = {customer}", {"companyname": "Changed by a script"})
    repaired = home.reconcile()
    assert repaired.success, "nothing is left"
    found = shown(repaired)
    # The period's own sums differed, so its consolidated figures were not compared.
    assert found[f"marts/general_ledger:{CONSOLIDATED}"].metadata["state"].value == "unknown"
    red = {key: each.severity.value for key, each in found.items() if not each.passed}
    assert red == {
        f"marts/general_ledger:{TIES}": "WARN",
        f"marts/general_ledger:{CONSOLIDATED}": "WARN",
        f"netsuite/{TAL}:{TIES}": "WARN",
        f"netsuite/customer:{TIES}": "WARN",
    }
    ledger = found[f"marts/general_ledger:{TIES}"]
    assert str(document) in (ledger.description or "")
    assert "77.77 in NetSuite" in (ledger.description or "")
    assert "| 77.77 |" in str(ledger.metadata["differences"].value)
    assert ledger.metadata["documents_repaired"].value == 1
    row = found[f"netsuite/customer:{TIES}"]
    assert "Changed by a script in NetSuite" in (row.description or "")
    assert (row.metadata["rows_differing"].value, row.metadata["rows_repaired"].value) == (1, 1)
    assert row.metadata["rows_here"].value == row.metadata["rows_netsuite"].value
    materialized = {event.asset_key for event in repaired.get_asset_materialization_events()}
    assert dg.AssetKey(["netsuite", "customer"]) in materialized, "readers of the table see its new rows"
    assert dg.AssetKey(["marts", "general_ledger"]) in materialized
    tables = [standard_tables()[name] for name in TABLES]
    assert_equal_to_source(home.path, tables, home.admin)
    assert all(each.passed for each in shown(home.reconcile()).values())


@pytest.mark.long
def test_a_sync_repeats_the_last_result_for_its_new_rows(home: Project) -> None:
    compared = shown(home.reconcile())
    home.admin.tick(5)
    synced = home.run("netsuite_sync")
    assert synced.success
    repeated = shown(synced)
    assert {f"netsuite/transaction:{TIES}", f"marts/general_ledger:{TIES}"} <= set(repeated)
    assert f"marts/general_ledger:{CLOSED_PERIODS}" in repeated
    for key, each in repeated.items():
        assert (each.passed, each.description) == (compared[key].passed, compared[key].description)


@pytest.mark.long
def test_what_is_left_fails_the_run_of_the_job_and_not_an_execution_by_hand(home: Project) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["netsuite", "customer"]), TIES)
    ((hidden,),) = home.here("SELECT count(*) FROM netsuite.customer WHERE id % 2 = 1")
    home.admin.restrict_rows("customer", "id % 2 = 0")
    try:
        by_hand = home.execute(key)
        assert by_hand.success
        (found,) = shown(by_hand).values()
        assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
        assert f"NetSuite does not show {hidden} rows" in (found.description or "")
        assert "--accept-shrink customer" in (found.description or "")
        job = home.reconcile()
        assert not job.success
        (failed,) = [event for event in job.all_events if event.is_step_failure]
        assert "not repaired: customer" in str(failed.step_failure_data.user_failure_data)
    finally:
        home.admin.unrestrict_rows("customer")
    home.sync()
    assert home.reconcile().success


@pytest.mark.long
def test_one_check_alone_compares_its_table_alone(home: Project) -> None:
    home.admin.reset_stats()
    (found,) = shown(home.execute(dg.AssetCheckKey(dg.AssetKey(["netsuite", "term"]), TIES))).values()
    assert found.passed
    assert home.admin.stats().requests == found.metadata["requests_of_all_tables"].value <= 2


@pytest.mark.long
def test_what_cannot_be_compared_is_unknown_and_never_green(home: Project) -> None:
    home.admin.drop_permission("LIST_CUSTJOB")
    try:
        found = shown(home.reconcile())
    finally:
        home.admin.reset()
    refused = found[f"netsuite/customer:{TIES}"]
    assert (refused.passed, refused.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert refused.metadata["state"].value == "unknown"
    assert found[f"netsuite/term:{TIES}"].passed
    home.admin.revoke_token()
    try:
        whole = home.reconcile()
    finally:
        home.admin.reset()
    assert not whole.success
    assert {each.metadata["state"].value for each in shown(whole).values()} == {"unknown"}


@pytest.mark.long
def test_without_marts_the_ledger_is_checked_on_its_postings(
    account: EmulatorProcess, tmp_path: Path
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        made = project(account, instance, tmp_path, marts=False, connection="other")
        made.sync()
        found = shown(made.reconcile())
    assert set(found) == {
        *(f"other/{name}:{TIES}" for name in TABLES),
        *(f"other/{TAL}:{name}" for name in (LEDGER_TIES, CLOSED_PERIODS)),
    }
    assert found[f"other/{TAL}:{LEDGER_TIES}"].metadata["periods_compared"].value > 12


@pytest.mark.long
def test_two_accounts_of_one_project_are_compared_each_with_its_own(
    account: EmulatorProcess, tmp_path: Path
) -> None:
    with (
        start_emulator(scale=0.01, seed=14, max_seconds=3600) as second,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        first = project(account, instance, tmp_path, tables=["customer", "term"])
        other = project(second, instance, tmp_path, tables=["customer", "term"], connection="sandbox")
        both = dg.Definitions.merge(first.location, other.location)
        first.location = other.location = both
        first.sync()
        other.sync()
        second.admin.change_rows(
            "customer", "id = (SELECT min(id) FROM ns.customer)", {"comments": "By a script"}
        )
        assert all(each.passed for each in shown(first.reconcile()).values())
        found = shown(other.reconcile())
    assert {key for key, each in found.items() if not each.passed} == {f"sandbox/customer:{TIES}"}


# Definitions and schedule, without an account


def _tick(location: dg.Definitions, instance: dg.DagsterInstance) -> Any:
    schedule = location.resolve_schedule_def("netsuite_reconcile_schedule")
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime(2026, 11, 24, 4, 45),
        resources=location.resources,
    ) as context:
        return schedule.evaluate_tick(context)


def test_the_schedule_waits_for_a_file_for_credentials_and_for_the_sign_in(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "warehouse.duckdb"
    location = build_netsuite_definitions(tables=["term"], warehouse=str(path))
    assert "NETSUITE_TOKEN_SECRET" in (_tick(location, instance).skip_message or "")
    for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET"):
        monkeypatch.setenv(f"NETSUITE_{name}", "a" * 64)
    monkeypatch.setenv("NETSUITE_ACCOUNT_ID", "1234567")
    assert "no sync has published a file" in (_tick(location, instance).skip_message or "")
    path.write_bytes(b"something")
    assert _tick(location, instance).run_requests
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=connection_key("netsuite"),
            check_name="sign_in",
            passed=False,
            description="The token was revoked.",
        )
    )
    assert "The token was revoked." in (_tick(location, instance).skip_message or "")


def test_a_sync_never_waits_for_a_place_that_a_comparison_holds() -> None:
    location = build_netsuite_definitions(tables=["term"])
    pools = {
        name: {pool for node in location.resolve_job_def(name).all_node_defs for pool in node.pools}
        for name in ("netsuite_sync", "netsuite_reconcile")
    }
    assert pools == {
        "netsuite_sync": {"netsuite_netsuite"},
        "netsuite_reconcile": {"netsuite_netsuite_reconcile"},
    }


@pytest.mark.parametrize("marts", [True, False])
def test_a_connection_without_a_ledger_has_no_check_of_it(marts: bool) -> None:
    graph = build_netsuite_definitions(tables=["customer"], marts=marts).resolve_asset_graph()
    names = {(key.asset_key.path[-1], key.name) for key in graph.asset_check_keys}
    assert ("customer", TIES) in names
    assert not {("general_ledger", TIES), ("general_ledger", CLOSED_PERIODS)} & names


def test_the_schedule_is_set_and_switched_off_by_its_attribute() -> None:
    own = build_netsuite_definitions(
        tables=["term"], reconcile_cron="15 1 * * *", execution_timezone="Europe/Berlin"
    )
    schedule = own.resolve_schedule_def("netsuite_reconcile_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("15 1 * * *", "Europe/Berlin")
    assert schedule.job_name == "netsuite_reconcile"
    off = build_netsuite_definitions(tables=["term"], reconcile_cron="")
    assert "netsuite_reconcile_schedule" not in {each.name for each in off.schedules or ()}
    assert off.resolve_job_def("netsuite_reconcile"), "a person can still start it"
