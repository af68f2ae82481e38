"""Type inference: the columns of a user's own query get their stored types, or those of its first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.menus import ENABLE_FEATURES, edit_role
from netsuite_pipeline.netsuite.suiteql import Dialect, column_ref
from netsuite_pipeline.sync.planning.page_validation import announces_more
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.tables import ColumnType, Table, TableSpecError
from netsuite_pipeline.tables.queries.query_table import NO_KEY_TYPES, SEE_QUERY, to_char_sql
from netsuite_pipeline.tables.queries.value_types import ValueType, datetime_kind, infer_type, rises
from netsuite_pipeline.warehouse.schema.inferred_types import (
    InferredTypes,
    apply_inferred_type,
    read_inferred_types,
    write_inferred_types,
)
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction

Types = Mapping[str, str | None]

_SHOWN = 200  # characters of a query that a message shows


@dataclass(frozen=True)
class TypedRequest:
    """A request whose tables have their types.

    Attributes:
        request: The request, with types.
        failures: The tables whose types are unknown or unsuitable, with the reason.
        counts: The requests sent to infer types, by table.
    """

    request: SyncRequest
    failures: Mapping[str, NetSuiteError] = field(default_factory=dict)
    counts: Mapping[str, RequestCounts] = field(default_factory=dict)


def infer_types(request: SyncRequest, client: NetSuiteClient, warehouse: Store) -> TypedRequest:
    """Infer the types of columns without a configured type, and store new types.

    Args:
        request: The sync's request.
        client: Sends the queries.
        warehouse: Stores the types. Its working file is closed while queries run.

    Raises:
        SignInError: NetSuite refuses the sign-in, so no table can be read.
        WarehouseError: The working file cannot be used.
    """
    if not any(table.untyped for table in (*request.tables, *request.catalogue.values())):
        return TypedRequest(request)
    with warehouse.working() as connection:
        held = read_inferred_types(connection, request.connection)
    inferred: dict[str, Types] = {}
    failures: dict[str, NetSuiteError] = {}
    counts: dict[str, RequestCounts] = {}
    for table in request.tables:
        inference = TypeInference(table, held.get(table.name, {}), client, RequestCounts())
        if not inference.columns:
            continue
        counts[table.name] = inference.count
        try:
            types = inference.types()
            unfit = _unfit(table, types)
            inferred[table.name] = {name: kind for name, kind in types.items() if name not in unfit}
            if unfit:
                failures[table.name] = next(iter(unfit.values()))
        except SignInError:
            raise
        except NetSuiteError as error:
            failures[table.name] = _refused(table, error)
    if inferred:
        inferred = _store_types(warehouse, request.connection, inferred)
    known = {name: {**held.get(name, {}), **inferred.get(name, {})} for name in {*held, *inferred}}
    typed = replace(
        request,
        tables=tuple(_typed(table, known.get(table.name, {})) for table in request.tables),
        catalogue={name: _typed(table, known.get(name, {})) for name, table in request.catalogue.items()},
    )
    return TypedRequest(typed, failures, counts)


def _store_types(warehouse: Store, connection_name: str, inferred: Mapping[str, Types]) -> dict[str, Types]:
    """Store types; a column with stored values that the type cannot hold stays text."""
    kept: dict[str, Types] = {}
    with warehouse.working() as connection, transaction(connection):
        for table, types in inferred.items():
            kept[table] = {
                name: kind
                if kind is None or apply_inferred_type(connection, connection_name, table, name, kind)
                else "text"
                for name, kind in types.items()
            }
            write_inferred_types(connection, connection_name, table, kept[table])
    return kept


def _typed(table: Table, types: InferredTypes) -> Table:
    if not table.untyped:
        return table
    columns = tuple(
        replace(each, type=_type(table, each.name, types)) if each.name in table.untyped else each
        for each in table.columns
    )
    return replace(table, columns=columns)


def _type(table: Table, name: str, types: InferredTypes) -> ColumnType:
    if name in table.hashed:
        return "text"
    # A cursor can be nothing else; where it is, the table fails before it is read.
    without_value = "datetime" if name == table.cursor else "text"
    return cast(ColumnType, types.get(name) or without_value)


def _unfit(table: Table, types: Types) -> dict[str, NetSuiteError]:
    """Return the cursor and the key columns whose types are unsuitable, with the reason.

    These types are not stored, so that the next sync infers the types of a corrected query anew.
    """
    unfit: dict[str, NetSuiteError] = {}
    for name, kind in types.items():
        if name in table.key and kind in NO_KEY_TYPES:
            word = "numbers with decimals" if kind == "decimal" else "dates"
            unfit[name] = TableSpecError(
                f"column {name!r} holds {word}, by which rows cannot be asked for page by page",
                table=table.name,
                field="key",
                remedy=f"Make it a text in the query, such as {to_char_sql(name, kind)}, or choose "
                "another key.",
            )
        if name == table.cursor and kind not in {"datetime", None}:
            holds = "dates without a time of day" if kind == "date" else f"values of type {kind}"
            unfit[name] = TableSpecError(
                f"column {name!r} holds {holds}; only a date-time shows when a row changed",
                table=table.name,
                field="cursor",
                remedy="Name a column such as lastmodifieddate, as NetSuite has it and without TO_CHAR; or "
                "leave the cursor out, and every sync reads all rows; or, if you know that it is one, write "
                f"{name}: datetime among the table's columns.",
            )
    return unfit


def _refused(table: Table, error: NetSuiteError) -> NetSuiteError:
    """Return NetSuite's refusal of a user's query, with the query; another failure as it is."""
    if not isinstance(error, PermissionDenied | QueryError):
        return error
    query = table.query or table.name
    cut = query if len(query) <= _SHOWN else f"{query[:_SHOWN]} …"
    reply = (error.detail or error.message).rstrip(".")
    message = f"NetSuite refuses the query of {table.name}: {reply}. The query: {cut}"
    if isinstance(error, QueryError):
        return replace(error, message=message, remedy=_QUERY_REMEDY)
    # The table's own name would classify this table as absent.
    hidden = "" if error.table == table.name else error.table
    return replace(error, message=message, remedy=_permission_remedy(table, error), table=hidden)


_QUERY_REMEDY = (
    "Try the query with `netsuite-pipeline suiteql` and correct it where it is configured. A column that "
    f"worked before went with a feature ({ENABLE_FEATURES}) or with the role's rights."
)


def _permission_remedy(table: Table, error: PermissionDenied) -> str:
    whole = "" if table.permission == SEE_QUERY else f" All of the query needs {table.permission.name}."
    return (
        f"If the query should not read {error.table or 'that'}, correct it; otherwise give the role what "
        f"that needs: {edit_role()} > Permissions.{whole}"
    )


@dataclass(frozen=True)
class TypeInference:
    """The type inference of one table.

    Attributes:
        table: The table.
        held: The stored types of its columns.
        client: Sends the queries.
        count: The request counts.
    """

    table: Table
    held: InferredTypes
    client: NetSuiteClient
    count: RequestCounts

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to infer: those never inferred, and those that had no value so far.

        Hashed columns are stored as text, and their values are not read.
        """
        asked = set(self.table.untyped) - set(self.table.hashed)
        return tuple(name for name in self.table.untyped if name in asked and self.held.get(name) is None)

    def types(self) -> Types:
        """Return the types of these columns.

        Raises:
            NetSuiteError: By kind of failure.
        """
        new = tuple(name for name in self.columns if name not in self.held)
        looks: dict[str, ValueType | None] = dict.fromkeys(self.columns)
        nothing_else = False
        if new:
            page = self._page(self._read(new).sql())
            nothing_else = not (page.has_more or announces_more(page))
            looks |= self._looks(new, page)
        empty = tuple(
            name for name, look in looks.items() if look is None and not (nothing_else and name in new)
        )
        if empty:
            looks |= self._looks(empty, self._page(self._values_sql(empty)))
        return {**looks, **self._datetime_types(looks)}

    def _looks(self, names: Sequence[str], page: Page) -> dict[str, ValueType | None]:
        found = {name: infer_type(row.get(name) for row in page.rows) for name in names}
        first = self.table.key[0]
        if found.get(first) == "integer" and not self._is_number(first, page):
            found[first] = "text"
        return found

    def _is_number(self, key: str, page: Page) -> bool:
        """Return whether integers in a key are numbers, not texts of digits.

        Texts have another order, and letters may follow the first digits, so the last keys are read too.
        """
        if not rises(_values(page, key)):
            return False
        if not (page.has_more or announces_more(page)):
            return True
        last = _values(self._page(self._read((key,)).max_key_sql()), key)
        return infer_type(last) == "integer" and rises(last, falls=True)

    def _datetime_types(self, looks: Mapping[str, ValueType | None]) -> Types:
        """Return the types of values that look like date-times.

        NetSuite decides whether they are, and whether they have a time of day. A cursor without any value is
        queried too, because it can be nothing else.
        """
        cursor = self.table.cursor
        names = [
            name for name, look in looks.items() if look == "moment" or (name == cursor and look is None)
        ]
        if not names:
            return {}
        together = self._datetime_page(names)
        types: dict[str, str | None] = {}
        for name in names:
            # One text that looks like a date makes NetSuite refuse all columns, so each is queried alone.
            page = together or (self._datetime_page([name]) if len(names) > 1 else None)
            if page is None:
                types[name] = "text"
            elif looks[name] is not None:
                types[name] = datetime_kind(row.get(name) for row in page.rows) or "text"
        return types

    def _datetime_page(self, names: Sequence[str]) -> Page | None:
        """Return rows with a value in these columns, as date-times; None where NetSuite refuses."""
        columns = tuple(
            replace(each, type="datetime") if each.name in names else each for each in self.table.columns
        )
        as_datetimes = replace(self, table=replace(self.table, columns=columns))
        try:
            return self._page(as_datetimes._values_sql(names))
        except NetSuiteError as error:
            if not is_statement_error(error):
                raise
            return None

    def _values_sql(self, names: Sequence[str]) -> str:
        """Return the statement of rows that have a value in any of these columns."""
        there = " OR ".join(f"{column_ref(self.table.name, name)} IS NOT NULL" for name in names)
        where = " AND ".join([*self.table.conditions, f"({there})"]) if self.table.where else there
        read = self._read(names)
        return replace(read, table=replace(read.table, where=where)).sql()

    def _read(self, names: Sequence[str]) -> ReadPlan:
        wanted = {*self.table.key, *names} - set(self.table.hashed)
        columns = tuple(each.name for each in self.table.columns if each.name in wanted)
        # In the session's time zone a plain date has no time of day; in UTC it would have one.
        return ReadPlan(self.table, columns, labels=(), mode="full", dialect=Dialect(utc=False))

    def _page(self, sql: str) -> Page:
        return self.client.fetch_page(sql, count=self.count)


def _values(page: Page, name: str) -> list[str]:
    return [value for row in page.rows if (value := row.get(name)) is not None]
