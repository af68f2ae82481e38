"""Gives the columns of somebody's own query their types: as they are held, or as its first rows tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from netsuite_pipeline.netsuite.client import NetSuiteClient, RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError, SignInError
from netsuite_pipeline.sync.context import SyncRequest
from netsuite_pipeline.sync.planning.type_questions import TypeQuestions, Types
from netsuite_pipeline.tables import ColumnType, Table, TableSpecError
from netsuite_pipeline.tables.queries.query_table import NO_KEY_TYPES, SEE_QUERY, as_text
from netsuite_pipeline.warehouse.schema.inferred_types import Held, can_hold, hold_types, read_held_types
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse

_SHOWN = 200  # letters of a query that a message shows


@dataclass(frozen=True)
class TypedByRows:
    """A request whose tables have their types.

    Attributes:
        request: It, with types.
        failures: Tables whose types could not be told or do not serve, and why.
        counts: The requests that were made to tell them, by table.
    """

    request: SyncRequest
    failures: Mapping[str, NetSuiteError] = field(default_factory=dict)
    counts: Mapping[str, RequestCount] = field(default_factory=dict)


def typed_by_rows(request: SyncRequest, client: NetSuiteClient, warehouse: Warehouse) -> TypedByRows:
    """Types the columns that nobody has said the type of, and holds what is new.

    Args:
        request: What the sync is asked to do.
        client: Who asks about the columns that are not held.
        warehouse: Where types are held. Its working file is not open while NetSuite is asked.

    Raises:
        SignInError: NetSuite refuses the sign-in, so no table can be read.
        WarehouseError: The working file cannot be used.
    """
    if not any(table.untyped for table in (*request.tables, *request.catalogue.values())):
        return TypedByRows(request)
    with warehouse.working() as connection:
        held = read_held_types(connection, request.connection)
    told: dict[str, Types] = {}
    failures: dict[str, NetSuiteError] = {}
    counts: dict[str, RequestCount] = {}
    for table in request.tables:
        questions = TypeQuestions(table, held.get(table.name, {}), client, RequestCount())
        if not questions.columns:
            continue
        counts[table.name] = questions.count
        try:
            types = questions.types()
            unfit = _unfit(table, types)
            told[table.name] = {name: kind for name, kind in types.items() if name not in unfit}
            if unfit:
                failures[table.name] = next(iter(unfit.values()))
        except SignInError:
            raise
        except NetSuiteError as error:
            failures[table.name] = _refused(table, error)
    if told:
        told = _held_from_now_on(warehouse, request.connection, told)
    known = {name: {**held.get(name, {}), **told.get(name, {})} for name in {*held, *told}}
    typed = replace(
        request,
        tables=tuple(_typed(table, known.get(table.name, {})) for table in request.tables),
        catalogue={name: _typed(table, known.get(name, {})) for name, table in request.catalogue.items()},
    )
    return TypedByRows(typed, failures, counts)


def _held_from_now_on(
    warehouse: Warehouse, connection_name: str, told: Mapping[str, Types]
) -> dict[str, Types]:
    """Holds types; a column that is stored as text, with values that the type cannot hold, stays text."""
    kept: dict[str, Types] = {}
    with warehouse.working() as connection, transaction(connection):
        for table, types in told.items():
            kept[table] = {
                name: kind
                if kind is None or can_hold(connection, connection_name, table, name, kind)
                else "text"
                for name, kind in types.items()
            }
            hold_types(connection, connection_name, table, kept[table])
    return kept


def _typed(table: Table, types: Held) -> Table:
    if not table.untyped:
        return table
    columns = tuple(
        replace(each, type=_type(table, each.name, types)) if each.name in table.untyped else each
        for each in table.columns
    )
    return replace(table, columns=columns)


def _type(table: Table, name: str, types: Held) -> ColumnType:
    if name in table.hashed:
        return "text"
    # A cursor can be nothing else; where it is, the table fails before it is read.
    without_value = "datetime" if name == table.cursor else "text"
    return cast(ColumnType, types.get(name) or without_value)


def _unfit(table: Table, types: Types) -> dict[str, NetSuiteError]:
    """The cursor, and columns of the key, whose types do not serve. These types are not held, so that a
    corrected query is asked about them anew."""
    unfit: dict[str, NetSuiteError] = {}
    for name, kind in types.items():
        if name in table.key and kind in NO_KEY_TYPES:
            word = "numbers with decimals" if kind == "decimal" else "dates"
            unfit[name] = TableSpecError(
                f"column {name!r} holds {word}, by which rows cannot be asked for page by page",
                table=table.name,
                field="key",
                remedy=f"Make it a text in the query, such as {as_text(name, kind)}, or choose another key.",
            )
        if name == table.cursor and kind not in {"datetime", None}:
            holds = "dates without a time of day" if kind == "date" else f"values of type {kind}"
            unfit[name] = TableSpecError(
                f"column {name!r} holds {holds}; only a date-time tells when a row changed",
                table=table.name,
                field="cursor",
                remedy="Name a column such as lastmodifieddate, as NetSuite has it and without TO_CHAR; or "
                "leave the cursor out, and every sync reads all rows; or, if you know that it is one, write "
                f"{name}: datetime among the table's columns.",
            )
    return unfit


def _refused(table: Table, error: NetSuiteError) -> NetSuiteError:
    """NetSuite's refusal of somebody's query, with the query; another failure as it is."""
    query = table.query or table.name
    cut = query if len(query) <= _SHOWN else f"{query[:_SHOWN]} …"
    said = (error.detail or error.message).rstrip(".")
    message = f"NetSuite refuses the query of {table.name}: {said}. The query: {cut}"
    facts = {name: getattr(error, name) for name in ("asked", "status", "code", "detail", "date")}
    if isinstance(error, PermissionDenied):
        # One of the table's own name would be taken for this table, absent or lost.
        hidden = "" if error.table == table.name else error.table
        remedy = _permission_remedy(table, error)
        return PermissionDenied(message, table=hidden, permission=error.permission, remedy=remedy, **facts)
    if isinstance(error, QueryError):
        return QueryError(message, column=error.column, reason=error.reason, remedy=_QUERY_REMEDY, **facts)
    return error


_QUERY_REMEDY = (
    "Try the query with `netsuite-pipeline suiteql` and correct it where it is configured. A column that "
    "worked before went with a feature (Setup > Company > Enable Features) or with the role's rights."
)


def _permission_remedy(table: Table, error: PermissionDenied) -> str:
    whole = "" if table.permission == SEE_QUERY else f" All of the query needs {table.permission.name}."
    return (
        f"If the query should not read {error.table or 'that'}, correct it; otherwise give the role what "
        f"that needs: Setup > Users/Roles > Manage Roles > (the token's role) > Edit > Permissions.{whole}"
    )
