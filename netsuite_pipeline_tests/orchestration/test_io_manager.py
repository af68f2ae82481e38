"""A downstream asset takes a table as a DataFrame, and its own output goes where the project puts it."""

from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.warehouse.errors import WarehouseError


@dg.asset(ins={"customer": dg.AssetIn(["netsuite", "customer"])})
def big_customers(customer: pd.DataFrame) -> pd.DataFrame:
    return customer.sort_values("id").head(3)


@dg.asset(ins={"customer": dg.AssetIn(["netsuite", "customer"])})
def as_a_number(customer: int) -> None: ...


@dg.asset
def how_many(big_customers: pd.DataFrame) -> int:
    return len(big_customers)


@dg.asset(deps=[["netsuite", "customer"]])
def by_the_resource(warehouse: WarehouseResource) -> int:
    return len(warehouse.read("customer"))


@pytest.fixture
def location(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    warehouse = WarehouseResource(path=str(tmp_path / "warehouse.duckdb"))
    outputs = dg.FilesystemIOManager(base_dir=str(tmp_path / "outputs"))
    return dg.Definitions.merge(
        build_netsuite_definitions(tables=["customer", "vendor"], warehouse=warehouse),
        dg.Definitions(
            assets=[big_customers, how_many, by_the_resource, as_a_number], resources={"io_manager": outputs}
        ),
    )


def _materialize(location: dg.Definitions, *names: str) -> dg.ExecuteInProcessResult:
    keys = {"customer": dg.AssetKey(["netsuite", "customer"])}
    job = location.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=[keys.get(name, dg.AssetKey(name)) for name in names],
        )


def test_a_table_and_what_is_made_of_it_are_materialized_together_and_apart(
    location: dg.Definitions, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    run = _materialize(location, "customer", "big_customers", "how_many", "by_the_resource")
    assert run.success
    assert run.output_for_node("how_many") == 3
    assert run.output_for_node("by_the_resource") == emulator.admin.tables()["customer"]
    assert {path.name for path in (tmp_path / "outputs").iterdir()} >= {"big_customers", "how_many"}
    # Later, without a sync, and from the published file alone.
    again = _materialize(location, "big_customers")
    assert again.success
    assert list(again.output_for_node("big_customers")["id"]) == list(
        run.output_for_node("big_customers")["id"]
    )


def test_a_table_that_was_never_synced_is_message_to_be_missing_with_what_to_do(
    location: dg.Definitions,
) -> None:
    run = _materialize(location, "big_customers")
    assert not run.success
    (failure,) = run.get_step_failure_events()
    outcome = str(failure.step_failure_data.error)
    assert "netsuite-pipeline sync" in outcome


def test_what_is_no_frame_is_refused_by_name(location: dg.Definitions) -> None:
    run = _materialize(location, "as_a_number")
    assert not run.success
    (failure,) = run.get_step_failure_events()
    outcome = str(failure.step_failure_data.error)
    assert "'customer' is annotated as int" in outcome
    assert "pandas.DataFrame" in outcome


@pytest.mark.long
def test_the_resource_says_which_table_is_not_there(location: dg.Definitions, tmp_path: Path) -> None:
    assert _materialize(location, "customer").success
    warehouse = WarehouseResource(path=str(tmp_path / "warehouse.duckdb"))
    assert "id" in warehouse.read("customer").columns
    for table, connection in (("vendor", "netsuite"), ("customer", "sandbox")):
        with pytest.raises(WarehouseError, match=f"no table {connection}.{table}"):
            warehouse.read(table, connection)
