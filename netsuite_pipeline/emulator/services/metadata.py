"""The metadata catalog: REST records, not SuiteQL tables, as schemas (NSH:section_1540810174)."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from netsuite_pipeline.emulator.company.records import RECORDS, Field, Record

JSON_SCHEMA = "application/schema+json"
OPEN_API = "application/swagger+json"

_DATA = yaml.safe_load(Path(__file__).with_name("metadata.yaml").read_text("utf-8"))
_TYPES: Mapping[str, Mapping[str, Any]] = _DATA["types"]
_KNOWN_NAMES: Mapping[str, str] = _DATA["names"]


def rest_records() -> Mapping[str, Record]:
    """Return the records of REST web services by their camel-case name."""
    return {record.rest_name: record for record in RECORDS.values() if record.rest_name is not None}


def property_name(field: Field) -> str:
    """Return a field's camel-case name in REST, as far as its label separates the words.

    Example:
        >>> property_name(Field("lastmodifieddate", "datetime", "Last Modified Date", None))
        'lastModifiedDate'
    """
    if field.name in _KNOWN_NAMES:
        return _KNOWN_NAMES[field.name]
    words = "".join(each if each.isalnum() else " " for each in field.label).split()
    for candidate in (words, ["is", *words]):
        if "".join(candidate).lower() == field.name:
            return candidate[0].lower() + "".join(word[0].upper() + word[1:] for word in candidate[1:])
    return field.name


def catalog(names: Collection[str], catalog_url: str) -> dict[str, Any]:
    """List records with links to their schemas.

    Args:
        names: REST names.
        catalog_url: URL of the catalog, which ends in `/metadata-catalog`.
    """
    record_url = catalog_url.removesuffix("/metadata-catalog")
    items = [
        {
            "name": name,
            "links": [
                {"rel": "canonical", "href": f"{catalog_url}/{name}", "mediaType": "application/json"},
                {"rel": "alternate", "href": f"{catalog_url}/{name}", "mediaType": OPEN_API},
                {"rel": "alternate", "href": f"{catalog_url}/{name}", "mediaType": JSON_SCHEMA},
                {"rel": "describes", "href": f"{record_url}/{name}"},
            ],
        }
        for name in sorted(names)
    ]
    return {"items": items, "links": [{"rel": "self", "href": catalog_url}]}


def json_schema(record: Record, columns: Collection[str]) -> dict[str, Any]:
    """Describe one record as JSON Schema draft 6.

    Args:
        record: A record with a REST name.
        columns: Columns that the role sees.
    """
    return {
        "type": "object",
        "properties": _properties(record, columns),
        "$schema": "http://json-schema.org/draft-06/hyper-schema#",
        "x-ns-filterable": [property_name(each) for each in record.fields if each.name in columns],
    }


def open_api(records: Sequence[tuple[Record, Collection[str]]], server: str) -> dict[str, Any]:
    """Describe records as OpenAPI 3: a collection and a single record each."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for record, columns in records:
        name = str(record.rest_name)
        schema = {"$ref": f"#/components/schemas/{name}"}
        found = {"description": "OK", "content": {"application/vnd.oracle.resource+json": {"schema": schema}}}
        paths[f"/{name}"] = {"get": {"tags": [name], "summary": f"Get list of {record.label} records."}}
        paths[f"/{name}/{{id}}"] = {
            "get": {"tags": [name], "summary": f"Get {record.label}.", "responses": {"200": found}}
        }
        schemas[name] = {"type": "object", "properties": _properties(record, columns)}
    return {
        "openapi": "3.0.1",
        "info": {"title": "NetSuite REST Record API", "version": "v1"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _properties(record: Record, columns: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in record.fields:
        if each.name not in columns:
            continue
        described = _TYPES[each.type]
        if each.name == "id":
            described = {"type": "string"}
        elif each.target is not None and each.type == "integer":
            described = _TYPES["reference"]
        found[property_name(each)] = {
            "title": each.label,
            **described,
            "nullable": True,
            "x-ns-custom-field": each.custom,
        }
    return found
