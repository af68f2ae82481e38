"""An emulator starts quickly, says how to reach it and nothing else, and never outlives who needs it."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from netsuite_pipeline.emulator.process import EmulatorProcess, EmulatorStartError, start_emulator
from netsuite_pipeline_tests.emulator.rest_client import RestClient
from netsuite_pipeline_tests.lengths import SLOWEST

VARIABLES = [
    "NETSUITE_ACCOUNT_ID",
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
    "NETSUITE_BASE_URL",
    "NETSUITE_EMULATOR_ADMIN",
]


def gone(pid: int, seconds: float = 6) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def gone_by_itself(emulator: EmulatorProcess, seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while emulator.running and time.monotonic() < until:
        time.sleep(0.05)
    return not emulator.running


def test_it_starts_answers_and_stops() -> None:
    with start_emulator(scale=0.02, account_id="TSTDRV123", max_seconds=60, verbose=True) as emulator:
        assert emulator.running
        assert list(emulator.env) == VARIABLES
        assert emulator.env["NETSUITE_ACCOUNT_ID"] == emulator.account_id == "TSTDRV123"
        assert RestClient(emulator.env).suiteql("SELECT 1 AS one FROM dual").status_code == 200
        assert emulator.transactions == emulator.admin.tables()["transaction"] > 0
        assert "/services/rest/query/v1/suiteql 200" in emulator.stderr_text()
        assert emulator.env["NETSUITE_TOKEN_SECRET"] not in emulator.stderr_text() + repr(emulator)
        assert emulator.stop() == 0
        assert not emulator.running
    with pytest.raises(requests.ConnectionError):
        requests.get(emulator.base_url, timeout=2)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.few(1)
def test_a_signal_ends_it_cleanly(how: signal.Signals) -> None:
    with start_emulator(scale=0.02) as emulator:
        for name in VARIABLES[1:5]:
            assert re.fullmatch(r"[0-9a-f]{64}", emulator.env[name])
        os.kill(emulator.pid, how)
        assert gone_by_itself(emulator)
        assert emulator.stderr_text() == ""
        assert emulator.stop() == 0


@pytest.mark.long
def test_the_same_seed_has_the_same_tokens_and_another_admin_token() -> None:
    with start_emulator(scale=0.02, seed=5) as first, start_emulator(scale=0.02, seed=5) as second:
        changing = {"NETSUITE_BASE_URL", "NETSUITE_EMULATOR_ADMIN"}
        for name in VARIABLES:
            assert (first.env[name] == second.env[name]) == (name not in changing)


def test_it_ends_with_its_parent() -> None:
    code = (
        "import os\n"
        "from netsuite_pipeline.emulator.process import start_emulator\n"
        "print(start_emulator(scale=0.02).pid, flush=True)\n"
        "os._exit(1)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=6000, check=False
    )
    assert gone(int(answer.stdout))


@pytest.mark.long
def test_it_ends_after_its_time() -> None:
    with start_emulator(scale=0.02, max_seconds=0.5) as emulator:
        assert gone_by_itself(emulator)
        assert emulator.stop() == 0


@pytest.mark.long
def test_an_emulator_that_cannot_start_says_why() -> None:
    with pytest.raises(EmulatorStartError, match="There is no variant 'nosuch'"):
        start_emulator(scale=0.02, variants={"nosuch": "1"})
    with (
        start_emulator(scale=0.02) as emulator,
        pytest.raises(EmulatorStartError, match=r"(?i)address already in use"),
    ):
        start_emulator(scale=0.02, port=int(emulator.base_url.rpartition(":")[2]))


@pytest.mark.long
def test_an_account_without_oneworld_has_no_subsidiaries() -> None:
    with start_emulator(scale=0.02, oneworld=False, variants={"count_star": "off"}) as emulator:
        client = RestClient(emulator.env)
        assert "Record 'subsidiary' was not found" in client.suiteql("SELECT id FROM subsidiary").text
        assert client.suiteql("SELECT id FROM transactionline").status_code == 200
        assert client.suiteql("SELECT subsidiary FROM transactionline").status_code == 400
        assert emulator.admin.state()["variants"]["count_star"] is False


@pytest.mark.long
def test_it_stops_at_once_while_a_request_hangs() -> None:
    with start_emulator(scale=0.02) as emulator, ThreadPoolExecutor(1) as pool:
        emulator.admin.add_fault("hang", seconds=60)
        hanging = pool.submit(RestClient(emulator.env).suiteql, "SELECT 1 AS one FROM dual")
        until = time.monotonic() + 50
        while emulator.admin.stats().in_use == 0 and time.monotonic() < until:
            time.sleep(0.01)
        began = time.monotonic()
        assert emulator.stop() == 0
        assert time.monotonic() - began < 4 * SLOWEST
        assert isinstance(hanging.exception(), requests.ConnectionError)
