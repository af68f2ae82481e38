"""Which leg of a table follows which, and when a sweep is due."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.planning.read_plan import Read
from netsuite_pipeline.sync.scheduling.phase import Leg, is_to_be_swept
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE

NOW = datetime(2026, 11, 24, 6)
WEEK = timedelta(days=7)
STATE = TableState(
    watermark=NOW,
    columns=("id",),
    absent_columns=(),
    absent_asked_at=NOW,
    row_count=1,
    synced_at=NOW,
)


def _read(mode: str, table: Table = CUSTOMER) -> LandedTable:
    read = Read(table, table.key, (), mode)  # type: ignore[arg-type]
    return LandedTable(read, (Path("page"),), 1, {}, frozenset(), (), RequestCounts(), 0.1)


@pytest.mark.parametrize(
    ("leg", "follows_changes", "is_due", "has_missing", "following"),
    [
        (Leg.FINISH, True, False, False, Leg.MAIN),
        (Leg.FINISH, False, False, False, Leg.ENDED),  # a list was read whole just now
        (Leg.MAIN, True, True, False, Leg.SWEEP),
        (Leg.MAIN, True, False, True, Leg.REPAIR),  # values that could not be read before
        (Leg.MAIN, True, True, True, Leg.SWEEP),
        (Leg.SWEEP, True, True, True, Leg.REPAIR),
        (Leg.SWEEP, True, True, False, Leg.ENDED),
        (Leg.REPAIR, True, True, True, Leg.ENDED),
    ],
)
def test_which_leg_follows(
    leg: Leg, follows_changes: bool, is_due: bool, has_missing: bool, following: Leg
) -> None:
    next_leg = leg.following(follows_changes=follows_changes, is_to_be_swept=is_due, has_missing=has_missing)
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
    assert is_to_be_swept(fetched, state, after, NOW) is due
