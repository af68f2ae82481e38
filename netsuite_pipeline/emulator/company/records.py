"""The record types of this NetSuite account: tables, columns, labels, keys, permissions and features.

They are in schema/*.txt, one file per group, with one block per record. The record's line is `record <table>
| <label> | key <columns> | permission <id> | feature <id> | rest <name> | subsidiary <column> | display
<column>`. A field's line is `<column> | <type> | <target> | <label> [| marks]`; `-` means none. A mark is
`custom` or the feature that the field needs.

A field's target names another record. Without such a record of one key column, it names a list whose labels
are in `ns_lists.options`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

Type = Literal["integer", "decimal", "boolean", "text", "clob", "date", "datetime", "multiselect"]

_GROUPS = ("transactions", "accounting", "lists", "masterdata", "setup")
_TYPES: Mapping[str, Type] = {name: name for name in get_args(Type)}

DUCKDB_TYPES: Mapping[Type, str] = MappingProxyType(
    {
        "integer": "BIGINT",
        "decimal": "DECIMAL(38,10)",
        "boolean": "VARCHAR",
        "text": "VARCHAR",
        "clob": "VARCHAR",
        "date": "DATE",
        "datetime": "TIMESTAMP",
        "multiselect": "VARCHAR",
    }
)
"""DuckDB type of each type: booleans are 'T' or 'F' text, date-times are naive UTC."""


@dataclass(frozen=True)
class Field:
    """One column of a record type, e.g. `Field("salesrep", "integer", "Sales Rep", "employee")`."""

    name: str
    type: Type
    label: str
    target: str | None
    custom: bool = False
    feature: str | None = None


@dataclass(frozen=True)
class Record:
    """One record type, which is one table of SuiteQL, e.g. `RECORDS["customer"]`."""

    name: str
    label: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    permission: str
    feature: str | None
    rest_name: str | None
    subsidiary_field: str | None
    display: str


def parse_records(text: str, source: str) -> Iterator[Record]:
    r"""Parse record types from schema text; ValueError names `source` and the faulty line.

    Example:
        >>> head = "record term | Term | key id | permission P | feature - | rest - | subsidiary - "
        >>> head += "| display id"
        >>> next(parse_records(head + "\n  id | integer | - | Internal ID", "here")).fields[0].label
        'Internal ID'
    """
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        head = [part.strip() for part in lines[0].split("|")]
        try:
            name, label, key, permission, feature, rest_name, subsidiary, display = (
                part.split(" ", 1)[1] if i != 1 else part for i, part in enumerate(head)
            )
            fields = tuple(_field(line) for line in lines[1:])
        except (ValueError, IndexError, KeyError) as error:
            raise ValueError(
                f"{source}: cannot read the record that begins with {lines[0]!r}: {error}"
            ) from error
        yield Record(
            name=name,
            label=label,
            key=tuple(key.split(",")),
            fields=fields,
            permission=permission,
            feature=_or_none(feature),
            rest_name=_or_none(rest_name),
            subsidiary_field=_or_none(subsidiary),
            display=display,
        )


def _field(line: str) -> Field:
    name, kind, target, label, *marks = (part.strip() for part in line.split("|"))
    words = marks[0].split() if marks else []
    features = [word for word in words if word != "custom"]
    return Field(
        name=name,
        type=_TYPES[kind],
        label=label,
        target=_or_none(target),
        custom="custom" in words,
        feature=features[0] if features else None,
    )


def _or_none(word: str) -> str | None:
    return None if word == "-" else word


def _load() -> Mapping[str, Record]:
    folder = files("netsuite_pipeline.emulator.company") / "schema"
    found: dict[str, Record] = {}
    for group in _GROUPS:
        source = folder / f"{group}.txt"
        for record in parse_records(source.read_text(encoding="utf-8"), source.name):
            found[record.name] = record
    return MappingProxyType(found)


RECORDS: Mapping[str, Record] = _load()
