"""`netsuite-pipeline dev` in headless Chromium: the asset graph, a table's page, a failed run's message."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from netsuite_pipeline_tests.browser.running import Ui, running_ui
from netsuite_pipeline_tests.commands.calling import call


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(tmp_path_factory.mktemp("ui")) as running:
        yield running


def test_a_table_shows_what_it_is_and_a_failed_run_says_what_mends_it(ui: Ui, page: Page):
    assert ui.run()[1] == "SUCCESS"

    page.goto(f"{ui.url}/asset-groups")
    for group in ("accounting", "lists", "masterdata", "transactions"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=30_000)

    page.goto(f"{ui.url}/assets/netsuite/customer")
    for shown in (
        "Row count",
        "Customers.",
        "LIST_CUSTJOB",
        "NetSuite's internal id of the customer",
        "netsuite_sync",
    ):
        expect(page.get_by_text(shown).first).to_be_visible(timeout=30_000)

    page.goto(f"{ui.url}/assets/netsuite/customer?view=events")
    expect(page.get_by_text("rows_read").first).to_be_visible(timeout=30_000)

    assert call(ui.folder, "emulator", "drop-permission", "LIST_VENDOR").code == 0
    run_id, status = ui.run()
    assert status == "FAILURE"
    page.goto(f"{ui.url}/runs/{run_id}")
    expect(page.get_by_text("The role lost Lists > Vendors (LIST_VENDOR)").first).to_be_visible(
        timeout=30_000
    )
    expect(page.get_by_text("Setup > Users/Roles > Manage Roles").first).to_be_visible(timeout=30_000)

    assert call(ui.folder, "emulator", "reset").code == 0
    assert ui.run()[1] == "SUCCESS"
