"""The sandbox account in Python: its own keys, credentials, schedule and sensors."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from netsuite_pipeline import (
    DagsterNetSuiteTranslator,
    NetSuiteResource,
    NetSuiteTableProps,
    TokenCredentials,
    WarehouseResource,
    build_netsuite_connection_sensor,
    build_netsuite_permission_sensor,
    netsuite_assets,
)

TABLES = ["customer", "vendor"]


class SandboxTranslator(DagsterNetSuiteTranslator):
    """Puts the sandbox's tables under `raw/sandbox/`."""

    def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
        """Return the asset spec of a table."""
        spec = super().get_asset_spec(props)
        return spec.replace_attributes(key=["raw", "sandbox", props.table.name], group_name="sandbox")


@netsuite_assets(connection="sandbox", tables=TABLES, translator=SandboxTranslator())
def sandbox_tables(
    context: dg.AssetExecutionContext, sandbox: NetSuiteResource, sandbox_warehouse: WarehouseResource
) -> Iterator[Any]:
    """Sync the sandbox's tables."""
    yield from sandbox.sync(context, sandbox_warehouse)


sandbox_nightly = dg.ScheduleDefinition(
    name="sandbox_nightly",
    target=dg.AssetSelection.assets(sandbox_tables),
    cron_schedule="30 2 * * *",
    execution_timezone="Europe/Berlin",
)


@dg.definitions
def sandbox() -> dg.Definitions:
    """Return the definitions of the sandbox account."""
    return dg.Definitions(
        assets=[sandbox_tables],
        schedules=[sandbox_nightly],
        sensors=[
            build_netsuite_connection_sensor(
                connection="sandbox", schedules=[sandbox_nightly], minimum_interval_seconds=600
            ),
            build_netsuite_permission_sensor(
                connection="sandbox", tables=TABLES, translator=SandboxTranslator()
            ),
        ],
        resources={
            "sandbox": NetSuiteResource(
                env_prefix="SANDBOX",
                credentials=TokenCredentials(
                    consumer_key=dg.EnvVar("SANDBOX_CONSUMER_KEY"),
                    consumer_secret=dg.EnvVar("SANDBOX_CONSUMER_SECRET"),
                    token_id=dg.EnvVar("SANDBOX_TOKEN_ID"),
                    token_secret=dg.EnvVar("SANDBOX_TOKEN_SECRET"),
                ),
            ),
            "sandbox_warehouse": WarehouseResource(),
        },
    )
