"""The promises that the standard catalogue makes."""

import time
from collections.abc import Callable

import pytest
import yaml

from netsuite_pipeline.tables import GROUPS, Column, Table, standard_tables
from netsuite_pipeline.tables.catalogue import STANDARD_CATALOGUE
from netsuite_pipeline.tables.spec.parser import parse_tables
from netsuite_pipeline_tests.one_pass import in_one_pass

from .dbt_columns import DBT_COLUMNS

TABLES = tuple(standard_tables().values())
COLUMNS = tuple((table, column) for table in TABLES for column in table.columns)

BESIDES_DBT = [
    "contact",
    "term",
    "pricelevel",
    "pricing",
    "inventoryitemlocations",
    "nexttransactionlinelink",
    "transactionstatus",
    "budgets",
    "deletedrecord",
    "currencyrate",
    "accountsubsidiarymap",
]

# Columns that no public source settles. Whoever confirms one on an account takes it out here and in the file.
UNCERTAIN = {
    "transaction": "subsidiary",
    "transactionline": "units",
    "transactionaccountingline": (
        "paymentamountused paymentamountunused overheadparentitem processedbyrevcommit lastmodifieddate"
    ),
    "nexttransactionlinelink": "previousdate nextdate lastmodifieddate",
    "transactionstatus": "name fullname trancustomtype",
    "account": "accountsearchdisplayname",
    "accounttype": "seqnum internalid defaultcashflowratetype defaultgeneralratetype",
    "accountingperiod": "lastmodifieddate",
    "accountingbook": "subsidiariesstring lastmodifieddate",
    "currency": "fxrateupdatetimezone lastmodifieddate",
    "currencyrate": "lastmodifieddate",
    "subsidiary": "lastmodifieddate",
    "department": "lastmodifieddate",
    "classification": "lastmodifieddate",
    "location": "returnaddress locationtype lastmodifieddate",
    "locationmainaddress": "lastmodifieddate",
    "entityaddress": "lastmodifieddate",
    "term": "datedriven preferred lastmodifieddate",
    "pricelevel": "updateexistingprices lastmodifieddate",
    "pricing": "saleunit",
    "customersubsidiaryrelationship": "name balance unbilledorders lastmodifieddate",
    "vendorcategory": "isinactive lastmodifieddate",
    "vendorsubsidiaryrelationship": "name balance creditlimit lastmodifieddate",
    "employee": "employeestatus employeetype",
    "contact": "contactsource",
    "job": "jobtype calculatedenddate",
    "item": "totalquantityonhand",
    "inventoryitemlocations": "costaccountingstatus lastquantityavailablechange",
    "budgets": "id year category currency total",
}


def _broken(promise: Callable[[Table, Column], bool]) -> list[str]:
    return [f"{table.name}.{column.name}" for table, column in COLUMNS if not promise(table, column)]


@in_one_pass(("table", "columns"), DBT_COLUMNS.items(), ids=list(DBT_COLUMNS))
def test_every_column_that_models_in_wide_use_read_is_there(table: str, columns: str) -> None:
    have = {column.name for column in standard_tables()[table].columns}
    assert set(columns.split()) <= have


def test_the_models_in_wide_use_read_28_tables() -> None:
    assert len(DBT_COLUMNS) == 28


@pytest.mark.parametrize("table", BESIDES_DBT)
def test_the_tables_that_those_models_lack_are_there_too(table: str) -> None:
    assert table in standard_tables()


def test_every_column_is_explained() -> None:
    assert (
        _broken(lambda _, column: len(column.description) >= 10 and column.description.endswith((".", "…")))
        == []
    )


def test_every_table_is_explained_in_one_or_two_sentences_of_its_own() -> None:
    for table in TABLES:
        sentences = table.description.count(". ") + 1
        assert table.description.endswith("."), table.name
        assert sentences <= 3, table.name
    assert len({table.description for table in TABLES}) == len(TABLES)
    assert len({table.title for table in TABLES}) == len(TABLES)


def test_no_two_columns_of_a_table_are_explained_the_same() -> None:
    for table in TABLES:
        descriptions = [column.description for column in table.columns]
        assert len(set(descriptions)) == len(descriptions), table.name


def test_every_key_is_made_of_columns() -> None:
    for table in TABLES:
        assert table.key
        assert all(table.column(name) for name in table.key)


def test_every_cursor_is_a_datetime_that_accounts_surely_have() -> None:
    for table in TABLES:
        if table.cursor:
            cursor = table.column(table.cursor)
            assert (cursor.type, cursor.uncertain) == ("datetime", False), table.name


def test_lines_follow_their_transaction() -> None:
    children = {table.name: table.parent.table for table in TABLES if table.parent}
    assert children == {"transactionline": "transaction", "transactionaccountingline": "transaction"}
    assert all(table.key[0] == table.parent.column for table in TABLES if table.parent)


def test_every_reference_leads_to_a_table_of_the_catalogue() -> None:
    assert (
        _broken(lambda _, column: column.references is None or column.references in standard_tables()) == []
    )


def test_references_have_the_type_of_the_key_they_hold() -> None:
    def fits(_: Table, column: Column) -> bool:
        if column.references is None or column.type == "multiselect":
            return True
        target = standard_tables()[column.references]
        return len(target.key) == 1 and target.column(target.key[0]).type == column.type

    assert _broken(fits) == []


def test_money_and_rates_are_never_floats() -> None:
    words = ("amount", "rate", "total", "cost", "price", "balance", "limit", "debit", "credit")
    other = {"purchaseorderlimit", "cashflowrate", "generalrate"}
    loose = [
        f"{table.name}.{column.name}"
        for table, column in COLUMNS
        if column.name.endswith(words) and column.name not in other and column.type != "decimal"
    ]
    # A transaction line's price is the price level it came from.
    assert loose == ["transactionline.price"]


def test_the_reserved_word_left_is_a_column() -> None:
    assert standard_tables()["accounttype"].column("left").type == "boolean"


def test_labels_are_stored_where_codes_have_no_meaning() -> None:
    wanted = {f"{table.name}.{column.name}" for table, column in COLUMNS if column.label}
    assert wanted == {
        "transaction.status",
        "transaction.entity",
        "transaction.postingperiod",
        "transactionline.item",
        "transactionaccountingline.account",
        "customer.entitystatus",
        "customer.salesrep",
        "employee.supervisor",
    }


def test_only_undocumented_columns_are_marked_uncertain() -> None:
    marked = {table.name: {column.name for column in table.columns if column.uncertain} for table in TABLES}
    assert {name: columns for name, columns in marked.items() if columns} == {
        name: set(columns.split()) for name, columns in UNCERTAIN.items()
    }


def test_every_uncertain_column_has_a_reason() -> None:
    assert _broken(lambda _, column: not column.uncertain or len(column.doubt or "") >= 20) == []


@pytest.mark.parametrize("table", ["budgets", "transactionstatus"])
def test_tables_without_a_documented_source_are_marked(table: str) -> None:
    assert standard_tables()[table].uncertain


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("transaction", "foreigntotal"),
        ("transactionline", "linelastmodifieddate"),
        ("transactionaccountingline", "transactionline"),
        ("item", "subsidiary"),
    ],
)
def test_columns_of_disputed_meaning_have_a_reason(table: str, column: str) -> None:
    assert standard_tables()[table].column(column).doubt


@pytest.mark.parametrize("table", ["nexus", "job", "accountsubsidiarymap", "nexttransactionlinelink"])
def test_tables_whose_permission_feature_or_key_is_a_guess_say_why(table: str) -> None:
    assert standard_tables()[table].doubt


def test_every_group_but_custom_is_used() -> None:
    assert {table.group for table in TABLES} == set(GROUPS) - {"custom"}


def test_permissions_are_named_as_an_administrator_sees_them() -> None:
    tabs = {table.permission.name.split(" > ")[0] for table in TABLES}
    assert tabs == {"Lists", "Setup", "Transactions"}
    names = {table.permission.id: table.permission.name for table in TABLES}
    assert all(names[table.permission.id] == table.permission.name for table in TABLES)


def test_the_catalogue_is_read_once_and_cannot_be_changed() -> None:
    assert standard_tables() is standard_tables()
    with pytest.raises(TypeError):
        standard_tables()["customer"] = TABLES[0]  # type: ignore[index]


def test_reading_the_catalogue_costs_little_more_than_its_yaml() -> None:
    text = STANDARD_CATALOGUE.read_text(encoding="utf-8")

    def cpu_seconds(read: Callable[[], object]) -> float:
        """Return the best of three: the work, without what else the machine does."""
        costs = []
        for _ in range(3):
            started = time.process_time()
            read()
            costs.append(time.process_time() - started)
        return min(costs)

    # About 1.5 times as much; 150 ms of CPU were too much, where the YAML alone costs 12.
    plain = cpu_seconds(lambda: yaml.load(text, yaml.CSafeLoader))
    assert cpu_seconds(lambda: parse_tables(text, "standard.yaml")) < 8 * plain
