"""The catalogue that a component's attributes come to: tables of one's own, queries, and what is set."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from netsuite_pipeline.orchestration.component.attributes import QueryAttributes, TableAttributes
from netsuite_pipeline.orchestration.component.yaml_positions import Step, YamlPositions
from netsuite_pipeline.tables import Table, TableSpecError
from netsuite_pipeline.tables.catalogue import parse_tables, read_tables
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.tables.settings import TableSettingError, with_settings


def with_custom_tables(
    catalogue: Mapping[str, Table], custom: Sequence[str | Mapping[str, Any]], places: YamlPositions
) -> Mapping[str, Table]:
    """The catalogue with the tables of `custom_tables`; one that is in both is taken from there.

    Args:
        catalogue: The tables there are.
        custom: Paths of files, and specs in the form of `standard.yaml`.
        places: Where they stand.

    Raises:
        TableSpecError: A file cannot be read, or a spec is malformed; the message names the line.
    """
    known = dict(catalogue)
    for place, entry in enumerate(custom):
        if isinstance(entry, str):
            with places.named("custom_tables", place):
                known.update(read_tables(places.folder / Path(entry).expanduser(), known))
        else:
            known.update(_inline_tables(entry, known, places, place))
    return known


def with_query_tables(
    catalogue: Mapping[str, Table], queries: Mapping[str, QueryAttributes], places: YamlPositions
) -> Mapping[str, Table]:
    """The catalogue with the tables of `suiteql_tables`.

    Raises:
        TableSpecError: A query cannot be one table's; the message names the line.
    """
    known = dict(catalogue)
    for name, attributes in queries.items():
        path: tuple[Step, ...] = ("suiteql_tables", name)
        try:
            known[name] = query_table(name, **attributes.query_table_arguments(), known=known)
        except TableSpecError as error:
            raise _placed(error, places, *path, *_steps(error.field)) from None
    return known


def with_table_attributes(
    catalogue: Mapping[str, Table], settings: Mapping[str, TableAttributes], places: YamlPositions
) -> Mapping[str, Table]:
    """The catalogue as `settings` leaves it.

    Raises:
        TableSpecError: A setting is wrong; the message names the line.
    """
    try:
        return with_settings(catalogue, {name: said.settings() for name, said in settings.items()})
    except TableSettingError as error:
        raise _placed(error, places, "settings", *error.path) from None


def _inline_tables(
    entry: Mapping[str, Any], known: Mapping[str, Table], places: YamlPositions, place: int
) -> Mapping[str, Table]:
    text = yaml.safe_dump(dict(entry), sort_keys=False, allow_unicode=True)
    try:
        return parse_tables(text, "", known=known)
    except TableSpecError as error:
        path = (error.table, *_steps(error.field)) if error.table else ()
        raise _placed(error, places, "custom_tables", place, *path) from None


def _placed(error: TableSpecError, places: YamlPositions, *path: Step) -> TableSpecError:
    source, line = places.of(*path)
    return TableSpecError(error.message, source=source, line=line, remedy=error.remedy)


def _steps(field: str) -> tuple[str, ...]:
    """The way to a field that an error names.

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
    return tuple(step for place, step in enumerate(steps) if place == 0 or steps[place - 1] != step)
