"""Type, label and meaning of a discovered column, from NetSuite's evidence; guesses become its `doubt`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netsuite_pipeline.tables.discovery.column_samples import DatetimeProbe
from netsuite_pipeline.tables.discovery.custom_fields import CustomField
from netsuite_pipeline.tables.discovery.metadata_catalog import DescribedField
from netsuite_pipeline.tables.table import Column, ColumnType

# open question 12: which of these a custom record's table exposes, and under which names. All are probed.
USUAL_COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column("id", "integer", "NetSuite's internal id."),
        Column("name", "text", "Name of the entry."),
        Column("externalid", "text", "Id that the system which created it gave it, if any."),
        Column("scriptid", "text", "Script id of the entry."),
        Column("parent", "integer", "Entry that it stands under, if any."),
        Column("owner", "integer", "Who owns the entry.", references="employee"),
        Column("isinactive", "boolean", "True if it is not to be used any more."),
        Column("created", "datetime", "When it was created."),
        Column("datecreated", "datetime", "When it was created."),
        Column("lastmodified", "datetime", "When it last changed."),
        Column("lastmodifieddate", "datetime", "When it last changed."),
    )
}
"""The columns that custom records and lists usually have."""

CURSORS = ("lastmodified", "lastmodifieddate")
"""Possible cursors: custom records have the first, NetSuite's own tables the second."""

# Record types that a field may choose from, by NetSuite's number. Nothing documents the numbers for SuiteQL,
# so every use is marked as a doubt (open question 12).
_STANDARD_TARGETS: Mapping[str, str] = {
    "-2": "customer",
    "-3": "vendor",
    "-4": "employee",
    "-6": "contact",
    "-7": "job",
    "-10": "item",
    "-30": "transaction",
    "-101": "classification",
    "-102": "department",
    "-103": "location",
    "-105": "accountingperiod",
    "-112": "account",
    "-117": "subsidiary",
    "-122": "currency",
}

_VALUES: Mapping[str, re.Pattern[str]] = {
    "boolean": re.compile("[TF]"),
    "integer": re.compile("-?(?:0|[1-9][0-9]{0,17})"),
    "decimal": re.compile(r"-?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?"),
}
_LIKE_A_DAY = re.compile(r"\d{1,4}[-./ ](?:\d{1,2}|[A-Za-zÀ-ÿ]{3,9}\.?)[-./, ]+\d{1,4}")


@dataclass(frozen=True)
class Evidence:
    """All that is known about one column.

    Attributes:
        name: The column.
        values: Its values on one page, without NULL.
        field: The account's custom field of that name, if the role may read it.
        described: Its description in the metadata catalogue, if any.
        datetimes: The result of the datetime probe, if any.
    """

    name: str
    values: Sequence[str] = ()
    field: CustomField | None = None
    described: DescribedField | None = None
    datetimes: DatetimeProbe | None = None

    @property
    def declared(self) -> ColumnType | None:
        """The type that NetSuite declares: the field's own before the catalogue's."""
        own = self.field.type if self.field else None
        return own or (self.described.type if self.described else None)

    @property
    def needs_datetime_probe(self) -> bool:
        """Whether it needs the datetime probe: it may be a cursor, or its values look like days."""
        if self.declared is not None:
            return False
        usual = USUAL_COLUMNS.get(self.name)
        if usual is not None:
            return usual.type == "datetime"
        return bool(self.values) and all(_LIKE_A_DAY.fullmatch(value) for value in self.values)


def target_of(field: CustomField | None, tables: Mapping[str, str]) -> str | None:
    """Return the table that a select field points to; None if it is not known.

    Args:
        field: The field, whose target is a number of NetSuite's.
        tables: Custom record types and lists by internal id.

    Example:
        >>> target_of(CustomField("custrecord_machine", target="31"), {"31": "customrecord_machine"})
        'customrecord_machine'
    """
    if field is None or not field.target:
        return None
    return tables.get(field.target) or _STANDARD_TARGETS.get(field.target)


def column_of(seen: Evidence, tables: Mapping[str, str]) -> Column:
    """Return a column with its type, label, reference and meaning.

    Args:
        seen: The evidence.
        tables: Custom record types and lists by internal id.

    Returns:
        The column; its `doubt` names the guesses. A reference may name a table that is not extracted.

    Example:
        >>> column_of(Evidence("custrecord_open", ["T", "F"]), {}).type
        'boolean'
    """
    type_, doubts = _type(seen)
    usual = USUAL_COLUMNS.get(seen.name)
    target = target_of(seen.field, tables) if type_ == "integer" else None
    references = target or (usual.references if usual and type_ == "integer" else None)
    if target and seen.field and seen.field.target not in tables:
        doubts.append(f"that number {seen.field.target}, which the field chooses from, is {target}")
    title = (seen.field.title if seen.field else "") or (seen.described.title if seen.described else "")
    if usual is not None:
        about = usual.description
    elif plain(title):
        about = f"{plain(title).rstrip('.')}."
    else:
        about = "What it means is not on record."
    return Column(
        seen.name,
        type_,
        about,
        label=type_ == "integer" and seen.name != "id" and _is_select(seen, references),
        references=references,
        doubt=f"Not sure: {'; '.join(doubts)}." if doubts else None,
    )


def plain(text: str) -> str:
    """Return a text on one line, without unprintable characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _type(seen: Evidence) -> tuple[ColumnType, list[str]]:
    declared = seen.declared
    usual = USUAL_COLUMNS.get(seen.name)
    if seen.datetimes in ("datetime", "date"):
        return ("datetime" if seen.datetimes == "datetime" else "date"), [
            "the type, which was read from its values"
        ]
    wanted = declared or (usual.type if usual else None)
    if wanted is None:
        return _type_of_values(seen)
    if wanted == "datetime" and seen.datetimes == "neither":
        return "text", ["the type: its name suggests a datetime, but NetSuite does not read it as one"]
    wrong = _misfits(wanted, seen.values)
    if wrong:
        return "text", [f"the type: {wanted} was expected, but {wrong} of {len(seen.values)} values are none"]
    doubts = []
    other = seen.described.type if seen.described else None
    if declared and other and other != declared:
        doubts.append(f"the type: the field says {declared}, the metadata catalogue {other}")
    if declared is None and not seen.values:
        doubts.append("the type, which is the usual one: no value was seen")
    return wanted, doubts


def _type_of_values(seen: Evidence) -> tuple[ColumnType, list[str]]:
    values = seen.values
    if not values:
        return "text", ["the type: no value was seen"]
    kinds: tuple[ColumnType, ...] = ("boolean", "integer", "decimal")
    for kind in kinds:
        if not _misfits(kind, values):
            if kind == "decimal" and any(re.match("-?0[0-9]", value) for value in values):
                break  # leading zeros belong to a text
            return kind, [f"the type, which was read from {len(values)} values"]
    known = seen.described is not None  # a string by the catalogue, and texts by its values
    return "text", [] if known else [f"the type, which was read from {len(values)} values"]


def _misfits(kind: str, values: Sequence[str]) -> int:
    pattern = _VALUES.get(kind)
    return sum(not pattern.fullmatch(value) for value in values) if pattern else 0


def _is_select(seen: Evidence, references: str | None) -> bool:
    return references is not None or any(each.is_select for each in (seen.field, seen.described) if each)
