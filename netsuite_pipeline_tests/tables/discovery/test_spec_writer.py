"""Specs written as YAML are read back as they are, and a file that people changed keeps every line."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsuite_pipeline.tables import (
    Column,
    Permission,
    Table,
    TableSpecError,
    parse_tables,
    standard_tables,
    tables_from_environment,
)
from netsuite_pipeline.tables.discovery.column_inference import plain
from netsuite_pipeline.tables.discovery.spec_writer import add_to_file, changes, render_tables

ID = Column("id", "integer", "NetSuite's internal id.")
PRICE = Column("custrecord_price", "decimal", "Price.", doubt="Not sure: the type.")
MACHINE = Table(
    "customrecord_machine", "Machine", "One row each.", "custom", ("id",), (ID, PRICE),
    Permission("LIST_CUSTRECORDENTRY", "Lists > Custom Record Entries"),
)  # fmt: skip
SIZE = replace(MACHINE, columns=(ID, PRICE, Column("custrecord_size", "integer", "Size.", label=True)))


def test_the_standard_catalogue_survives_being_written() -> None:
    assert parse_tables(render_tables(standard_tables()), "again.yaml") == standard_tables()


@given(st.text(min_size=1).filter(plain), st.sampled_from(["no", "on", "null", "y", "custrecord_1", "true"]))
def test_whatever_a_label_holds_is_read_back(label: str, name: str) -> None:
    text = plain(label)
    column = Column(name, "text", text, uncertain=True, doubt=text)
    table = replace(MACHINE, title=text, description=text, columns=(ID, column), doubt=text, feature=text)
    assert parse_tables(render_tables({table.name: table}), "x.yaml") == {table.name: table}


def test_a_new_file_is_used_by_naming_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    add_to_file(path, {MACHINE.name: MACHINE}, standard_tables())
    known = tables_from_environment({"NETSUITE_TABLES": str(path)})
    assert list(known) == [*standard_tables(), MACHINE.name]
    assert known[MACHINE.name] == MACHINE
    assert tables_from_environment({}) == standard_tables()


def test_a_table_of_the_file_wins_over_the_standard_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    customer = replace(standard_tables()["customer"], title="Our customers")
    add_to_file(path, {"customer": customer}, standard_tables())
    known = tables_from_environment({"NETSUITE_TABLES": f" {path} "})
    assert known["customer"].title == "Our customers"
    assert list(known) == list(standard_tables())


@pytest.mark.parametrize("content", [None, b"", b"customer: 3", b"\xff", b"a:\n  title: x\n"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TableSpecError, match="mine.yaml"):
        tables_from_environment({"NETSUITE_TABLES": str(path)})


CHANGED = """\
# ours
customrecord_machine:   # changed by us
  title: Our machines
  about: >-
    One row
    each.
  group: custom
  key: [id]
  columns:
    id: {type: integer, about: "NetSuite's internal id."}
    # we know better
    custrecord_price:
      type: text
      about: >-
        Price, as we
        see it.

  permission: {id: LIST_CUSTRECORDENTRY, name: Lists > Custom Record Entries}

currency2:
  title: Two
  about: Second.
  group: lists
  key: [id]
  permission: {id: LIST_CURRENCY, name: Lists > Currency}
  columns:
    id: {type: integer, about: "Internal id."}
# the end
"""


def test_lines_changed_by_hand_stay(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CHANGED)
    found = {SIZE.name: SIZE, "customrecord_b": replace(MACHINE, name="customrecord_b")}
    add_to_file(path, found, standard_tables())
    lines = path.read_text().splitlines()
    rest = iter(lines)
    assert all(line in rest for line in CHANGED.splitlines())  # all of them, in their order
    read = parse_tables(path.read_text(), "mine.yaml")
    assert list(read) == ["customrecord_machine", "currency2", "customrecord_b"]
    machine = read["customrecord_machine"]
    assert machine.title == "Our machines"
    assert [(column.name, column.type) for column in machine.columns] == [
        ("id", "integer"), ("custrecord_price", "text"), ("custrecord_size", "integer"),
    ]  # fmt: skip
    again = path.read_text()
    add_to_file(path, found, standard_tables())
    assert path.read_text() == again


def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    flow = render_tables({MACHINE.name: MACHINE}).partition("  columns:")[0]
    flow += '  columns: {id: {type: integer, about: "Id."}}\n'
    path.write_text(flow)
    with pytest.raises(TableSpecError, match="without changing what is there") as raised:
        add_to_file(path, {SIZE.name: SIZE}, standard_tables())
    assert "--output" in raised.value.remedy
    assert path.read_text() == flow
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_new_gone_and_different_is_reported() -> None:
    theirs = replace(
        MACHINE, columns=(ID, replace(PRICE, type="text"), Column("custrecord_old", "text", "Old."))
    )
    other = replace(MACHINE, name="customrecord_b")
    differences = changes(
        {MACHINE.name: theirs, "customrecord_unasked": MACHINE}, {SIZE.name: SIZE, other.name: other}
    )
    assert [str(change) for change in differences] == [
        "new: customrecord_machine, column custrecord_size",
        "gone: customrecord_machine, column custrecord_old",
        "differs: customrecord_machine, column custrecord_price: text in the file, decimal found",
        "new: customrecord_b, 2 columns",
    ]
