"""Which tables a choice names."""

import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.tables import Column, Permission, Table, TableSpecError, choose_tables, standard_tables


def _table(name: str, group: str) -> Table:
    id_ = Column("id", "integer", "Internal id.")
    return Table(
        name, name.title(), "Rows.", group, ("id",), (id_,), Permission("LIST_X", "Lists > X"), feature=None
    )


TABLES = {
    table.name: table
    for table in (
        _table("transaction", "transactions"),
        _table("customer", "masterdata"),
        _table("vendor", "masterdata"),
        _table("currency", "lists"),
    )
}


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["customer"], "customer"),
        (["vendor", "customer"], "customer vendor"),
        (["customer", "customer", "masterdata"], "customer vendor"),
        (["masterdata"], "customer vendor"),
        (["lists", "transaction"], "transaction currency"),
        (["all"], "transaction customer vendor currency"),
        (["all", "customer"], "transaction customer vendor currency"),
        (["all", "-customer"], "transaction vendor currency"),
        (["-customer", "all"], "transaction vendor currency"),
        (["all", "!masterdata"], "transaction currency"),
        (["masterdata", "!vendor"], "customer"),
        (["-masterdata"], "transaction currency"),
        (["customer", "-vendor"], "customer"),
        ([], "transaction customer vendor currency"),
        ([" Customer ", "LISTS"], "customer currency"),
    ],
)
def test_a_choice_keeps_the_catalogues_order_and_names_each_table_once(names: list[str], chosen: str) -> None:
    assert [table.name for table in choose_tables(TABLES, names)] == chosen.split()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["custmer"], "there is no table or group 'custmer' (did you mean 'customer'?)"),
        (["customer", "-vender"], "there is no table or group 'vender' (did you mean 'vendor'?)"),
        (["list"], "there is no table or group 'list' (did you mean 'lists'?)"),
        (["xyzzy"], "there is no table or group 'xyzzy'"),
        ([""], "there is no table or group ''"),
        (["-"], "there is no table or group ''"),
        (
            ["customer", "-masterdata"],
            "the selection customer, -masterdata has no tables; exclude fewer, or select more",
        ),
        (["-all"], "the selection -all has no tables; exclude fewer, or select more"),
        (["accounting"], "the selection accounting has no tables; exclude fewer, or select more"),
    ],
)
def test_a_choice_without_tables_is_refused_with_the_reason(names: list[str], message: str) -> None:
    with pytest.raises(TableSpecError) as caught:
        choose_tables(TABLES, names)
    assert caught.value.message == message


def test_an_unknown_name_is_answered_with_the_groups() -> None:
    with pytest.raises(ConfigurationError, match=r"Groups are masterdata, transactions, lists, and all"):
        choose_tables(TABLES, ["xyzzy"])


def test_nothing_can_be_chosen_from_nothing() -> None:
    with pytest.raises(TableSpecError, match="has no tables"):
        choose_tables({}, ["all"])


def test_every_standard_table_and_group_can_be_chosen_by_name() -> None:
    tables = standard_tables()
    for name, table in tables.items():
        assert choose_tables(tables, [name]) == (table,)
        assert table in choose_tables(tables, [table.group])
