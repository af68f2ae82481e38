"""Specs of query tables, which are defined by a user's SuiteQL statement."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, cast, get_args

from netsuite_pipeline.tables.names import table_name_problem
from netsuite_pipeline.tables.people import is_personal_table
from netsuite_pipeline.tables.queries.suiteql_lexer import QueryUnfit
from netsuite_pipeline.tables.table import (
    GROUPS,
    Column,
    ColumnType,
    Permission,
    Table,
    TableSpecError,
    did_you_mean,
)

if TYPE_CHECKING:
    from netsuite_pipeline.tables.queries.suiteql_parser import WrittenQuery

SEE_QUERY = Permission("SEE_QUERY", "what its query reads (see the query)")
"""The permission of a query whose tables are not in the catalogue."""

AND = " + "
"""The separator between the names of several permissions."""

NO_KEY_TYPES = ("date", "datetime", "decimal")
"""Column types that cannot be in a key, because pages cannot start after such a value."""

_TYPES: tuple[str, ...] = get_args(ColumnType)
_MOST_LETTERS = 63  # the longest value of a Dagster tag
_NO_TYPES: Mapping[str, str] = MappingProxyType({})


def query_table(
    name: str,
    *,
    query: str,
    key: Sequence[str],
    cursor: str | None = None,
    title: str = "",
    about: str = "",
    group: str = "custom",
    columns: Mapping[str, str] = _NO_TYPES,
    known: Mapping[str, Table],
) -> Table:
    """Return the spec of a table that a statement defines.

    A known table's own column keeps its type. Columns of unknown type are in `Table.untyped`: the first rows
    of the first sync show their types.

    With a cursor, a sync reads rows whose cursor has changed. The cursor must change whenever anything in the
    row does, including joined and aggregated values. Rows that leave the query stay until a sweep (of a key
    of one column) or a full read. If that is not acceptable, omit the cursor.

    Args:
        name: Its name in DuckDB and Dagster.
        query: The statement: one SELECT (or several with UNION) that names its columns, without ORDER BY.
        key: The columns that identify one row.
        cursor: The column with the time of a row's last change; without one, each sync reads all rows.
        title: Its name for people; by default its name.
        about: Its rows in words.
        group: One of `GROUPS`.
        columns: Types by column, for columns that must not be inferred.
        known: The catalogue, which has the permissions of the tables.

    Raises:
        TableSpecError: An argument is wrong. The message names the table, the field, the statement's line and
            what to write instead.

    Example:
        >>> table = query_table("due", query="SELECT id, duedate FROM transaction", key=["id"], known={})
        >>> table.source, table.untyped
        ('(SELECT id, duedate FROM transaction) due', ('id', 'duedate'))
    """
    checker = _QueryChecker(name)
    checker.check_name(group)
    written = checker.read(query, known)
    types = checker.types(written, columns, known)
    keys = checker.key(written, [key] if isinstance(key, str) else key, types)
    return Table(
        name=name,
        title=title or name,
        description=about or f"The rows of a query of {', '.join(written.tables) or 'no table'}.",
        group=group,
        key=keys,
        columns=tuple(_column(each, written, types, known) for each in written.columns),
        permission=combined_permission(written.tables, known),
        cursor=None if cursor is None else checker.cursor(written, cursor, types),
        query=written.text,
        untyped=tuple(each for each in written.columns if each not in types),
        preview=False if any(map(is_personal_table, written.tables)) else None,
    )


def combined_permission(tables: Iterable[str], known: Mapping[str, Table]) -> Permission:
    """Return the known permissions of some tables, combined into one.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> combined_permission(["customer", "transaction"], standard_tables())
        Permission(id='LIST_CUSTJOB.TRAN_FIND', name='Lists > Customers + Transactions > Find Transaction')
    """
    needed = dict.fromkeys(known[name].permission for name in tables if name in known)
    if not needed:
        return SEE_QUERY
    ids = ""
    for each in needed:
        longer = f"{ids}.{each.id}" if ids else each.id
        ids = longer if len(longer) <= _MOST_LETTERS else ids
    return Permission(ids, AND.join(each.name for each in needed))


def to_char_sql(name: str, kind: str) -> str:
    """Return the SuiteQL that makes a column a text.

    Example:
        >>> to_char_sql("trandate", "date")
        "TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate"
    """
    forms = {"date": ", 'YYYY-MM-DD'", "datetime": ", 'YYYY-MM-DD HH24:MI:SS'"}
    return f"TO_CHAR({name}{forms.get(kind, '')}) AS {name}"


class _QueryChecker:
    """Checks of one query table's arguments."""

    def __init__(self, table: str) -> None:
        self._table = table

    def _wrong(self, field: str, problem: str) -> TableSpecError:
        return TableSpecError(problem, table=self._table, field=field)

    def check_name(self, group: str) -> None:
        name = self._table
        if words := table_name_problem(name, GROUPS, is_query=True):
            raise self._wrong("name", words)
        if group not in GROUPS:
            close = did_you_mean(group, list(GROUPS))
            raise self._wrong("group", f"there is no group {group!r}{close}; groups are {', '.join(GROUPS)}")

    def read(self, query: str, known: Mapping[str, Table]) -> "WrittenQuery":
        # A slow import, because the parser needs sqlglot.
        from netsuite_pipeline.tables.queries.suiteql_parser import read_query

        try:
            written = read_query(query)
        except QueryUnfit as unfit:
            field = "query" if unfit.line is None else f"query, line {unfit.line}"
            raise self._wrong(field, unfit.problem) from unfit
        for table in written.tables:
            if table in known and known[table].query is not None and table != self._table:
                raise self._wrong(
                    "query",
                    f"reads {table!r}, which is a query and no table of NetSuite's; write its statement in "
                    "parentheses behind FROM",
                )
        return written

    def types(
        self, written: "WrittenQuery", columns: Mapping[str, str], known: Mapping[str, Table]
    ) -> dict[str, ColumnType]:
        types: dict[str, ColumnType] = {}
        for name, (table, column) in written.unchanged.items():
            kinds = {each.name: each.type for each in known[table].columns} if table in known else {}
            if column in kinds:
                types[name] = kinds[column]
        for given, kind in columns.items():
            name = self._named("columns", given, written)
            if kind not in _TYPES:
                close = did_you_mean(str(kind), list(_TYPES))
                raise self._wrong(
                    f"column {name!r}", f"there is no type {kind!r}{close}; types are {', '.join(_TYPES)}"
                )
            types[name] = cast(ColumnType, kind)
        return types

    def key(
        self, written: "WrittenQuery", key: Sequence[str], types: Mapping[str, ColumnType]
    ) -> tuple[str, ...]:
        if not key:
            raise self._wrong("key", "must be the columns that name one row, such as [id]")
        names = [self._named("key", each, written) for each in key]
        for name in names:
            if names.count(name) > 1:
                raise self._wrong("key", f"names column {name!r} twice")
            if types.get(name) in NO_KEY_TYPES:
                raise self._wrong(
                    "key",
                    f"column {name!r} is of type {types[name]}, by which rows cannot be read page by "
                    f"page; make it a text in the query, such as {to_char_sql(name, types[name])}",
                )
        return tuple(names)

    def cursor(self, written: "WrittenQuery", cursor: str, types: Mapping[str, ColumnType]) -> str:
        name = self._named("cursor", cursor, written)
        if types.get(name, "datetime") != "datetime":
            raise self._wrong(
                "cursor",
                f"column {name!r} is of type {types[name]}; only a datetime shows when a row changed",
            )
        return name

    def _named(self, field: str, given: str, written: "WrittenQuery") -> str:
        name = str(given).strip().lower()
        if name not in written.columns:
            close = did_you_mean(name, list(written.columns))
            raise self._wrong(
                field,
                f"the query has no column {given!r}{close}; its columns are {', '.join(written.columns)}",
            )
        return name


def _column(
    name: str, written: "WrittenQuery", types: Mapping[str, ColumnType], known: Mapping[str, Table]
) -> Column:
    table, column = written.unchanged.get(name, ("", ""))
    theirs = {each.name: each for each in known[table].columns}.get(column) if table in known else None
    return Column(
        name,
        types.get(name, "text"),
        theirs.description if theirs is not None else "Of the query.",
        references=theirs.references if theirs is not None else None,
    )
