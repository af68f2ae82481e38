"""A running UI of Dagster's, and headless Chromium, for what people see."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

PROJECT = Path(__file__).parents[2]
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_OWN_SETTINGS = ("NETSUITE_", "NANGO_", "DAGSTER_HOME")
_LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
    __typename ... on LaunchRunSuccess { run { runId } } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_MATERIALIZED = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetMaterializations(limit: 1) { runId } } } }"""
_LOGGED = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
    ... on MessageEvent { message timestamp } } } } }"""


@dataclass(frozen=True)
class Ui:
    """A running UI: its address, and the folder in which it runs."""

    url: str
    folder: Path

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
            return data

    def launch(self, tables: Sequence[str] = (), **config: Any) -> str:
        """Starts the job from the UI's own server; gives the run's id.

        Args:
            tables: Only these; all of them when empty.
            config: What is set for this run.
        """
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": "netsuite_pipeline",
            "jobName": "netsuite_sync",
            "assetSelection": [{"path": ["netsuite", table]} for table in tables] or None,
        }
        run_config = {"ops": {"netsuite_tables": {"config": config}}} if config else {}
        launched = self.ask(
            _LAUNCH, {"p": {"selector": selector, "mode": "default", "runConfigData": run_config}}
        )
        return str(launched["launchRun"]["run"]["runId"])

    def ended(self, run_id: str) -> str:
        """How a run ends, once it has."""
        until = time.monotonic() + 600
        while time.monotonic() < until:
            status: str = self.ask(_STATUS, {"id": run_id})["runOrError"]["status"]
            if status in {"SUCCESS", "FAILURE"}:
                return status
            time.sleep(0.5)
        raise AssertionError(f"run {run_id} did not end within two minutes")

    def run(self, tables: Sequence[str] = (), **config: Any) -> tuple[str, str]:
        """Runs the job, as `launch` does; gives the run's id and how it ended."""
        run_id = self.launch(tables, **config)
        return run_id, self.ended(run_id)

    def wait_until_materialized(self, asset: str) -> None:
        """Waits for the first materialization of an asset."""
        until = time.monotonic() + 600
        while time.monotonic() < until:
            node = self.ask(_MATERIALIZED, {"key": {"path": ["netsuite", asset]}})["assetNodeOrError"]
            if node["assetMaterializations"]:
                return
            time.sleep(0.5)
        raise AssertionError(f"{asset} was not materialized within 90 seconds")

    def logged(self, run_id: str) -> list[tuple[float, str]]:
        """What a run has logged so far: when, in seconds, and what."""
        events = self.ask(_LOGGED, {"id": run_id})["logsForRun"]["events"]
        return [(float(event["timestamp"]) / 1000, event["message"]) for event in events if event]


@contextmanager
def running_ui(folder: Path) -> Iterator[Ui]:
    """`netsuite-pipeline dev`: the UI on an emulator of its own, both in processes of their own.

    Args:
        folder: Where it runs; what it has of `data/dagster/` is used.
    """
    port = _free_port()
    command = [sys.executable, "-m", "netsuite_pipeline", "dev", "--scale", "0.01", "--port", str(port)]
    with _serving(command, port, folder, where=folder, variables={}) as ui:
        yield ui


@contextmanager
def running_dg_dev(folder: Path, variables: Mapping[str, str]) -> Iterator[Ui]:
    """`dg dev` in this project.

    Args:
        folder: Where it keeps its runs and the warehouse (`data/warehouse.duckdb`).
        variables: The account that it is to sync.
    """
    port = _free_port()
    command = [str(Path(sys.executable).with_name("dg")), "dev", "--port", str(port)]
    home = folder / "data" / "dagster"
    home.mkdir(parents=True)
    shutil.copy(PROJECT / "dagster.yaml", home)
    ours = {
        **variables,
        "DAGSTER_HOME": str(home),
        "NETSUITE_WAREHOUSE": str(folder / "data" / "warehouse.duckdb"),
        "VIRTUAL_ENV": sys.prefix,
        "HOME": str(folder),  # dg keeps a cache there
    }
    with _serving(command, port, folder, where=PROJECT, variables=ours) as ui:
        yield ui


@contextmanager
def _serving(
    command: Sequence[str], port: int, folder: Path, *, where: Path, variables: Mapping[str, str]
) -> Iterator[Ui]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    with (folder / "dev.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=where, env={**ours, **variables}, stdout=log, stderr=log, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/server_info", process, folder / "dev.log")
        yield Ui(url, folder)
    finally:
        # As a terminal does: one signal for all that the command started.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            # `dg dev` was seen to stay when the signal met it between two of its own processes.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


@contextmanager
def chromium_page() -> Iterator[Page]:
    """An empty page of headless Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            raise AssertionError("the browser tests need Debian's chromium")
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=_FLAGS)
        opened = browser.new_page(viewport={"width": 1400, "height": 900})
        expect.set_options(timeout=120_000)
        opened.set_default_timeout(30_000)
        yield opened
        browser.close()


def screenshot(page: Page, name: str) -> None:
    """Kept where SCREENSHOTS says, for people to look at."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 600
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=50):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"Dagster's UI did not come up:\n{log.read_text()}")
