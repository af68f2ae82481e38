"""A spec written in YAML is read whole, with or without libyaml."""

import pytest
import yaml

from netsuite_pipeline.tables import Column, Parent, Permission, Table, parse_tables
from netsuite_pipeline.tables.spec import yaml_nodes
from netsuite_pipeline_tests.tables.good import GOOD


def test_a_good_spec_is_read_whole() -> None:
    assert parse_tables(GOOD, "my.yaml") == {
        "customer": Table(
            name="customer",
            title="Customers",
            description="One row a customer.",
            group="masterdata",
            key=("id",),
            columns=(
                Column("id", "integer", "Internal id."),
                Column("status", "text", "Where it stands.", label=True),
                Column("changed", "datetime", "When it changed."),
            ),
            permission=Permission("LIST_CUSTJOB", "Lists > Customers"),
            cursor="changed",
        ),
        "note": Table(
            name="note",
            title="Notes",
            description="One row a note.",
            group="lists",
            key=("customer", "line"),
            columns=(
                Column("customer", "integer", "Whose it is.", references="customer"),
                Column("line", "integer", "Its number."),
                Column("mood", "text", "How it sounds.", uncertain=True, doubt="Nobody knows."),
                Column("size", "decimal", "How long it is.", doubt="Unit unknown."),
            ),
            permission=Permission("LIST_NOTE", "Lists > Notes"),
            parent=Parent("customer", "customer"),
            feature="Notes",
            uncertain="Seen once.",
        ),
    }


def test_tables_keep_the_order_of_the_file() -> None:
    assert list(parse_tables(GOOD, "my.yaml")) == ["customer", "note"]


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = parse_tables(GOOD, "my.yaml")
    monkeypatch.setattr(yaml_nodes, "_LOADER", yaml.SafeLoader)
    assert parse_tables(GOOD, "my.yaml") == fast


def test_a_column_may_be_called_like_a_boolean_of_yaml() -> None:
    text = GOOD.replace("    line:", "    no:").replace("customer, line]", 'customer, "no"]')
    assert parse_tables(text, "my.yaml")["note"].key == ("customer", "no")


def test_references_to_known_tables_outside_the_file_are_valid() -> None:
    text = GOOD.replace("references: customer", "references: entity")
    assert parse_tables(text, "my.yaml", known=["entity"])["note"].column("customer").references == "entity"
