"""Resolution of table and column names in a query, and the refusals of unknown ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netsuite_pipeline.emulator.company.records import Field, Record
from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.errors import (
    field_hidden,
    invalid_search_type,
    record_not_found,
    unexpected_error,
    unknown_identifier,
    unsupported,
)
from netsuite_pipeline.emulator.suiteql.typed_sql import Kind, Lookup, Sql

_KINDS: Mapping[str, Kind] = {
    **{kind.value: kind for kind in Kind},
    "clob": Kind.TEXT,
    "multiselect": Kind.TEXT,
    "datetime": Kind.INSTANT,
}
"""Kind of each type of a field."""


def quote_name(name: str) -> str:
    """Quote a DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Source:
    """One entry of a FROM: a table or a subselect.

    Attributes:
        shown: Alias in the query, lower case.
        table: Name of the table.
        alias: Alias in DuckDB.
        columns: Columns that the query can name.
        sql: SQL of the entry.
        identity: SQL of columns that identify a row.
        unique: Column names that identify a row, if known.
        hidden: Reason of each hidden column.
        base_table: The stored table, if the role sees all of its rows.
    """

    shown: str
    table: str
    alias: str
    columns: Mapping[str, Sql]
    sql: str
    identity: tuple[str, ...]
    unique: frozenset[str] | None
    hidden: Mapping[str, str] = field(default_factory=dict)
    base_table: str | None = None

    def find(self, name: str) -> Sql | None:
        """Return the column of that name, if any; raise Refusal if the role may not name it."""
        column = self.columns.get(name)
        if column is not None:
            return column
        reason = self.hidden.get(name)
        if reason == "POISON":
            raise unexpected_error()
        if reason in ("NOT_EXPOSED", "REMOVED"):
            raise field_hidden(name, self.table, reason)
        return None


@dataclass
class Sink:
    """Columns of an inner SELECT that an outer one uses, each under a new name.

    Expensive expressions are computed outside, for the rows of one page only.
    """

    alias: str
    names: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def add(self, text: str) -> str:
        """Add an inner expression and return its outer name."""
        name = self.names.setdefault(text, f"c{len(self.names)}")
        return f"{self.alias}.{name}"

    def select_list(self) -> str:
        """Return the select list of the inner SELECT."""
        return ", ".join(f"{text} AS {name}" for text, name in self.names.items()) or "1 AS c0"


@dataclass
class Scope:
    """The entries of a SELECT's FROM, and the scope of the SELECT around it."""

    sources: tuple[Source, ...]
    parent: "Scope | None" = None
    sink: Sink | None = None
    rownum: str | None = None

    def column(self, prefix: str | None, name: str) -> tuple[Sql, "Scope"]:
        """Return the column of a name and its scope; raise Refusal if the name is unknown."""
        lowered = name.lower()
        scope: Scope | None = self
        while scope is not None:
            searched = [each for each in scope.sources if prefix is None or each.shown == prefix.lower()]
            found = [column for each in searched if (column := each.find(lowered)) is not None]
            if len(found) > 1:
                raise unsupported()
            if found:
                return scope.drawn(found[0]), scope
            if prefix is not None and searched:
                raise self.unknown(name)
            scope = scope.parent
        if prefix is not None:
            raise invalid_search_type(prefix)
        raise self.unknown(name)

    def drawn(self, column: Sql) -> Sql:
        """Return the column under its outer name, if this scope has a sink."""
        if self.sink is None:
            return column
        return Sql(self.sink.add(column.text), column.kind, df=column.df)

    def unknown(self, name: str) -> Refusal:
        """Return the refusal of an unknown name."""
        return unknown_identifier(name, ((each.shown, each.table) for each in self.sources))


@dataclass(frozen=True)
class Names:
    """The account's tables as one role sees them."""

    records: Mapping[str, Record]
    access: Access
    dialect: Dialect

    def source(self, table: str, shown: str, alias: str) -> Source:
        """Return the entry of a FROM for a table; raise Refusal if the role does not see it."""
        name = table.lower()
        if name == "dual":
            dummy = {"dummy": Sql(f"{alias}.dummy", Kind.TEXT)}
            return Source(shown, name, alias, dummy, f"(SELECT 'X' AS dummy) AS {alias}", (), frozenset())
        visible = self.access.visible.get(name)
        record = self.records.get(name)
        if visible is None or record is None or name in self.access.no_such_record:
            hidden = name in self.access.no_such_record or record is not None
            if hidden and self.dialect.missing_table_text == "record_not_found":
                raise record_not_found(name)
            raise invalid_search_type(table)
        hidden_here = {
            column: reason for (of, column), reason in self.access.hidden_columns.items() if of == name
        }
        stored = f"ns.{quote_name(name)}"
        row_filter = self.access.row_filters.get(name)
        if row_filter is not None:
            stored = f"(SELECT * FROM {stored} WHERE {row_filter})"
        return Source(
            shown=shown,
            table=name,
            alias=alias,
            columns=dict(_columns(record.fields, visible - hidden_here.keys(), alias, name)),
            sql=f"{stored} AS {alias}",
            identity=tuple(f"{alias}.{quote_name(column)}" for column in record.key),
            unique=frozenset(record.key),
            hidden=hidden_here,
            base_table=None if row_filter is not None else name,
        )


def _columns(
    fields: Iterable[Field], visible: frozenset[str], alias: str, table: str
) -> Iterable[tuple[str, Sql]]:
    for each in fields:
        if each.name not in visible:
            continue
        text = f"{alias}.{quote_name(each.name)}"
        lookup = None
        if each.target is not None:
            # BUILTIN.DF(status) needs the type too: each transaction type has its own letters.
            paired = each.target.lstrip("*") == "transactionstatus" and table == "transaction"
            key = f"{alias}.\"type\" || ':' || {text}" if paired else text
            lookup = Lookup(each.target, each.type == "multiselect", key)
        yield each.name, Sql(text, _KINDS[each.type], df=lookup)
