"""The catalogue of a component: standard tables, custom tables, queries, and the settings of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from netsuite_pipeline.orchestration.component.attributes import QueryAttributes, TableAttributes
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.tables import Table, TableSpecError
from netsuite_pipeline.tables.catalogue import read_tables
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.tables.settings import TableSettingError, with_settings
from netsuite_pipeline.tables.spec.parser import parse_tables


def with_custom_tables(
    catalogue: Mapping[str, Table], custom: Sequence[str | Mapping[str, Any]], positions: YamlPositions
) -> Mapping[str, Table]:
    """Return the catalogue with the tables of `custom_tables`, which replace tables of the same name.

    Args:
        catalogue: The known tables.
        custom: Paths of files, and specs in the form of `standard.yaml`.
        positions: The lines of the attributes.

    Raises:
        TableSpecError: A file is unreadable, or a spec is malformed; the message has the line.
    """
    known = dict(catalogue)
    for index, entry in enumerate(custom):
        if isinstance(entry, str):
            with positions.located("custom_tables", index):
                known.update(read_tables(positions.folder / Path(entry).expanduser(), known))
        else:
            text = yaml.safe_dump(dict(entry), sort_keys=False, allow_unicode=True)
            try:
                known.update(parse_tables(text, "", known=known))
            except TableSpecError as error:
                path = (error.table, *_steps(error.field)) if error.table else ()
                raise positions.relocated(error, "custom_tables", index, *path) from None
    return known


def with_query_tables(
    catalogue: Mapping[str, Table], queries: Mapping[str, QueryAttributes], positions: YamlPositions
) -> Mapping[str, Table]:
    """Return the catalogue with the tables of `queries`.

    Raises:
        TableSpecError: A query cannot be a table; the message has the line.
    """
    known = dict(catalogue)
    for name, attributes in queries.items():
        try:
            known[name] = query_table(name, **attributes.query_table_arguments(), known=known)
        except TableSpecError as error:
            raise positions.relocated(error, "queries", name, *_steps(error.field)) from None
    return known


def with_table_attributes(
    catalogue: Mapping[str, Table], settings: Mapping[str, TableAttributes], positions: YamlPositions
) -> Mapping[str, Table]:
    """Return the catalogue with the settings of `table_settings`.

    Raises:
        TableSpecError: A setting is malformed; the message has the line.
    """
    try:
        return with_settings(catalogue, {name: each.settings() for name, each in settings.items()})
    except TableSettingError as error:
        raise positions.relocated(error, "table_settings", *error.path) from None


def _steps(field: str) -> tuple[str, ...]:
    """Return the path of a field that an error names.

    Example:
        >>> _steps("column 'id', type")
        ('columns', 'id', 'type')
    """
    steps: list[str] = []
    for part in field.split(", "):
        if part.startswith("column "):
            steps += ["columns", part.removeprefix("column ").strip("'")]
        elif part:
            steps.append(part)
    return tuple(step for index, step in enumerate(steps) if index == 0 or steps[index - 1] != step)
