"""Custom records, custom lists and custom fields of an account: asks NetSuite, answers with Table specs.

The metadata catalogue and `customfield` propose columns, `SELECT *` shows some, and a one-row SELECT decides
which SuiteQL really gives. Where the catalogue or `customfield` is refused, the others do.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.tables.discovery.column_inference import CURSORS, USUAL, Evidence, column_of, plain
from netsuite_pipeline.tables.discovery.column_samples import count_keys, moments, refused, sampled
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
    """What was found.

    Attributes:
        tables: Specs of custom records and lists, and of standard tables with their custom fields, by name.
        failed: Tables that were named and could not be described, each with the reason.
        notes: What else could not be looked at, and what is missing for it.
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
    """Describes tables that the standard catalogue cannot know.

    Args:
        account: The account, such as a `NetSuiteClient`.
        known: Tables that are known already. One of these that is named gets its custom fields.
        names: Tables; all custom records and custom lists when left out.
        all_custom_fields: Also the custom fields of all known tables.
        on_step: Told what is looked at, for a person who watches.

    Returns:
        Specs that `parse_tables` reads back from `render_tables`, given the names of `known`.

    Raises:
        NetSuiteError: NetSuite does not answer at all: sign-in, throttling, an outage.

    Example:
        >>> discover(client, standard_tables(), ["customrecord_machine"]).tables    # doctest: +SKIP
    """
    look = _Look(account, known, on_step)
    wanted = dict.fromkeys(name.strip().lower() for name in names)
    named = set(wanted)
    if not wanted:
        wanted = dict.fromkeys(look.custom_tables())
    if all_custom_fields:
        wanted.update(dict.fromkeys(name for name in known if look.may_carry_custom_fields(name)))
    found: dict[str, Table] = {}
    refusals: dict[str, str] = {}
    for name in wanted:
        on_step(f"Looking at {name}")
        try:
            table = look.table(name)
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
    left_out = [f"{name} is left out: {why}" for name, why in refusals.items() if name not in named]
    return Discovery(tables, failed, (*look.notes, *left_out))


class _Undescribed(Exception):
    """Raised when a table cannot be synced as it is, with the reason."""


class _Look:
    """One look at an account: what concerns all tables is asked once."""

    def __init__(
        self, account: Account, known: Mapping[str, Table], on_step: Callable[[str], object]
    ) -> None:
        self.notes: list[str] = []
        self._account = account
        self._known = known
        on_step("Looking at the metadata catalogue")
        self._rest = read_rest_records(account, self.notes.append)
        on_step("Looking at custom fields")
        self._custom = read_custom_fields(account, self.notes.append)

    def custom_tables(self) -> Iterable[str]:
        """Custom records, lists and segments, as the catalogue and the account's own tables name them."""
        named = (name for name in self._rest if name.startswith(_CUSTOM_TABLES))
        in_known = (name for name in self._known if name.startswith(_CUSTOM_TABLES))
        return sorted({*named, *self._custom.tables.values(), *in_known})

    def may_carry_custom_fields(self, name: str) -> bool:
        """Whether a known table may have custom fields at all."""
        return not name.startswith(_CUSTOM_TABLES) and (name in _CARRIERS or name in self._rest)

    def table(self, name: str) -> Table | None:
        """The spec of one table; None for a known one without custom fields."""
        if words := table_name_problem(name, GROUPS, is_query=False):
            raise _Undescribed(f"It cannot be a table here: {words}.")
        if name in self._known and not name.startswith(_CUSTOM_TABLES):
            return self._with_custom_fields(self._known[name])
        return self._new_table(name)

    def _new_table(self, name: str) -> Table:
        rows = sampled(self._account, name)
        schema = self._schema(name)
        names = [*USUAL, *schema, *self._custom.of_record(name), *_columns_of(rows)]
        columns = self._columns(name, "id", self._valid(names), rows, schema)
        if not any(column.name == "id" for column in columns):
            raise _Undescribed("It has no column id, by which its rows could be told apart.")
        doubts = [self._doubt_of_key(name)]
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
        rows = sampled(self._account, table.name)
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
        gone = refused(self._account, table, key, [name for name in names if name not in shown])
        columns = []
        for name in names:
            if name in gone:
                continue
            values = [value for row in rows or () if (value := row.get(name))]
            seen = Evidence(name, values, self._custom.fields.get(name), schema.get(name))
            if seen.needs_datetime_probe:
                seen = replace(seen, moments=moments(self._account, table, name))
            columns.append(column_of(seen, self._custom.tables))
        taken = {column.name for column in columns}
        return tuple(
            replace(column, label=False) if f"{column.name}_label" in taken else column for column in columns
        )

    def _doubt_of_key(self, table: str) -> str | None:
        counted = count_keys(self._account, table, "id")
        if counted is None:
            return "That id is the key was not tried: counting is refused."
        rows, keys = counted
        if rows != keys:
            raise _Undescribed(f"Its {rows:,} rows have {keys:,} different ids: id is no key.")
        return None if rows else "That id is the key was not tried: the role sees no row."

    def _valid(self, names: Iterable[str]) -> list[str]:
        """Each name once; those that cannot stand in a statement or a file are noted."""
        valid = []
        for name in dict.fromkeys(names):
            if words := column_name_problem(name):
                self.notes.append(f"A column called {name!r} is left out: {words}.")
            else:
                valid.append(name)
        return valid


def _columns_of(rows: Sequence[Row] | None) -> Sequence[str]:
    # NetSuite leaves null fields out of a row, so only all rows together tell.
    return list(dict.fromkeys(name for row in rows or () for name in row))


def _title(name: str) -> str:
    bare = name
    for beginning in ("customrecord", "customlist", "cseg"):
        bare = bare.removeprefix(beginning).lstrip("_") or bare
    return bare.replace("_", " ").strip().capitalize() or name


def _permission(name: str) -> Permission:
    if name.startswith("customlist"):
        return Permission("ADMI_CUSTLIST", "Setup > Custom Lists")
    # Roles may also hold a permission for the single record type, if the record type says so.
    return Permission(CUSTOM_RECORD_ENTRIES, "Lists > Custom Record Entries")


def _with_references_to(tables: set[str], table: Table) -> Table:
    """The table with references to these tables only; the others are told in words."""
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
