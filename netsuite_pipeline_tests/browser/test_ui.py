"""`dg dev` in headless Chromium: the asset graph, a table's page, a long sync's log, a failed run, the report."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline_tests.browser.running import Ui, running_dg_dev, screenshot

_PROGRESS = re.compile(r"(\d+) of \d+ tables, ([\d,]+) rows, [\d,]+ rows/s")
_TIME_LEFT = re.compile(r"rows/s, about \d+ (s|min) left")
_TABLES = (
    *("account", "accountingperiod", "currency", "currencyrate", "term", "vendor", "vendorcategory"),
    *("transaction", "transactionline", "transactionaccountingline"),
)
_SLOW = 3500.0  # milliseconds a request: a sync of these tables then takes some fifteen seconds


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, max_seconds=3600) as process:
        yield process


@pytest.fixture(autouse=True)
def _reset_account(account: EmulatorProcess) -> Iterator[None]:
    """Repair what a test broke in NetSuite."""
    yield
    account.admin.reset()


@pytest.fixture(scope="module")
def ui(account: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The UI, after a first sync."""
    with running_dg_dev(tmp_path_factory.mktemp("ui"), account.env) as running:
        assert running.run(_TABLES)[1] == "SUCCESS"
        yield running


def shows(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text).first).to_be_visible()


def test_a_tables_page_says_what_it_is_and_how_its_last_sync_went(
    ui: Ui, account: EmulatorProcess, page: Page
) -> None:
    rows = account.admin.tables()["vendor"]
    page.goto(f"{ui.url}/assets/netsuite/vendor")
    shows(page, "Vendors.", "One row for each supplier", "Lists > Vendors (LIST_VENDOR)", "masterdata")
    overview = page.locator("body")
    expect(overview).to_contain_text("Key: id. Incremental by lastmodifieddate.")
    expect(overview).to_contain_text("NetSuite's internal id of the vendor")
    expect(overview).to_contain_text("Category the vendor is sorted into. Key of vendorcategory.")
    expect(overview).to_contain_text("non-nullable")
    expect(overview).to_contain_text(re.compile(rf"Row count\s*{rows}"))
    expect(overview).to_contain_text(
        re.compile(
            rf"Last sync 20\d\d-\d\d-\d\d \d\d:\d\d UTC: \d+ rows? changed \(full read\), 0 deleted, "
            rf"\d+ requests?, \d+\.\d s of work; NetSuite counts {rows}, the table has {rows}\."
        )
    )
    help_link = page.get_by_role("link", name="docs.oracle.com")
    assert re.fullmatch(
        r"https://docs\.oracle\.com/en/cloud/saas/netsuite/ns-online-help/\w+\.html",
        help_link.get_attribute("href") or "",
    )
    screenshot(page, "table")

    page.get_by_role("button", name="Plots").click()
    expect(page.get_by_text("dagster/row_count")).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_text("dagster/row_count").scroll_into_view_if_needed()
    screenshot(page, "table-plots")

    page.goto(f"{ui.url}/assets/netsuite/vendor?view=events")
    shows(page, "rows_written")
    expect(page.get_by_text("[Show Markdown]")).to_have_count(0)  # no rows of people

    page.goto(f"{ui.url}/assets/netsuite/account?view=events")
    page.get_by_text("[Show Markdown]").click()
    preview = page.get_by_role("dialog").locator("table")
    expect(preview.get_by_role("columnheader", name="acctnumber")).to_be_visible()
    assert preview.get_by_role("row").count() > 3
    screenshot(page, "table-preview")


def test_the_catalog_shows_descriptions_as_plain_text(ui: Ui, page: Page) -> None:
    page.set_viewport_size({"width": 1400, "height": 8000})  # the catalog renders the rows in view alone
    page.goto(f"{ui.url}/assets")
    shows(page, "Accounts. The chart of accounts")
    expect(page.locator("body")).not_to_contain_text("**")
    expect(page.locator("body")).not_to_contain_text("`")
    screenshot(page, "catalog")


def test_tables_stand_in_groups_between_the_account_and_the_report(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.url}/asset-groups")
    for group in ("connection", "accounting", "lists", "masterdata", "transactions", "reports"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()
    screenshot(page, "groups")

    page.goto(f"{ui.url}/assets/netsuite/vendor")
    for neighbour in ("connection", "report"):
        expect(page.get_by_role("link", name=f"netsuite / {neighbour}").first).to_be_visible()

    page.goto(f"{ui.url}/assets/netsuite/transactionline?view=lineage&lineageScope=neighbors")
    for neighbour in ("connection", "transaction", "transactionline", "report"):
        expect(page.get_by_text(neighbour, exact=True).first).to_be_visible()
    screenshot(page, "lineage")


def test_past_months_can_be_chosen_for_a_backfill(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.url}/locations/netsuite_pipeline/jobs/netsuite_backfill/partitions")
    page.get_by_role("button", name="Launch backfill").click()
    months = page.get_by_role("dialog").get_by_placeholder(re.compile("2015-01-01, 2015-02-01"))
    expect(months).to_be_visible()
    screenshot(page, "backfill")


def test_a_long_syncs_log_says_every_few_seconds_how_far_it_is(
    ui: Ui, account: EmulatorProcess, page: Page
) -> None:
    account.admin.set_latency(_SLOW)
    run_id = ui.launch(_TABLES, full=True)
    page.goto(f"{ui.url}/runs/{run_id}?logs=rows%2Fs")
    # While it runs, and nobody reloads the page.
    expect(page.get_by_text(_PROGRESS).nth(1)).to_be_visible(timeout=600_000)
    expect(page.get_by_text(_TIME_LEFT).first).to_be_visible()
    screenshot(page, "long-sync")
    account.admin.set_latency(0)
    assert ui.ended(run_id) == "SUCCESS"

    progress = [(at, found) for at, text in ui.logged(run_id) if (found := _PROGRESS.search(text))]
    assert len(progress) >= 2
    for (before, earlier), (after, later) in pairwise(progress):
        assert after - before > 4.5
        assert int(earlier[1]) <= int(later[1])
        assert int(earlier[2].replace(",", "")) <= int(later[2].replace(",", ""))


def test_a_failed_run_and_the_report_from_the_ui_name_the_remedy(
    ui: Ui, account: EmulatorProcess, page: Page
) -> None:
    account.admin.drop_permission("LIST_VENDOR")
    run_id, status = ui.run(["vendor", "currency"])
    assert status == "FAILURE"
    page.goto(f"{ui.url}/runs/{run_id}")
    shows(page, "The role lost Lists > Vendors (LIST_VENDOR)", "Setup > Users/Roles > Manage Roles")
    screenshot(page, "failed-run")

    page.goto(f"{ui.url}/assets/netsuite/report")
    shows(page, "The state of tables and syncs as one HTML page")
    page.get_by_role("button", name="Materialize").first.click()
    written = ui.folder / "data" / "netsuite_report.html"
    # Dagster asks, as tables were never synced: so it does where the role sees some of the tables only.
    page.get_by_role("button", name="Confirm").click()
    ui.wait_until_materialized("report")
    page.reload()  # Dagster 1.13 fetches an asset's metadata when its page opens
    shows(page, str(written), "1 failed, 0 warnings")
    screenshot(page, "report-asset")

    console: list[str] = []
    asked: list[str] = []
    page.goto("about:blank")
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    shades = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(written.as_uri())
        shows(
            page,
            f"{len(_TABLES) - 1} of {len(_TABLES)}",
            "tables fresh",
            "The role lost Lists > Vendors",
            "Manage Roles",
        )
        shades[scheme] = [brightness(page, colour) for colour in ("backgroundColor", "color")]
        screenshot(page, f"report-{scheme}")
    paper, ink = shades["light"]
    assert paper > 200
    assert ink < 80
    paper, ink = shades["dark"]
    assert paper < 60
    assert ink > 180
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert console == []
    assert set(asked) == {written.as_uri()}


def brightness(page: Page, of: str) -> float:
    """How bright a colour of the page is, from 0 to 255."""
    colour = page.evaluate(f"getComputedStyle(document.body).{of}")
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / 3
