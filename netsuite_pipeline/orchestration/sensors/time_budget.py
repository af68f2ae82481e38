"""A tick that ends in time: Dagster gives a sensor a minute, and what came later would be lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from netsuite_pipeline.netsuite.client import NetSuiteClient

BUDGET_SECONDS = 25.0
LONGEST_SECONDS = 40.0


@dataclass(frozen=True)
class TimeBudget:
    """How much of a tick may go into asking NetSuite.

    Attributes:
        seconds: After these nothing more is begun.
        longest_seconds: After these what is under way is cut off. Dagster ends a tick after 60 s
            (DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS), with all that it has found.
    """

    seconds: float = BUDGET_SECONDS
    longest_seconds: float = LONGEST_SECONDS
    began: float = field(default_factory=time.monotonic)

    @property
    def is_spent(self) -> bool:
        return time.monotonic() - self.began >= self.seconds

    @property
    def is_half_spent(self) -> bool:
        """Whether what comes first has to leave the rest of the time to what comes after it."""
        return time.monotonic() - self.began >= self.seconds / 2

    @contextmanager
    def cutting_off(self, client: NetSuiteClient) -> Iterator[None]:
        """Within the block the client is stopped at the latest moment; what it was asked then raises
        `Stopped`."""
        left = max(0.0, self.longest_seconds - (time.monotonic() - self.began))
        timer = threading.Timer(left, client.stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
