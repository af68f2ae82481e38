"""NetSuite goes away in mid-sync, or lets us in no longer: over soon, with the cause, and everything kept."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline.netsuite.errors import SignInError, Unavailable
from netsuite_pipeline.sync.run import Progress
from netsuite_pipeline_tests.lengths import SLOWEST
from netsuite_pipeline_tests.survival.syncing import LINES, SETTINGS, Home, a_client

SOMETHING_FAILED = 1
SIGN_IN = 2


def _refused(home: Home) -> int:
    """Refused sign-ins; the trail also has a row a minute of those that were accepted."""
    return sum(login["status"] == "Failure" for login in home.emulator.admin.login_audit())


def test_netsuite_down_for_good_ends_the_sync_soon_and_keeps_what_is_landed(home: Home) -> None:
    home = home.with_tables(*LINES)
    admin = home.emulator.admin
    admin.add_fault("unavailable", count=None, after=15)
    began = time.monotonic()
    ended = home.run()
    assert time.monotonic() - began < 15.0 * SLOWEST
    assert ended.code == SOMETHING_FAILED, ended
    assert "503" in ended.out
    assert "Traceback" not in ended.err
    kept = len(home.pages())
    assert kept > 5
    admin.clear_faults()
    report = home.sync()
    assert not report.failed
    notes = " ".join(note for table in report.tables for note in table.notes)
    assert "already stored" in notes
    home.assert_equal()


def test_a_server_that_is_gone_is_unavailable_and_the_sync_goes_on_when_it_is_back(tmp_path: Path) -> None:
    with start_emulator(scale=0.02, seed=4, latency=10, max_seconds=3600) as emulator:
        home = Home(tmp_path, emulator, LINES)
        landed = []

        def watch(progress: Progress) -> None:
            landed.append(progress)
            if len(landed) == 15:
                emulator.kill()

        client = a_client(emulator, settings=replace(SETTINGS, retry_seconds=1.0), sleep=time.sleep)
        began = time.monotonic()
        report = home.sync(client, on_progress=watch)
        assert time.monotonic() - began < 15.0 * SLOWEST
    assert {table.status for table in report.tables} == {"failed"}
    assert any(isinstance(table.failure, Unavailable) for table in report.tables)
    kept = len(home.pages())
    assert kept >= 15
    port = int(emulator.base_url.rpartition(":")[2])
    with start_emulator(scale=0.02, seed=4, latency=10, port=port, max_seconds=3600) as back:
        home = Home(tmp_path, back, LINES)
        report = home.sync()
        assert {table.status for table in report.tables} == {"done"}
        assert "already stored" in " ".join(n for table in report.tables for n in table.notes)
        home.assert_equal()


@contextmanager
def _slow_machine(how: str) -> Iterator[None]:
    """More to compute than the machine can, in other processes or under this one's own lock (the GIL); or a
    process that is stopped and goes on, again and again."""
    over = threading.Event()
    helpers: list[subprocess.Popen[bytes]] = []
    threads: list[threading.Thread] = []
    code = "import time\nuntil = time.monotonic() + 60\nwhile time.monotonic() < until: pass"
    if how == "stopped":
        code = (
            "import os, random, signal, sys, time\nuntil = time.monotonic() + 60\n"
            "while time.monotonic() < until:\n"
            "    os.kill(int(sys.argv[1]), signal.SIGSTOP)\n    time.sleep(random.random() * 0.1)\n"
            "    os.kill(int(sys.argv[1]), signal.SIGCONT)\n    time.sleep(random.random() * 0.1)\n"
        )
    if how == "threads":
        threads = [threading.Thread(target=_burn, args=(over,)) for _ in range(2)]
    elif how:
        count = 1 if how == "stopped" else 2 * (os.cpu_count() or 2)
        helpers = [subprocess.Popen([sys.executable, "-c", code, str(os.getpid())]) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for helper in helpers:
            helper.kill()
            helper.wait()
        for thread in threads:
            thread.join()


def _burn(over: threading.Event) -> None:
    while not over.is_set():
        sum(range(1000))


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("latency", "slowed_by"),
    [
        *((latency, "") for latency in (0.0, 5.0, 20.0, 250.0)),
        *((20.0, how) for how in ("processes", "threads", "stopped")),
    ],
)
def test_a_token_revoked_in_mid_sync_is_tried_twice_at_most(
    home: Home, latency: float, slowed_by: str
) -> None:
    seed = f"{latency} {slowed_by}"
    home = home.with_tables(*LINES, "customer")
    assert not home.with_tables("customer").sync().failed
    admin = home.emulator.admin
    admin.set_latency(latency)
    refused_before = _refused(home)
    pages = random.Random(seed).randrange(3, 20)
    landed = []

    def watch(progress: Progress) -> None:
        landed.append(progress)
        if len(landed) == pages:
            admin.revoke_token()

    with _slow_machine(slowed_by):
        report = home.sync(on_progress=watch)
    assert _refused(home) - refused_before == 2
    assert any(isinstance(table.failure, SignInError) for table in report.tables)
    assert report.sign_in_refused
    admin.restore_token()
    admin.set_latency(0.0)
    assert not home.sync().failed
    home.assert_equal()


def test_a_token_revoked_in_mid_sync_exits_2_with_the_remedy_and_the_next_sync_goes_on(home: Home) -> None:
    home = home.with_tables("customer", *LINES)
    admin = home.emulator.admin
    assert home.with_tables("customer").run().code == 0
    admin.set_latency(20.0)
    refused_before = _refused(home)
    sync = home.start()
    sync.reaches(lambda: len(home.pages("transactionline")) > 5)
    admin.revoke_token()
    ended = sync.ended()
    assert ended.code == SIGN_IN, ended
    assert "Login Audit Trail" in ended.out + ended.err
    assert _refused(home) - refused_before <= 2
    kept = len(home.pages())
    assert kept > 5
    home.with_tables("customer").assert_equal()
    admin.restore_token()
    again = home.run("--json")
    assert again.code == 0, again
    notes = " ".join(note for table in again.report["tables"] for note in table["notes"])
    assert "already stored" in notes
    home.assert_equal()


def test_a_hung_request_is_given_up_and_asked_again(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.emulator.admin.add_fault("hang", count=3, after=10, seconds=60.0)
    began = time.monotonic()
    report = home.sync(a_client(home.emulator, settings=replace(SETTINGS, read_seconds=1.0)))
    assert time.monotonic() - began < 30.0 * SLOWEST
    assert sum(table.retries for table in report.tables) >= 3
    assert not report.failed
    home.assert_equal()


def test_a_storm_of_rejections_shrinks_the_limit_which_grows_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.emulator.admin.add_fault("throttled", count=25, after=15)
    client = a_client(home.emulator)
    limits: list[int] = []
    rejected = client.governor.record_rejection

    def watch(entered: int) -> None:
        rejected(entered)
        limits.append(client.governor.limit)

    monkeypatch.setattr(client.governor, "record_rejection", watch)
    report = home.sync(client)
    assert not report.failed
    assert sum(table.throttled for table in report.tables) == 25
    assert min(limits) <= 2
    assert client.governor.limit == client.governor.ceiling
    home.assert_equal()


def test_another_integrations_share_is_left_to_it_and_taken_back_when_it_lets_go(home: Home) -> None:
    admin = home.emulator.admin
    client = a_client(home.emulator, page_rows=40)
    limits: list[int] = []

    def watch(progress: Progress) -> None:
        limits.append(client.governor.limit)
        if len(limits) == 20:
            admin.set_concurrency(2)
            # A request leaves when the last one's verdict is known: only slow replies overlap.
            admin.set_latency(250.0)
        elif len(limits) == 60:
            admin.set_concurrency(5)
            admin.set_latency(0.0)

    report = home.sync(client, on_progress=watch)
    assert not report.failed
    assert min(limits[20:60]) <= 2
    assert client.governor.limit >= 4
    home.assert_equal()
