"""Settings of a table: what they change in its spec, and what they must not take away."""

from dataclasses import replace
from typing import Any

import pytest

from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.tables.settings import TableSettingError, TableSettings, with_settings


def changed(name: str, **settings: object) -> Table:
    return with_settings(standard_tables(), {name: TableSettings(**settings)})[name]  # type: ignore[arg-type]


def labels(table: Table) -> set[str]:
    return {column.name for column in table.columns if column.label}


def test_without_settings_the_catalogue_is_as_it_was() -> None:
    assert with_settings(standard_tables(), {}) == standard_tables()
    assert with_settings(standard_tables(), {"customer": TableSettings()}) == standard_tables()


def test_settings_of_one_table_leave_the_others_and_their_order_alone() -> None:
    after = with_settings(standard_tables(), {"customer": TableSettings(leave_out=("email",))})
    assert list(after) == list(standard_tables())
    assert {name for name, table in after.items() if table != standard_tables()[name]} == {"customer"}


def test_an_excluded_column_is_not_queried() -> None:
    before = standard_tables()["customer"]
    after = changed("customer", leave_out=("email", "phone"))
    assert [column for column in before.columns if column.name not in ("email", "phone")] == list(
        after.columns
    )


def test_hashed_columns_stay_and_are_marked() -> None:
    after = changed("customer", hashed=("phone", "email"))
    assert set(after.hashed) == {"email", "phone"}
    assert after.column("email").type == standard_tables()["customer"].column("email").type


def test_the_label_of_a_hashed_column_is_not_queried() -> None:
    name = next(iter(labels(standard_tables()["transaction"]) - {"type"}))
    assert name not in labels(changed("transaction", hashed=(name,)))
    assert name not in labels(changed("transaction", hashed=(name,), labels=True))


def test_labels_are_all_none_some_or_the_catalogue_s() -> None:
    before = standard_tables()["transaction"]
    pointing = {column.name for column in before.columns if column.references}
    assert labels(changed("transaction")) == labels(before)
    assert labels(changed("transaction", labels=True)) == labels(before) | pointing
    assert labels(changed("transaction", labels=False)) == set()
    assert labels(changed("transaction", labels=("currency",))) == {"currency"}


def test_a_table_without_cursor_is_read_whole_and_so_are_its_children() -> None:
    after = with_settings(standard_tables(), {"transaction": TableSettings(cursor=False)})
    assert after["transaction"].cursor is None
    children = [table for table in standard_tables().values() if table.parent]
    of_it = [table.name for table in children if table.parent and table.parent.table == "transaction"]
    assert of_it
    assert all(after[name].parent is None and after[name].cursor is None for name in of_it)


def test_a_child_can_be_read_whole_by_itself() -> None:
    after = with_settings(standard_tables(), {"transactionline": TableSettings(cursor=False)})
    assert after["transactionline"].parent is None
    assert after["transaction"] == standard_tables()["transaction"]


def test_without_the_cursor_its_column_can_be_excluded() -> None:
    after = changed("customer", cursor=False, leave_out=("lastmodifieddate",))
    assert "lastmodifieddate" not in {column.name for column in after.columns}


def test_a_condition_is_joined_to_the_specs_own() -> None:
    catalogue = {"customer": replace(standard_tables()["customer"], where="id > 0")}
    after = with_settings(catalogue, {"customer": TableSettings(where="isinactive = 'F'")})["customer"]
    assert after.where == "(id > 0) AND (isinactive = 'F')"
    assert changed("customer", where="isinactive = 'F'").conditions == ("(isinactive = 'F')",)


@pytest.mark.parametrize(
    ("table", "settings", "path", "message"),
    [
        ("custmer", {}, ("custmer",), "no such table (did you mean 'customer'"),
        (
            "customer",
            {"leave_out": ("phone", "emial")},
            ("customer", "leave_out", 1),
            "did you mean 'email'",
        ),
        ("customer", {"hashed": ("emial",)}, ("customer", "hash", 0), "did you mean 'email'"),
        ("customer", {"labels": ("emial",)}, ("customer", "labels"), "did you mean 'email'"),
        ("customer", {"hashed": ("email", "email")}, ("customer", "hash", 1), "names 'email' twice"),
        ("customer", {"leave_out": ("id",)}, ("customer", "leave_out", 0), "is part of the key"),
        ("customer", {"hashed": ("id",)}, ("customer", "hash", 0), "is part of the key"),
        ("customer", {"leave_out": ("lastmodifieddate",)}, ("customer", "leave_out", 0), "`cursor: false`"),
        ("customer", {"hashed": ("lastmodifieddate",)}, ("customer", "hash", 0), "`cursor: false`"),
        (
            "transactionaccountingline",
            {"leave_out": ("transaction",)},
            ("transactionaccountingline", "leave_out", 0),
            "is part of the key",
        ),
        (
            "customer",
            {"leave_out": ("email",), "hashed": ("email",)},
            ("customer", "hash", 0),
            "is in leave_out too",
        ),
        (
            "transaction",
            {"hashed": ("entity",), "labels": ("currency", "entity")},
            ("transaction", "labels", 1),
            "what its hash hides",
        ),
        ("customer", {"where": "isinactive"}, ("customer", "where"), "is no condition"),
    ],
)
def test_columns_that_a_sync_needs_cannot_be_excluded_or_hashed(
    table: str, settings: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(TableSettingError) as raised:
        with_settings(standard_tables(), {table: TableSettings(**settings)})
    assert raised.value.path[: len(path)] == path
    assert raised.value.table == table
    assert message in raised.value.message


def test_the_column_by_which_a_child_finds_its_parent_is_needed() -> None:
    catalogue = dict(standard_tables())
    child = catalogue["transactionline"]
    catalogue["transactionline"] = replace(child, key=("id",))
    with pytest.raises(TableSettingError, match="the parent 'transaction'"):
        with_settings(catalogue, {"transactionline": TableSettings(hashed=("transaction",))})


def test_a_query_has_no_labels_for_its_columns_may_be_anything() -> None:
    catalogue = {"mine": replace(standard_tables()["customer"], name="mine", query="SELECT id FROM customer")}
    with pytest.raises(TableSettingError, match=r"BUILTIN\.DF"):
        with_settings(catalogue, {"mine": TableSettings(labels=True)})
    assert with_settings(catalogue, {"mine": TableSettings(labels=False)})["mine"].columns


def test_a_label_that_would_have_a_column_s_name_is_refused() -> None:
    table = standard_tables()["customer"]
    other = replace(table.column("email"), name="currency_label")
    catalogue = {"customer": replace(table, columns=(*table.columns, other))}
    with pytest.raises(TableSettingError, match="currency_label' exists"):
        with_settings(catalogue, {"customer": TableSettings(labels=("currency",))})
