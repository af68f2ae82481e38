"""Which tables a tick looks at: those of the hourly pass, and those that are not as they were."""

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.tables import Table

_LEEWAY = timedelta(seconds=30)  # a tick comes some seconds before or after its time
_MOST_AGAIN_IN_A_PASS = 20  # so that the pass goes on, however many tables are lost


@dataclass(frozen=True)
class TableBatch:
    """What to look at in one tick.

    Attributes:
        again: Tables that differ from their last evaluation, failed it, or were turned red by a sync or
            Execute: a second look confirms or heals within minutes, not hours.
        rest: The tables of the pass that are still to come, in their order.
        place: Where in the connection's tables `rest` begins.
        samples: One table of each permission, of which a key is read; none where a pass begins.
    """

    again: tuple[Table, ...]
    rest: tuple[Table, ...]
    place: int
    samples: tuple[Table, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.again and not self.rest and not self.samples

    @property
    def begins(self) -> bool:
        """Whether a pass over all tables begins, which reads a table of each permission anyway."""
        return bool(self.rest) and self.place == 0


def next_batch(
    tables: Sequence[Table],
    memory: SensorCursor,
    now: datetime,
    every: timedelta,
    red: Collection[str] = (),
) -> TableBatch:
    """What a tick is to look at.

    Args:
        tables: The connection's tables.
        memory: What the sensor remembers: `place` is where an unfinished pass goes on, `next_look_at` when
            the next one begins.
        now: UTC.
        every: How often to look at all tables.
        red: Tables of which a check is red that the sensor did not turn red.
    """
    by_name = {table.name: table for table in tables}
    again = tuple(by_name[name] for name in _not_as_they_were(memory, red) if name in by_name)
    place = memory.next_index if memory.next_index < len(tables) else 0
    if place == 0 and not _begins(memory, now, every):
        return TableBatch(again, (), 0)
    return TableBatch(again[:_MOST_AGAIN_IN_A_PASS], tuple(tables[place:]), place)


def advance_pass(
    memory: SensorCursor, done: int, of: TableBatch, now: datetime, every: timedelta
) -> SensorCursor:
    """The memory after a tick that looked at some of its pass.

    Args:
        memory: As it was.
        done: How many of `of.rest` were looked at.
        of: What the tick was to look at.
        now: UTC.
        every: How often to look at all tables.
    """
    if not of.rest:
        return memory
    if of.place == 0 and done:
        # Counted from the beginning: a pass of several ticks must not make the next one later and later.
        memory = replace(memory, next_check_at=now + every)
    return replace(memory, next_index=of.place + done if done < len(of.rest) else 0)


def _begins(memory: SensorCursor, now: datetime, every: timedelta) -> bool:
    if memory.next_check_at is None:
        return True
    wait = memory.next_check_at - now
    return wait <= _LEEWAY or wait > every + _LEEWAY  # longer: somebody has set this machine's clock back


def _not_as_they_were(memory: SensorCursor, red: Collection[str]) -> Sequence[str]:
    """Names of tables, those first that were not looked at for longest."""
    seen = dict.fromkeys(red, datetime.min)
    for name, subject in memory.subjects.items():
        if subject.pending or subject.alerted:
            table = name.partition(":")[2].partition(".")[0]
            seen_at = subject.known_at or datetime.min
            seen[table] = min(seen.get(table, seen_at), seen_at)
    return sorted(seen, key=lambda table: (seen[table], table))


BUDGET_SECONDS = 25.0


MAX_SECONDS = 40.0


@dataclass(frozen=True)
class TimeBudget:
    """How much of a tick may go into asking NetSuite.

    Attributes:
        seconds: After these nothing more is begun.
        max_seconds: After these what is under way is cut off. Dagster ends a tick after 60 s
            (DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS), with all that it has found.
    """

    seconds: float = BUDGET_SECONDS
    max_seconds: float = MAX_SECONDS
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
        left = max(0.0, self.max_seconds - (time.monotonic() - self.began))
        timer = threading.Timer(left, client.stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


MAX_SAMPLES = 30


def permission_samples(
    tables: Sequence[Table], memory: SensorCursor, most: int = MAX_SAMPLES
) -> tuple[Table, ...]:
    """Return one table of each permission, to be read cheaply at each tick.

    A table that cannot be read shows no loss, so only tables take part that were readable at the last look.
    A query takes no part: it costs what it costs, and the tables that it reads have samples of their own.

    Args:
        tables: The connection's tables.
        memory: What the sensor remembers of them.
        most: How many at most.

    Example:
        >>> permission_samples([], SensorCursor())
        ()
    """
    chosen: dict[str, Table] = {}
    for table in tables:
        if table.query is None and _is_well(memory.subjects.get(f"table:{table.name}")):
            for permission in _permissions(table):
                before = chosen.get(permission)
                if before is None or _cost(table) < _cost(before):
                    chosen[permission] = table
    distinct = dict.fromkeys(chosen.values())
    return tuple(sorted(distinct, key=lambda table: _seen_at(memory, table))[:most])


def tables_sharing_permission(table: Table, tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return the other tables that need a permission that a table needs; queries are among them."""
    needed = set(_permissions(table))
    return tuple(each for each in tables if each != table and needed.intersection(_permissions(each)))


def _permissions(table: Table) -> Sequence[str]:
    return [f"{tab} > {name}" for tab, name in table.permission.places]


def _is_well(subject: SubjectState | None) -> bool:
    if subject is None or subject.pending or subject.reported is None:
        return False
    return subject.reported.state is State.OK


def _cost(table: Table) -> tuple[bool, int]:
    """Return what is less for a table whose row is cheaper to read: lists before documents, few columns."""
    return table.group == "transactions", len(table.columns)


def _seen_at(memory: SensorCursor, table: Table) -> datetime:
    return memory.subjects[f"table:{table.name}"].known_at or datetime.min
