"""The spec of one NetSuite table: columns, key, cursor or parent, permission."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.suiteql import table_source
from netsuite_pipeline.tables.names import find_column_problem, table_name_problem

ColumnType = Literal["integer", "decimal", "boolean", "text", "date", "datetime", "multiselect"]

GROUPS: Mapping[str, str] = {
    "masterdata": "Customers, vendors, employees, items: whom and what the company deals with.",
    "transactions": "Orders, invoices, payments, bills and journals, with their lines.",
    "accounting": "Ledger accounts, postings, periods, books and rates.",
    "lists": "Small tables that the others point to.",
    "custom": "Tables that a company made for itself.",
}
"""The groups of tables, in the order of the documentation, each with its contents."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: NetSuite's name, lower case.
        type: Its values' type; NetSuite's long texts (CLOB) are `text`.
        description: Its meaning, in one line.
        label: Whether NetSuite's wording for the value is stored too, as the column `<name>_label`.
        references: The table whose key the column holds, if any.
        uncertain: True if an account may lack the column.
        doubt: What is not known about it, in words; always set if it is uncertain.

    Example:
        >>> Column("trandate", "date", "Date of the document.").type
        'date'
    """

    name: str
    type: ColumnType
    description: str
    label: bool = False
    references: str | None = None
    uncertain: bool = False
    doubt: str | None = None


@dataclass(frozen=True)
class Parent:
    """The parent of a table without a cursor: rows are read again with each changed row of the parent.

    Attributes:
        table: The parent table.
        column: The column of the child that holds the parent's key.

    Example:
        >>> Parent(table="transaction", column="transaction").column
        'transaction'
    """

    table: str
    column: str


CUSTOM_RECORD_ENTRIES = "LIST_CUSTRECORDENTRY"


@dataclass(frozen=True)
class Permission:
    """The permission that a role needs to read a table.

    Attributes:
        id: NetSuite's id of the permission, as in `rolepermissions.permkey`.
        name: Tab and name, as on the role in NetSuite; several permissions are joined by ` + `.

    Example:
        >>> Permission("LIST_CUSTJOB", "Lists > Customers").places
        (('Lists', 'Customers'),)
    """

    id: str
    name: str

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Tab and name of each permission; none if the name has no tab."""
        parts = (part.rpartition(" > ") for part in self.name.split(" + "))
        return tuple((tab, name) for tab, _, name in parts if tab)


@dataclass(frozen=True)
class Table:
    """The spec of one table.

    Raises:
        TableSpecError: The table or a column of it cannot be stored under its name.

    Attributes:
        name: NetSuite's name in SuiteQL, lower case.
        title: Its name for people.
        description: Its rows in one or two sentences, for readers who do not know NetSuite.
        group: One of `GROUPS`.
        key: The columns that identify one row; rows are read in their order.
        columns: All columns, in the order in which they are stored.
        permission: The permission that a role needs to read it.
        cursor: The datetime column that changes whenever a row changes, if any.
        parent: The table whose changed rows select the rows to read again, if there is no cursor.
        belongs_to: Columns that point to the owner of a row, such as the item of a price. Each has
            `references`.
        deletion_log: Whether NetSuite lists its deleted rows in `deletedrecord`.
        row_cursor: For a table with a parent: the datetime column that changes when a row changes although
            its parent does not. NetSuite leaves it NULL in some rows.
        feature: The account's feature that the table needs, if any.
        uncertain: Why accounts may lack it, in words; None if all accounts have it.
        doubt: What else is not known about it, in words.
        query: The SuiteQL statement of a query table; None for NetSuite's own tables.
        where: A SuiteQL condition on its rows, or None for all rows.
        hashed: Columns whose values are hashed before they are written.
        untyped: Columns without a known type: they are `text` until the first rows show the type.
        preview: Whether Dagster shows a few rows at each sync; None for the choice of `people`.
        unique: False if NetSuite documents no key: several rows may share one, and parts of it may be NULL.
            All such rows are stored, exact duplicates included.

    Example:
        >>> id_ = Column("id", "integer", "NetSuite's internal id.")
        >>> customer = Table("customer", "Customers", "One row a customer.", "masterdata", ("id",), (id_,),
        ...                  Permission("LIST_CUSTJOB", "Lists > Customers"))
        >>> customer.column("id").type
        'integer'
    """

    name: str
    title: str
    description: str
    group: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    permission: Permission
    cursor: str | None = None
    parent: Parent | None = None
    row_cursor: str | None = None
    feature: str | None = None
    uncertain: str | None = None
    doubt: str | None = None
    query: str | None = None
    where: str | None = None
    hashed: tuple[str, ...] = ()
    untyped: tuple[str, ...] = ()
    belongs_to: tuple[str, ...] = ()
    deletion_log: bool = True
    preview: bool | None = None
    unique: bool = True

    def __post_init__(self) -> None:
        if words := table_name_problem(self.name, GROUPS, is_query=self.query is not None):
            raise TableSpecError(words, table=self.name, field="name")
        problem = find_column_problem([(column.name, column.label) for column in self.columns])
        if problem is not None:
            raise TableSpecError(problem.words, table=self.name, field=problem.field)
        if not self.unique and any(column.name == "rowid" for column in self.columns):
            words = "a table with a column 'rowid' needs a key of its own for each row; leave `unique` out"
            raise TableSpecError(words, table=self.name, field="unique")

    @property
    def source(self) -> str:
        """The SQL after FROM in its statements; `column_ref` qualifies columns by it.

        Example:
            `replace(table, name="openinvoice", query="SELECT id FROM transaction").source` is
            `(SELECT id FROM transaction) openinvoice`.
        """
        return table_source(self.name, self.query)

    @property
    def owners(self) -> tuple[tuple[str, str], ...]:
        """The columns that point to the owner of a row, each with the owner's table.

        Example:
            `standard_tables()["transactionline"].owners == (("transaction", "transaction"),)`
        """
        parent = [] if self.parent is None else [(self.parent.column, self.parent.table)]
        belongs = [(name, self.column(name).references or "") for name in self.belongs_to]
        return (*parent, *belongs)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of every statement about its rows."""
        return () if self.where is None else (f"({self.where})",)

    @property
    def proves_permission(self) -> bool:
        """Whether reading the table proves that the role has `permission`.

        A guessed permission proves nothing. Neither does a custom record, because a permission for its record
        type opens it too.

        Example:
            >>> from netsuite_pipeline.tables import standard_tables
            >>> standard_tables()["vendor"].proves_permission, standard_tables()["nexus"].proves_permission
            (True, False)
        """
        is_guess = "permission" in (self.doubt or "").lower()
        return not is_guess and self.permission.id != CUSTOM_RECORD_ENTRIES

    @property
    def features(self) -> tuple[str, ...]:
        """The features of `feature` as a list.

        Example:
            >>> from netsuite_pipeline.tables import standard_tables
            >>> standard_tables()["consolidatedexchangerate"].features
            ('Subsidiaries', 'Multiple Currencies')
        """
        return tuple(filter(None, (each.strip() for each in (self.feature or "").split(","))))

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            KeyError: The table has no such column; the message suggests similar names.

        Example:
            `table.column("trandate").type == "date"`
        """
        for column in self.columns:
            if column.name == name:
                return column
        close = did_you_mean(name, [column.name for column in self.columns])
        raise KeyError(f"table {self.name!r} has no column {name!r}{close}")


class TableSpecError(ConfigurationError):
    """Raised when the spec of a table or a selection of tables is wrong. Correct what the message names.

    Attributes:
        source: The file, as it was named to the parser; empty for a selection.
        line: Its line, counted from 1, or None.
        table: The table, or empty.
        field: The field, or empty.

    Example:
        >>> TableSpecError("is missing", source="my.yaml", line=3, table="customer", field="key").message
        "my.yaml, line 3: table 'customer', key: is missing"
    """

    def __init__(
        self,
        problem: str,
        *,
        source: str = "",
        line: int | None = None,
        table: str = "",
        field: str = "",
        remedy: str = "",
    ) -> None:
        place = f"{source}, line {line}" if source and line is not None else source
        about = ", ".join(part for part in (f"table {table!r}" if table else "", field) if part)
        message = ": ".join(part for part in (place, about, problem) if part)
        super().__init__(message, remedy=remedy)
        self.source = source
        self.line = line
        self.table = table
        self.field = field


def did_you_mean(name: str, known: list[str]) -> str:
    """Return ` (did you mean 'customer'?)` for a name that is similar to known ones, otherwise nothing.

    Example:
        >>> did_you_mean("custmer", ["customer", "vendor"])
        " (did you mean 'customer'?)"
    """
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
