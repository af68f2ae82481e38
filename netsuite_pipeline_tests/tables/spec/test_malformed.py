"""An error of a spec is reported with file, line, table and field, and what to write instead."""

from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.tables import TableSpecError, parse_tables
from netsuite_pipeline.tables.spec import yaml_nodes
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.one_pass import in_one_pass
from netsuite_pipeline_tests.tables.good import GOOD

TYPES = "integer, decimal, boolean, text, date, datetime, multiselect"
TABLE_FIELDS = (
    "title, about, group, key, permission, columns, unique, cursor, parent, row_cursor, belongs_to, "
    "deletion_log, feature, uncertain, doubt"
)
NAME_RULE = ": write it lower case, a letter first, then letters, digits and _"
IN_QUOTES = "; put it in quotes if it is meant so"
COLUMN_FIELDS = "type, about, references, label, uncertain, doubt"


@in_one_pass(
    ("old", "new", "message"),
    [
        # fields of a table
        ("  title: Notes\n", "", "line 15: table 'note': lacks title"),
        ("  title: Notes\n  about: One row a note.\n", "", "line 15: table 'note': lacks title and about"),
        (
            "  feature:",
            "  featur:",
            "line 21: table 'note': there is no field 'featur' (did you mean 'feature'?); fields are "
            f"{TABLE_FIELDS}",
        ),
        (
            "  group: lists\n",
            "  group: lists\n  group: lists\n",
            "line 18: table 'note', group: is given twice (first on line 17)",
        ),
        ("title: Notes", "title: 7", f"line 15: table 'note', title: must be text, not a number{IN_QUOTES}"),
        (
            "title: Notes",
            "title: yes",
            f"line 15: table 'note', title: must be text, not true or false{IN_QUOTES}",
        ),
        ("title: Notes", "title:", f"line 15: table 'note', title: must be text, not nothing{IN_QUOTES}"),
        ("title: Notes", 'title: " "', "line 15: table 'note', title: must be text, not an empty text"),
        ("title: Notes", "title: [Notes]", "line 15: table 'note', title: must be text, not a list"),
        (
            "title: Notes",
            "title: 2026-01-31",
            "line 15: table 'note', title: must be text, not a value of the kind timestamp",
        ),
        (
            "title: Notes",
            "title: !!python/name:os.system",
            "line 15: table 'note', title: must be text, not a value of the kind python/name:os.system",
        ),
        (
            "uncertain: Seen once.",
            "uncertain: true",
            "line 22: table 'note', uncertain: must say why, in words, not true or false",
        ),
        (
            "group: lists",
            "group: list",
            "line 17: table 'note', group: 'list' is no group (did you mean 'lists'?); write one of "
            "masterdata, transactions, accounting, lists, custom",
        ),
        # permission
        (
            "{id: LIST_NOTE, name: Lists > Notes}",
            "LIST_NOTE",
            "line 20: table 'note', permission: must hold fields, not 'LIST_NOTE'",
        ),
        (
            "{id: LIST_NOTE, name: Lists > Notes}",
            "{id: LIST_NOTE}",
            "line 20: table 'note', permission: lacks name",
        ),
        (
            "id: LIST_NOTE",
            "id: list-note",
            "line 20: table 'note', permission, id: 'list-note' is no permission id; write it like "
            "LIST_CUSTJOB",
        ),
        (
            "name: Lists > Notes",
            "name: Notes",
            "line 20: table 'note', permission, name: 'Notes' names no tab; write tab and permission "
            "like Lists > Customers",
        ),
        # key, cursor, parent
        (
            "key: [customer, line]",
            "key: customer",
            "line 18: table 'note', key: must be a list of columns, such as [id], not 'customer'",
        ),
        (
            "key: [customer, line]",
            "key: []",
            "line 18: table 'note', key: must be a list of columns, such as [id], not an empty list",
        ),
        (
            "key: [customer, line]",
            "key: [customer, lines]",
            "line 18: table 'note', key: the table has no column 'lines' (did you mean 'line'?)",
        ),
        (
            "key: [customer, line]",
            "key: [line, line]",
            "line 18: table 'note', key: names column 'line' twice",
        ),
        (
            "cursor: changed",
            "cursor: change",
            "line 8: table 'customer', cursor: the table has no column 'change' (did you mean 'changed'?)",
        ),
        (
            "cursor: changed",
            "cursor: id",
            "line 8: table 'customer', cursor: column 'id' is of type integer; only a datetime shows "
            "when a row changed",
        ),
        (
            "{table: customer, column: customer}",
            "customer",
            "line 19: table 'note', parent: must hold fields, not 'customer'",
        ),
        (
            "{table: customer, column: customer}",
            "{table: custmer, column: customer}",
            "line 19: table 'note', parent, table: there is no table 'custmer' (did you mean 'customer'?)",
        ),
        (
            "{table: customer, column: customer}",
            "{table: note, column: customer}",
            "line 19: table 'note', parent, table: 'note' has a parent itself; name the table at the top",
        ),
        (
            "{table: customer, column: customer}",
            "{table: customer, column: customr}",
            "line 19: table 'note', parent, column: the table has no column 'customr' (did you mean "
            "'customer'?)",
        ),
        (
            "key: [id]",
            "key: [id, status]",
            "line 19: table 'note', parent, table: 'customer' has a key of 2 columns, not of one",
        ),
        (
            "  feature: Notes",
            "  cursor: size",
            "line 21: table 'note', cursor: column 'size' is of type decimal; only a datetime shows "
            "when a row changed",
        ),
        (
            "  cursor: changed",
            "  cursor: changed\n  parent: {table: note, column: id}",
            "line 9: table 'customer', parent: a table has a cursor or a parent, not both; leave one "
            "of them out",
        ),
        # columns
        (
            'type: integer, about: "Its number."',
            'type: string, about: "Its number."',
            f"line 25: table 'note', column 'line', type: 'string' is no column type; write one of {TYPES}",
        ),
        (
            'type: integer, about: "Its number."',
            'type: integr, about: "Its number."',
            "line 25: table 'note', column 'line', type: 'integr' is no column type (did you mean "
            f"'integer'?); write one of {TYPES}",
        ),
        (
            'type: integer, about: "Its number."',
            "type: integer",
            "line 25: table 'note', column 'line': lacks about",
        ),
        (
            '{type: integer, about: "Its number."}',
            "integer",
            "line 25: table 'note', column 'line': must hold fields, not 'integer'",
        ),
        (
            "label: true",
            'label: "true"',
            "line 12: table 'customer', column 'status', label: must be true or false, not 'true'",
        ),
        (
            "label: true",
            "lable: true",
            "line 12: table 'customer', column 'status': there is no field 'lable' (did you mean "
            f"'label'?); fields are {COLUMN_FIELDS}",
        ),
        (
            "    line:",
            "    customer:",
            "line 25: table 'note', column 'customer': is given twice (first on line 24)",
        ),
        (
            "    changed: {",
            "    status_label: {",
            "line 12: table 'customer', column 'status', label: there is a column 'status_label' "
            "already, which the label would be called too; leave one of them out",
        ),
        ("    line:", "    Line:", f"line 25: table 'note', columns: 'Line' is no name{NAME_RULE}"),
        ("    line:", "    2nd:", f"line 25: table 'note', columns: '2nd' is no name{NAME_RULE}"),
        ("    line:", "    [line]:", f"line 25: table 'note', columns: '' is no name{NAME_RULE}"),
        (
            "references: customer",
            "references: costumer",
            "line 24: table 'note', column 'customer', references: there is no table 'costumer' (did "
            "you mean 'customer'?)",
        ),
        (
            'uncertain: "Nobody knows."',
            'uncertain: "Nobody knows.", doubt: "Nor I."',
            "line 26: table 'note', column 'mood', doubt: leave it out: uncertain says why already",
        ),
        (
            'uncertain: "Nobody knows."',
            "uncertain: yes",
            "line 26: table 'note', column 'mood', uncertain: must say why, in words, not true or false",
        ),
        # tables
        ("note:\n", "customer:\n", "line 14: table 'customer': is given twice (first on line 1)"),
        ("note:\n", "Note:\n", f"line 14: 'Note' is no name{NAME_RULE}"),
        (
            "note:\n",
            "lists:\n",
            "line 15: table 'lists': a table cannot be called so: in a choice of tables the word means many",
        ),
    ],
)
def test_a_malformed_spec_is_reported_with_line_table_and_field(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(TableSpecError) as caught:
        parse_tables(GOOD.replace(old, new, 1), "my.yaml")
    assert caught.value.message == f"my.yaml, {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "my.yaml: is empty: it must hold tables, by name"),
        ("# nothing yet\n", "my.yaml: is empty: it must hold tables, by name"),
        ("{}", "my.yaml, line 1: must hold tables, by name, not an empty mapping"),
        ("[customer]", "my.yaml, line 1: must hold tables, by name, not a list"),
        ("customer", "my.yaml, line 1: must hold tables, by name, not 'customer'"),
        ("customer:\n", "my.yaml, line 1: table 'customer': must hold fields, not nothing"),
    ],
)
def test_a_file_without_tables_is_refused(text: str, message: str) -> None:
    with pytest.raises(TableSpecError) as caught:
        parse_tables(text, "my.yaml")
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "line"),
    [("customer: {title: [}", 1), ("customer:\n  title: 'open", 2), ("a: b\n--- \nc: d\n", 2)],
)
def test_what_is_no_yaml_is_reported_with_its_line(text: str, line: int) -> None:
    with pytest.raises(TableSpecError, match=r"my\.yaml, line \d+: is no YAML: ") as caught:
        parse_tables(text, "my.yaml")
    assert caught.value.line is not None
    assert caught.value.line >= line


def test_characters_that_yaml_forbids_are_reported() -> None:
    with pytest.raises(TableSpecError, match=r"my\.yaml.*is no YAML"):
        parse_tables("customer: \x00", "my.yaml")


def test_a_malformed_spec_is_refused_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_nodes, "_LOADER", yaml.SafeLoader)
    with pytest.raises(TableSpecError, match=r"^my\.yaml, line 15: table 'note': lacks title"):
        parse_tables(GOOD.replace("  title: Notes\n", ""), "my.yaml")


@settings(max_examples=searches(200, 2000), database=None)
@given(
    start=st.integers(0, len(GOOD)),
    length=st.integers(0, 40),
    text=st.text(alphabet=":-[]{}&*!|>'\"%@#?,. \n\tidnote0", max_size=12),
)
def test_however_a_file_is_spoiled_only_a_spec_error_is_raised(start: int, length: int, text: str) -> None:
    spoiled = GOOD[:start] + text + GOOD[start + length :]
    with suppress(TableSpecError):
        assert all(table.key and table.columns for table in parse_tables(spoiled, "my.yaml").values())
