"""A running Dagster uses the new credentials of the file that NETSUITE_ENV_FILE names, without a restart."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.auth.variables import TBA_VARIABLES
from netsuite_pipeline.netsuite.config.env_file import with_values, write_text
from netsuite_pipeline.netsuite.config.env_reload import ENV_FILE
from netsuite_pipeline.orchestration.resources import NetSuiteResource

CODE = """
from netsuite_pipeline import build_netsuite_definitions

defs = build_netsuite_definitions(tables=["currency"])
"""
INSTANCE = """
telemetry: {enabled: false}
run_coordinator:
  module: dagster._core.run_coordinator.sync_in_memory_run_coordinator
  class: SyncInMemoryRunCoordinator
"""
LAUNCH = """
mutation ($location: String!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: $location, repositoryName: "__repository__", jobName: "netsuite_sync"}
    mode: "default"
    runConfigData: {execution: {config: {in_process: {}}}}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


def _keep(folder: Path, values: Mapping[str, str]) -> None:
    path = folder / "our.env"
    write_text(path, with_values(path.read_text() if path.exists() else "", values))


class Dagster:
    """A Dagster that runs, asked as its UI asks."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._url = url
        self._process = process
        self._log = log

    def until_it_answers(self) -> None:
        until = time.monotonic() + 600
        while time.monotonic() < until:
            assert self._process.poll() is None, self.message
            try:
                if requests.get(f"{self._url}/server_info", timeout=50).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.2)
        raise AssertionError(self.message)

    @property
    def message(self) -> str:
        return self._log.read_text()

    def sync(self) -> str:
        """Launches the sync and waits for its end."""
        launched = self._ask(LAUNCH, location="definitions_here.py")["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        until = time.monotonic() + 600
        status = ""
        while time.monotonic() < until and status not in {"SUCCESS", "FAILURE"}:
            status = self._ask(STATUS, id=launched["run"]["runId"])["runOrError"]["status"]
            time.sleep(0.2)
        return status

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answered = requests.post(
            f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=600
        ).json()
        assert "errors" not in answered, answered
        data: dict[str, Any] = answered["data"]
        return data


@contextmanager
def _dagster(folder: Path) -> Iterator[Dagster]:
    """The two servers that `dagster dev` starts, which inherit the environment; its daemon, which is slow
    to start, has no part in this."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log"
    home = folder / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(INSTANCE)
    with log.open("wb") as message:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "dagster_webserver", "-f", "definitions_here.py"]
            + ["-h", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={
                **os.environ,
                "DAGSTER_HOME": str(home),
                "NETSUITE_WAREHOUSE": str(folder / "w.duckdb"),
                ENV_FILE: str(folder / "our.env"),
            },
            stdout=message,
            stderr=message,
        )
    try:
        dagster = Dagster(f"http://127.0.0.1:{port}", process, log)
        dagster.until_it_answers()
        yield dagster
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.mark.long
def test_a_run_signs_in_with_the_new_token_of_a_changed_env_file_while_dagster_goes_on_running(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / "definitions_here.py").write_text(CODE)
    names = (*TBA_VARIABLES, "NETSUITE_BASE_URL")
    _keep(tmp_path, {name: emulator.env[name] for name in names})
    with _dagster(tmp_path) as dagster:
        trail = len(emulator.admin.login_audit())
        fresh = emulator.admin.issue_token(token="rotated")
        emulator.admin.revoke_token()
        _keep(tmp_path, {name: fresh[name] for name in TBA_VARIABLES})
        assert dagster.sync() == "SUCCESS", dagster.message
    refused = [row for row in emulator.admin.login_audit()[trail:] if row["status"] == "Failure"]
    assert refused == []
    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as warehouse:
        rows = warehouse.sql("SELECT count(*) FROM netsuite.currency").fetchone()
    assert rows == (emulator.admin.tables()["currency"],)
    for name in TBA_VARIABLES[1:]:
        assert fresh[name] not in dagster.message


def test_a_sensor_in_the_same_process_uses_the_new_token(
    tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*TBA_VARIABLES, "NETSUITE_BASE_URL"):
        monkeypatch.setenv(name, emulator.env[name])
    monkeypatch.setenv(ENV_FILE, str(tmp_path / "our.env"))
    _keep(tmp_path, {**{name: emulator.env[name] for name in TBA_VARIABLES}, "NETSUITE_CONCURRENCY": "4"})
    resource = NetSuiteResource()
    with resource.probing_client(confirm_sign_in=False) as client:
        assert client.settings.concurrency == 4
    fresh = emulator.admin.issue_token(token="rotated")
    emulator.admin.revoke_token()
    _keep(tmp_path, {**{name: fresh[name] for name in TBA_VARIABLES}, "NETSUITE_CONCURRENCY": "5"})
    with resource.probing_client(confirm_sign_in=False) as client:
        client.server_time()
        assert client.settings.concurrency == 5
