"""A quiet account: syncs that bring nothing new publish seldom, and every age that people see stays right."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from netsuite_pipeline.health.known_good import read_known_good
from netsuite_pipeline.orchestration.freshness import FreshnessWindow, freshness_finding
from netsuite_pipeline.reporting.assessment import Freshness, table_freshness
from netsuite_pipeline.reporting.queries import read_warehouse
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE, CONNECTION, CUSTOMER, a_company, synced

HOUR = timedelta(hours=1)
# `dbt source freshness` asks this (docs/dbt.md).
LOADED_AT = (
    f"SELECT synced_at FROM _netsuite.freshness WHERE connection = '{CONNECTION}' AND table_name = 'customer'"
)


@dataclass
class Clock:
    """This machine's clock, to be moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which syncs note their moments."""
    moved = Clock()
    for name, module in list(sys.modules.items()):
        if name.startswith("netsuite_pipeline.sync.") and hasattr(module, "utc_now"):
            monkeypatch.setattr(module, "utc_now", moved)
    return moved


def _last_good(warehouse: Warehouse, now: datetime) -> set[datetime]:
    """The last good sync of `customer`, by each source that reports it."""
    known = read_known_good(warehouse, CONNECTION)
    assert known is not None
    assert known.last_good is not None
    (reported,) = (
        table.synced_at for table in read_warehouse(warehouse, now).connections[0].tables if table.rows == 3
    )
    assert reported is not None
    with warehouse.published() as opened:
        ((loaded_at,),) = opened.execute(LOADED_AT).fetchall()
    return {known.last_good, known.tables["customer"].synced_at, reported, loaded_at}


@pytest.mark.parametrize("minutes", [15, 60, 24 * 60])
@pytest.mark.few(1)
def test_where_nothing_changes_every_age_is_right_within_an_hour(
    warehouse: Warehouse, clock: Clock, minutes: int
) -> None:
    fake, every = a_company(), timedelta(minutes=minutes)
    synced(fake, warehouse, [CUSTOMER])
    published = [warehouse.path.stat().st_ino]
    syncs = max(3, 120 // minutes)
    for _ in range(syncs):
        clock.now += every
        fake.pass_time(every.total_seconds() - 60)
        assert synced(fake, warehouse, [CUSTOMER])["customer"].rows_written == 0
        published.append(warehouse.path.stat().st_ino)
        for last_good in _last_good(warehouse, clock.now):
            assert timedelta(0) <= clock.now - last_good < HOUR
    times = sum(a != b for a, b in pairwise(published))
    assert times == syncs if every >= HOUR else times == 2


@pytest.mark.long
def test_a_table_that_fails_keeps_its_last_good_moment_while_the_others_move_on(
    warehouse: Warehouse, clock: Clock
) -> None:
    fake = a_company()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    good = read_known_good(warehouse, CONNECTION)
    assert good is not None
    fake.hidden_tables.add("customer")
    for _ in range(5):
        clock.now += 6 * HOUR
        synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    now = clock.now
    known = read_known_good(warehouse, CONNECTION)
    assert known is not None
    assert known.tables["customer"].synced_at == good.tables["customer"].synced_at
    assert now - known.tables["accounttype"].synced_at < HOUR
    day = timedelta(days=1)
    assert (
        freshness_finding("customer", known.tables["customer"], FreshnessWindow(day), now).state == "failed"
    )
    assert (
        freshness_finding("accounttype", known.tables["accounttype"], FreshnessWindow(day), now).state == "ok"
    )
    tables = {table.name: table for table in read_warehouse(warehouse, now).connections[0].tables}
    assert table_freshness(tables["accounttype"], now) is Freshness.FRESH
    assert table_freshness(tables["customer"], now) is Freshness.FAILED
    with warehouse.published() as opened:
        rows = dict(opened.execute("SELECT table_name, last_tried_at FROM _netsuite.freshness").fetchall())
    assert all(now - tried < HOUR for tried in rows.values())


@pytest.mark.long
def test_a_table_that_is_synced_seldom_is_published_when_it_was_though_others_were_just_before(
    warehouse: Warehouse, clock: Clock
) -> None:
    fake = a_company()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    for _ in range(2):
        clock.now += 12 * HOUR
        synced(fake, warehouse, [CUSTOMER])
    clock.now += timedelta(minutes=1)
    synced(fake, warehouse, [ACCOUNTTYPE])
    known = read_known_good(warehouse, CONNECTION)
    assert known is not None
    assert clock.now - known.tables["accounttype"].synced_at < HOUR
