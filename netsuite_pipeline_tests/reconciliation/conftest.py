"""One company for all tests of the room: each test leaves the warehouse equal to NetSuite."""

from collections.abc import Iterator

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline_tests.reconciliation.company import Company


@pytest.fixture(scope="session")
def ledger_emulator() -> Iterator[EmulatorProcess]:
    """A company of its own: planted faults would unbalance the books of the shared one."""
    with start_emulator(scale=0.02, seed=11, max_seconds=7200) as process:
        yield process


@pytest.fixture(scope="session")
def shared_company(ledger_emulator: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company.synced(ledger_emulator, tmp_path_factory.mktemp("reconciled"))
    assert company.reconcile().differences == ()
    return company


@pytest.fixture
def company(shared_company: Company) -> Iterator[Company]:
    """The company, synced and compared once, so that closed periods are not compared again."""
    yield shared_company
    shared_company.admin.reset()
