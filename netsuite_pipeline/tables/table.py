"""What there is to say about one NetSuite table: columns, key, how its changes are found, who may read it."""

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
"""The groups a table can be in, in the order people see them, each with what it holds."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: NetSuite's name for it, lower case.
        type: What its values are; NetSuite's long texts (CLOB) are `text`.
        description: What it means, in a line.
        label: Whether NetSuite's wording for the value is wanted too, as the column `<name>_label`.
        references: Table whose key the column holds, if any.
        uncertain: True where we are not sure that an account has the column.
        doubt: What we do not know of it, in words; always there if it is uncertain.

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
    """Where a table without a cursor takes its changes from.

    Attributes:
        table: The table whose changed rows tell which rows to read anew.
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
    """What a role must hold to read a table.

    Attributes:
        id: NetSuite's id of the permission, as in `rolepermissions.permkey`.
        name: Tab and name, as an administrator sees them on the role; several of them with ` + ` between.

    Example:
        >>> Permission("LIST_CUSTJOB", "Lists > Customers").places
        (('Lists', 'Customers'),)
    """

    id: str
    name: str

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Tab and name of each that is needed; none where it is said in other words."""
        parts = (part.rpartition(" > ") for part in self.name.split(" + "))
        return tuple((tab, name) for tab, _, name in parts if tab)


@dataclass(frozen=True)
class Table:
    """One table of NetSuite, as far as it is to be extracted.

    Raises:
        TableSpecError: It, or a column of it, cannot be stored under its name.

    Attributes:
        name: NetSuite's name for it in SuiteQL, lower case.
        title: What a person calls it.
        description: What its rows are, in one or two sentences for somebody who does not know NetSuite.
        group: One of `GROUPS`.
        key: The columns that name one row; rows are read in their order.
        columns: All columns, in the order they are stored.
        permission: What a role must hold to see it.
        cursor: The datetime column that moves when a row changes, if there is one.
        parent: The table whose changes tell which rows to read anew, if there is no cursor.
        belongs_to: Columns that point to what a row belongs to, such as the item of a price. Each has
            `references`.
        deletion_log: Whether NetSuite lists deleted rows of it in `deletedrecord`.
        row_cursor: Of a table with a parent: the datetime column that moves when a row changes although its
            parent does not. It may be null where NetSuite never stamped the row.
        feature: Feature of the account without which it is not there, if any.
        uncertain: Why we are not sure that accounts have it, in words; None where we are.
        doubt: What else we do not know of it, in words.
        query: The SuiteQL statement whose rows they are, for a table that somebody wrote; None for one of
            NetSuite's own.
        where: A SuiteQL condition that rows must meet to be taken, or None for all rows.
        hashed: Columns whose values are hashed before they are written anywhere.
        untyped: Columns whose types nobody has said: they are `text` here until the first rows tell.
        preview: Whether Dagster shows a few rows of it at each sync; None for what `people` says.
        unique: False where NetSuite documents no key: several rows may share one, and parts of it may be
            NULL. All such rows are kept, exact duplicates included.

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
        """What stands after FROM in a statement about it; `column_ref` qualifies columns by it.

        Example:
            `replace(table, name="openinvoice", query="SELECT id FROM transaction").source` is
            `(SELECT id FROM transaction) openinvoice`.
        """
        return table_source(self.name, self.query)

    @property
    def owners(self) -> tuple[tuple[str, str], ...]:
        """The columns that point to what a row belongs to, each with the table that it points to.

        Example:
            `standard_tables()["transactionline"].owners == (("transaction", "transaction"),)`
        """
        parent = [] if self.parent is None else [(self.parent.column, self.parent.table)]
        belongs = [(name, self.column(name).references or "") for name in self.belongs_to]
        return (*parent, *belongs)

    @property
    def conditions(self) -> tuple[str, ...]:
        """What every statement about its rows has to ask for besides."""
        return () if self.where is None else (f"({self.where})",)

    @property
    def proves_permission(self) -> bool:
        """Whether a role that reads the table has `permission` for sure. A table whose permission is our own
        guess proves none, nor does a custom record: a permission for this one record type opens it too.

        Example:
            >>> from netsuite_pipeline.tables import standard_tables
            >>> standard_tables()["vendor"].proves_permission, standard_tables()["nexus"].proves_permission
            (True, False)
        """
        in_doubt = "permission" in (self.doubt or "").lower()
        return not in_doubt and self.permission.id != CUSTOM_RECORD_ENTRIES

    @property
    def features(self) -> tuple[str, ...]:
        """The features of `feature`, one by one.

        Example:
            >>> from netsuite_pipeline.tables import standard_tables
            >>> standard_tables()["consolidatedexchangerate"].features
            ('Subsidiaries', 'Multiple Currencies')
        """
        return tuple(filter(None, (each.strip() for each in (self.feature or "").split(","))))

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: The table has no such column; the message names both and says what comes close.

        Example:
            `table.column("trandate").type == "date"`
        """
        for column in self.columns:
            if column.name == name:
                return column
        close = did_you_mean(name, [column.name for column in self.columns])
        raise KeyError(f"table {self.name!r} has no column {name!r}{close}")


class TableSpecError(ConfigurationError):
    """Raised when the spec of a table, or a choice among tables, is wrong. Correct what the message names.

    Attributes:
        source: The file, as it was named to the parser; empty for a choice.
        line: The line in it, counted from 1, or None.
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
    """` (did you mean 'customer'?)` for a name that comes close to known ones, otherwise nothing.

    Example:
        >>> did_you_mean("custmer", ["customer", "vendor"])
        " (did you mean 'customer'?)"
    """
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
