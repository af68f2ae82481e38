"""What is read of a table: a pure function of its state, the request and the read of its parent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.load.checksum import TableChecksum
from netsuite_pipeline.sync.planning.read_plan import REPROBE_AFTER, Mode
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.scheduling.read_planner import ParentRead, PlannedRead, Query, ReadPlanner
from netsuite_pipeline.sync.scheduling.table_queries import TableQueries
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CONNECTION,
    CUSTOMER,
    LINE,
    TABLES,
    TRANSACTION,
    without_labels,
)

NOW = datetime(2026, 11, 24, 6)
HOUR = timedelta(hours=1)
BEFORE = NOW - timedelta(hours=12)
FULL_AGES_AGO = BEFORE - timedelta(days=30)


def _state(table: Table, **differing: Any) -> TableState:
    """The state of a table that was synced without its labels."""
    state = TableState(
        watermark=BEFORE,
        columns=tuple(column.name for column in table.columns),
        unavailable_columns=(),
        unavailable_checked_at=NOW,
        row_count=9,
        synced_at=BEFORE,
        full_read_at=FULL_AGES_AGO,
        stored_key=table.key,
    )
    return replace(state, **differing)


def _parent(*, is_full: bool = False, changed: tuple[str, ...] | None = ("7", "9")) -> ParentRead:
    return ParentRead(is_full, since=BEFORE, changed_keys=changed, repaired_keys=("8",))


def _checksum(table: Table) -> str:
    return TableChecksum(tuple(column.name for column in table.columns), "SELECT", 9, 1).to_json


@dataclass(frozen=True)
class _Case:
    """A table with its state, a request, the read of its parent; and the mode and the first moment read.

    The mode `query` stands for a query that decides what is read.
    """

    why: str
    table: Table
    mode: Mode | str
    since: datetime | None = None
    state: Mapping[str, Any] | None = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    parent: ParentRead | None = None
    values: tuple[str, ...] | None = None


_LAST_HOUR = BEFORE - HOUR
_CASES = [
    _Case("never synced", CUSTOMER, "full", state=None),
    _Case("synced before", CUSTOMER, "changed", _LAST_HOUR),
    _Case("all rows are requested", CUSTOMER, "full", request={"full": True}),
    _Case("an earlier sync requested all rows", CUSTOMER, "full", state={"full_wanted": True}),
    _Case("the catalogue has a new column", CUSTOMER, "full", state={"columns": ("id",)}),
    _Case(
        "the account lacks the cursor", CUSTOMER, "full", state={"unavailable_columns": ("lastmodifieddate",)}
    ),
    _Case("the condition differs", replace(CUSTOMER, where="id > 5"), "full"),
    _Case("the rows have another key", CUSTOMER, "full", state={"stored_key": ("companyname",)}),
    _Case("only date ranges were read", CUSTOMER, "full", state={"watermark": None}),
    _Case(
        "a date range in the past",
        CUSTOMER,
        "changed",
        datetime(2026, 1, 1),
        request={"since": datetime(2026, 1, 1), "until": datetime(2026, 2, 1)},
    ),
    _Case("a date range up to now", CUSTOMER, "changed", _LAST_HOUR, request={"since": NOW - HOUR}),
    _Case("a list", ACCOUNTTYPE, "full"),
    _Case("a list with a checksum", ACCOUNTTYPE, "query", state={"checksum": _checksum(ACCOUNTTYPE)}),
    _Case(
        "a list that lacks rows",
        ACCOUNTTYPE,
        "full",
        state={"checksum": _checksum(ACCOUNTTYPE), "missing_rows": 1},
    ),
    _Case("the parent is read in full", LINE, "full", parent=_parent(is_full=True)),
    _Case("the parent's changes are known", LINE, "children", parent=_parent(), values=("7", "9", "8")),
    _Case("the parent has no changes", LINE, "children", parent=_parent(changed=()), values=("8",)),
    _Case("the parent is not in the sync", LINE, "query"),
    _Case(
        "the parent was read from another moment", LINE, "query", state={"watermark": NOW}, parent=_parent()
    ),
    _Case(
        "a full read may lack a late commit", LINE, "query", state={"full_read_at": BEFORE}, parent=_parent()
    ),
    _Case("the lines have a time stamp", replace(LINE, row_cursor="memo"), "query", parent=_parent()),
    _Case(
        "a part of the key may be back",
        LINE,
        "query",
        state={
            "unavailable_columns": ("id",),
            "unavailable_checked_at": NOW - REPROBE_AFTER,
            "stored_key": ("transaction",),
        },
        parent=_parent(),
    ),
]


def _planner(case: _Case) -> ReadPlanner:
    tables = {table.name: without_labels(table) for table in TABLES}
    table = without_labels(case.table)
    request = SyncRequest(
        (table,),
        {**tables, table.name: table},
        CONNECTION,
        **{"full": False, "overlap": HOUR, **case.request},
    )
    context = SimpleNamespace(
        request=request,
        states={} if case.state is None else {table.name: _state(table, **case.state)},
        sync_run=SyncRun("a sync", CONNECTION, NOW, NOW),
        dialect=Dialect(),
    )
    no_queries = cast(TableQueries, None)  # a plan that sends one fails
    return ReadPlanner(table, cast(SyncContext, context), no_queries)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.why)
def test_what_is_read(case: _Case) -> None:
    planned = _planner(case).plan(case.parent)
    if case.mode == "query":
        assert isinstance(planned, Query)
        return
    assert isinstance(planned, PlannedRead)
    assert (planned.plan.mode, planned.plan.since, planned.values) == (case.mode, case.since, case.values)


def test_a_lost_part_of_the_key_and_a_resumed_full_read_decide_before_the_request() -> None:
    planner = _planner(_Case("", LINE, "full", parent=_parent()))
    planner.lacks_key = True
    assert planner.mode_plan(None).mode == "full"
    resumed = _planner(_Case("", TRANSACTION, "changed", request={"full": True}))
    resumed.resumed_full = True
    assert resumed.mode_plan(None).mode == "changed"
