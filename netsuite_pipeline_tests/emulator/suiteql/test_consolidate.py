"""BUILTIN.CONSOLIDATE takes Oracle's arguments, refuses others, and is NULL where nothing consolidates."""

from decimal import Decimal
from typing import Any

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import QueryError

PERIOD = 156
RATES = {"AVERAGE": "averagerate", "HISTORICAL": "historicalrate", "CURRENT": "currentrate"}
POSTINGS = (
    "FROM transactionaccountingline tal JOIN transaction t ON t.id = tal.transaction "
    "JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline "
    "JOIN account a ON a.id = tal.account "
    f"WHERE t.postingperiod = {PERIOD} AND tal.posting = 'T'"
)


def call(*changed: tuple[int, str]) -> str:
    """Return the call, with some of its arguments changed."""
    arguments = ["tal.amount", "'LEDGER'", "'DEFAULT'", "'DEFAULT'", "1", str(PERIOD), "'DEFAULT'"]
    for place, argument in changed:
        arguments[place] = argument
    return f"BUILTIN.CONSOLIDATE({', '.join(arguments)})"


def ask(client: NetSuiteClient, items: str, tail: str = "") -> list[dict[str, str]]:
    order = "ORDER BY tal.transaction, tal.transactionline, tal.accountingbook"
    return list(client.iter_rows(f"SELECT {items} {POSTINGS} {tail or order}"))  # type: ignore[arg-type]


@pytest.fixture
def client(emulator: EmulatorProcess) -> NetSuiteClient:
    return client_from_environment(emulator.env)


def test_each_amount_is_converted_at_the_rate_of_its_account_and_rounded(
    client: NetSuiteClient, emulator: EmulatorProcess
) -> None:
    dump = emulator.admin.table("consolidatedexchangerate")
    rates: dict[tuple[Any, ...], dict[str, Any]] = {}
    for values in dump.rows:
        rate = dict(zip(dump.columns, values, strict=True))
        rates[rate["postingperiod"], rate["accountingbook"], rate["fromsubsidiary"], rate["tosubsidiary"]] = (
            rate
        )
    rows = ask(client, f"tal.amount, tal.accountingbook, tl.subsidiary, a.generalrate, {call()} AS converted")
    kinds = {row.get("generalrate") for row in rows}
    assert len(rows) > 20
    assert {"CURRENT", "AVERAGE"} <= kinds
    for row in rows:
        rate = rates[PERIOD, int(row["accountingbook"]), int(row["subsidiary"]), 1]
        if row.get("generalrate"):
            chosen = Decimal(str(rate[RATES[row["generalrate"]]]))
            exact = Decimal(row["amount"]) * chosen
            assert abs(Decimal(row["converted"]) - exact) <= Decimal("0.0050001")


def test_sums_need_to_number(client: NetSuiteClient) -> None:
    by = "GROUP BY tal.account ORDER BY tal.account"
    assert ask(client, f"tal.account, SUM(TO_NUMBER({call()})) AS total", by)
    with pytest.raises(QueryError, match="Invalid or unsupported search"):
        ask(client, f"tal.account, SUM({call()}) AS total", by)


def test_a_rate_type_can_be_chosen(client: NetSuiteClient) -> None:
    calls = [call((3, f"'{kind}'")) for kind in RATES]
    shown = [ask(client, f"{each} AS c") for each in calls]
    assert len(set(map(str, shown))) > 1, "the rates of this period"


@pytest.mark.parametrize(
    "changed",
    [
        (0, "5"),
        (0, "t.memo"),
        (0, "t.foreigntotal"),
        (1, "'BALANCE'"),
        (2, "'BUDGET'"),
        (3, "'SPOT'"),
        (4, "'1'"),
        (5, "t.postingperiod"),
        (5, "'DEFAULT'"),
        (6, "'PRIMARY'"),
    ],
    ids=str,
)
def test_other_arguments_are_refused(changed: tuple[int, str], client: NetSuiteClient) -> None:
    with pytest.raises(QueryError, match="Invalid or unsupported search"):
        ask(client, f"{call(changed)} AS c")


@pytest.mark.parametrize("arguments", ["tal.amount", "tal.amount, 'LEDGER', 'DEFAULT', 'DEFAULT', 1, 156"])
def test_too_few_arguments_are_refused(arguments: str, client: NetSuiteClient) -> None:
    with pytest.raises(QueryError, match="Invalid or unsupported search"):
        ask(client, f"BUILTIN.CONSOLIDATE({arguments}) AS c")


def test_what_nothing_consolidates_has_no_value(client: NetSuiteClient, emulator: EmulatorProcess) -> None:
    below = ask(client, f"tl.subsidiary, {call((4, '2'))} AS c")
    assert {row["subsidiary"] for row in below if "c" in row} == {"2"}
    emulator.admin.set_variant("builtin-consolidate", "null")
    assert all("c" not in row for row in ask(client, f"{call()} AS c"))
    emulator.admin.set_variant("builtin-consolidate", "refused")
    with pytest.raises(QueryError, match="Invalid or unsupported search"):
        ask(client, f"{call()} AS c")
