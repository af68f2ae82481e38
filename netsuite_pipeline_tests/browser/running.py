"""A running `netsuite-pipeline dev`, and headless Chromium, for what people see."""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
    __typename ... on LaunchRunSuccess { run { runId } } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@dataclass(frozen=True)
class Ui:
    """A running UI: its address, and the folder in which its emulator is found."""

    url: str
    folder: Path

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    def run(self) -> tuple[str, str]:
        """Runs the job from the UI's own server; gives the run's id and how it ended."""
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": "netsuite_pipeline",
            "jobName": "netsuite_sync",
        }
        launched = self.ask(_LAUNCH, {"p": {"selector": selector, "mode": "default", "runConfigData": {}}})
        run_id = launched["launchRun"]["run"]["runId"]
        until = time.monotonic() + 120
        while time.monotonic() < until:
            status = self.ask(_STATUS, {"id": run_id})["runOrError"]["status"]
            if status in {"SUCCESS", "FAILURE"}:
                return run_id, status
            time.sleep(0.5)
        raise AssertionError(f"run {run_id} did not end within two minutes")


@contextmanager
def running_ui(folder: Path) -> Iterator[Ui]:
    """The UI on an emulator of its own, both in processes of their own.

    Args:
        folder: Where it runs; what it has of `data/dagster/` is used.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "dev.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "netsuite_pipeline", "dev", "--scale", "0.01", "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/server_info", process, folder / "dev.log")
        yield Ui(url, folder)
    finally:
        # As a terminal does: one signal for all that the command started.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


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
        opened = browser.new_page(viewport={"width": 1500, "height": 1000})
        opened.set_default_timeout(30_000)
        yield opened
        browser.close()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"Dagster's UI did not come up:\n{log.read_text()}")
