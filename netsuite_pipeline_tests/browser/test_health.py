"""Somebody breaks NetSuite: within two ticks the UI is red with the remedy, and green again when it is repaired."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from netsuite_pipeline_tests.browser.running import Ui, running_ui, screenshot
from netsuite_pipeline_tests.commands.calling import call

# The same definitions as everybody's, looking every few seconds: nobody waits an hour for a test.
_HURRIED = """
from netsuite_pipeline import build_netsuite_definitions

defs = build_netsuite_definitions(
    tables=["vendor", "currency"],
    minimum_interval_seconds=5,
    permission_interval_seconds=10,
)
"""
_CHECKS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization {
        status evaluation { success severity description } } } } } } } }"""


def prepare_hurried_project(folder: Path) -> Path:
    """Write a project whose sensors tick every few seconds; return its folder."""
    home = folder / "data" / "dagster"
    home.mkdir(parents=True)
    (home / "hurried.py").write_text(_HURRIED)
    (home / "workspace.yaml").write_text(
        "load_from:\n"
        "  - python_file:\n"
        f"      relative_path: {home / 'hurried.py'}\n"
        "      location_name: netsuite_pipeline\n"
    )
    return folder


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(prepare_hurried_project(tmp_path_factory.mktemp("health"))) as running:
        yield running


def reported(ui: Ui, asset: str, check: str) -> dict[str, Any] | None:
    """What a check says now: whether it passes, and its description."""
    answer = ui.ask(_CHECKS, {"key": {"path": ["netsuite", asset]}})
    for each in answer["assetNodeOrError"]["assetChecksOrError"]["checks"]:
        execution = each["executionForLatestMaterialization"]
        if each["name"] == check and execution is not None:
            evaluation: dict[str, Any] | None = execution["evaluation"]
            return evaluation
    return None


def wait_until_it_says(
    ui: Ui, asset: str, check: str, *, passes: bool, seconds: float = 600
) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = reported(ui, asset, check)
        if found is not None and found["success"] == passes:
            return found
        time.sleep(1)
    raise AssertionError(
        f"{asset}: {check} is not {'green' if passes else 'red'}: {reported(ui, asset, check)}"
    )


def test_a_lost_permission_turns_red_with_its_remedy_and_green_when_it_is_granted_again(
    ui: Ui, page: Page
) -> None:
    assert ui.run()[1] == "SUCCESS"
    wait_until_it_says(ui, "vendor", "readable", passes=True)
    wait_until_it_says(ui, "connection", "sign_in", passes=True)

    assert call(ui.folder, "emulator", "drop-permission", "LIST_VENDOR").code == 0
    found = wait_until_it_says(ui, "vendor", "readable", passes=False)
    assert "First seen" in found["description"]
    page.goto(f"{ui.url}/assets/netsuite/vendor?view=checks&checkDetail=readable")
    for shown in ("The role lost Lists > Vendors", "Setup > Users/Roles > Manage Roles"):
        expect(page.get_by_text(shown).first).to_be_visible(timeout=300_000)
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    screenshot(page, "vendor-red")

    assert call(ui.folder, "emulator", "grant-permission", "LIST_VENDOR").code == 0
    wait_until_it_says(ui, "vendor", "readable", passes=True)
    page.goto(f"{ui.url}/assets/netsuite/vendor?view=checks&checkDetail=readable")
    expect(page.get_by_text("Passed", exact=True).first).to_be_visible(timeout=300_000)
    screenshot(page, "vendor-green")

    page.goto(f"{ui.url}/assets/netsuite/connection?view=checks")
    for check in ("sign_in", "clock", "rest", "suiteql", "deleted_records", "host", "concurrency"):
        expect(page.get_by_text(check, exact=True).first).to_be_visible(timeout=300_000)
    screenshot(page, "connection")
    page.goto(f"{ui.url}/locations/netsuite_pipeline/sensors/netsuite_permission_sensor")
    expect(page.get_by_text("netsuite_permission_sensor").first).to_be_visible(timeout=300_000)
    screenshot(page, "sensor")
