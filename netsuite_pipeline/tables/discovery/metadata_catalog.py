"""NetSuite's metadata catalogue: the REST records and their fields.

The catalogue describes REST records, not SuiteQL's tables: names are in camel case, and fields and columns
differ (NSH:section_1540810174). So it only proposes columns; probes decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netsuite_pipeline.netsuite.errors import NetSuiteError, Unavailable
from netsuite_pipeline.netsuite.http.request import Request, json_object
from netsuite_pipeline.tables.discovery.custom_fields import Account, Note, is_refusal, reason_text
from netsuite_pipeline.tables.table import ColumnType

CATALOGUE_PATH = "/services/rest/record/v1/metadata-catalog"
JSON_SCHEMA = "application/schema+json"


@dataclass(frozen=True)
class DescribedField:
    """One field of a REST record.

    Attributes:
        name: Its name in lower case, which is the column's name.
        title: Its label, or empty.
        type: The column's type; None if the schema leaves it open (a plain string may be anything).
        is_select: Whether it holds one entry of a list or one record.
        is_custom: Whether it is a custom field (`x-ns-custom-field`).
    """

    name: str
    title: str
    type: ColumnType | None
    is_select: bool = False
    is_custom: bool = False


def read_rest_records(account: Account, note: Note) -> Mapping[str, str]:
    """Return the records of the catalogue.

    Returns:
        REST names by lower-case names; empty if the catalogue is refused, which is noted.

    Raises:
        NetSuiteError: NetSuite does not answer.
    """
    try:
        reply = _json(account, CATALOGUE_PATH, "application/json")
    except NetSuiteError as error:
        if not is_refusal(error):
            raise
        note(f"The metadata catalogue is refused ({reason_text(error)}); names and types come from the rows.")
        return {}
    items = reply.get("items")
    names = [item.get("name") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {name.lower(): name for name in names if isinstance(name, str)}


def read_described_fields(account: Account, rest_name: str, note: Note) -> Mapping[str, DescribedField]:
    """Return one record's fields in the catalogue, by lower-case name; empty if NetSuite refuses.

    Raises:
        NetSuiteError: NetSuite does not answer.
    """
    try:
        return read_schema(_json(account, f"{CATALOGUE_PATH}/{rest_name}", JSON_SCHEMA))
    except NetSuiteError as error:
        if not is_refusal(error):
            raise
        note(f"The metadata catalogue does not describe {rest_name} ({reason_text(error)}).")
        return {}


def read_schema(schema: Mapping[str, Any]) -> Mapping[str, DescribedField]:
    """Return the fields of a record's JSON Schema, without sublists and links, which are no columns.

    Example:
        >>> read_schema({"properties": {"lastModified": {"type": "string", "format": "date-time"}}})
        {'lastmodified': DescribedField(name='lastmodified', title='', type='datetime', is_select=False, \
is_custom=False)}
    """
    properties = schema.get("properties")
    found: dict[str, DescribedField] = {}
    for name, described in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(described, dict) or name == "links" or described.get("type") == "array":
            continue
        inner = described.get("properties")
        parts = inner if isinstance(inner, dict) else {}
        is_object = described.get("type") == "object" or "$ref" in described
        # A multiple select is a collection; so is a sublist, whose entries are rows and have no refName.
        several = "items" in parts
        column = name.lower()
        found[column] = DescribedField(
            column,
            str(described.get("title") or ""),
            "multiselect" if several else "integer" if is_object else _type(described),
            is_select=is_object and not several,
            is_custom=described.get("x-ns-custom-field") is True,
        )
    return found


def _type(described: Mapping[str, Any]) -> ColumnType | None:
    by_format: Mapping[str, ColumnType] = {"date": "date", "date-time": "datetime"}
    by_type: Mapping[str, ColumnType] = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
    return by_format.get(str(described.get("format"))) or by_type.get(str(described.get("type")))


def _json(account: Account, path: str, accept: str) -> Mapping[str, Any]:
    request = Request("GET", path, headers={"Accept": accept})
    reply = json_object(account.send(request).body)
    if not reply:
        raise Unavailable("The reply is cut, empty or no JSON object.", endpoint=request.endpoint)
    return reply
