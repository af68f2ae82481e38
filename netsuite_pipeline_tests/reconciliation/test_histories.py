"""Ordinary business is no difference: neither what the last sync has read, nor what the next one will read."""

from random import Random

import pytest

from netsuite_pipeline.reconciliation.differences import ReconcileReport
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.reconciliation.company import Company

_HISTORIES = searches(24, 200)


def _business(company: Company, random: Random) -> set[int]:
    """Enter, change, pay and delete a few documents; return those whose postings may have changed."""
    changes = company.admin.tick(random.randint(1, 12))
    lines = [company.admin.drop_line()] if random.random() < 0.3 else []
    return {*changes["changed"], *changes["deleted"], *changes["lines_deleted"], *lines}


def _assert_clean(report: ReconcileReport, changed: set[int]) -> None:
    assert report.differences == ()
    assert report.notes == ()
    assert all(each.not_compared == each.note == "" for each in report.tables)
    assert report.ledger is not None
    assert report.ledger.not_compared == ""
    # The emulated company changes documents of closed periods, too; no other document may be a finding.
    assert {each.document for each in report.closed_period_changes} <= changed


@pytest.mark.long
@pytest.mark.parametrize("seed", range(_HISTORIES))
@pytest.mark.few(1)
def test_no_difference_in_a_clean_history(seed: int, company: Company) -> None:
    random, changed = Random(seed), set[int]()
    for _ in range(random.randint(1, 2)):
        if random.random() < 0.7:
            changed |= _business(company, random)
        if random.random() < 0.5:
            _assert_clean(company.reconcile(), changed)
        assert not company.sync(full=random.random() < 0.05).failed
        report = company.reconcile()
        _assert_clean(report, changed)
        assert all(each.rows_here == each.rows_netsuite for each in report.tables)
