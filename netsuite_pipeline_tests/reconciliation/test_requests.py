"""What a comparison costs: one slot, one statement for a period, one or two for a table."""

import pytest

from netsuite_pipeline_tests.reconciliation.company import Company


def test_a_clean_comparison_takes_one_slot_and_a_statement_for_each_part(company: Company) -> None:
    company.sync()
    company.reconcile()
    company.admin.reset_stats()
    report = company.reconcile()
    stats = company.admin.stats()
    assert (report.differences, report.tables_checked) == ((), len(company.tables))
    assert stats.peak == 1, "one slot"
    assert stats.requests == report.requests
    assert report.periods_unchanged > 12, "closed periods that are compared once"
    assert report.periods_checked <= 2
    # The columns of a transaction, a customer and an order's line are too many for one statement.
    assert report.requests <= report.periods_checked + 2 * report.tables_checked


@pytest.mark.long
def test_a_fault_costs_few_requests_more(company: Company) -> None:
    company.sync()
    clean = company.reconcile().requests
    document = company.journal(closed=False)
    company.admin.change_rows("transaction", f"id = {document}", {"memo": "Changed silently again"})
    found = company.reconcile()
    assert len(found.differences) == 1
    assert found.requests <= clean + 30
