"""Which leg of a table follows which, and when a sweep is due."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.scheduling.phase import Phase, is_sweep_due
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


def _read(mode: str, table: Table = CUSTOMER) -> LandedTable:
    read = ReadPlan(table, table.key, (), mode)  # type: ignore[arg-type]
    return LandedTable(read, (Path("page"),), 1, {}, frozenset(), (), RequestCounts(), 0.1)


@pytest.mark.parametrize(
    ("leg", "is_incremental", "is_due", "has_missing", "following"),
    [
        (Phase.FINISH, True, False, False, Phase.MAIN),
        (Phase.FINISH, False, False, False, Phase.ENDED),  # a list was read whole just now
        (Phase.MAIN, True, True, False, Phase.SWEEP),
        (Phase.MAIN, True, False, True, Phase.REPAIR),  # values that could not be read before
        (Phase.MAIN, True, True, True, Phase.SWEEP),
        (Phase.SWEEP, True, True, True, Phase.REPAIR),
        (Phase.SWEEP, True, True, False, Phase.ENDED),
        (Phase.REPAIR, True, True, True, Phase.ENDED),
    ],
)
def test_which_leg_follows(
    leg: Phase, is_incremental: bool, is_due: bool, has_missing: bool, following: Phase
) -> None:
    next_leg = leg.following(is_incremental=is_incremental, is_sweep_due=is_due, has_missing=has_missing)
    assert next_leg is following


@pytest.mark.parametrize(
    ("fetched", "swept", "read_full", "after", "due"),
    [
        (_read("changed"), None, None, WEEK, True),
        (_read("changed"), NOW - WEEK, None, WEEK, True),
        (_read("changed"), NOW - WEEK + timedelta(seconds=1), None, WEEK, False),
        (_read("changed"), NOW - 2 * WEEK, NOW - timedelta(days=1), WEEK, False),  # a full read shows as much
        (_read("changed"), None, None, None, False),
        (_read("full"), None, None, WEEK, False),
        (_read("children", LINE), None, None, WEEK, True),
    ],
)
def test_a_table_is_swept_when_its_rows_were_not_looked_for_in_so_long(
    fetched: LandedTable,
    swept: datetime | None,
    read_full: datetime | None,
    after: timedelta | None,
    due: bool,
) -> None:
    state = replace(STATE, swept_at=swept, full_read_at=read_full)
    assert is_sweep_due(fetched, state, after, NOW) is due
