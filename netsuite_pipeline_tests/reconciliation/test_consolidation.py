"""Consolidated figures of the current period equal NetSuite's own, or the reason says why that is unknown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.reconciliation.differences import Consolidation
from netsuite_pipeline_tests.reconciliation.company import LEDGER, Company

TABLES = (*LEDGER, "account", "subsidiary", "accountingbook", "consolidatedexchangerate")
TAL = "transactionaccountingline"


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=15, max_seconds=3600) as process:
        yield process


@pytest.fixture(scope="module")
def shared(account: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company.synced(account, tmp_path_factory.mktemp("consolidated"), TABLES, marts="marts")


@pytest.fixture
def company(shared: Company) -> Iterator[Company]:
    yield shared
    shared.admin.reset()


def compared(company: Company) -> Consolidation:
    found = company.reconcile(TAL).consolidation
    assert found is not None
    return found


def test_every_account_of_the_current_period_equals_netsuite(company: Company) -> None:
    found = compared(company)
    assert (found.not_compared, found.differences) == ("", ())
    assert found.accounts > 10
    assert found.requests == 1, "one period, in one statement"
    (latest,) = company.here(
        "SELECT p.id, p.periodname FROM netsuite.accountingperiod p WHERE p.id IN "
        "(SELECT postingperiod FROM netsuite.transaction WHERE posting) AND NOT isadjust "
        "ORDER BY enddate DESC LIMIT 1"
    )
    assert (found.period, found.name) == latest
    assert (found.subsidiary, found.accounting_book) == (1, 1)


def test_a_wrong_consolidated_amount_is_named_with_both_amounts(company: Company) -> None:
    period = compared(company).period
    ((account, total, lines),) = company.here(
        f"SELECT account, sum(amount_consolidated), count(*) FROM marts.general_ledger WHERE period = {period} "
        "AND accounting_book = 1 GROUP BY account ORDER BY account LIMIT 1"
    )
    more = 1 + lines / 100
    company.damage(
        f"UPDATE marts.general_ledger SET amount_consolidated = amount_consolidated + {more} "
        f"WHERE period = {period} AND accounting_book = 1 AND account = {account} AND transaction = ("
        f"SELECT min(transaction) FROM marts.general_ledger WHERE period = {period} AND account = {account} "
        "AND accounting_book = 1)"
    )
    try:
        found = compared(company)
    finally:
        company.build_marts()
    assert [each.account for each in found.differences] == [account]
    assert float(found.differences[0].here) > float(total)
    assert compared(company).differences == ()


@pytest.mark.long
@pytest.mark.parametrize(
    ("variant", "reason"), [("refused", "NetSuite refuses BUILTIN.CONSOLIDATE"), ("null", "for 0 of")]
)
def test_an_account_that_does_not_offer_it_is_unknown(variant: str, reason: str, company: Company) -> None:
    company.admin.set_variant("builtin-consolidate", variant)
    found = compared(company)
    assert reason in found.not_compared
    assert found.differences == ()


@pytest.mark.long
def test_a_period_that_changed_since_the_sync_is_unknown_and_no_difference(company: Company) -> None:
    company.admin.tick(30)
    found = compared(company)
    assert found.differences == ()
    assert "changed after the last sync" in found.not_compared
    company.sync()
    assert compared(company).not_compared == ""


@pytest.mark.long
def test_rates_that_changed_since_the_sync_are_unknown_and_no_difference(company: Company) -> None:
    period = compared(company).period
    of = f"postingperiod = {period} AND fromsubsidiary = 2 AND tosubsidiary = 1 AND accountingbook = 1"
    company.admin.change_rows(
        "consolidatedexchangerate", of, {"averagerate": "9.5", "currentrate": "9.5", "historicalrate": "9.5"}
    )
    found = compared(company)
    assert found.not_compared == "rates in consolidatedexchangerate changed after the last sync"
    company.sync()
    company.build_marts()
    assert (compared(company).not_compared, compared(company).differences) == ("", ())


@pytest.mark.long
def test_without_marts_or_with_older_ones_it_is_unknown(company: Company) -> None:
    company.marts = ""
    try:
        assert compared(company).not_compared == "the finance marts are not built"
    finally:
        company.marts = "marts"
    period = compared(company).period
    company.damage(f"DELETE FROM marts.general_ledger WHERE period = {period} AND account = 570")
    try:
        assert "other postings than the tables" in compared(company).not_compared
    finally:
        company.build_marts()


@pytest.mark.long
def test_an_account_with_one_entity_consolidates_nothing(tmp_path: Path) -> None:
    with start_emulator(scale=0.02, seed=15, max_seconds=3600) as single:
        single.admin.set_feature("SUBSIDIARIES", False)
        company = Company.synced(single, tmp_path, (*LEDGER, "account"), marts="marts")
        found = compared(company)
    assert "no subsidiaries" in found.not_compared
