"""Whatever is posted, changed or deleted in a closed period is a finding with its document."""

from collections.abc import Callable

import pytest

from netsuite_pipeline_tests.reconciliation.company import Company
from netsuite_pipeline_tests.reconciliation.test_faults import FAULTS, TAL, plant_deletion

pytestmark = pytest.mark.long


def _periods(company: Company, document: int) -> list[int]:
    rows = company.here(f"SELECT postingperiod FROM netsuite.transaction WHERE id = {document}")
    return [int(period) for (period,) in rows]


def _into(company: Company, document: int) -> None:
    closed = company.here(
        "SELECT max(id) FROM netsuite.accountingperiod WHERE closed AND NOT isquarter AND NOT isyear"
    )[0][0]
    company.admin.change_rows("transaction", f"id = {document}", {"postingperiod": closed})


def _unposted(company: Company, document: int) -> None:
    company.admin.change_rows("transaction", f"id = {document}", {"posting": "F"})


CHANGES: dict[str, tuple[Callable[[Company, int], None], bool, str]] = {
    "an amount": (FAULTS["a cent"], True, "changed"),
    "a line more": (FAULTS["a line doubled in NetSuite"], True, "changed"),
    "an account": (FAULTS["a line on another account"], True, "changed"),
    "a subsidiary": (FAULTS["a line of another subsidiary"], True, "changed"),
    "unposted": (_unposted, True, "deleted"),
    "moved into": (_into, False, "posted"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_in_a_closed_period_is_a_finding(what: str, company: Company) -> None:
    change, is_closed, finding = CHANGES[what]
    document = company.journal(closed=is_closed)
    change(company, document)
    found = company.reconcile().closed_period_changes
    assert [(each.document, each.change) for each in found] == [(document, finding)]
    assert company.reconcile().closed_period_changes == (), "once"


def test_a_document_that_moves_between_closed_periods_is_a_finding_of_both(company: Company) -> None:
    document = company.journal(closed=True)
    (period,) = _periods(company, document)
    other = company.here(
        "SELECT max(id) FROM netsuite.accountingperiod WHERE closed AND NOT isquarter AND NOT isyear "
        f"AND id < {period}"
    )[0][0]
    company.admin.change_rows("transaction", f"id = {document}", {"postingperiod": other})
    found = company.reconcile().closed_period_changes
    assert {(each.document, each.change) for each in found} == {(document, "deleted"), (document, "posted")}
    assert {each.period for each in found} == {period, other}


def test_a_deleted_document_is_a_finding_with_its_amount(company: Company) -> None:
    document = company.journal(closed=True)
    debit = company.here(f"SELECT sum(debit) FROM netsuite.{TAL} WHERE transaction = {document} AND posting")
    plant_deletion(company, document)
    company.sync(accept_shrink=["transaction"], full=True)
    (found,) = company.reconcile().closed_period_changes
    assert (found.document, found.change, found.now) == (document, "deleted", None)
    assert found.before == f"{debit[0][0].normalize():f}"
