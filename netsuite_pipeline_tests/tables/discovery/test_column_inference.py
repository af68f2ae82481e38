"""A column's type, label and doubts, as a table of evidence."""

import pytest

from netsuite_pipeline.tables.discovery.column_inference import Evidence, column_of
from netsuite_pipeline.tables.discovery.custom_fields import CustomField
from netsuite_pipeline.tables.discovery.metadata_catalog import DescribedField, read_schema
from netsuite_pipeline_tests.one_pass import in_one_pass

FIELD = "custrecord_a"


def field(kind: str, target: str = "") -> CustomField:
    return CustomField(FIELD, "A title", kind, target)


@in_one_pass(
    ("evidence", "type_", "sure"),
    [
        (Evidence(FIELD, ["x"], field("Free-Form Text")), "text", True),
        (Evidence(FIELD, ["1"], field("Free-Form Text")), "text", True),
        (Evidence(FIELD, ["1"], field("Integer Number")), "integer", True),
        (Evidence(FIELD, [".5", "-12.25", "3"], field("Currency")), "decimal", True),
        (Evidence(FIELD, ["0.1"], field("Percent")), "decimal", True),
        (Evidence(FIELD, ["T"], field("Check Box")), "boolean", True),
        (Evidence(FIELD, ["1/2/2026"], field("Date")), "date", True),
        (Evidence(FIELD, ["1/2/2026"], field("Date/Time")), "datetime", True),
        (Evidence(FIELD, ["1, 2"], field("Multiple Select")), "multiselect", True),
        (Evidence(FIELD, [], field("List/Record")), "integer", True),
        (Evidence(FIELD, [], field("DATETIMETZ")), "datetime", True),
        # What NetSuite states and its values refute is text, which holds everything.
        (Evidence(FIELD, ["12", "n/a"], field("Integer Number")), "text", False),
        (Evidence("id", ["ACTIVE"]), "text", False),
        # The field's own word comes before the catalogue's.
        (Evidence(FIELD, ["1.5"], field("Currency"), DescribedField(FIELD, "", "integer")), "decimal", False),
        (Evidence(FIELD, ["1.5"], None, DescribedField(FIELD, "", "decimal")), "decimal", True),
        # A word that is not known, or no word at all: the values decide.
        (Evidence(FIELD, ["7"], field("Something New")), "integer", False),
        (Evidence(FIELD, ["7", "-1"]), "integer", False),
        (Evidence(FIELD, ["7.25"]), "decimal", False),
        (Evidence(FIELD, ["T", "F"]), "boolean", False),
        (Evidence(FIELD, ["007"]), "text", False),
        (Evidence(FIELD, ["7", "x"]), "text", False),
        (Evidence(FIELD, []), "text", False),
        (Evidence(FIELD, ["abc"], None, DescribedField(FIELD, "", None)), "text", True),
        # Only the datetime probe shows these.
        (Evidence(FIELD, ["1/2/2026"], datetimes="datetime"), "datetime", False),
        (Evidence(FIELD, ["1/2/2026"], datetimes="date"), "date", False),
        (Evidence(FIELD, ["1/2/2026"], datetimes="neither"), "text", False),
        (Evidence("lastmodified", [], datetimes="empty"), "datetime", False),
        (Evidence("lastmodified", ["soon"], datetimes="neither"), "text", False),
        (Evidence("isinactive", ["F"]), "boolean", True),
    ],
)
def test_a_columns_type_is_the_declared_one_unless_its_values_refute_it(
    evidence: Evidence, type_: str, sure: bool
) -> None:
    column = column_of(evidence, {})
    assert column.type == type_
    assert (column.doubt is None) == sure, column.doubt


def test_an_uncertain_type_never_repeats_a_value() -> None:
    reason = column_of(Evidence(FIELD, ["12", "4111-1111"], field("Integer Number")), {}).doubt
    assert reason == "Not sure: the type: integer was expected, but 1 of 2 values are none."


@pytest.mark.parametrize(
    ("target", "references", "sure"),
    [("31", "customrecord_machine", True), ("-2", "customer", False), ("999", None, True), ("", None, True)],
)
def test_a_select_field_points_to_its_list(target: str, references: str | None, sure: bool) -> None:
    column = column_of(Evidence(FIELD, ["1"], field("List/Record", target)), {"31": "customrecord_machine"})
    assert column.references == references
    assert column.label
    assert (column.doubt is None) == sure


@pytest.mark.parametrize(
    ("name", "values", "wants"),
    [
        ("lastmodified", [], True),
        ("created", ["1/2/2026"], True),
        (FIELD, ["1/2/2026", "12/31/2025"], True),
        (FIELD, ["2026-02-01"], True),
        (FIELD, ["2-Feb-2026"], True),
        (FIELD, ["1/2/2026", "x"], False),
        (FIELD, [], False),
        ("name", ["1/2/2026"], False),
    ],
)
def test_datetimes_are_probed_where_nothing_else_shows_the_type(
    name: str, values: list[str], wants: bool
) -> None:
    assert Evidence(name, values).needs_datetime_probe is wants


def test_a_schema_is_read_without_sublists_and_links() -> None:
    select = {"type": "object", "properties": {"id": {}, "refName": {}}, "x-ns-custom-field": True}
    several = {"type": "object", "properties": {"items": {}, "count": {}}}
    read = read_schema(
        {
            "properties": {
                "links": {"type": "array"},
                "lines": {"type": "array"},
                "custrecord_Who": {"title": "Who", **select},
                "tags": several,
                "amount": {"type": "number", "format": "float"},
                "n": {"type": "integer", "format": "int64"},
                "isInactive": {"type": "boolean"},
                "day": {"type": "string", "format": "date"},
                "name": {"type": "string"},
                "odd": "not a schema",
            }
        }
    )
    assert {name: (each.type, each.is_select) for name, each in read.items()} == {
        "custrecord_who": ("integer", True),
        "tags": ("multiselect", False),
        "amount": ("decimal", False),
        "n": ("integer", False),
        "isinactive": ("boolean", False),
        "day": ("date", False),
        "name": (None, False),
    }
    assert read["custrecord_who"].is_custom
    assert read["custrecord_who"].title == "Who"
