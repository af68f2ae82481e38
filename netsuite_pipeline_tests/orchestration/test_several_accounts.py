"""Two accounts in one project and one file: neither knows of the other, and neither holds the other up."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline_tests.comparing import assert_equal_to_source
from netsuite_pipeline_tests.orchestration.ticking import Ticks

TABLES = ["customer", "transaction"]
REALM = "7654321_SB2"


@pytest.fixture(scope="module")
def second_account() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=2, account_id=REALM, max_seconds=3600) as process:
        yield process


@pytest.fixture
def sandbox(second_account: EmulatorProcess) -> Iterator[EmulatorProcess]:
    yield second_account
    second_account.admin.reset()


@pytest.fixture
def variables(
    emulator: EmulatorProcess, sandbox: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Both accounts' variables, side by side."""
    of_sandbox = {name.replace("NETSUITE_", "SANDBOX_", 1): value for name, value in sandbox.env.items()}
    for name, value in {**emulator.env, **of_sandbox}.items():
        monkeypatch.setenv(name, value)
    return {**emulator.env, **of_sandbox}


def _both(path: Path) -> dg.Definitions:
    return dg.Definitions.merge(
        build_netsuite_definitions(tables=TABLES, warehouse=WarehouseResource(path=str(path))),
        build_netsuite_definitions(
            connection="sandbox",
            tables=TABLES,
            netsuite=NetSuiteResource(env_prefix="SANDBOX"),
            warehouse=WarehouseResource(path=str(path)),
            alert_urls_env="SANDBOX_ALERT_URLS",
        ),
    )


def test_two_accounts_load_side_by_side_each_with_names_of_its_own(tmp_path: Path) -> None:
    location = _both(tmp_path / "warehouse.duckdb")
    dg.Definitions.validate_loadable(location)
    keys = {key.to_user_string() for key in location.resolve_asset_graph().get_all_asset_keys()}
    names = [*TABLES, "connection"]
    assert keys >= {f"{connection}/{name}" for connection in ("netsuite", "sandbox") for name in names}
    for connection in ("netsuite", "sandbox"):
        assert location.resolve_job_def(f"{connection}_sync")
        assert location.resolve_schedule_def(f"{connection}_schedule")
        for sensor in ("connection_sensor", "permission_sensor", "run_failure_sensor"):
            assert location.resolve_sensor_def(f"{connection}_{sensor}")
    assert {"netsuite", "sandbox", "warehouse", "sandbox_warehouse"} <= set(location.resources or {})
    (spec,) = [
        spec
        for spec in location.resolve_all_asset_specs()
        if spec.key == dg.AssetKey(["sandbox", "connection"])
    ]
    assert "SANDBOX_TOKEN_SECRET" in (spec.description or "")
    assert "NETSUITE_" not in (spec.description or "")


@pytest.mark.parametrize("name", ["Sandbox", "sand-box", "1st", "", "marts", "warehouse", "_netsuite"])
@pytest.mark.few(2)
def test_a_name_that_no_connection_can_have_is_refused_with_one_that_it_can(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_netsuite_definitions(connection=name, tables=["customer"])
    assert repr(name) in caught.value.message
    assert "`sandbox`" in caught.value.remedy


_SYNC = """
import os, sys
from datetime import timedelta
from pathlib import Path
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables
from netsuite_pipeline.sync.context import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
connection, variables, path, *names = sys.argv[1:]
known = standard_tables()
request = SyncRequest(choose_tables(known, names), known, connection, full=False, overlap=timedelta(minutes=5))
with client_from_environment(connection_variables(os.environ, variables)) as client:
    sync = Sync(client, Warehouse(Path(path)), request)
    sys.exit(" ".join(str(report.error) for report in sync if report.status != "done") or 0)
"""


@pytest.mark.long
def test_both_are_synced_into_one_file_at_the_same_time(
    tmp_path: Path, variables: dict[str, str], emulator: EmulatorProcess, sandbox: EmulatorProcess
) -> None:
    path = tmp_path / "warehouse.duckdb"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _SYNC, connection, prefix, str(path), *TABLES],
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for connection, prefix in (("netsuite", "NETSUITE"), ("sandbox", "SANDBOX"))
    ]
    wording = [process.communicate(timeout=600)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], "\n".join(wording)
    tables = list(choose_tables(standard_tables(), TABLES))
    assert_equal_to_source(path, tables, emulator.admin, "netsuite")
    assert_equal_to_source(path, tables, sandbox.admin, "sandbox")
    with duckdb.connect(str(path), read_only=True) as file:
        accounts = file.execute("SELECT connection, account FROM _netsuite.connections ORDER BY 1").fetchall()
        states = file.execute(
            "SELECT connection, count(*) FROM _netsuite.table_state GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert accounts == [("netsuite", emulator.account_id), ("sandbox", REALM)]
    assert states == [("netsuite", len(TABLES)), ("sandbox", len(TABLES))]


@pytest.mark.long
def test_one_accounts_revoked_token_concerns_nobody_else(
    tmp_path: Path, variables: dict[str, str], sandbox: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.1)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/netsuite")
    monkeypatch.setenv("SANDBOX_ALERT_URLS", "json://127.0.0.1:9/sandbox")
    sent = []
    monkeypatch.setattr(notifications, "send", lambda alert, urls, log: sent.append((urls, alert)))
    location = _both(tmp_path / "warehouse.duckdb")
    with dg.instance_for_test() as instance:
        ours = Ticks(tmp_path, instance, tables=("customer",))
        theirs = Ticks(
            tmp_path,
            instance,
            tables=("customer",),
            connection_name="sandbox",
            netsuite=NetSuiteResource(env_prefix="SANDBOX"),
            alert_urls_env="SANDBOX_ALERT_URLS",
        )
        for ticks in (ours, theirs):
            ticks.tick(ticks.connection)
        sandbox.admin.revoke_token()
        for _ in range(2):
            for ticks in (ours, theirs):
                ticks.tick(ticks.connection)
        assert ours.passes("sign_in")
        assert not theirs.passes("sign_in")
        outcome = theirs.outcome("sign_in")
        assert outcome is not None
        assert "SANDBOX_" in str(outcome.metadata)
        assert "NETSUITE_" not in f"{outcome.description}{outcome.metadata}"
        ((urls, alert),) = sent
        assert urls.endswith("/sandbox")
        assert alert.title.startswith(f"NetSuite {REALM}: sign-in refused")
        assert "NETSUITE_" not in alert.body
        runs: dict[str, Any] = {}
        for name in ("netsuite", "sandbox"):
            schedule = location.resolve_schedule_def(f"{name}_schedule")
            with dg.build_schedule_context(instance=instance, scheduled_execution_time=utc_now()) as context:
                runs[name] = schedule.evaluate_tick(context)
        assert len(runs["netsuite"].run_requests) == 1
        assert not runs["sandbox"].run_requests
        assert "refuses the sign-in of sandbox" in runs["sandbox"].skip_message
        synced = location.resolve_job_def("netsuite_sync").execute_in_process(instance=instance)
        assert synced.success


@pytest.mark.long
def test_a_failed_run_of_the_one_is_none_of_the_others(
    tmp_path: Path, variables: dict[str, str], sandbox: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    sent = []
    monkeypatch.setattr(notifications, "send", lambda alert, urls, log: sent.append(alert))
    with dg.instance_for_test() as instance:
        ours = Ticks(tmp_path, instance)
        theirs = Ticks(
            tmp_path,
            instance,
            connection_name="sandbox",
            netsuite=NetSuiteResource(env_prefix="SANDBOX"),
        )
        for ticks in (ours, theirs):
            ticks.tick(ticks.failure)
        monkeypatch.delenv("SANDBOX_TOKEN_ID")
        job = _both(tmp_path / "warehouse.duckdb").resolve_job_def("sandbox_sync")
        assert not job.execute_in_process(instance=instance, raise_on_error=False).success
        assert "is no run of netsuite" in ours.tick(ours.failure).skip_message
        wording = theirs.tick(theirs.failure).skip_message
        assert "SANDBOX_TOKEN_ID" in wording
        assert "NETSUITE_TOKEN_ID" not in wording
        (alert,) = sent
        assert "SANDBOX_TOKEN_ID" in alert.body
