"""Which tables stand for their permission at each tick: one that was readable, of each permission. Pure."""

from collections.abc import Sequence
from datetime import datetime

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.monitoring.sensor_cursor import Memory, Subject
from netsuite_pipeline.tables import Table

MOST_SAMPLES = 30
"""Requests for samples in one tick, one after the other: one of the five that a Standard account may make at
once (NSH:bridgehead_1500275603). The standard catalogue needs 22; of more permissions, those come first that
were not looked at for longest."""


def samples(tables: Sequence[Table], memory: Memory, most: int = MOST_SAMPLES) -> tuple[Table, ...]:
    """Return one table of each permission, to be read cheaply at each tick.

    A table that cannot be read shows no loss, so only tables take part that were readable at the last look.
    A query takes no part: it costs what it costs, and the tables that it reads have samples of their own.

    Args:
        tables: The connection's tables.
        memory: What the sensor remembers of them.
        most: How many at most.

    Example:
        >>> samples([], Memory())
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


def with_same_permission(table: Table, tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return the other tables that need a permission that a table needs; queries are among them."""
    needed = set(_permissions(table))
    return tuple(each for each in tables if each != table and needed.intersection(_permissions(each)))


def _permissions(table: Table) -> Sequence[str]:
    return [f"{tab} > {name}" for tab, name in table.permission.places]


def _is_well(subject: Subject | None) -> bool:
    if subject is None or subject.suspect or subject.told is None:
        return False
    return subject.told.state is State.OK


def _cost(table: Table) -> tuple[bool, int]:
    """Return what is less for a table whose row is cheaper to read: lists before documents, few columns."""
    return table.group == "transactions", len(table.columns)


def _seen_at(memory: Memory, table: Table) -> datetime:
    return memory.subjects[f"table:{table.name}"].seen_at or datetime.min
