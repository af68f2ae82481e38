"""Tables with hashed columns: what may be hashed, what is queried, what is stored."""

from collections.abc import Mapping
from dataclasses import replace

from netsuite_pipeline.tables.table import Column, Table, TableSpecError, did_you_mean

HASHED_COMMENT = "Hashed: SHA-256 of the salt and the value."
"""The end of a hashed column's comment."""


def check_hashed(table: Table) -> None:
    """Check that a table's hashed columns may be hashed.

    Raises:
        TableSpecError: A column does not exist, or the sync needs its value: key, cursor or the parent's key.

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
                f"{name} is {needed[name]}: a sync needs its value, so it cannot be hashed",
                table=table.name,
                field="hash",
                remedy=f"Remove {name} from the hashed columns.",
            )


def _needed(table: Table) -> Mapping[str, str]:
    needed = {table.cursor: "the cursor"} if table.cursor else {}
    if table.parent is not None:
        needed[table.parent.column] = "the parent's key"
    return needed | dict.fromkeys(table.key, "part of the key")


def queried_table(table: Table) -> Table:
    """Return a table as it is queried: hashed columns have no label and no reference.

    A label would show the hashed value, and a hash matches no other table's key.

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
    """Return a table as it is stored: hashed columns are text.

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
