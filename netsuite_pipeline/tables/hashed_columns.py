"""A table with hashed columns: what may be hashed, what is asked for, what is stored."""

from collections.abc import Mapping
from dataclasses import replace

from netsuite_pipeline.tables.table import Column, Table, TableSpecError, did_you_mean

HASHED_COMMENT = "Hashed: SHA-256 of the salt and the value."
"""What a stored column's comment ends with."""


def check_hashed(table: Table) -> None:
    """Makes sure that the columns that a table hashes may be hashed.

    Raises:
        TableSpecError: There is no such column, or the sync itself needs its value: to find the row again
            (key), what changed (cursor), or the record that the row is part of (parent's column).

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> check_hashed(replace(standard_tables()["customer"], hashed=("email",)))
    """
    names = [column.name for column in table.columns]
    needed = _needed(table)
    for name in table.hashed:
        if name not in names:
            close = did_you_mean(name, names)
            raise TableSpecError(
                f"there is no column {name!r} to hash{close}", table=table.name, field="hash"
            )
        if name in needed:
            raise TableSpecError(
                f"{name} is {needed[name]}, without whose value no sync can go on: it cannot be hashed",
                table=table.name,
                field="hash",
                remedy=f"Take {name} out of what is hashed.",
            )


def _needed(table: Table) -> Mapping[str, str]:
    needed = {table.cursor: "the cursor"} if table.cursor else {}
    if table.parent is not None:
        needed[table.parent.column] = "the parent's key"
    return needed | dict.fromkeys(table.key, "part of the key")


def queried_table(table: Table) -> Table:
    """A table as NetSuite is asked for it: NetSuite's wording of a hashed value would tell the value, so no
    label is asked for, and no other table's key is found by a hash.

    Raises:
        TableSpecError: A column may not be hashed.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> asked = queried_table(replace(standard_tables()["transaction"], hashed=("entity",)))
        >>> asked.column("entity").label, asked.column("entity").type
        (False, 'integer')
    """
    if not table.hashed:
        return table
    check_hashed(table)
    columns = tuple(
        replace(column, label=False, references=None) if column.name in table.hashed else column
        for column in table.columns
    )
    return replace(table, columns=columns)


def hashed_table(table: Table) -> Table:
    """A table as it is stored: a hash is text, whatever the value was.

    Raises:
        TableSpecError: A column may not be hashed.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> hashed_table(replace(standard_tables()["transaction"], hashed=("entity",))).column("entity").type
        'text'
    """
    if not table.hashed:
        return table
    asked = queried_table(table)
    columns = tuple(
        _hashed_column(column) if column.name in table.hashed else column for column in asked.columns
    )
    return replace(asked, columns=columns)


def _hashed_column(column: Column) -> Column:
    described = " ".join(part for part in (column.description, HASHED_COMMENT) if part)
    return replace(column, type="text", description=described)
