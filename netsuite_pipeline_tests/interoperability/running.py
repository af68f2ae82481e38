"""Starts the second server in a process of its own, and our command line against it."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from netsuite_pipeline_tests.interoperability.server.settings import Account, Habits

_ROOT = Path(__file__).parents[2]
_OURS = "from netsuite_pipeline.cli import main; main()"


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    path: str
    status: int
    sql: str


@dataclass(frozen=True)
class RunningServer:
    """A server that runs: its address, its account, its company's file and its journal."""

    url: str
    account: Account
    company: Path
    journal: Path

    @property
    def asked(self) -> list[Asked]:
        """All requests so far."""
        if not self.journal.exists():
            return []
        return [Asked(**json.loads(line)) for line in self.journal.read_text().splitlines()]

    @property
    def variables(self) -> dict[str, str]:
        """The environment that points our command line at it."""
        return {
            "NETSUITE_ACCOUNT_ID": self.account.realm,
            "NETSUITE_CONSUMER_KEY": self.account.consumer_key,
            "NETSUITE_CONSUMER_SECRET": self.account.consumer_secret,
            "NETSUITE_TOKEN_ID": self.account.token,
            "NETSUITE_TOKEN_SECRET": self.account.token_secret,
            "NETSUITE_BASE_URL": self.url,
        }


@dataclass(frozen=True)
class Ran:
    """What a run of our command line came to."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """`sync --json`'s report."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    def table(self, name: str) -> dict[str, Any]:
        """One table's part of the report."""
        return next(table for table in self.report["tables"] if table["table"] == name)

    @property
    def totals(self) -> dict[str, Any]:
        totals: dict[str, Any] = self.report["totals"]
        return totals


def made_up_account() -> Account:
    """An account with a token of its own."""
    return Account("7654321_SB2", *(secrets.token_hex(32) for _ in range(4)))  # type: ignore[arg-type]


@contextmanager
def serving(company: Path, habits: Habits, account: Account | None = None) -> Iterator[RunningServer]:
    """The server, for as long as the block lasts."""
    account = account or made_up_account()
    journal = company.with_suffix(f".{secrets.token_hex(4)}.journal")
    settings = {
        "company": str(company),
        "journal": str(journal),
        "account": asdict(account),
        "habits": asdict(habits),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "netsuite_pipeline_tests.interoperability.server", json.dumps(settings)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield RunningServer(process.stdout.readline().strip(), account, company, journal)
        finally:
            process.stdin.close()  # at the end of its input it ends itself
            process.wait(10)


def run(
    server: RunningServer, warehouse: Path, *arguments: str, settings: Mapping[str, str] | None = None
) -> Ran:
    """Runs `netsuite-pipeline` with some arguments, signed in at the server.

    Args:
        warehouse: What NETSUITE_WAREHOUSE says.
        settings: Variables to set besides, or instead.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NETSUITE_")}
    environment |= {"NETSUITE_WAREHOUSE": str(warehouse), "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _OURS, *arguments],
        env={**environment, **server.variables, **(settings or {})},
        cwd=warehouse.parent,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def sync(
    server: RunningServer, warehouse: Path, *arguments: str, settings: Mapping[str, str] | None = None
) -> Ran:
    """Runs `netsuite-pipeline sync --json`."""
    return run(server, warehouse, "sync", "--json", *arguments, settings=settings)
