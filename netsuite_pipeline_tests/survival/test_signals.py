"""A signal at any moment ends a command with the signal's exit code, in words, and whatever it is doing."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.sync.worker_pool import Task, WorkerPool
from netsuite_pipeline.warehouse.warehouse import Warehouse

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
_CAUGHT = 1 << (signal.SIGTERM - 1)

_QUERY = """
import sys
from netsuite_pipeline.commands.interruption import interruption
interruption.watch()
from pathlib import Path
from netsuite_pipeline.commands.exit_codes import run_command
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse

def run():
    warehouse = Warehouse(Path(sys.argv[1]))
    warehouse.prepare("netsuite")
    with warehouse.working() as connection, transaction(connection):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS i")
        print("ready", flush=True)
        {body}

sys.exit(run_command(run))
"""
_BODIES = {
    "in a query": "connection.execute('CREATE TABLE t AS SELECT hash(i) AS h FROM range(100_000_000_000) r(i)')",
    "in a fetch": "connection.execute('SELECT max(hash(i)) FROM range(100_000_000_000) r(i)').fetchall()",
    "in a join": "import threading\n        thread = threading.Thread(target=__import__('time').sleep, "
    "args=(30,), daemon=True)\n        thread.start()\n        thread.join()",
    "swallowed": "\n        while True:\n            try:\n                connection.execute('SELECT 1')\n"
    "            except BaseException:\n                pass",
    "in a finalizer": "\n        class Slow:\n            def __del__(self):\n                "
    "__import__('time').sleep(0.01)\n        while True:\n            Slow()",
}


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=9, latency=10, max_seconds=3600) as emulator:
        yield emulator


def start(folder: Path, env: dict[str, str], *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_it_takes_signals(process: "subprocess.Popen[str]") -> None:
    """Before that, the interpreter itself starts."""
    until = time.monotonic() + 600
    while time.monotonic() < until and process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) & _CAUGHT:
            return
        time.sleep(0.001)
    raise AssertionError("it takes no signals")


def assert_ended_by(process: "subprocess.Popen[str]", how: signal.Signals, within: float = 400.0) -> None:
    out, err = process.communicate(timeout=within)
    assert process.returncode == CODES[how], (process.returncode, out, err)
    for words in ("Traceback", "Exception ignored", "Error:", "KeyboardInterrupt"):
        assert words not in out + err, err


@pytest.mark.few(3)
@pytest.mark.parametrize("seed", range(8))
def test_a_sync_ends_by_a_signal_at_any_moment(seed: int, account: EmulatorProcess, tmp_path: Path) -> None:
    chance = random.Random(seed)
    how = chance.choice(list(CODES))
    process = start(tmp_path, dict(account.env), "-m", "netsuite_pipeline", "sync")
    until_it_takes_signals(process)
    time.sleep(chance.random() ** 2 * 3.0)
    process.send_signal(how)
    if seed % 2:  # and once more, while it is ending
        time.sleep(chance.random() * 0.3)
        process.send_signal(how)
    if process.wait(400) == 0:
        pytest.skip("it was faster than the signal")
    assert_ended_by(process, how)
    if Warehouse(tmp_path / "data" / "warehouse.duckdb").working_path.exists():
        with Warehouse(tmp_path / "data" / "warehouse.duckdb").working() as connection:
            connection.execute("SELECT 1")


@pytest.mark.parametrize("how", CODES, ids=lambda how: how.name)
@pytest.mark.parametrize("moment", _BODIES)
def test_what_swallows_or_wraps_an_interrupt_does_not_keep_the_exit_code(
    moment: str, how: signal.Signals, tmp_path: Path
) -> None:
    code = _QUERY.replace("{body}", _BODIES[moment])
    code = code.replace("interruption.watch()", "interruption.watch(); interruption._grace = 1.0")
    process = start(tmp_path, {}, "-c", code, str(tmp_path / "warehouse.duckdb"))
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(how)
    assert_ended_by(process, how)
    with Warehouse(tmp_path / "warehouse.duckdb").working() as connection:
        assert connection.execute("SHOW TABLES").fetchall() == []


@pytest.mark.parametrize(
    ("arguments", "delay"),
    [
        (("suiteql", "SELECT id FROM transaction ORDER BY id"), 0.0),
        (("suiteql", "SELECT id FROM transaction ORDER BY id"), 0.4),
        (("doctor",), 0.1),
        (("doctor",), 1.5),
        (("emulator", "--scale", "0.01", "--max-seconds", "1200"), 0.2),
        (("emulator", "--scale", "0.01", "--max-seconds", "1200"), 3.0),
        (("demo", "--scale", "0.01"), 2.0),
        (("demo", "--scale", "0.01"), 7.0),
        (("dev", "--scale", "0.01", "--port", "0"), 1.0),
    ],
)
def test_every_command_ends_by_a_signal(
    arguments: tuple[str, ...], delay: float, account: EmulatorProcess, tmp_path: Path
) -> None:
    account.admin.set_latency(300)
    if "--port" in arguments:
        arguments = (*arguments[:-1], "39471")
    own = {} if arguments[0] in {"demo", "dev", "emulator"} else dict(account.env)
    process = start(tmp_path, own, "-m", "netsuite_pipeline", *arguments)
    until_it_takes_signals(process)
    time.sleep(delay)
    process.send_signal(signal.SIGTERM)
    try:
        assert_ended_by(process, signal.SIGTERM, within=600.0)
    finally:
        account.admin.set_latency(10)
    assert not (tmp_path / "data" / "emulator.json").exists()


def test_a_signal_after_the_end_leaves_the_exit_code(tmp_path: Path) -> None:
    code = (
        "import sys; from netsuite_pipeline.commands.interruption import interruption; interruption.watch()\n"
        "from netsuite_pipeline.commands.exit_codes import run_command\n"
        "class AtTheVeryEnd:\n"
        "    def __init__(self): import os, signal; self.kill = lambda: os.kill(os.getpid(), signal.SIGTERM)\n"
        "    def __del__(self): self.kill()\n"
        "kept = AtTheVeryEnd()\n"
        "sys.exit(run_command(lambda: 1))"
    )
    process = start(tmp_path, {}, "-c", code)
    out, err = process.communicate(timeout=400)
    assert (process.returncode, out, err) == (1, "", "")


def test_a_signal_ends_a_command_that_a_background_shell_lets_ignore_it(
    account: EmulatorProcess, tmp_path: Path
) -> None:
    account.admin.set_latency(300)
    ignoring = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    process = start(
        tmp_path, dict(account.env), "-c", ignoring, sys.executable, "-m", "netsuite_pipeline", "doctor"
    )
    until_it_takes_signals(process)
    process.send_signal(signal.SIGINT)
    assert_ended_by(process, signal.SIGINT)
    account.admin.set_latency(10)


# Threads that cannot start


def unstartable(after: int) -> Callable[[threading.Thread], None]:
    real = threading.Thread.start
    started: list[threading.Thread] = []

    def start(self: threading.Thread) -> None:
        if len(started) >= after:
            raise RuntimeError("can't start new thread")
        started.append(self)
        real(self)

    return start


def test_threads_that_cannot_start_leave_the_work_to_those_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(threading.Thread, "start", unstartable(1))
    pool = WorkerPool(8, on_error=lambda error: done.append(-1))
    pool.submit([Task(lambda number=number: done.append(number) or []) for number in range(20)])  # type: ignore[func-returns-value, misc]
    until = time.monotonic() + 100
    while len(done) < 20 and time.monotonic() < until:
        time.sleep(0.01)
    assert sorted(done) == list(range(20))
    assert pool.close(5.0)


def test_a_lack_of_threads_is_explained_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", unstartable(0))
    pool = WorkerPool(2, on_error=lambda error: None)
    with pytest.raises(ConfigurationError, match="can't start new thread") as raised:
        pool.submit([Task(list)])
    assert "ulimit -u" in raised.value.remedy
    assert pool.close(1.0)  # and closing hides nothing


def test_an_interrupt_that_duckdb_raises_is_an_interrupt(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare("netsuite")
    with pytest.raises(KeyboardInterrupt), warehouse.working() as connection:
        threading.Timer(0.3, connection.interrupt).start()
        with pytest.raises(duckdb.InterruptException) as raised:
            connection.execute("SELECT max(hash(i)) FROM range(100_000_000_000) r(i)").fetchall()
        raise raised.value
