"""What a role sees follows from its permissions, the account's features and its restrictions."""

from netsuite_pipeline.emulator.account.permissions import NAMES, TRANSPORT, menu_name
from netsuite_pipeline.emulator.account.roles import (
    DATA_PIPELINE,
    HIDDEN_BY_DEFAULT,
    Role,
    access_of,
    standard_roles,
)
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline.emulator.suiteql.access import Access

FEATURES = frozenset({"SUBSIDIARIES", "MULTICURRENCY", "MULTIBOOK", "DEPARTMENTS", "CLASSES", "LOCATIONS"})


def access(role: Role, features: frozenset[str] = FEATURES) -> Access:
    return access_of(role, features=features, hidden_columns=HIDDEN_BY_DEFAULT, version=1)


def role(**given: object) -> Role:
    permissions = {record.permission: 1 for record in RECORDS.values()}
    return Role(**({"id": 9, "name": "r", "permissions": permissions} | given))  # type: ignore[arg-type]


def test_the_pipelines_role_sees_every_table() -> None:
    found = access(standard_roles()[DATA_PIPELINE])
    assert set(found.visible) == set(RECORDS)
    assert not found.no_such_record
    assert not found.row_filters


def test_a_table_goes_with_its_permission() -> None:
    permissions = {record.permission: 1 for record in RECORDS.values()} | {"LIST_VENDOR": 0}
    found = access(role(permissions=permissions))
    assert found.no_such_record == {"vendor", "vendorsubsidiaryrelationship"}


def test_tables_and_columns_go_with_their_feature() -> None:
    found = access(role(), FEATURES - {"SUBSIDIARIES"})
    assert "subsidiary" in found.no_such_record
    assert "subsidiary" not in found.visible["transactionline"]
    assert "subsidiary" in access(role()).visible["transactionline"]


def test_a_hidden_column_is_not_seen() -> None:
    assert "subsidiary" not in access(role()).visible["transaction"]
    assert access(role()).hidden_columns["transaction", "subsidiary"] == "NOT_EXPOSED"


def test_a_condition_on_transactions_takes_their_lines_along() -> None:
    found = access(role(row_filters={"transaction": "id > 5"})).row_filters
    assert found["transaction"] == "(id > 5)"
    assert set(found) == {
        "transaction",
        "transactionline",
        "transactionaccountingline",
        "nexttransactionlinelink",
    }


def test_a_restriction_to_subsidiaries_reaches_every_table_that_has_one() -> None:
    found = access(role(subsidiaries=(2, 3))).row_filters
    assert {"subsidiary", "transaction", "transactionline", "customer", "vendor", "employee", "item"} <= set(
        found
    )
    assert found["subsidiary"] == '("id" IN (2, 3))'
    assert "term" not in found


def test_an_administrator_lacks_nothing() -> None:
    boss = role(permissions={}, administrator=True)
    assert not access(boss).no_such_record
    assert boss.level("REPO_ANALYTICS") == 4


def test_every_permission_has_the_name_that_people_see() -> None:
    assert {record.permission for record in RECORDS.values()} | set(TRANSPORT) <= set(NAMES)
    assert menu_name("LIST_ITEM") == "Lists -> Items"
    assert menu_name("ADMI_DELETEDRECORD") == "Setup -> Deleted Records"
