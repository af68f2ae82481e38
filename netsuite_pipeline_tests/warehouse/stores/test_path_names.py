"""A name that becomes a folder leads nowhere else, and what removes pages removes nothing but pages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.sync.landing.archive import PageArchive
from netsuite_pipeline.sync.landing.folder import Landing, PageName, TableLanding, remove_pages
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.tables import TableSpecError, choose_tables, standard_tables
from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.commands.calling import call

LEADS_ELSEWHERE = [
    "../../../mine",
    "/mine",
    "..",
    ".",
    "a/b",
    "a\\b",
    "netsuite/../../x",
    "",
    " netsuite",
    "netsuite\n",
    "net\0suite",
    "Net",
    "~",
    "Ｎetsuite",
]
DEFS = (
    "type: netsuite_pipeline.NetSuiteComponent\nattributes:\n  connection: {name!r}\n  tables: [currency]\n"
)


def a_request(connection: str) -> SyncRequest:
    tables = standard_tables()
    return SyncRequest(
        tables=choose_tables(tables, ["currency"]),
        catalogue=tables,
        connection=connection,
        full=False,
        overlap=timedelta(0),
    )


@pytest.mark.parametrize("name", [*LEADS_ELSEWHERE, "marts", "main", "sandbox_marts"])
def test_no_door_takes_a_connection_whose_name_leads_elsewhere(name: str, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "data" / "warehouse.duckdb")
    entry_points: list[Callable[[], object]] = [
        lambda: a_request(name),
        lambda: warehouse.landing_path(name),
        lambda: warehouse.archive_path(name),
        lambda: build_netsuite_definitions(connection=name),
        lambda: NetSuiteComponent(connection=name).check(),
        lambda: warehouse.prepare(name),
    ]
    for entry_point in entry_points:
        with pytest.raises((ConfigurationError, WarehouseMisconfigured), match="cannot have the name"):
            entry_point()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["sync", "doctor"])
@pytest.mark.few(1)
def test_a_file_given_to_a_command_cannot_name_a_folder_elsewhere(command: str, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "currency"
    mine.mkdir(parents=True)
    (mine / "thesis.txt").write_text("years of work")
    home = tmp_path / "home"
    home.mkdir()
    (home / "defs.yaml").write_text(DEFS.format(name="../../../../mine"))
    called = call(home, command, "--defs", "defs.yaml")
    assert called.code == 2, called
    assert "defs.yaml, line 3: A connection cannot have the name '../../../../mine'" in called.err
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert not (home / "data").exists()


@pytest.mark.parametrize("name", ["../mine", "..", "/mine", "a/b", "", "x\0"])
def test_a_table_s_name_cannot_lead_out_of_the_landing_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(WarehouseMisconfigured, match="A table cannot have the name"):
        Landing(tmp_path).table(name)
    request = a_request("netsuite")
    with pytest.raises(TableSpecError, match="name"):
        replace(request.tables[0], name=name)


def _folder_with_own_files(folder: Path) -> TableLanding:
    landing = TableLanding(folder)
    landing.start(b"{}")
    landing.land(PageName(0, 0, True), b'{"items":[]}')
    landing.stage_path.write_bytes(b"")
    Path(f"{landing.stage_path}.tmp").mkdir()
    (Path(f"{landing.stage_path}.tmp") / "spilled").write_bytes(b"")
    (folder / "000001-000.json.part").write_bytes(b"")
    (folder / "my.json").write_text("mine")
    (folder / "photos").mkdir()
    (folder / "photos" / "000000-000.json").write_text("mine too")
    return landing


def test_clearing_pages_leaves_every_file_that_is_not_a_page(tmp_path: Path) -> None:
    landing = _folder_with_own_files(tmp_path / "mine")
    landing.clear()
    assert sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*")) == [
        "mine", "mine/my.json", "mine/photos", "mine/photos/000000-000.json",
    ]  # fmt: skip
    assert landing.read_manifest() is None
    assert landing.pages() == {}


def test_clearing_pages_removes_their_folder_where_nothing_else_is_in_it(tmp_path: Path) -> None:
    landing = TableLanding(tmp_path / "customer")
    landing.start(b"{}")
    landing.land(PageName(0, 0, False), b'{"items":[]}')
    landing.clear()
    assert not landing.path.exists()
    remove_pages(landing.path)  # nothing there is nothing to remove


def test_pruning_kept_pages_leaves_every_file_that_is_not_a_page(tmp_path: Path) -> None:
    kept = tmp_path / "20261101T000000-ab12"
    _folder_with_own_files(kept / "customer")
    (kept / "letter.txt").write_text("mine")
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("mine")
    (tmp_path / "20261102T000000-ab12").symlink_to(elsewhere)
    PageArchive(tmp_path, timedelta(days=1)).prune(datetime(2026, 11, 29))
    assert (kept / "letter.txt").exists()
    assert (kept / "customer" / "photos" / "000000-000.json").exists()
    assert not (kept / "customer" / "manifest.json").exists()
    assert (elsewhere / "mine").exists()
