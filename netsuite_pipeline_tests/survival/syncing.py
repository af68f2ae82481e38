"""Syncs of a test: in this process with a client of the test's own, or as a command in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.sync.report import SyncReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Progress, Sync
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.comparing import assert_equal_to_source
from netsuite_pipeline_tests.survival.short_pages import ShortPages

NAMES = ("transaction", "transactionline", "transactionaccountingline", "customer", "currency")
LINES = ("transaction", "transactionline")
SETTINGS = ClientSettings(retry_seconds=60.0, sign_in_pause_seconds=0.1)


def tables(names: tuple[str, ...] = NAMES) -> list[Table]:
    """The standard tables of these names."""
    return [standard_tables()[name] for name in names]


def impatient(seconds: float) -> None:
    """Waits a tenth: whoever repeats a request does so soon."""
    time.sleep(seconds / 10)


def a_client(
    emulator: EmulatorProcess,
    *,
    page_rows: int = ShortPages.page_rows,
    settings: ClientSettings = SETTINGS,
    sleep: Callable[[float], object] | None = impatient,
) -> ShortPages:
    """A client of the emulator's."""
    credentials = TokenCredentials.from_variables(emulator.env)
    client = ShortPages(credentials, base_url=emulator.base_url, settings=settings, sleep=sleep)
    client.page_rows = page_rows
    return client


def journals(admin: AdminClient) -> list[int]:
    """Transactions that may be deleted, for no other is linked with them."""
    dump = admin.table("transaction")
    key, kind = dump.columns.index("id"), dump.columns.index("type")
    return [row[key] for row in dump.rows if row[kind] == "Journal"]


@dataclass(frozen=True)
class Home:
    """A folder with a warehouse, and the account that its tables come from.

    Attributes:
        folder: Where commands run.
        emulator: The account.
        names: The tables that are synced.
    """

    folder: Path
    emulator: EmulatorProcess
    names: tuple[str, ...] = NAMES
    started: "list[subprocess.Popen[str]]" = field(default_factory=list, repr=False)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder / "data" / "warehouse.duckdb", lock_wait_seconds=3.0)

    def with_tables(self, *names: str) -> "Home":
        """The same warehouse, other tables."""
        return replace(self, names=names)

    def sync(
        self,
        client: ShortPages | None = None,
        *,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        **changes: Any,
    ) -> SyncReport:
        """Syncs in this process."""
        request = SyncRequest(
            tables=tuple(tables(self.names)),
            catalogue=standard_tables(),
            connection="netsuite",
            full=False,
            overlap=timedelta(hours=1),
        )
        with client or a_client(self.emulator) as asking:
            sync = Sync(asking, self.warehouse, replace(request, **changes), on_progress=on_progress)
            for _ in sync:
                pass
            return sync.report()

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **popen: Any) -> "Running":
        """Starts the command, with short pages and little patience, in a process group of its own."""
        selected = [word for name in self.names for word in ("--select", name)]
        process = subprocess.Popen(
            [sys.executable, "-m", "netsuite_pipeline_tests.survival.command", "sync", *selected, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.emulator.env, "PYTHONPATH": os.pathsep.join(sys.path), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **popen,
        )
        self.started.append(process)
        return Running(process, self)

    def clear_away(self) -> None:
        """Ends what a failed test has left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            with process:
                pass

    def run(self, *arguments: str, **popen: Any) -> "Ended":
        """Runs the command to its end."""
        return self.start(*arguments, **popen).ended()

    def landing(self, table: str) -> Path:
        """Where a table's pages land."""
        return self.warehouse.landing_path("netsuite") / table

    def pages(self, *names: str) -> list[Path]:
        """The landed pages of these tables, or of all."""
        return [page for name in names or self.names for page in self.landing(name).glob("*-*.json")]

    def assert_equal(self) -> None:
        """The published tables are what NetSuite has, to the last digit."""
        assert_equal_to_source(self.warehouse.path, tables(self.names), self.emulator.admin)


@dataclass(frozen=True)
class Ended:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Running:
    """A command that runs."""

    process: "subprocess.Popen[str]"
    home: Home

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def until(self, happens: Callable[[], object], seconds: float = 200.0) -> bool:
        """Waits for something to happen while the command runs; says whether it did."""
        give_up_at = time.monotonic() + seconds
        while self.runs:
            if happens():
                return True
            assert time.monotonic() < give_up_at, "nothing happened"
            time.sleep(0.001)
        return False

    def reaches(self, happens: Callable[[], object]) -> None:
        """Waits until something has happened; the command must not end before."""
        assert self.until(happens), self.ended()

    def until_it_holds_the_folder(self) -> bool:
        """Waits until it has the landing folder's lock, with which a sync begins."""
        lock = self.home.warehouse.landing_path("netsuite") / ".lock"
        pid = f"{self.process.pid} "
        return self.until(lambda: lock.exists() and lock.read_text().startswith(pid))

    def kill(self) -> bool:
        """Ends it as `kill -9` does; says whether it still ran. Nothing of it is left."""
        self.process.kill()
        ended = self.ended()
        assert _nobody_is_in(self.process.pid), "a child of the command outlived it"
        return ended.code == -signal.SIGKILL

    def ended(self, seconds: float = 600.0) -> Ended:
        """Waits for its end."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
            raise
        return Ended(self.process.returncode, out, err)


def _nobody_is_in(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
