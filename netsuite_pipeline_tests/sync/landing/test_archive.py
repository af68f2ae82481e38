"""Pages are kept for an audit as long as they were asked to be, and no longer."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.sync.landing.archive import PageArchive
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CUSTOMER, TRANSACTION, a_company, a_sync, assert_equal

NOW = datetime(2026, 11, 24, 12)


def a_landing(folder: Path) -> TableLanding:
    landing = TableLanding(folder / "landing" / "customer")
    landing.start(b"{}")
    landing.land(PageName(0, 0, False), b'{"items":[]}')
    return landing


@pytest.mark.parametrize("days", [None, 1])
@pytest.mark.few(1)
def test_what_netsuite_sent_is_there_after_the_sync_if_it_was_asked_for(
    days: int | None, warehouse: Warehouse
) -> None:
    fake = a_company()
    sync = a_sync(fake, warehouse, (CUSTOMER, TRANSACTION))
    sync._request = replace(sync._request, keep_pages=timedelta(days=days) if days else None)
    for _ in sync:
        pass
    assert_equal(fake, warehouse, CUSTOMER, TRANSACTION)
    kept = warehouse.folder / "kept" / "netsuite" / sync.report().sync_id
    if days is None:
        assert not kept.exists()
        return
    assert sorted(each.name for each in kept.iterdir()) == ["customer", "transaction"]
    pages = sorted((kept / "customer").glob("0*.json"))
    rows = [row["id"] for page in pages for row in json.loads(page.read_bytes())["items"]]
    assert rows == ["1", "2", "5"]
    assert not any(warehouse.landing_path("netsuite").glob("*/*"))


def test_pages_that_cannot_be_kept_do_not_make_a_table_fail_that_is_committed(warehouse: Warehouse) -> None:
    fake = a_company()
    warehouse.folder.mkdir(parents=True)
    (warehouse.folder / "kept").write_text("a file")
    sync = a_sync(fake, warehouse, (CUSTOMER,))
    sync._request = replace(sync._request, keep_pages=timedelta(days=1))
    (report,) = list(sync)
    assert report.status == "done"
    assert any("Pages cannot be kept" in note for note in report.notes)
    assert_equal(fake, warehouse, CUSTOMER)


def test_two_legs_of_a_table_are_kept_beside_each_other(tmp_path: Path) -> None:
    kept = PageArchive(tmp_path / "kept", timedelta(days=1))
    for _ in range(2):
        kept.add(a_landing(tmp_path), "20261124T120000-ab12")
    assert sorted(each.name for each in (tmp_path / "kept/20261124T120000-ab12").iterdir()) == [
        "customer",
        "customer+1",
    ]


def test_what_is_older_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    for name in ("20261122T110000-ab12", "20261123T130000-cd34", "notes", "20261101"):
        (tmp_path / name).mkdir()
    PageArchive(tmp_path, timedelta(days=1)).prune(NOW)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["20261101", "20261123T130000-cd34", "notes"]


def test_a_folder_that_cannot_be_made_is_an_error_and_the_pages_stay(tmp_path: Path) -> None:
    landing = a_landing(tmp_path)
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(WarehouseError, match="Pages cannot be kept"):
        PageArchive(tmp_path / "kept", timedelta(days=1)).add(landing, "20261124T120000-ab12")
    assert landing.pages()
