"""All tables of the sample company are the same in a file and in a lake, to the last digit."""

from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.marts import refresh_marts
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.sync.planning.read_plan import OVERLAP
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.schema.schema import column_values, quoted
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline_tests.sync.books import a_lake, a_warehouse

pytestmark = pytest.mark.long


def _hashes(warehouse: Store, schema: str) -> dict[str, tuple[int, int]]:
    """Rows and a sum of the rows' hashes, by table."""
    with warehouse.published() as connection:
        names = column_values(
            connection,
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() "
            f"AND schema_name = '{schema}'",
        )
        rows = {
            name: connection.execute(
                f"SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0) FROM {schema}.{quoted(name)} t"
            ).fetchall()[0]
            for name in names
        }
        return {name: (row[0], row[1]) for name, row in rows.items()}


def test_all_tables_and_marts_are_equal_in_file_and_lake(
    running_emulator: EmulatorProcess, tmp_path: Path
) -> None:
    catalogue = standard_tables()
    warehouses = (a_warehouse(tmp_path), a_lake(tmp_path))
    for warehouse in warehouses:
        request = SyncRequest(
            tuple(catalogue.values()), catalogue, "netsuite", False, OVERLAP, marts=refresh_marts
        )
        with client_from_environment(running_emulator.env) as client:
            reports = list(Sync(client, warehouse, request))
        assert {report.status for report in reports} == {"done"}
    for schema, least in (("netsuite", len(catalogue)), ("marts", 15)):
        file, lake = (_hashes(warehouse, schema) for warehouse in warehouses)
        assert len(file) >= least
        assert file == lake
