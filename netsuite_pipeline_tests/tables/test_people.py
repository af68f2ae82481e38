"""No sample of people's data is shown unless a setting enables it."""

from dataclasses import replace

import pytest

from netsuite_pipeline.tables import Column, Permission, Table, standard_tables
from netsuite_pipeline.tables.people import previewed_columns
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.tables.settings import TableSettings, with_settings

TABLES = standard_tables()
ID = Column("id", "integer", "NetSuite's internal id.")


def _table(name: str, *columns: Column, **more: object) -> Table:
    return Table(name, name, "", "custom", ("id",), (ID, *columns), Permission("X", "X"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    ["customer", "vendor", "employee", "contact", "entity", "entityaddress", "locationmainaddress"],
)
def test_tables_of_people_have_no_preview(name: str) -> None:
    assert previewed_columns(TABLES[name]) == frozenset()


@pytest.mark.parametrize("name", ["partner", "lead", "customeraddressbookentityaddress"])
def test_tables_of_people_that_are_not_in_the_catalogue_have_none_either(name: str) -> None:
    assert previewed_columns(_table(name)) == frozenset()


@pytest.mark.parametrize(
    "column",
    [
        "email",
        "custrecord_e_mail_2",
        "phone",
        "mobilephone",
        "fax",
        "custrecord_contact_firstname",
        "addr1",
        "addressee",
        "birthdate",
        "socialsecuritynumber",
        "custbody_iban",
        "zip",
    ],
)
def test_columns_of_people_are_excluded_from_other_previews(column: str) -> None:
    table = _table("customrecord_machine", Column("name", "text", ""), Column(column, "text", ""))
    assert previewed_columns(table) == {"id", "name"}
    assert previewed_columns(replace(table, hashed=(column,))) == {"id", "name", column}
    assert previewed_columns(replace(table, preview=True)) == {"id", "name", column}
    assert previewed_columns(replace(table, preview=False)) == frozenset()


def test_labels_that_name_people_are_excluded_and_others_stay() -> None:
    shown = previewed_columns(TABLES["transaction"])
    assert {"id", "tranid", "entity", "status", "status_label"} <= shown
    assert not {"entity_label", "employee_label", "shippingaddress_label"} & shown


def test_queries_of_people_have_no_preview_under_whatever_names() -> None:
    query = "SELECT c.id, c.companyname AS who FROM transaction t JOIN customer c ON c.id = t.entity"
    assert previewed_columns(query_table("who", query=query, key=["id"], known=TABLES)) == frozenset()
    plain = query_table("due", query="SELECT id, duedate FROM transaction", key=["id"], known=TABLES)
    assert previewed_columns(plain) == {"id", "duedate"}


def test_settings_switch_a_preview_on_and_off() -> None:
    settings = {"customer": TableSettings(preview=True), "currency": TableSettings(preview=False)}
    changed = with_settings(TABLES, settings)
    assert {"id", "email", "phone"} <= previewed_columns(changed["customer"])
    assert previewed_columns(changed["currency"]) == frozenset()
    assert previewed_columns(changed["vendor"]) == frozenset()
