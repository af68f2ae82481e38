"""NetSuiteComponent: the definitions of a NetSuite account in a `defs.yaml`."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel, PrivateAttr, ValidationError

from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX, connection_variables
from netsuite_pipeline.orchestration.assets.backfill_job import build_backfill_job
from netsuite_pipeline.orchestration.assets.report_asset import build_report_asset
from netsuite_pipeline.orchestration.assets.table_assets import build_assets, resolve_tables
from netsuite_pipeline.orchestration.check_specs import connection_spec
from netsuite_pipeline.orchestration.checks.check_executions import (
    build_connection_checks,
    build_table_checks,
)
from netsuite_pipeline.orchestration.checks.new_fields_check import NIGHTLY, build_field_check
from netsuite_pipeline.orchestration.component.attributes import (
    QueryAttributes,
    ScheduleAttributes,
    Status,
    TableAttributes,
    freshness_window,
)
from netsuite_pipeline.orchestration.component.model import NO_ADDRESSES, strict_model
from netsuite_pipeline.orchestration.component.scaffolder import NetSuiteScaffolder
from netsuite_pipeline.orchestration.component.schedules import resolve_schedule_attributes
from netsuite_pipeline.orchestration.component.tables import (
    with_custom_tables,
    with_query_tables,
    with_table_attributes,
)
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.freshness import FreshnessWindows
from netsuite_pipeline.orchestration.io_manager import build_frames, frames_key
from netsuite_pipeline.orchestration.marts.mart_assets import build_mart_assets, build_mart_checks
from netsuite_pipeline.orchestration.reconciliation.reconcile_checks import (
    DAILY,
    build_reconcile_checks,
    build_reconcile_job,
    build_reconcile_schedule,
)
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.schedules import (
    HOURLY,
    ScheduleSpec,
    build_jobs,
    build_schedule,
    check_cron_schedule,
    resolve_schedules,
)
from netsuite_pipeline.orchestration.sensors.builders import build_sensors
from netsuite_pipeline.orchestration.sensors.sensor_config import (
    ALERT_URLS,
    MINIMUM_INTERVAL_SECONDS,
    PERMISSION_INTERVAL_SECONDS,
    SensorConfig,
)
from netsuite_pipeline.orchestration.sync_config import SyncConfig, SyncEvent
from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator, NetSuiteTableProps
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name


@dg.scaffold_with(NetSuiteScaffolder)
class NetSuiteComponent(dg.Component, dg.Model, dg.Resolvable):
    """NetSuite's tables in DuckDB: one NetSuite account as assets and checks, jobs, schedules and sensors.

    Credentials come from the environment (`NETSUITE_ACCOUNT_ID` and so on), never from YAML. A project with
    several accounts has one component for each.

    Attributes:
        connection: The connection's name: prefix of asset keys, schema in DuckDB.
        env_prefix: The prefix of its environment variables: `SANDBOX` for `SANDBOX_ACCOUNT_ID`.
        concurrency: Simultaneous requests; 0 for the value of the variable, or 5.
        tables: Names and groups of the catalogue; `all` for all of them, `-name` leaves one out.
        table_settings: Settings of single tables: columns left out or hashed, labels, cursor, condition,
            preview, schedule, freshness.
        custom_tables: Files that `netsuite-pipeline discover --write` makes, by their path from the folder of
            the YAML, and specs in the same form.
        queries: Tables that are SuiteQL queries, by name.
        warehouse: The DuckDB file or the lake; empty for the value of `NETSUITE_WAREHOUSE`.
        lake_data: Where a lake's data are; empty for the value of `NETSUITE_LAKE_DATA`.
        marts: Whether a sync builds the finance marts, and Dagster shows them as assets.
        cron_schedule: When the connection's own schedule syncs.
        execution_timezone: The time zone of all schedules.
        default_status: RUNNING or STOPPED: whether the connection's own schedule is on from the start.
        schedules: More schedules, by name.
        fresh_for_hours: The age at which the check `fresh` of a table fails; 0 for no check.
        warn_after_hours: The age at which the check `fresh` of a table warns; 0 for no warning.
        alert_urls_env: The name of the environment variable that has the addresses of alert channels.
        sensor_default_status: RUNNING or STOPPED: whether the sensors are on from the start.
        minimum_interval_seconds: How often the sensors tick: they check the sign-in, and read one table of
            each permission.
        permission_interval_seconds: How often all tables are checked: their columns and their rows.
        fields_cron: When to check for fields that NetSuite has and the tables lack; empty for never.
        reconcile_cron: When to compare tables and ledger with NetSuite's own sums; empty for never.
        translation: Changes of asset specs: `key_prefix`, `group_name`, `owners`, `tags` and so on, with
            `{{ table }}` (a Table) and `{{ spec }}` for templates.

    Example:
        A `defs.yaml`::

            type: netsuite_pipeline.NetSuiteComponent
            attributes:
              tables: [transactions, masterdata, -contact]
              table_settings:
                customer: {hash: [email, phone]}
    """

    connection: str = "netsuite"
    env_prefix: str = STANDARD_PREFIX
    concurrency: int = 0
    tables: list[str] = ["all"]  # noqa: RUF012 - a pydantic field, copied for each instance
    table_settings: dict[str, TableAttributes] = {}  # noqa: RUF012 - a pydantic field
    custom_tables: list[str | dict[str, Any]] = []  # noqa: RUF012 - a pydantic field
    queries: dict[str, QueryAttributes] = {}  # noqa: RUF012 - a pydantic field
    warehouse: str = ""
    lake_data: str = ""
    marts: bool = True
    cron_schedule: str = HOURLY
    execution_timezone: str = "UTC"
    default_status: Status = "STOPPED"
    schedules: dict[str, ScheduleAttributes] = {}  # noqa: RUF012 - a pydantic field
    fresh_for_hours: float = 24
    warn_after_hours: float = 0
    alert_urls_env: str = ALERT_URLS
    sensor_default_status: Status = "RUNNING"
    minimum_interval_seconds: int = MINIMUM_INTERVAL_SECONDS
    permission_interval_seconds: int = PERMISSION_INTERVAL_SECONDS
    fields_cron: str = NIGHTLY
    reconcile_cron: str = DAILY
    translation: (
        Annotated[
            TranslationFn[Table],
            TranslationFnResolver[Table](template_vars_for_translation_fn=lambda table: {"table": table}),
        ]
        | None
    ) = None

    _positions: YamlPositions = PrivateAttr(default=YamlPositions())

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """Return what Dagster's catalog of components shows."""
        return dg.ComponentTypeSpec(
            description="One NetSuite account in DuckDB: assets, checks, schedules, and sensors that alert "
            "when the sign-in or a permission is lost.",
            owners=["team:netsuite-pipeline"],
            tags=["netsuite", "suiteql", "duckdb", "elt"],
        )

    @classmethod
    def model(cls) -> type[BaseModel]:
        """Return the model that Dagster validates the YAML with."""
        return strict_model(super().model())

    @classmethod
    def resolve_from_model(cls, context: dg.ResolutionContext, model: BaseModel) -> "NetSuiteComponent":
        """Return the component of a YAML; it knows the line of each attribute."""
        positions = YamlPositions(context.source_position_tree, tuple(context.path))
        try:
            component: NetSuiteComponent = super().resolve_from_model(context, model)
        except ValidationError as error:
            raise positions.invalid(error) from None
        component._positions = positions
        return component

    def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
        """Return the asset spec of a table. Override it for what `translation` cannot express.

        Example:
            A class of your own, which its `defs.yaml` names as `type`::

                class Finance(NetSuiteComponent):
                    def get_asset_spec(self, props):
                        return super().get_asset_spec(props).replace_attributes(owners=["team:finance"])
        """
        spec = DagsterNetSuiteTranslator().get_asset_spec(props)
        return self.translation(spec, props.table) if self.translation else spec

    def execute(
        self,
        context: dg.AssetExecutionContext,
        netsuite: NetSuiteResource,
        warehouse: WarehouseResource,
        config: SyncConfig,
    ) -> Iterator[SyncEvent]:
        """Sync the selected tables. Override it to do something before, after or between tables.

        Example:
            A class of your own, which its `defs.yaml` names as `type`::

                class Logged(NetSuiteComponent):
                    def execute(self, context, netsuite, warehouse, config):
                        context.log.info("before the sync")
                        yield from super().execute(context, netsuite, warehouse, config)
        """
        yield from netsuite.sync(context, warehouse, config)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the definitions that the attributes describe."""
        return self.build_definitions()

    def build_definitions(
        self,
        *,
        netsuite: NetSuiteResource | None = None,
        warehouse: WarehouseResource | None = None,
        catalogue: Mapping[str, Table] | None = None,
        schedules: Sequence[ScheduleSpec] | None = None,
        translator: DagsterNetSuiteTranslator | None = None,
    ) -> dg.Definitions:
        """Return assets, checks, jobs, schedules, sensors and resources of the connection.

        Args:
            netsuite: The account, instead of the one that the attributes describe.
            warehouse: The warehouse, likewise.
            catalogue: The known tables by name, likewise.
            schedules: When to sync which tables, likewise.
            translator: Makes the asset spec of each table, instead of `get_asset_spec`.

        Raises:
            TableSpecError: An attribute is malformed; the message has its name, file and line.
            ConfigurationError: One of `schedules` is malformed.
        """
        self.check()
        catalogue = self.catalogue() if catalogue is None else catalogue
        with self._positions.located("tables"):
            chosen = choose_tables(catalogue, self.tables)
        if schedules is None:
            schedules = self._schedules(chosen)
        # After the attributes are checked, only asset specs can still clash: two tables with one key.
        with self._positions.located("translation"):
            target, specs = resolve_tables(
                self.tables, self.connection, translator or _ComponentTranslator(self), catalogue
            )
        target = replace(
            target, freshness=self._windows(chosen), marts=self.marts, has_mart_assets=self.marts
        )
        sync_schedules = resolve_schedules(target.keys, chosen, schedules)
        jobs = build_jobs(target.keys, sync_schedules)
        backfill = build_backfill_job(target)
        reconcile_job = build_reconcile_job(target)
        other_jobs = [reconcile_job] if backfill is None else [backfill, reconcile_job]
        sensor_config = SensorConfig(
            **vars(target),
            schedules=sync_schedules,
            interval=timedelta(seconds=self.minimum_interval_seconds),
            permission_interval=timedelta(seconds=self.permission_interval_seconds),
            alert_urls_env=self.alert_urls_env,
            other_jobs=frozenset(job.name for job in other_jobs),
        )
        checks = [
            build_connection_checks(self.connection),
            build_table_checks(target),
            build_reconcile_checks(target),
        ]
        marts = [build_mart_assets(target)] if self.marts else []
        if self.marts:
            checks.append(build_mart_checks(self.connection))
        all_schedules = [
            build_schedule(self.connection, each, jobs[each.job_name]) for each in sync_schedules
        ]
        if self.fields_cron:
            check, schedule = build_field_check(
                target,
                excluded={name: each.leave_out for name, each in self.table_settings.items()},
                cron_schedule=self.fields_cron,
                execution_timezone=self.execution_timezone,
                default_status=dg.DefaultScheduleStatus[self.sensor_default_status],
            )
            checks.append(check)
            all_schedules.append(schedule)
        if self.reconcile_cron:
            all_schedules.append(
                build_reconcile_schedule(
                    target,
                    reconcile_job,
                    self.reconcile_cron,
                    self.execution_timezone,
                    dg.DefaultScheduleStatus[self.sensor_default_status],
                )
            )
        return dg.Definitions(
            assets=[
                connection_spec(self.connection, netsuite.env_prefix if netsuite else self.env_prefix),
                build_assets(target, specs, self.execute),
                *marts,
                build_report_asset(
                    self.connection,
                    list(target.keys.tables.values()),
                    fresh_for=timedelta(hours=self.fresh_for_hours),
                ),
            ],
            asset_checks=checks,
            jobs=[*jobs.values(), *other_jobs],
            schedules=all_schedules,
            sensors=build_sensors(
                sensor_config, list(jobs.values()), dg.DefaultSensorStatus[self.sensor_default_status]
            ),
            resources={
                self.connection: netsuite
                or NetSuiteResource(env_prefix=self.env_prefix, concurrency=self.concurrency),
                warehouse_key(self.connection): warehouse
                or WarehouseResource(path=self.warehouse, lake_data=self.lake_data),
                frames_key(self.connection): build_frames(target.keys),
            },
        )

    def _schedules(self, chosen: Sequence[Table]) -> Sequence[ScheduleSpec]:
        own = ScheduleSpec(
            cron_schedule=self.cron_schedule,
            execution_timezone=self.execution_timezone,
            default_status=dg.DefaultScheduleStatus[self.default_status],
        )
        return resolve_schedule_attributes(own, self.schedules, self.table_settings, chosen, self._positions)

    def catalogue(self) -> Mapping[str, Table]:
        """Return the known tables by name: standard and custom ones, queries, and the settings of each.

        Raises:
            TableSpecError: An attribute of a table is malformed; the message has file and line.
        """
        with self._positions.located("env_prefix"):
            variables = connection_variables(os.environ, self.env_prefix)
        catalogue = tables_from_environment(variables)
        catalogue = with_custom_tables(catalogue, self.custom_tables, self._positions)
        catalogue = with_query_tables(catalogue, self.queries, self._positions)
        return with_table_attributes(catalogue, self.table_settings, self._positions)

    def check(self) -> None:
        """Refuse malformed attributes. Call it before anything else.

        Raises:
            TableSpecError: The first malformed attribute; the message has file and line.
        """
        error = self._positions.error
        with self._positions.located("connection"):
            check_connection_name(self.connection)
        if not 0 <= self.concurrency <= 200:
            raise error(f"must be between 0 and 200, not {self.concurrency}", "concurrency")
        for name in ("minimum_interval_seconds", "permission_interval_seconds"):
            if getattr(self, name) <= 0:
                raise error("must be more than 0", name)
        self._check_freshness(self.fresh_for_hours, self.warn_after_hours)
        for name, each in self.table_settings.items():
            self._check_freshness(*self._hours(each), "table_settings", name)
        for name in ("fields_cron", "reconcile_cron"):
            if cron_schedule := getattr(self, name):
                with self._positions.located(name, named=True):
                    check_cron_schedule(cron_schedule)
        # The addresses have passwords: the message does not repeat what was written instead of a name.
        if not re.fullmatch("[A-Z][A-Z0-9_]*", self.alert_urls_env):
            raise error(
                NO_ADDRESSES,
                "alert_urls_env",
                remedy=f"Set the variable {ALERT_URLS} to the addresses, and write its name here.",
            )

    def _check_freshness(self, fail_hours: float, warn_hours: float, *path: str) -> None:
        if fail_hours < 0:
            raise self._positions.error("must be 0 or more", *path, "fresh_for_hours")
        if warn_hours < 0 or (fail_hours and warn_hours >= fail_hours):
            raise self._positions.error("must be less than fresh_for_hours", *path, "warn_after_hours")

    def _hours(self, settings: TableAttributes) -> tuple[float, float]:
        """Return the ages at which the check `fresh` of a table fails and warns, in hours."""
        own_fail, own_warn = settings.fresh_for_hours, settings.warn_after_hours
        fail = self.fresh_for_hours if own_fail is None else own_fail
        if own_warn is not None:
            return fail, own_warn
        # A table with a shorter age of its own does not inherit a warning that would come after it.
        return fail, self.warn_after_hours if own_fail is None or self.warn_after_hours < own_fail else 0

    def _windows(self, tables: Sequence[Table]) -> FreshnessWindows:
        """Return the freshness window of each table that has one."""
        settings = {table.name: self.table_settings.get(table.name, TableAttributes()) for table in tables}
        windows = {name: freshness_window(*self._hours(each)) for name, each in settings.items()}
        return {name: window for name, window in windows.items() if window is not None}


class _ComponentTranslator(DagsterNetSuiteTranslator):
    def __init__(self, component: NetSuiteComponent) -> None:
        self._component = component

    def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
        return self._component.get_asset_spec(props)
