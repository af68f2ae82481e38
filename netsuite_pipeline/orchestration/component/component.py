"""NetSuiteComponent: the face of `build_netsuite_definitions` in a `defs.yaml`."""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel, PrivateAttr, ValidationError

from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX, connection_variables
from netsuite_pipeline.orchestration.checks.new_fields_check import NIGHTLY
from netsuite_pipeline.orchestration.component.attributes import (
    QueryAttributes,
    ScheduleAttributes,
    TableAttributes,
)
from netsuite_pipeline.orchestration.component.model import NO_ADDRESSES, strict_model
from netsuite_pipeline.orchestration.component.scaffolder import NetSuiteScaffolder
from netsuite_pipeline.orchestration.component.schedules import (
    DefaultSchedule,
    check_cron,
    resolve_schedule_attributes,
)
from netsuite_pipeline.orchestration.component.tables import (
    with_custom_tables,
    with_query_tables,
    with_table_attributes,
)
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.definitions import (
    build_definitions,
    check_connection,
)
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.schedules import HOURLY
from netsuite_pipeline.orchestration.sensors import CONNECTION_EVERY, PERMISSIONS_EVERY
from netsuite_pipeline.orchestration.sensors.notifications import ALERT_URLS
from netsuite_pipeline.orchestration.translator import default_asset_spec
from netsuite_pipeline.reporting.assessment import FRESH_FOR
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment

_NESTED: Mapping[str, type[BaseModel]] = {
    "settings": TableAttributes,
    "schedules": ScheduleAttributes,
    "suiteql_tables": QueryAttributes,
}


@dg.scaffold_with(NetSuiteScaffolder)
class NetSuiteComponent(dg.Component, dg.Model, dg.Resolvable):
    """NetSuite's tables in DuckDB: one NetSuite account as assets and checks, jobs, schedules and sensors.

    Credentials come from the environment (`NETSUITE_ACCOUNT_ID` and its kin), never from YAML. A project with
    several accounts has one component for each.

    Attributes:
        connection: The connection's name: prefix of asset keys, schema in DuckDB.
        variables: What the names of its environment variables begin with: `SANDBOX` for `SANDBOX_ACCOUNT_ID`.
        concurrency: Requests at once; 0 for what the variable says, or 5.
        tables: Names and groups of the catalogue; `all` for all of them, `-name` leaves one out.
        settings: What is set for single tables: columns left out or hashed, labels, cursor, condition,
            schedule.
        custom_tables: Files as `netsuite-pipeline discover --write` makes them, from the folder of the YAML,
            and specs in the same form.
        suiteql_tables: Tables that are SuiteQL queries, by name.
        warehouse: The DuckDB file; empty for what `NETSUITE_WAREHOUSE` says.
        cron: When the connection's own schedule syncs. time_zone: The zone that schedules are meant in.
        schedule_running: Whether that schedule is on from the start.
        schedules: More schedules, by name.
        fresh_for_hours: A table older than this shows as overdue; 0 for no such policy.
        alerts: The name of the variable that holds the addresses of alerts.
        sensors_running: Whether the sensors are on from the start; they notice what is lost.
        connection_every_minutes: How often to look whether NetSuite lets us in.
        permissions_every_minutes: How often to look whether the tables can be read as before.
        fields_cron: When to look for fields that NetSuite has and the tables have not; empty for never.
        translation: What asset specs have otherwise: `key_prefix`, `group_name`, `owners`, `tags` and so on,
            with `{{ table }}` (a Table) and `{{ spec }}` for templates.

    Example:
        A `defs.yaml`::

            type: netsuite_pipeline.NetSuiteComponent
            attributes:
              tables: [transactions, masterdata, -contact]
              settings:
                customer: {hash: [email, phone]}
    """

    connection: str = "netsuite"
    variables: str = STANDARD_PREFIX
    concurrency: int = 0
    tables: list[str] = ["all"]  # noqa: RUF012 - a pydantic field, copied for each instance
    settings: dict[str, TableAttributes] = {}  # noqa: RUF012
    custom_tables: list[str | dict[str, Any]] = []  # noqa: RUF012
    suiteql_tables: dict[str, QueryAttributes] = {}  # noqa: RUF012
    warehouse: str = ""
    cron: str = HOURLY
    time_zone: str = "UTC"
    schedule_running: bool = False
    schedules: dict[str, ScheduleAttributes] = {}  # noqa: RUF012
    fresh_for_hours: float = FRESH_FOR.total_seconds() / 3600
    alerts: str = ALERT_URLS
    sensors_running: bool = True
    connection_every_minutes: float = CONNECTION_EVERY.total_seconds() / 60
    permissions_every_minutes: float = PERMISSIONS_EVERY.total_seconds() / 60
    fields_cron: str = NIGHTLY
    translation: (
        Annotated[
            TranslationFn[Table],
            TranslationFnResolver[Table](template_vars_for_translation_fn=lambda table: {"table": table}),
        ]
        | None
    ) = None

    _places: YamlPositions = PrivateAttr(default=YamlPositions())

    @classmethod
    def model(cls) -> type[BaseModel]:
        """What Dagster checks the YAML against."""
        return strict_model(super().model(), tuple(_NESTED.items()))

    @classmethod
    def resolve_from_model(cls, context: dg.ResolutionContext, model: BaseModel) -> "NetSuiteComponent":
        """The component by its YAML, which knows where each attribute stands in it."""
        places = YamlPositions(context.source_position_tree, tuple(context.path))
        try:
            component: NetSuiteComponent = super().resolve_from_model(context, model)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise places.error(first["msg"], *first["loc"]) from None
        component._places = places
        return component

    def get_asset_spec(self, table: Table) -> dg.AssetSpec:
        """How a table shows in Dagster. Override it for what `translation` cannot say.

        Example:
            A class of one's own, which its `defs.yaml` names as `type`::

                class Finance(NetSuiteComponent):
                    def get_asset_spec(self, table):
                        return super().get_asset_spec(table).replace_attributes(owners=["team:finance"])
        """
        spec = default_asset_spec(table, self.connection)
        return self.translation(spec, table) if self.translation else spec

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions that these attributes describe."""
        arguments = self.arguments()
        # What can still be wrong is what the specs have become: two tables with one key, say.
        with self._places.named("translation"):
            return build_definitions(**arguments)

    def arguments(self) -> dict[str, Any]:
        """Return what the attributes come to: arguments of `build_definitions` in Python's types.

        Raises:
            TableSpecError: An attribute cannot be meant so; the message names it, and file and line.
        """
        self.check()
        places = self._places
        catalogue = self.catalogue()
        with places.named("tables"):
            chosen = choose_tables(catalogue, self.tables)
        own = DefaultSchedule(self.cron, self.time_zone, self.schedule_running)
        schedules = resolve_schedule_attributes(own, self.schedules, self.settings, chosen, places)
        return {
            "connection": self.connection,
            "tables": self.tables,
            "catalogue": catalogue,
            "netsuite": NetSuiteResource(variables=self.variables, concurrency=self.concurrency),
            "warehouse": WarehouseResource(path=self.warehouse),
            "schedules": schedules,
            "time_zone": self.time_zone,
            "fresh_for": timedelta(hours=self.fresh_for_hours) if self.fresh_for_hours else None,
            "sensors_running": self.sensors_running,
            "connection_every": timedelta(minutes=self.connection_every_minutes),
            "permissions_every": timedelta(minutes=self.permissions_every_minutes),
            "change_spec": lambda table, spec: self.get_asset_spec(table),
            "alert_variable": self.alerts,
            "fields_cron": self.fields_cron or None,
            "left_out": {name: said.leave_out for name, said in self.settings.items()},
        }

    def catalogue(self) -> Mapping[str, Table]:
        """The tables there are, by name: the standard ones, one's own, queries, and what is set for each.

        Raises:
            TableSpecError: An attribute that describes them is wrong; the message names file and line.
        """
        with self._places.named("variables"):
            variables = connection_variables(os.environ, self.variables)
        catalogue = tables_from_environment(variables)
        catalogue = with_custom_tables(catalogue, self.custom_tables, self._places)
        catalogue = with_query_tables(catalogue, self.suiteql_tables, self._places)
        return with_table_attributes(catalogue, self.settings, self._places)

    def check(self) -> None:
        """Refuse attributes that cannot be meant so. Whoever uses the component calls this first.

        Raises:
            TableSpecError: The first wrong attribute; the message names file and line.
        """
        error = self._places.error
        with self._places.named("connection"):
            check_connection(self.connection)
        if not 0 <= self.concurrency <= 200:
            raise error(f"must be between 0 and 200, not {self.concurrency}", "concurrency")
        if self.fresh_for_hours < 0:
            raise error("must be 0 or more", "fresh_for_hours")
        for name in ("connection_every_minutes", "permissions_every_minutes"):
            if getattr(self, name) <= 0:
                raise error("must be more than 0", name)
        if self.fields_cron:
            check_cron(self.fields_cron, self._places, "fields_cron")
        # The addresses carry passwords: what was written instead of a name is not repeated.
        if not re.fullmatch("[A-Z][A-Z0-9_]*", self.alerts):
            raise error(
                NO_ADDRESSES,
                "alerts",
                remedy=f"Set the variable {ALERT_URLS} to the addresses, and write its name here.",
            )
