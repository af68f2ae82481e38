"""The catalogue of tables, and selections from it."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

from netsuite_pipeline.netsuite.user_file import UnreadableFile, read_user_file
from netsuite_pipeline.tables.spec.parser import parse_tables
from netsuite_pipeline.tables.table import GROUPS, Table, TableSpecError, did_you_mean

STANDARD_CATALOGUE = Path(__file__).with_name("standard.yaml")
"""The file that the standard catalogue is read from."""


@cache
def standard_tables() -> Mapping[str, Table]:
    """Return the standard catalogue, which is read once.

    Returns:
        The tables by name, in the order of `standard.yaml`; read-only.

    Raises:
        TableSpecError: `standard.yaml` was edited and is malformed.

    Example:
        >>> standard_tables()["transactionline"].key
        ('transaction', 'id')
    """
    text = STANDARD_CATALOGUE.read_text(encoding="utf-8")
    return MappingProxyType(dict(parse_tables(text, STANDARD_CATALOGUE.name)))


def tables_from_environment(variables: Mapping[str, str] = os.environ) -> Mapping[str, Table]:
    """Return the standard catalogue with the tables of the file that `NETSUITE_TABLES` names.

    Args:
        variables: The environment.

    Returns:
        The tables by name, read-only. A table of the file replaces the standard one; its other tables come
        last.

    Raises:
        TableSpecError: The file cannot be read or is malformed; the message names the line.

    Example:
        >>> tables_from_environment({}) is standard_tables()
        True
    """
    name = variables.get("NETSUITE_TABLES", "").strip()
    standard = standard_tables()
    return MappingProxyType({**standard, **read_tables(Path(name), standard)}) if name else standard


def read_tables(path: Path, known: Mapping[str, Table]) -> Mapping[str, Table]:
    """Return the tables of a user's file.

    Args:
        path: The YAML file.
        known: Other tables that `references` and `parent` may name.

    Raises:
        TableSpecError: The file cannot be read or is malformed; the message names the line.
    """
    try:
        text = read_user_file(path)
    except UnreadableFile as error:
        raise TableSpecError(f"cannot be read ({error.why})", source=str(path), remedy=error.remedy) from None
    return parse_tables(text, path.name, known=known)


def choose_tables(tables: Mapping[str, Table], names: Sequence[str]) -> tuple[Table, ...]:
    """Return the tables of a selection.

    Args:
        tables: All tables, by name.
        names: Tables (`customer`), groups (`lists`) or `all`; `-` or `!` before a name excludes it. Exclusion
            wins over selection, whatever the order. A selection that only excludes, or is empty, starts with
            all tables. Case does not matter.

    Returns:
        Each selected table once, in the order of `tables`.

    Raises:
        TableSpecError: A name is no table and no group, or no table is left.

    Example:
        >>> [table.name for table in choose_tables(standard_tables(), ["masterdata", "-item", "term"])][:2]
        ['term', 'customer']
    """
    chosen: set[str] = set()
    excluded: set[str] = set()
    selected = [name.strip().lower() for name in names]
    for name in selected:
        bare = name.removeprefix("-").removeprefix("!").strip()
        (chosen if bare == name else excluded).update(_named(tables, bare))
    if all(name.startswith(("-", "!")) for name in selected):
        chosen = set(tables)
    result = tuple(table for name, table in tables.items() if name in chosen - excluded)
    if not result:
        choice = ", ".join(names) or "an empty catalogue"
        raise TableSpecError(f"the selection {choice} has no tables; exclude fewer, or select more")
    return result


def _named(tables: Mapping[str, Table], name: str) -> set[str]:
    if name == "all":
        return set(tables)
    if name in tables:
        return {name}
    # A known group without tables is an empty selection, not an unknown name.
    if name in GROUPS:
        return {table.name for table in tables.values() if table.group == name}
    groups = [group for group in GROUPS if any(table.group == group for table in tables.values())]
    close = did_you_mean(name, [*tables, *groups, "all"])
    raise TableSpecError(
        f"there is no table or group {name!r}{close}",
        remedy=f"Groups are {', '.join(groups)}, and all; `netsuite-pipeline tables` lists the tables.",
    )
