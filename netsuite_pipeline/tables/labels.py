"""Label columns and the tables whose records they name, which a rename affects."""

from collections.abc import Mapping
from dataclasses import dataclass

from netsuite_pipeline.tables.table import Column, Table

# A customer's id is its id in `entity` too, and so is an employee's, a vendor's and a project's: NetSuite
# numbers all entities in one range.
_ENTITIES = frozenset({"entity", "customer", "vendor", "employee", "contact", "partner", "job"})


@dataclass(frozen=True)
class Label:
    """A column with a label that depends on the column's value alone.

    Attributes:
        table: Its table.
        column: The column; the label is `<column>_label`.
        names_of: The tables whose records the label may name.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> entity = next(each for each in labels_of(standard_tables()) if each.column.name == "entity")
        >>> "customer" in entity.names_of, entity.name
        (True, 'transaction.entity')
    """

    table: Table
    column: Column
    names_of: frozenset[str]

    @property
    def name(self) -> str:
        """Return table and column as one name that no table has."""
        return f"{self.table.name}.{self.column.name}"

    def may_show(self, table: str) -> bool:
        """Return whether the label may name a record of a table, or a value of this label's own column."""
        return table == self.name or table in self.names_of


def labels_of(catalogue: Mapping[str, Table]) -> tuple[Label, ...]:
    """Return all labels of a catalogue that change when a record is renamed.

    The labels of text columns without a reference are not included, because they depend on more than the
    value: `transaction.status` has a meaning only together with the type. Labels of hashed columns are never
    queried (`hashed_columns.queried_table`).

    Args:
        catalogue: All tables, by name, as they are queried.
    """
    return tuple(
        Label(table, column, _names_of(column))
        for table in catalogue.values()
        for column in table.columns
        if column.label and column.name not in table.hashed and _is_reference(column)
    )


def _is_reference(column: Column) -> bool:
    return column.references is not None or column.type in {"integer", "multiselect"}


def _names_of(column: Column) -> frozenset[str]:
    if column.references is None:
        return frozenset()
    return _ENTITIES if column.references in _ENTITIES else frozenset({column.references})
