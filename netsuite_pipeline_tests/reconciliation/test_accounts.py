"""Whatever an account lacks or refuses: what can be compared is compared, and no difference is invented."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.reconciliation.ledger import check as ledger_check
from netsuite_pipeline.reconciliation.rows import check as row_check
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.reconciliation.company import LEDGER, Company, amounts

pytestmark = pytest.mark.long
TAL = "transactionaccountingline"


@pytest.fixture
def account() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=12, max_seconds=3600) as process:
        yield process


def _move_line(company: Company, document: int) -> set[tuple[int | None, str | None, str | None]]:
    """Move a journal's debit to another account; return what must be named."""
    line, account, debit = company.here(
        f"SELECT transactionline, account, debit FROM netsuite.{TAL} WHERE transaction = {document} "
        "AND debit > 0 AND accountingbook = 1 ORDER BY transactionline LIMIT 1"
    )[0]
    used = f"SELECT account FROM netsuite.{TAL} WHERE transaction = {document}"
    other = company.here(f"SELECT max(account) FROM netsuite.{TAL} WHERE account NOT IN ({used})")[0][0]
    of = f"transaction = {document} AND transactionline = {line} AND accountingbook = 1"
    company.admin.change_rows(TAL, of, {"account": other})
    amount = f"{debit.normalize():f}"
    return {(account, amount, None), (other, None, amount)}


def test_an_account_without_subsidiaries_and_books(account: EmulatorProcess, tmp_path: Path) -> None:
    account.admin.set_feature("SUBSIDIARIES", False)
    account.admin.set_feature("MULTIBOOK", False)
    company = Company.synced(account, tmp_path, LEDGER)
    assert company.reconcile().differences == ()
    named = _move_line(company, company.journal(closed=False))
    found = company.reconcile()
    assert amounts(found.differences) == named
    assert all(each.repaired for each in found.differences)


def test_an_account_that_refuses_times_in_utc(account: EmulatorProcess, tmp_path: Path) -> None:
    account.admin.set_variant("sys-extract-utc", "off")
    company = Company.synced(account, tmp_path, LEDGER)
    first = company.reconcile()
    assert first.differences == ()
    assert {each.note.partition(",")[0] for each in first.tables if each.note} == {"not compared: date-times"}
    account.admin.tick(20)
    assert company.reconcile().differences == (), "the sync of the confirmation read what changed"
    named = _move_line(company, company.journal(closed=False))
    found = company.reconcile()
    assert amounts(found.differences) == named
    assert all(each.repaired for each in found.differences)


def test_a_table_that_the_role_lost_is_a_note(account: EmulatorProcess, tmp_path: Path) -> None:
    company = Company.synced(account, tmp_path, ("customer", "term"))
    account.admin.drop_permission("LIST_CUSTJOB")
    report = company.reconcile()
    assert report.differences == ()
    assert report.tables_checked == 1
    assert [each.table for each in report.tables if "was not found" in each.not_compared] == ["customer"]


def test_rows_that_a_narrowed_role_does_not_show_are_named_and_kept(
    account: EmulatorProcess, tmp_path: Path
) -> None:
    company = Company.synced(account, tmp_path, ("customer",))
    rows = company.here("SELECT count(*) FROM netsuite.customer")
    account.admin.restrict_rows("customer", "id % 10 <> 0")
    report = company.reconcile()
    assert report.differences
    assert not any(each.repaired for each in report.differences)
    assert all(each.netsuite is None for each in report.differences)
    assert company.here("SELECT count(*) FROM netsuite.customer") == rows
    account.admin.unrestrict_rows("customer")
    company.sync()
    assert company.reconcile().differences == ()


def test_short_ranges_find_the_same_rows_with_few_requests(
    account: EmulatorProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_check, "RANGE_ROWS", 1000)
    monkeypatch.setattr(row_check, "LIST_ROWS", 20)
    monkeypatch.setattr(ledger_check, "LIST_DOCUMENTS", 4)
    company = Company.synced(account, tmp_path, LEDGER)
    clean = company.reconcile()
    assert clean.differences == ()
    document = company.journal(closed=False)
    named = _move_line(company, document)
    account.admin.change_rows("transaction", "id = (SELECT min(id) FROM ns.transaction)", {"memo": "Changed"})
    found = company.reconcile()
    assert amounts(each for each in found.differences if each.account) == named
    assert {each.document for each in found.differences if each.account is None} == {
        company.here("SELECT min(id) FROM netsuite.transaction")[0][0]
    }
    assert all(each.repaired for each in found.differences)
    assert found.requests < clean.requests + 60
    company.assert_equal()


def test_where_more_rows_differ_than_are_named_the_table_is_read_in_full(
    account: EmulatorProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_check, "MOST_ROWS", 50)
    company = Company.synced(account, tmp_path, ("customer",))
    account.admin.change_rows("customer", "true", {"comments": "All at once"})
    (difference,) = company.reconcile().differences
    assert (difference.table, difference.document, difference.repaired) == ("customer", None, True)
    company.assert_equal()
    assert company.reconcile().differences == ()


def test_hashed_columns_are_not_compared(account: EmulatorProcess, tmp_path: Path) -> None:
    company = Company(account, Warehouse(tmp_path / "warehouse.duckdb"), ("customer",), salt="salt")
    hashed = replace(company.catalogue["customer"], hashed=("email", "companyname"))
    company.catalogue["customer"] = hashed
    company.sync()
    account.admin.change_rows("customer", "true", {"email": "new@example.com"})
    assert company.reconcile().differences == ()
    customer = company.here("SELECT max(id) FROM netsuite.customer")[0][0]
    account.admin.change_rows("customer", f"id = {customer}", {"comments": "Changed"})
    (difference,) = company.reconcile().differences
    assert (difference.document, difference.repaired) == (customer, True)
    assert "@" not in f"{difference.here}{difference.netsuite}"


def test_a_table_with_a_condition_is_compared_with_it(account: EmulatorProcess, tmp_path: Path) -> None:
    company = Company(account, Warehouse(tmp_path / "warehouse.duckdb"), LEDGER)
    part = replace(company.catalogue["transaction"], where="type IN ('Journal', 'CustInvc')")
    company.catalogue["transaction"] = part
    company.sync()
    assert company.reconcile().differences == ()
    named = _move_line(company, company.journal(closed=True))
    found = company.reconcile()
    assert amounts(found.differences) == named
    assert all(each.repaired for each in found.differences)


def test_a_table_of_which_only_a_date_range_was_read_is_not_compared(
    account: EmulatorProcess, tmp_path: Path
) -> None:
    company = Company(account, Warehouse(tmp_path / "warehouse.duckdb"), ("customer",))
    company.sync(since=datetime(2026, 1, 1))
    report = company.reconcile()
    assert (report.differences, report.tables_checked) == ((), 0)
