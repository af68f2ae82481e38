"""The phases of a table's sync: what each reads, what each commits, and which comes next."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import ClassVar

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.landing.resume import ResumePoint
from netsuite_pipeline.sync.planning.date_range import range_note
from netsuite_pipeline.sync.planning.read_plan import key_scan_plan, rows_by_key_plan
from netsuite_pipeline.sync.scheduling.commit_phase import PhaseCommit
from netsuite_pipeline.sync.scheduling.read_planner import ParentRead, PlannedRead, Query, ReadPlanner
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.warehouse.state import TableState

_SWEEP_AGAIN_AFTER = timedelta(hours=24)


class PhaseName(IntEnum):
    """The phases in their order."""

    RESUME = 0
    READ = 1
    SWEEP = 2
    REPAIR = 3
    DONE = 4


@dataclass(frozen=True)
class Phase(ABC):
    """One phase of a table.

    Attributes:
        planner: The table's planner.
        progress: The table's results; a commit adds its own.
    """

    planner: ReadPlanner
    progress: TableProgress
    name: ClassVar[PhaseName]

    @abstractmethod
    def start(self, parent: ParentRead | None) -> PlannedRead | Query | ResumePoint:
        """Return what the phase reads, or the query that decides it. Sends no request."""

    @abstractmethod
    def commit(self, to: PhaseCommit) -> None:
        """Commit what the phase has read, and add the results to the table's progress."""

    def next(self, to: PhaseCommit) -> "Phase | None":
        """Return the phase that follows the commit; None at the end."""
        return RepairPhase(self.planner, self.progress) if self.progress.missing else None


@dataclass(frozen=True)
class ResumePhase(Phase):
    """Read and commit the rest of an interrupted sync, at the cutoff of that sync."""

    point: ResumePoint
    name: ClassVar = PhaseName.RESUME

    def start(self, parent: ParentRead | None) -> ResumePoint:
        """Return the resume point."""
        return self.point

    def commit(self, to: PhaseCommit) -> None:
        """Commit the rows."""
        self.progress.committed = to.commit_rows()
        to.record_deletions_known()

    def next(self, to: PhaseCommit) -> "Phase | None":
        """Return READ for an incremental table; a list was read in full just now."""
        self.planner.resumed_full = to.landed.read.mode == "full"
        return ReadPhase(self.planner, self.progress) if self.planner.is_incremental else None


@dataclass(frozen=True)
class ReadPhase(Phase):
    """Read the table up to this sync's cutoff: all rows, or changes."""

    name: ClassVar = PhaseName.READ

    def start(self, parent: ParentRead | None) -> PlannedRead | Query:
        """Return the planned read."""
        return self.planner.plan(parent)

    def commit(self, to: PhaseCommit) -> None:
        """Commit the rows, then remove the rows that NetSuite records as deleted."""
        self.progress.committed = to.commit_rows()
        if note := range_note(to.landed.read, to.previous):
            self.progress.add_note(note)
        to.record_deletions_known()
        self.progress.missing = to.rows_to_repair()
        self.progress.read_from = to.previous.watermark if to.previous else None
        to.remove_deleted()
        if to.figures is not None and to.landed.read.mode == "changed":
            self.progress.counted = to.figures.counted

    def next(self, to: PhaseCommit) -> "Phase | None":
        """Return READ again for replaced data, SWEEP or REPAIR where one is due."""
        if to.is_replaced():
            to.refresh_state()
            return self
        if self._is_sweep_due(to):
            return SweepPhase(self.planner, self.progress)
        return super().next(to)

    def _is_sweep_due(self, to: PhaseCommit) -> bool:
        context, table, found = to.context, to.table, self.progress.comparison
        state, now = context.states[table.name], context.sync_run.started_at
        unchanged = isinstance(to.source, PlannedRead) and to.source.unchanged
        # A sweep of a table of which only date ranges were read would find nearly all rows missing.
        if unchanged or (self.planner.is_incremental and state.watermark is None):
            return False
        if has_new_difference(to.previous, found.difference, now):
            return True
        accepted = found.missing > 0 and table.name in context.request.accept_shrink
        return accepted or is_sweep_due(to.landed, state, context.request.sweep_after, now)


@dataclass(frozen=True)
class SweepPhase(Phase):
    """Compare the stored keys with all keys that NetSuite shows."""

    name: ClassVar = PhaseName.SWEEP

    def start(self, parent: ParentRead | None) -> PlannedRead:
        """Return the read of all keys."""
        return PlannedRead(key_scan_plan(self.planner.table))

    def commit(self, to: PhaseCommit) -> None:
        """Remove deleted rows."""
        to.commit_keys()


@dataclass(frozen=True)
class RepairPhase(Phase):
    """Read the rows that are missing in the warehouse, or lack values."""

    name: ClassVar = PhaseName.REPAIR

    def start(self, parent: ParentRead | None) -> PlannedRead:
        """Return the read of these rows."""
        read = self.planner.mode_plan(None)
        # A child's rows are replaced parent by parent; other rows are only added.
        is_child = self.planner.table.parent is not None
        plan = replace(read, mode="children", since=None, until=None) if is_child else rows_by_key_plan(read)
        return PlannedRead(plan, self.progress.missing)

    def commit(self, to: PhaseCommit) -> None:
        """Commit the rows."""
        self.progress.repaired = to.commit_rows().changed_keys
        to.record_deletions_known()

    def next(self, to: PhaseCommit) -> "Phase | None":
        """Return None: REPAIR is the last phase."""
        return None


def is_sweep_due(landed: LandedTable, state: TableState, after: timedelta | None, now: datetime) -> bool:
    """Return whether an incremental table has gone without a sweep or a full read for too long.

    Args:
        landed: What was read just now.
        state: The table's state.
        after: The interval of sweeps; None for no sweeps.
        now: UTC.
    """
    if after is None or landed.read.mode not in {"changed", "children"}:
        return False
    seen = max(filter(None, (state.swept_at, state.full_read_at)), default=None)
    return seen is None or now - seen >= after


def has_new_difference(before: TableState | None, difference: int, now: datetime) -> bool:
    """Return whether a difference from NetSuite's count calls for a sweep.

    It does where the last sync had another difference, or where the last sweep is a day ago.

    Args:
        before: The table's state before this sync.
        difference: The difference now, in rows.
        now: UTC.
    """
    if not difference:
        return False
    if before is None or before.count_difference != difference or before.swept_at is None:
        return True
    return now - before.swept_at >= _SWEEP_AGAIN_AFTER
