"""Which phase of a table follows which, and when a sweep is due."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.landing.resume import ResumePoint
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.scheduling.commit_phase import PhaseCommit
from netsuite_pipeline.sync.scheduling.phase import (
    Phase,
    PhaseName,
    ReadPhase,
    RepairPhase,
    ResumePhase,
    SweepPhase,
    is_sweep_due,
)
from netsuite_pipeline.sync.scheduling.read_planner import PlannedRead, ReadPlanner
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE

NOW = datetime(2026, 11, 24, 6)
WEEK = timedelta(days=7)
STATE = TableState(
    watermark=NOW,
    columns=("id",),
    unavailable_columns=(),
    unavailable_checked_at=NOW,
    row_count=1,
    synced_at=NOW,
)


def _landed(mode: str, table: Table = CUSTOMER) -> LandedTable:
    read = ReadPlan(table, table.key, (), mode)  # type: ignore[arg-type]
    return LandedTable(read, (Path("page"),), 1, {}, frozenset(), (), RequestCounts())


def _commit(*, is_due: bool, is_replaced: bool = False) -> PhaseCommit:
    """A commit after which a sweep is due or not, and the data in NetSuite was replaced or not."""
    request = SimpleNamespace(accept_shrink=frozenset(), sweep_after=WEEK if is_due else None)
    context = SimpleNamespace(
        request=request, states={CUSTOMER.name: STATE}, sync_run=SimpleNamespace(started_at=NOW)
    )
    landed = _landed("changed")
    commit = SimpleNamespace(
        context=context,
        table=CUSTOMER,
        previous=STATE,
        landed=landed,
        source=PlannedRead(landed.read),
        is_replaced=lambda: is_replaced,
        refresh_state=lambda: None,
    )
    return cast(PhaseCommit, commit)


def _phase(name: PhaseName, *, is_incremental: bool, has_missing: bool) -> Phase:
    planner = cast(ReadPlanner, SimpleNamespace(is_incremental=is_incremental, resumed_full=False))
    progress = TableProgress(CUSTOMER, missing=("7",) if has_missing else ())
    if name == PhaseName.RESUME:
        return ResumePhase(planner, progress, cast(ResumePoint, None))
    others: dict[PhaseName, Callable[[ReadPlanner, TableProgress], Phase]] = {
        PhaseName.READ: ReadPhase,
        PhaseName.SWEEP: SweepPhase,
        PhaseName.REPAIR: RepairPhase,
    }
    return others[name](planner, progress)


@pytest.mark.parametrize(
    ("phase", "is_incremental", "is_due", "has_missing", "following"),
    [
        (PhaseName.RESUME, True, False, False, PhaseName.READ),
        (PhaseName.RESUME, False, False, False, PhaseName.DONE),  # a list was read in full just now
        (PhaseName.READ, True, True, False, PhaseName.SWEEP),
        (PhaseName.READ, True, False, True, PhaseName.REPAIR),  # values that NetSuite could not send before
        (PhaseName.READ, True, True, True, PhaseName.SWEEP),
        (PhaseName.READ, True, False, False, PhaseName.DONE),
        (PhaseName.SWEEP, True, True, True, PhaseName.REPAIR),
        (PhaseName.SWEEP, True, True, False, PhaseName.DONE),
        (PhaseName.REPAIR, True, True, True, PhaseName.DONE),
    ],
)
def test_which_phase_follows(
    phase: PhaseName, is_incremental: bool, is_due: bool, has_missing: bool, following: PhaseName
) -> None:
    current = _phase(phase, is_incremental=is_incremental, has_missing=has_missing)
    after = current.next(_commit(is_due=is_due))
    assert (after.name if after is not None else PhaseName.DONE) == following


def test_a_table_whose_data_was_replaced_is_read_again_before_a_sweep() -> None:
    current = _phase(PhaseName.READ, is_incremental=True, has_missing=True)
    after = current.next(_commit(is_due=True, is_replaced=True))
    assert after is not None
    assert after.name == PhaseName.READ


@pytest.mark.parametrize(
    ("fetched", "swept", "read_full", "after", "due"),
    [
        (_landed("changed"), None, None, WEEK, True),
        (_landed("changed"), NOW - WEEK, None, WEEK, True),
        (_landed("changed"), NOW - WEEK + timedelta(seconds=1), None, WEEK, False),
        (
            _landed("changed"),
            NOW - 2 * WEEK,
            NOW - timedelta(days=1),
            WEEK,
            False,
        ),  # a full read shows as much
        (_landed("changed"), None, None, None, False),
        (_landed("full"), None, None, WEEK, False),
        (_landed("children", LINE), None, None, WEEK, True),
    ],
)
def test_a_table_is_swept_when_its_last_sweep_was_long_ago(
    fetched: LandedTable,
    swept: datetime | None,
    read_full: datetime | None,
    after: timedelta | None,
    due: bool,
) -> None:
    state = replace(STATE, swept_at=swept, full_read_at=read_full)
    assert is_sweep_due(fetched, state, after, NOW) is due
