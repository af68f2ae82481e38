"""What NetSuite does not show: deleted records go by evidence of their own, what a role hides stays."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.reconciliation.differences import DELETED, STILL_MISSING
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.reconciliation.company import LEDGER, Company
from netsuite_pipeline_tests.reconciliation.test_faults import plant_deletion

TABLES = (*LEDGER, "customer", "vendor", "employee")


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=16, max_seconds=3600) as process:
        yield process


@pytest.fixture(scope="module")
def shared(account: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company.synced(account, tmp_path_factory.mktemp("deleted"), TABLES)


@pytest.fixture
def company(shared: Company) -> Iterator[Company]:
    yield shared
    shared.admin.reset()


def _rows(company: Company) -> list[tuple[int, ...]]:
    return [company.here(f"SELECT count(*) FROM netsuite.{name}")[0] for name in TABLES]


@pytest.mark.few(2)
@pytest.mark.parametrize("marked", [False, True], ids=["found by it", "marked by a sync before"])
@pytest.mark.parametrize("closed", [False, True], ids=["open period", "closed period"])
def test_a_document_that_was_deleted_without_an_entry_is_removed(
    closed: bool, marked: bool, company: Company
) -> None:
    document = company.journal(closed=closed)
    plant_deletion(company, document)
    if marked:
        company.sync()
    report = company.reconcile()
    assert {each.document for each in report.differences} == {document}
    assert all(each.repaired and each.netsuite is None for each in report.differences)
    assert DELETED in {each.note for each in report.differences}
    company.assert_equal()
    assert company.reconcile().differences == ()
    assert not company.sync().failed


@pytest.mark.long
@pytest.mark.parametrize("seed", range(searches(3, 20)))
def test_any_documents_that_were_deleted_are_removed(seed: int, company: Company) -> None:
    ids = [id for (id,) in company.here("SELECT id FROM netsuite.transaction ORDER BY id")]
    chosen = Random(seed).sample(ids, 3)
    for id in chosen:
        plant_deletion(company, id)
    report = company.reconcile()
    assert {each.document for each in report.differences} == set(chosen)
    left = {each.document for each in report.differences if not each.repaired}
    # A document that is the only one with some value may as well be hidden by it.
    for id in left:
        assert company.here(f"SELECT count(*) FROM netsuite.transaction WHERE id = {id}") == [(1,)]
    assert len(left) <= 1
    company.sync(accept_shrink=["transaction"], full=True)
    assert company.reconcile().differences == ()


@pytest.mark.long
def test_a_customer_that_was_deleted_without_an_entry_is_removed(company: Company) -> None:
    customer = company.here("SELECT max(id) FROM netsuite.customer")[0][0]
    company.admin.delete_rows("customer", f"id = {customer}")
    (each,) = company.reconcile().differences
    assert (each.table, each.document, each.repaired, each.note) == ("customer", customer, True, DELETED)
    company.assert_equal()


def _hidden(company: Company, what: str) -> str:
    """Return the condition of the transactions that a narrowed role still sees."""
    ((document,),) = company.here("SELECT max(id) FROM netsuite.transaction WHERE type = 'Journal'")
    return {
        "one document": f"id <> {document}",
        "a type": "type <> 'VendPymt'",
        "a subsidiary": 'id NOT IN (SELECT "transaction" FROM ns.transactionline WHERE subsidiary = 4)',
        "a customer": "entity IS NULL OR entity <> (SELECT max(entity) FROM ns.transaction)",
    }[what]


@pytest.mark.parametrize("what", ["one document", "a type", "a subsidiary", "a customer"])
@pytest.mark.few(1)
def test_what_a_narrowed_role_hides_is_kept_and_named(what: str, company: Company) -> None:
    before = _rows(company)
    company.admin.restrict_rows("transaction", _hidden(company, what))
    report = company.reconcile()
    assert report.differences
    assert not any(each.repaired for each in report.differences)
    assert STILL_MISSING in {each.note for each in report.differences}
    assert _rows(company) == before
    again = company.reconcile()
    assert again.differences
    assert not any(each.repaired for each in again.differences)
    assert _rows(company) == before
    company.admin.reset()
    company.sync()
    assert company.reconcile().differences == ()


@pytest.mark.long
@pytest.mark.parametrize("what", ["a type", "a subsidiary"])
def test_a_record_service_that_says_hidden_records_are_none_proves_nothing_alone(
    what: str, company: Company
) -> None:
    before = _rows(company)
    company.admin.set_variant("hidden-record", "404")
    company.admin.restrict_rows("transaction", _hidden(company, what))
    assert not any(each.repaired for each in company.reconcile().differences)
    assert _rows(company) == before
    company.admin.reset()
    company.sync()
    assert company.reconcile().differences == ()


@pytest.mark.long
def test_many_that_are_gone_at_once_are_kept(company: Company) -> None:
    company.admin.set_variant("hidden-record", "404")
    before = _rows(company)
    company.admin.restrict_rows("transaction", "id % 20 <> 0")
    report = company.reconcile()
    assert len({each.document for each in report.differences}) > 10
    assert not any(each.repaired for each in report.differences)
    assert _rows(company) == before
    company.admin.reset()
    company.sync()
    assert company.reconcile().differences == ()


@pytest.mark.long
def test_without_the_record_service_nothing_is_removed(company: Company) -> None:
    document = company.journal(closed=False)
    plant_deletion(company, document)
    company.admin.add_fault("unavailable", count=None, matching="/record/v1/")
    report = company.reconcile()
    assert {each.document for each in report.differences} == {document}
    assert not any(each.repaired for each in report.differences)
    company.admin.reset()
    assert all(each.repaired for each in company.reconcile().differences)
    company.assert_equal()


@pytest.mark.long
def test_an_account_without_subsidiaries(tmp_path: Path) -> None:
    with start_emulator(scale=0.02, seed=17, max_seconds=3600) as single:
        single.admin.set_feature("SUBSIDIARIES", False)
        single.admin.set_feature("MULTIBOOK", False)
        company = Company.synced(single, tmp_path, LEDGER)
        document = company.journal(closed=False)
        plant_deletion(company, document)
        report = company.reconcile()
        assert {each.document for each in report.differences} == {document}
        assert all(each.repaired for each in report.differences)
        assert company.here(f"SELECT count(*) FROM netsuite.transaction WHERE id = {document}") == [(0,)]
        assert company.reconcile().differences == ()
