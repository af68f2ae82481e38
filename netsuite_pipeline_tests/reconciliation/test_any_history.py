"""Any history of a small ledger: no difference where nothing is wrong, and every planted fault is found."""

from pathlib import Path
from random import Random

import pytest

from netsuite_pipeline.reconciliation.ledger import check as ledger_check
from netsuite_pipeline.reconciliation.rows import check as row_check
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.reconciliation.books import FAULTS, Books, ledger
from netsuite_pipeline_tests.sync.books import a_warehouse

HISTORIES = searches(200, 2000)


def _history(books: Books, random: Random) -> None:
    """Let business go on between syncs and comparisons."""
    for _ in range(random.randint(1, 3)):
        for _ in range(random.randint(0, 6)):
            books.business()
        books.fake.pass_time(random.choice((1, 60, 7200)))
        if random.random() < 0.5:
            assert books.reconcile().differences == (), "the next sync reads what changed"
        books.sync()
        assert books.reconcile().differences == ()


@pytest.mark.parametrize("seed", range(HISTORIES))
@pytest.mark.few(1)
def test_no_difference_where_nothing_is_wrong(seed: int, tmp_path: Path) -> None:
    books = ledger(seed, a_warehouse(tmp_path))
    books.sync()
    _history(books, Random(seed))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", range(searches(6, 100)))
@pytest.mark.few(1)
def test_a_fault_is_found_in_any_history(seed: int, fault: str, tmp_path: Path) -> None:
    random = Random(seed)
    books = ledger(seed, a_warehouse(tmp_path))
    books.sync()
    assert books.reconcile().differences == ()
    _history(books, random)
    books.enter()
    books.fake.pass_time(7200)
    books.sync()
    document = books.any_document()
    assert document is not None
    books.plant(document, fault)
    for _ in range(random.randint(0, 3)):
        books.enter()
    report = books.reconcile()
    assert {each.document for each in report.differences} == {document}
    assert all(each.repaired for each in report.differences)
    books.sync()
    assert books.reconcile().differences == ()
    books.assert_equal()


def test_where_too_many_documents_differ_their_tables_are_read_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_check, "MOST_ROWS", 1)
    monkeypatch.setattr(row_check, "MOST_ROWS", 3)
    books = ledger(1, a_warehouse(tmp_path))
    books.sync()
    books.fake.change("transaction", "true", postingperiod=4)
    found = books.reconcile().differences
    assert {(each.table, each.document, each.repaired) for each in found} == {
        ("transaction", None, True),
        ("transactionline", None, True),
        ("transactionaccountingline", None, True),
    }
    books.assert_equal()
    assert books.reconcile().differences == ()
