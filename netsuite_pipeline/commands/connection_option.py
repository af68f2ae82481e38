"""The option `--defs`: a connection from a component's `defs.yaml`, or from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
)
from netsuite_pipeline.netsuite.user_file import UnreadableFile, read_user_file
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment
from netsuite_pipeline.tables.table import TableSpecError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.warehouse import warehouse_from_environment

if TYPE_CHECKING:
    from netsuite_pipeline.orchestration.component.component import NetSuiteComponent

defs_option = click.option(
    "--defs",
    "defs",
    envvar="NETSUITE_DEFS",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take connection, tables and their settings from this defs.yaml of a NetSuiteComponent.",
)


@dataclass(frozen=True)
class ConfiguredConnection:
    """A connection's configuration, as a command needs it.

    Attributes:
        name: The connection's name, which is the schema of its tables.
        prefix: The prefix of its environment variables.
        variables: Its variables by their standard names.
        catalogue: All tables that can be synced, by name.
        tables: The tables that the connection syncs.
        warehouse: The warehouse of the tables.
        marts: Whether a sync builds the finance marts.
    """

    name: str
    prefix: str
    variables: Mapping[str, str]
    catalogue: Mapping[str, Table]
    tables: tuple[Table, ...]
    warehouse: Store
    marts: bool = True

    def chosen(self, names: tuple[str, ...]) -> tuple[Table, ...]:
        """Return the tables that `names` selects, or all tables if `names` is empty.

        Raises:
            TableSpecError: A name is neither a table nor a group of this connection.
        """
        return choose_tables({table.name: table for table in self.tables}, names) if names else self.tables


def configured(defs: Path | None, variables: Mapping[str, str] = os.environ) -> ConfiguredConnection:
    """Return the connection that a file configures, or the environment's if there is no file.

    Args:
        defs: A `defs.yaml`. Reading it imports Dagster, which takes a second or two.
        variables: Environment variables by name.

    Raises:
        ConfigurationError: The file has no NetSuiteComponent, or an attribute is wrong. The message names
            the line.
    """
    if defs is None:
        catalogue = tables_from_environment(variables)
        warehouse = warehouse_from_environment(variables)
        tables = choose_tables(catalogue, ("all",))
        return ConfiguredConnection("netsuite", STANDARD_PREFIX, variables, catalogue, tables, warehouse)
    component = _component(defs)
    component.check()
    catalogue = component.catalogue()
    own = dict(connection_variables(variables, component.env_prefix))
    if component.concurrency:
        own["NETSUITE_CONCURRENCY"] = str(component.concurrency)
    return ConfiguredConnection(
        component.connection,
        component.env_prefix,
        own,
        catalogue,
        choose_tables(catalogue, component.tables),
        _warehouse(component, variables),
        component.marts,
    )


def _warehouse(component: "NetSuiteComponent", variables: Mapping[str, str]) -> Store:
    given = {"NETSUITE_WAREHOUSE": component.warehouse, "NETSUITE_LAKE_DATA": component.lake_data}
    own = {**variables, **{name: value for name, value in given.items() if value}}
    return warehouse_from_environment(own).of(component.connection)


def _component(defs: Path) -> "NetSuiteComponent":
    import dagster as dg
    import yaml
    from dagster_shared.yaml_utils import try_parse_yaml_with_source_position  # Dagster reads it so, too
    from pydantic import ValidationError

    from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions

    source = str(defs)
    try:
        parsed = try_parse_yaml_with_source_position(read_user_file(defs), source)
    except UnreadableFile as error:
        raise TableSpecError(f"cannot be read ({error.why})", source=source, remedy=error.remedy) from None
    except yaml.YAMLError as error:
        raise TableSpecError(f"is no YAML: {error}", source=source) from None
    root = parsed.value if parsed else None
    if parsed is None or not isinstance(root, Mapping) or not isinstance(root.get("attributes", {}), Mapping):
        raise TableSpecError("must hold `type` and `attributes`", source=source)
    component = _type(root.get("type"), source)
    context = dg.ResolutionContext.default(parsed.source_position_tree).at_path("attributes")
    try:
        model = component.model().model_validate(root.get("attributes", {}))
    except ValidationError as error:
        raise YamlPositions(parsed.source_position_tree, ("attributes",)).invalid(error) from None
    return component.resolve_from_model(context, model)


def _type(named: Any, source: str) -> "type[NetSuiteComponent]":
    from netsuite_pipeline.orchestration.component.component import NetSuiteComponent

    module, dot, name = str(named).rpartition(".")
    try:
        found = getattr(import_module(module), name, None) if dot else None
    except ImportError:
        found = None
    if not (isinstance(found, type) and issubclass(found, NetSuiteComponent)):
        raise TableSpecError(
            f"its type is {named!r}, which is no NetSuiteComponent",
            source=source,
            remedy="Name a file that begins with `type: netsuite_pipeline.NetSuiteComponent`, or with the "
            "type of a class of yours that is derived from it.",
        )
    return found
