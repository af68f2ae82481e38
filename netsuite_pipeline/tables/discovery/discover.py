"""Discovery of an account's custom records, lists and fields as table specs.

The metadata catalogue and `customfield` propose columns, `SELECT *` shows some, and a one-row SELECT decides
which of them SuiteQL exposes. If one source is refused, the others are used.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.tables.discovery.column_inference import (
    CURSORS,
    USUAL_COLUMNS,
    Evidence,
    column_of,
    plain,
)
from netsuite_pipeline.tables.discovery.column_samples import (
    count_keys,
    probe_datetimes,
    refused_columns,
    sample_rows,
)
from netsuite_pipeline.tables.discovery.custom_fields import (
    Account,
    is_refusal,
    read_custom_fields,
    reason_text,
)
from netsuite_pipeline.tables.discovery.metadata_catalog import (
    DescribedField,
    read_described_fields,
    read_rest_records,
)
from netsuite_pipeline.tables.names import column_name_problem, table_name_problem
from netsuite_pipeline.tables.table import CUSTOM_RECORD_ENTRIES, GROUPS, Column, Permission, Table

_CUSTOM_TABLES = ("customrecord", "customlist", "cseg_")
_CUSTOM_COLUMN = re.compile("cust(?:body|col|entity|item|record|event|itemnumber)[a-z0-9]*_|cseg")

# Which of NetSuite's own tables carry which custom fields, by the beginning of their ids.
_ENTITY, _CSEG = ("custentity", "cseg"), ("cseg",)
_CARRIERS: Mapping[str, Sequence[str]] = {
    "transaction": ("custbody", "cseg"),
    "transactionline": ("custcol", "cseg"),
    "item": ("custitem", "cseg"),
    **dict.fromkeys(("customer", "vendor", "employee", "contact", "partner", "job", "entity"), _ENTITY),
    **dict.fromkeys(("subsidiary", "department", "location", "classification", "account"), _CSEG),
}


@dataclass(frozen=True)
class Discovery:
    """The result of discovery.

    Attributes:
        tables: Specs of custom records and lists, and of standard tables with their custom fields, by name.
        failed: Named tables that could not be described, each with the reason.
        notes: What else could not be read, and what is missing for it.
    """

    tables: Mapping[str, Table]
    failed: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


def discover(
    account: Account,
    known: Mapping[str, Table],
    names: Sequence[str] = (),
    *,
    all_custom_fields: bool = False,
    on_step: Callable[[str], object] = lambda step: None,
) -> Discovery:
    """Describe tables that the standard catalogue cannot contain.

    Args:
        account: The account, such as a `NetSuiteClient`.
        known: Known tables. A named one of these gets its custom fields.
        names: The tables; by default all custom records and custom lists.
        all_custom_fields: Whether to describe the custom fields of all known tables too.
        on_step: Receives each step, to show progress.

    Returns:
        Specs that `parse_tables` can parse after `render_tables`, given the names of `known`.

    Raises:
        NetSuiteError: NetSuite does not answer: sign-in, throttling, an outage.

    Example:
        >>> discover(client, standard_tables(), ["customrecord_machine"]).tables    # doctest: +SKIP
    """
    discoverer = _Discoverer(account, known, on_step)
    wanted = dict.fromkeys(name.strip().lower() for name in names)
    named = set(wanted)
    if not wanted:
        wanted = dict.fromkeys(discoverer.custom_tables())
    if all_custom_fields:
        wanted.update(dict.fromkeys(name for name in known if discoverer.may_carry_custom_fields(name)))
    found: dict[str, Table] = {}
    refusals: dict[str, str] = {}
    for name in wanted:
        on_step(f"Reading {name}")
        try:
            table = discoverer.table(name)
        except NetSuiteError as error:
            if not is_refusal(error):
                raise
            refusals[name] = f"{reason_text(error)}. {error.remedy}".strip()
        except _Undescribed as reason:
            refusals[name] = str(reason)
        else:
            if table is not None:
                found[name] = table
    tables = {name: _with_references_to({*known, *found}, table) for name, table in found.items()}
    failed = {name: why for name, why in refusals.items() if name in named}
    excluded = [f"{name} is left out: {why}" for name, why in refusals.items() if name not in named]
    return Discovery(tables, failed, (*discoverer.notes, *excluded))


class _Undescribed(Exception):
    """Raised when a table cannot be synced as it is, with the reason."""


class _Discoverer:
    """Discovery in one account; what all tables need is read once."""

    def __init__(
        self, account: Account, known: Mapping[str, Table], on_step: Callable[[str], object]
    ) -> None:
        self.notes: list[str] = []
        self._account = account
        self._known = known
        on_step("Reading the metadata catalogue")
        self._rest = read_rest_records(account, self.notes.append)
        on_step("Reading custom fields")
        self._custom = read_custom_fields(account, self.notes.append)

    def custom_tables(self) -> Iterable[str]:
        """Return the custom records, lists and segments of the catalogue and the account."""
        named = (name for name in self._rest if name.startswith(_CUSTOM_TABLES))
        in_known = (name for name in self._known if name.startswith(_CUSTOM_TABLES))
        return sorted({*named, *self._custom.tables.values(), *in_known})

    def may_carry_custom_fields(self, name: str) -> bool:
        """Return whether a known table may have custom fields."""
        return not name.startswith(_CUSTOM_TABLES) and (name in _CARRIERS or name in self._rest)

    def table(self, name: str) -> Table | None:
        """Return the spec of one table; None for a known one without custom fields."""
        if words := table_name_problem(name, GROUPS, is_query=False):
            raise _Undescribed(f"It cannot be a table here: {words}.")
        if name in self._known and not name.startswith(_CUSTOM_TABLES):
            return self._with_custom_fields(self._known[name])
        return self._new_table(name)

    def _new_table(self, name: str) -> Table:
        rows = sample_rows(self._account, name)
        schema = self._schema(name)
        names = [*USUAL_COLUMNS, *schema, *self._custom.of_record(name), *_columns_of(rows)]
        columns = self._columns(name, "id", self._valid(names), rows, schema)
        if not any(column.name == "id" for column in columns):
            raise _Undescribed("It has no column id, which would identify its rows.")
        doubts = [self._uncertain_key(name)]
        cursor = next(
            (c for c in CURSORS for each in columns if (each.name, each.type) == (c, "datetime")), None
        )
        if cursor:
            doubts.append(f"That {cursor} moves whenever a row changes was not tried.")
        title = plain(self._custom.titles.get(name, "")) or _title(name)
        is_list = name.startswith("customlist")
        kind = "custom list" if is_list else "record"
        return Table(
            name=name,
            title=title,
            description=f"One row for each entry of the {kind} {title}, which this company's account has.",
            group="custom",
            key=("id",),
            columns=columns,
            permission=_permission(name),
            cursor=cursor,
            doubt=" ".join(filter(None, doubts)) or None,
        )

    def _with_custom_fields(self, table: Table) -> Table | None:
        rows = sample_rows(self._account, table.name)
        schema = self._schema(table.name)
        known_custom = [column.name for column in table.columns if _CUSTOM_COLUMN.match(column.name)]
        names = [
            *known_custom,
            *(each.name for each in schema.values() if each.is_custom),
            *(name for name in _columns_of(rows) if _CUSTOM_COLUMN.match(name)),
        ]
        if not schema:
            names.extend(self._custom.beginning(_CARRIERS.get(table.name, ())))
        own = [column for column in table.columns if column.name not in known_custom]
        candidates = [name for name in self._valid(names) if name not in {column.name for column in own}]
        if not candidates:
            return None
        found = self._columns(table.name, table.key[0], candidates, rows, schema)
        return replace(table, columns=(*own, *found)) if found or known_custom else None

    def _schema(self, name: str) -> Mapping[str, DescribedField]:
        if name not in self._rest:
            return {}
        return read_described_fields(self._account, self._rest[name], self.notes.append)

    def _columns(
        self,
        table: str,
        key: str,
        names: Sequence[str],
        rows: Sequence[Row] | None,
        schema: Mapping[str, DescribedField],
    ) -> tuple[Column, ...]:
        shown = set(_columns_of(rows))
        gone = refused_columns(self._account, table, key, [name for name in names if name not in shown])
        columns = []
        for name in names:
            if name in gone:
                continue
            values = [value for row in rows or () if (value := row.get(name))]
            seen = Evidence(name, values, self._custom.fields.get(name), schema.get(name))
            if seen.needs_datetime_probe:
                seen = replace(seen, datetimes=probe_datetimes(self._account, table, name))
            columns.append(column_of(seen, self._custom.tables))
        taken = {column.name for column in columns}
        return tuple(
            replace(column, label=False) if f"{column.name}_label" in taken else column for column in columns
        )

    def _uncertain_key(self, table: str) -> str | None:
        counted = count_keys(self._account, table, "id")
        if counted is None:
            return "That id is the key was not tried: counting is refused."
        rows, keys = counted
        if rows != keys:
            raise _Undescribed(f"Its {rows:,} rows have {keys:,} different ids: id is no key.")
        return None if rows else "That id is the key was not tried: the role sees no row."

    def _valid(self, names: Iterable[str]) -> list[str]:
        """Return each valid name once, and note the invalid ones."""
        valid = []
        for name in dict.fromkeys(names):
            if words := column_name_problem(name):
                self.notes.append(f"A column called {name!r} is left out: {words}.")
            else:
                valid.append(name)
        return valid


def _columns_of(rows: Sequence[Row] | None) -> Sequence[str]:
    # NetSuite omits null fields, so only all rows together show the columns.
    return list(dict.fromkeys(name for row in rows or () for name in row))


def _title(name: str) -> str:
    bare = name
    for beginning in ("customrecord", "customlist", "cseg"):
        bare = bare.removeprefix(beginning).lstrip("_") or bare
    return bare.replace("_", " ").strip().capitalize() or name


def _permission(name: str) -> Permission:
    if name.startswith("customlist"):
        return Permission("ADMI_CUSTLIST", "Setup > Custom Lists")
    # A role may also have a permission for a single record type that is set up so.
    return Permission(CUSTOM_RECORD_ENTRIES, "Lists > Custom Record Entries")


def _with_references_to(tables: set[str], table: Table) -> Table:
    """Return the table with references to these tables only; descriptions name the other ones."""
    return replace(
        table,
        columns=tuple(
            column
            if column.references is None or column.references in tables
            else replace(
                column,
                references=None,
                description=f"{column.description} Ids of {column.references}, which is no table here.",
            )
            for column in table.columns
        ),
    )
