"""Whatever goes wrong with a twentieth of the requests, and however: the tables arrive equal."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.emulator.account.faults import FAULT_KINDS
from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.sync import run
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.survival.syncing import SETTINGS, Home, a_client

RATE = 0.05
EVERY = round(1 / RATE)
ALL_TOGETHER = "all together"


@pytest.fixture(scope="module", params=range(1, 1 + searches(1, 5)), ids=lambda seed: f"seed {seed}")
def seeded(request: pytest.FixtureRequest) -> Iterator[EmulatorProcess]:
    """A company of which faults strike other requests by each seed."""
    with start_emulator(scale=0.02, seed=request.param, latency=2, max_seconds=3600) as process:
        yield process


@pytest.mark.parametrize("kind", [*FAULT_KINDS, ALL_TOGETHER])
def test_with_a_twentieth_of_the_requests_failing_all_tables_arrive(
    tmp_path: Path, seeded: EmulatorProcess, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing changes here, so the end of the cutoff's second need not be waited for.
    monkeypatch.setattr(run, "cutoff_at", lambda now: (now.replace(microsecond=0), 0.0))
    admin = seeded.admin
    admin.reset()
    for each in FAULT_KINDS if kind == ALL_TOGETHER else (kind,):
        if each == "sign_in":
            _refuse_sign_ins_far_apart(admin)
        else:
            admin.add_fault(each, count=None, rate=RATE, seconds=0.8)
    settings = replace(SETTINGS, read_seconds=0.5)
    home = Home(tmp_path, seeded, ("transactionline",))
    report = home.sync(a_client(seeded, page_rows=75, settings=settings))
    struck: dict[str, Any] = admin.state()["faults_struck"]
    admin.clear_faults()
    assert sum(struck.values()) > 0
    assert [table.status for table in report.tables] == ["done"] * len(home.names), report.failed
    # A reply that drips is late and whole.
    if set(struck) != {"drip"}:
        assert sum(table.retries for table in report.tables) > 0
    home.assert_equal()


def _refuse_sign_ins_far_apart(admin: AdminClient) -> None:
    """Refuse requests for rows so that no retry is refused: a sign-in refused twice counts as refused."""
    for after in range(EVERY // 4, 20 * EVERY, EVERY):
        admin.add_fault("sign_in", after=after, matching="suiteql")
