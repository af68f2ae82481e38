"""The custom fields of an account, from `customfield`, `customrecordtype` and `customlist`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from netsuite_pipeline.netsuite.errors import UNEXPECTED, NetSuiteError, PermissionDenied, QueryError
from netsuite_pipeline.netsuite.http.page import Page, Row
from netsuite_pipeline.netsuite.http.request import Reply, Request
from netsuite_pipeline.tables.table import ColumnType

Note = Callable[[str], object]


class Account(Protocol):
    """The requests of discovery; `NetSuiteClient` has them."""

    def fetch_page(self, sql: str, *, limit: int = 1000, retry_seconds: float | None = None) -> Page:
        """Return one page of a statement."""

    def iter_rows(self, sql: str) -> Iterator[Row]:
        """Yield all rows of a statement."""

    def send(self, request: Request) -> Reply:
        """Send one REST request."""


@dataclass(frozen=True)
class CustomField:
    """One custom field.

    Attributes:
        name: Its script id, lower case: the column in SuiteQL.
        title: Its label in NetSuite, or empty.
        kind: NetSuite's name of its type, such as `Free-Form Text`, or empty.
        target: Internal id of the list or record type that it points to, or empty.
        record: Internal id of the custom record type that it belongs to, or empty.

    Example:
        >>> CustomField("custentity_region", "Region", "List/Record", "412").type
        'integer'
    """

    name: str
    title: str = ""
    kind: str = ""
    target: str = ""
    record: str = ""

    @property
    def type(self) -> ColumnType | None:
        """The column's type; None if NetSuite's name of it is not known."""
        return _TYPES.get(re.sub("[^a-z]", "", self.kind.lower()))

    @property
    def is_select(self) -> bool:
        """Whether it holds the id of one entry of a list, which has a label."""
        return re.sub("[^a-z]", "", self.kind.lower()) in _SELECTS


@dataclass(frozen=True)
class CustomFields:
    """The account's customization; empty if the role may not read it.

    Attributes:
        fields: The custom fields by name.
        tables: Custom record types and lists: internal id to the table's name.
        titles: Their labels, by the table's name.
    """

    fields: Mapping[str, CustomField] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def of_record(self, table: str) -> Sequence[str]:
        """Return the fields of a custom record type."""
        ids = {id_ for id_, name in self.tables.items() if name == table}
        return [each.name for each in self.fields.values() if each.record in ids]

    def beginning(self, prefixes: Sequence[str]) -> Sequence[str]:
        """Return the fields of a kind of record: `custbody`, `custcol`, `custentity`, `custitem`, `cseg`."""
        return [name for name in self.fields if name.startswith(tuple(f"{each}_" for each in prefixes))]


# The names on the field's page in NetSuite, and those of SDF's `fieldtype`, letters only.
_SELECTS = {"listrecord", "select", "document", "image"}
_TYPES: Mapping[str, ColumnType] = {
    **dict.fromkeys(
        (
            *("freeformtext", "text", "emailaddress", "email", "phonenumber", "phone", "hyperlink", "url"),
            *("textarea", "longtext", "clobtext", "richtext", "inlinehtml", "help", "timeofday"),
        ),
        "text",
    ),
    **dict.fromkeys(("integernumber", "integer", *_SELECTS), "integer"),
    **dict.fromkeys(("decimalnumber", "float", "currency", "percent"), "decimal"),
    **dict.fromkeys(("multipleselect", "multiselect"), "multiselect"),
    "checkbox": "boolean",
    "date": "date",
    **dict.fromkeys(("datetime", "datetimetz"), "datetime"),
}


def read_custom_fields(account: Account, note: Note) -> CustomFields:
    """Read all custom fields, custom record types and custom lists.

    Args:
        account: The account.
        note: Receives what the role may not read; such fields are missing in the result.

    Raises:
        NetSuiteError: NetSuite does not answer: sign-in, throttling, an outage.
    """
    fields: dict[str, CustomField] = {}
    # `SELECT *`: of its columns only scriptid and fieldvaluetype are documented.
    for row in _rows(account, "customfield", "Setup > Custom Fields", note):
        name = (row.get("scriptid") or "").lower()
        if name:
            fields[name] = CustomField(
                name,
                row.get("name") or "",
                row.get("fieldvaluetype") or "",
                row.get("fieldvaluetyperecord") or "",
                row.get("recordtype") or "",
            )
    # open question 12: these two tables and their columns are known from their records only.
    tables: dict[str, str] = {}
    titles: dict[str, str] = {}
    for table, permission in (
        ("customrecordtype", "Setup > Custom Record Types"),
        ("customlist", "Setup > Custom Lists"),
    ):
        for row in _rows(account, table, permission, note):
            name = (row.get("scriptid") or "").lower()
            if name:
                tables[row.get("internalid") or name] = name
                titles[name] = row.get("name") or ""
    return CustomFields(fields, tables, titles)


def _rows(account: Account, table: str, permission: str, note: Note) -> Sequence[Row]:
    try:
        # Script ids are unique, so pages in their order neither repeat nor lose rows.
        return list(account.iter_rows(f"SELECT * FROM {table} ORDER BY scriptid"))
    except NetSuiteError as error:
        if not is_refusal(error):
            raise
        note(f"{table} cannot be read ({reason_text(error)}){_what_to_do(error, permission)}")
        return []


def _what_to_do(error: NetSuiteError, permission: str) -> str:
    if not isinstance(error, PermissionDenied):
        return "."  # no permission is known to be missing
    # Without a table's name, SuiteQL as a whole is refused.
    return f"; the role may lack {permission}." if error.table else f". {error.remedy}"


def reason_text(error: NetSuiteError) -> str:
    """Return an error's message as part of a sentence."""
    return error.message.rstrip(".")


def is_refusal(error: NetSuiteError) -> bool:
    """Return whether NetSuite refused this one request, so that others may work."""
    return isinstance(error, PermissionDenied | QueryError) or error.code == UNEXPECTED
