"""Which label columns show the names of which table's records, so that a rename there concerns them here."""

from collections.abc import Mapping
from dataclasses import dataclass

from netsuite_pipeline.tables.table import Column, Table

# A customer's id is its id in `entity` too, and so is an employee's, a vendor's and a project's: NetSuite
# numbers all entities in one range.
_ENTITIES = frozenset({"entity", "customer", "vendor", "employee", "contact", "partner", "job"})


@dataclass(frozen=True)
class Label:
    """A column with a label, whose wording depends on the column's value alone.

    Attributes:
        table: Its table.
        column: The column; the label is `<column>_label`.
        names_of: The tables by whose records it may name its value.

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
        """Return table and column as one word, which no table is called."""
        return f"{self.table.name}.{self.column.name}"

    def may_show(self, table: str) -> bool:
        """Return whether the label may name a record of a table, or a value of this label's own column."""
        return table == self.name or table in self.names_of


def labels_of(catalogue: Mapping[str, Table]) -> tuple[Label, ...]:
    """Return all labels of a catalogue that follow a rename of what they name.

    A code's wording may depend on more than the code: `transaction.status` means something only together with
    the type. Such columns hold text and point to no table; their labels are not among them. Labels of hashed
    columns are never asked for (`tables.hashed.queried_table`).

    Args:
        catalogue: All tables, by name, as NetSuite is asked for them.
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
