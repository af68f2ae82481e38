"""Planted faults that move no stamp: each is found, named with both amounts, and repaired."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from netsuite_pipeline.reconciliation.differences import Difference
from netsuite_pipeline_tests.reconciliation.company import Company, amounts

TAL = "transactionaccountingline"
Lines = list[tuple[int, Decimal, Decimal]]


def _lines(company: Company, document: int) -> Lines:
    """Return account, debit and credit of the first book's lines."""
    return company.here(
        "SELECT account, coalesce(debit, 0), coalesce(credit, 0) FROM netsuite.transactionaccountingline "
        f"WHERE transaction = {document} AND accountingbook = 1 AND posting ORDER BY transactionline"
    )


def _first(document: int) -> str:
    return f"transaction = {document} AND accountingbook = 1 AND debit IS NOT NULL"


def _one_line(company: Company, document: int) -> str:
    line = company.here(
        f"SELECT min(transactionline) FROM netsuite.transactionaccountingline WHERE {_first(document)}"
    )[0][0]
    return f"transaction = {document} AND accountingbook = 1 AND transactionline = {line}"


def _cent(company: Company, document: int) -> None:
    one = _one_line(company, document)
    debit = company.here(f"SELECT debit FROM netsuite.{TAL} WHERE {one}")[0][0] + Decimal("0.01")
    company.admin.change_rows(TAL, one, {"debit": str(debit), "amount": str(debit)})


def _doubled_there(company: Company, document: int) -> None:
    company.admin.insert_like(TAL, _one_line(company, document), {"transactionline": 901})


def _doubled_here(company: Company, document: int) -> None:
    one = _one_line(company, document)
    company.damage(
        f"INSERT INTO netsuite.{TAL} SELECT * REPLACE (902 AS transactionline) FROM netsuite.{TAL} WHERE {one}"
    )


def _lost_here(company: Company, document: int) -> None:
    company.damage(f"DELETE FROM netsuite.{TAL} WHERE {_one_line(company, document)}")


def _other_account(company: Company, document: int) -> None:
    company.admin.change_rows(TAL, _one_line(company, document), {"account": _unused_account(company)})


def _unused_account(company: Company) -> int:
    return int(
        company.here(
            "SELECT min(account) FROM netsuite.transactionaccountingline WHERE posting AND accountingbook = 1"
        )[0][0]
    )


def _other_period(company: Company, document: int) -> None:
    period = company.here(f"SELECT postingperiod FROM netsuite.transaction WHERE id = {document}")[0][0]
    other = company.here(
        "SELECT id FROM netsuite.accountingperiod WHERE NOT isquarter AND NOT isyear "
        f"AND id <> {period} ORDER BY abs(id - {period}) LIMIT 1"
    )[0][0]
    company.admin.change_rows("transaction", f"id = {document}", {"postingperiod": other})


def _other_subsidiary(company: Company, document: int) -> None:
    line = _one_line(company, document).rpartition(" = ")[2]
    of = f"transaction = {document} AND id = {line}"
    subsidiary = company.here(f"SELECT subsidiary FROM netsuite.transactionline WHERE {of}")[0][0]
    company.admin.change_rows("transactionline", of, {"subsidiary": 2 if subsidiary != 2 else 1})


FAULTS: dict[str, Callable[[Company, int], None]] = {
    "a cent": _cent,
    "a line doubled in NetSuite": _doubled_there,
    "a line doubled here": _doubled_here,
    "a line lost here": _lost_here,
    "a line on another account": _other_account,
    "a line of another subsidiary": _other_subsidiary,
    "a document in another period": _other_period,
}


@pytest.mark.parametrize("closed", [False, True], ids=["open period", "closed period"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.few(1)
def test_a_fault_is_found_named_and_repaired(fault: str, closed: bool, company: Company) -> None:
    document = company.journal(closed=closed)
    before = _lines(company, document)
    FAULTS[fault](company, document)
    report = company.reconcile()
    assert report.differences, "found"
    assert {each.document for each in report.differences} == {document}, "named"
    assert {each.table for each in report.differences} == {TAL}
    assert all(each.repaired for each in report.differences), report.notes
    assert all(each.account and each.period for each in report.differences)
    assert all(each.here != each.netsuite or each.lines_here for each in report.differences)
    if fault.endswith("here"):
        assert _lines(company, document) == before
    company.assert_equal()
    assert company.reconcile().differences == (), "nothing is left"


def test_both_amounts_are_named_exactly(company: Company) -> None:
    document = company.journal(closed=False)
    one = _one_line(company, document)
    account, debit = company.here(f"SELECT account, debit FROM netsuite.{TAL} WHERE {one}")[0]
    company.admin.change_rows(TAL, one, {"debit": "123.45", "amount": "123.45"})
    report = company.reconcile(TAL)
    assert amounts(report.differences) == {(account, f"{debit.normalize():f}", "123.45")}
    company.admin.change_rows(TAL, one, {"debit": str(debit), "amount": str(debit)})
    back = company.reconcile(TAL)
    assert amounts(back.differences) == {(account, "123.45", f"{debit.normalize():f}")}
    company.assert_equal()


def plant_deletion(company: Company, document: int) -> None:
    for table, column in (
        ("transaction", "id"),
        ("transactionline", "transaction"),
        (TAL, "transaction"),
    ):
        company.admin.delete_rows(table, f"{column} = {document}")


@pytest.mark.long
def test_a_document_that_an_old_entry_shows_as_deleted_goes(company: Company) -> None:
    document = company.journal(closed=False)
    plant_deletion(company, document)

    columns = company.admin.table("deletedrecord")
    first = dict(zip(columns.columns, columns.rows[0], strict=True))["recordid"]
    company.admin.insert_like(
        "deletedrecord",
        f"recordid = {first}",
        {"recordid": document, "deleteddate": "2025-01-01 00:00:00", "scriptid": "journalentry"},
    )
    report = company.reconcile()
    assert {each.document for each in report.differences} == {document}
    assert all(each.repaired and each.netsuite is None for each in report.differences)
    company.assert_equal()


def _only(report_differences: tuple[Difference, ...]) -> Difference:
    (each,) = report_differences
    return each


@pytest.mark.long
def test_a_header_that_changed_silently_is_named_with_its_values(company: Company) -> None:
    document = company.journal(closed=True)
    company.admin.change_rows("transaction", f"id = {document}", {"memo": "Changed by a script"})
    each = _only(company.reconcile().differences)
    assert (each.table, each.document, each.repaired) == ("transaction", document, True)
    assert each.netsuite == "memo = Changed by a script"
    company.assert_equal()


@pytest.mark.long
def test_a_customer_that_changed_silently_is_read_again_alone(company: Company) -> None:
    customer = company.here("SELECT max(id) FROM netsuite.customer")[0][0]
    company.admin.change_rows("customer", f"id = {customer}", {"companyname": "Zoë's Café"})
    each = _only(company.reconcile("customer").differences)
    assert (each.table, each.document, each.repaired) == ("customer", customer, True)
    assert each.netsuite == "companyname = Zoë's Café"
    company.assert_equal()


@pytest.mark.parametrize("place", [30, 120, 239])
@pytest.mark.few(1)
def test_one_letter_of_a_text_is_found(place: int, company: Company) -> None:
    customer = company.here("SELECT min(id) FROM netsuite.customer")[0][0]
    text = "It's a long comment on a customer in São Paulo & elsewhere. " * 4
    company.admin.change_rows("customer", f"id = {customer}", {"comments": text})
    company.reconcile("customer")
    changed = text[:place] + "#" + text[place + 1 :]
    company.admin.change_rows("customer", f"id = {customer}", {"comments": changed})
    each = _only(company.reconcile("customer").differences)
    assert (each.document, each.repaired) == (customer, True)
    assert company.here(f"SELECT comments FROM netsuite.customer WHERE id = {customer}") == [(changed,)]


@pytest.mark.parametrize("table", ["pricing", "term", "nexttransactionlinelink"])
@pytest.mark.few(1)
def test_a_list_that_a_bug_has_damaged_is_read_in_full(table: str, company: Company) -> None:
    column = {"pricing": "quantity", "term": "daysuntilnetdue"}.get(table)
    if column is None:
        company.damage(f"DELETE FROM netsuite.{table} WHERE rowid = 3")
    else:
        company.damage(f"UPDATE netsuite.{table} SET {column} = {column} + 1 WHERE rowid = 3")
    company.reconcile(table)
    company.assert_equal()
    assert company.reconcile(table).differences == ()
