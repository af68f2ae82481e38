"""The emulated account that is measured against: its limit, its latency, and the ceiling these are."""

import argparse
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ceil

from netsuite_pipeline.emulator.account.governance import Stats
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator

PAGE_ROWS = 1000
# How many rows the sample company has for each unit of scale, and at any scale; a little less than it really is.
_ROWS = {"transactionline": (99_000, 2_300), "transaction": (26_050, 900)}


@dataclass(frozen=True)
class Account:
    """What an account grants: requests at once, and the milliseconds that each takes at least.

    Example:
        >>> Account.parsed("10/250")
        Account(limit=10, latency=250.0)
    """

    limit: int
    latency: float

    @classmethod
    def parsed(cls, text: str) -> "Account":
        """Reads `LIMIT/MILLISECONDS`.

        Raises:
            argparse.ArgumentTypeError: It is none.
        """
        limit, slash, latency = text.partition("/")
        try:
            account = cls(int(limit), float(latency))
        except ValueError:
            account = cls(0, 0)
        if not slash or account.limit < 1 or account.latency < 0:
            raise argparse.ArgumentTypeError(f"{text!r} is no account such as 10/250 (requests/milliseconds)")
        return account

    @property
    def label(self) -> str:
        return f"{self.limit} / {self.latency:g} ms"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables of a client."""
        return {"NETSUITE_CONCURRENCY": str(self.limit)}

    def at_best(self, pages: int) -> float:
        """Seconds in which that many pages could be had if every slot were busy all along."""
        return pages * self.latency / 1000 / self.limit

    def of(self, emulator: EmulatorProcess) -> None:
        """Makes an emulator this account, and its measurements begin anew."""
        emulator.admin.set_concurrency(self.limit)
        emulator.admin.set_latency(self.latency)
        emulator.admin.reset_stats()


ACCOUNTS = (Account(5, 400), Account(10, 250), Account(15, 250), Account(20, 400))
"""The accounts that the promise of speed names."""

TEN = Account(10, 250)


def share_of_ceiling(stats: Stats, seconds: float, limit: int, pages_needed: int) -> float:
    """How much of what the account grants became pages: busy slots, averaged over the whole of the client's
    time, by the limit; times the pages that had to be asked for by the requests made.

    Example:
        >>> stats = Stats(seconds=11, slot_seconds=90, in_use=0, peak=10, requests=400, refused=0, pages=398,
        ...               rows=380_000, cpu_seconds=3)
        >>> share_of_ceiling(stats, seconds=10, limit=10, pages_needed=380)
        0.855
    """
    return stats.slot_seconds / seconds / limit * pages_needed / stats.requests


def pages_of(rows: int) -> int:
    """Pages that a table of so many rows takes at least; even an empty table must be asked for.

    Example:
        >>> pages_of(0), pages_of(1000), pages_of(1001)
        (1, 1, 2)
    """
    return max(1, ceil(rows / PAGE_ROWS))


_PROPORTIONAL = 1_000_000


def scale_for(table: str, rows: int) -> float:
    """The sample company's scale, in tenths, at which a table has at least so many rows.

    Example:
        >>> scale_for("transactionline", 1_000_000)
        10.1
    """
    each, always = _ROWS[table]
    wanted = (
        rows + max(0, rows - _PROPORTIONAL) // 100
    )  # a larger company has somewhat fewer lines a document
    return max(1, ceil((wanted - always) / each * 10)) / 10


def emulated(scale: float, *, public_host: bool = False) -> AbstractContextManager[EmulatorProcess]:
    """An emulator in a process of its own; it takes some seconds a unit of scale to make its company up."""
    return start_emulator(scale=scale, public_host=public_host)
