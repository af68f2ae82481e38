"""docs/downstream.md: its assets, as they stand there, run in an instance of Dagster that keeps what they made."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess

DOCUMENT = (Path(__file__).parents[2] / "docs" / "downstream.md").read_text(encoding="utf-8")
ASSET, MERGED, BY_THE_RESOURCE = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
CUSTOMER, CURRENCY = dg.AssetKey(["netsuite", "customer"]), dg.AssetKey(["netsuite", "currency"])
ACTIVE, BY_CURRENCY = dg.AssetKey("active_customers"), dg.AssetKey("customers_by_currency")


@pytest.fixture
def project(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The document's code in one file, as somebody would paste it."""
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETSUITE_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))
    file = tmp_path / "project_of_somebody.py"
    merged = MERGED.replace("[active_customers]", "[active_customers, customers_by_currency]")
    file.write_text("\n".join((ASSET, BY_THE_RESOURCE, merged)), encoding="utf-8")
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, file.stem, module)
    spec.loader.exec_module(module)
    return module


def _run(project: Any, instance: dg.DagsterInstance, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
    job = project.defs.resolve_implicit_global_asset_job_def()
    result: dg.ExecuteInProcessResult = job.execute_in_process(instance=instance, asset_selection=list(keys))
    return result


def test_the_documents_assets_are_made_with_their_tables_and_later_without_asking_netsuite(
    project: ModuleType, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        run = _run(project, instance, CUSTOMER, CURRENCY, ACTIVE, BY_CURRENCY)
        assert run.success
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
            (active,) = (
                warehouse.execute("SELECT count(*) FROM netsuite.customer WHERE NOT isinactive").fetchone()
                or ()
            )
        customers = emulator.admin.tables()["customer"]
        assert 0 < active < customers
        assert len(run.output_for_node("active_customers")) == active
        assert run.output_for_node("customers_by_currency")["customers"].sum() == customers

        emulator.admin.reset_stats()
        assert _run(project, instance, ACTIVE).success
        assert emulator.admin.stats().requests == 0
        assert len(instance.fetch_materializations(ACTIVE, limit=10).records) == 2
        assert len(instance.fetch_materializations(CUSTOMER, limit=10).records) == 1


def test_the_documents_lineage_leads_from_the_tables(project: ModuleType) -> None:
    graph = project.defs.resolve_asset_graph()
    assert graph.get(ACTIVE).parent_keys == {CUSTOMER}
    assert graph.get(BY_CURRENCY).parent_keys == {CUSTOMER, CURRENCY}
