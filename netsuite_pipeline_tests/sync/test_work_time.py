"""The seconds of a table: what was worked on it, and none of its waiting for others."""

import threading
import time
from typing import Any

import pytest

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync import work_time
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CUSTOMER, TRANSACTION, a_company, a_sync
from netsuite_pipeline_tests.sync.fake_netsuite import table_of


class Clock:
    """A monotonic clock that a test moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(work_time, "time", moved)
    return moved


def test_what_goes_on_at_once_counts_once_and_what_lies_between_does_not(clock: Clock) -> None:
    work = WorkTime()
    with work.measure():
        clock.now += 2
        with work.measure():  # another thread
            clock.now += 3
        clock.now += 1
        assert work.seconds == 6
    clock.now += 40  # it waits for a thread
    assert work.seconds == 6
    with work.measure():
        clock.now += 1
    assert work.seconds == 7


def test_steps_are_counted_with_those_that_follow_and_without_their_waiting(clock: Clock) -> None:
    work = WorkTime()

    def wait() -> None:
        clock.now += 10

    def second() -> list[Task]:
        clock.now += 1
        return []

    def first() -> list[Task]:
        work.pause(wait)
        clock.now += 2
        return [Task(second, 7.0)]

    (step,) = work.timed([Task(first, 5.0)])
    assert step.priority == 5.0
    (following,) = step.run()
    assert following.priority == 7.0
    clock.now += 20
    assert list(following.run()) == []
    assert work.seconds == 3


def test_a_step_that_raises_is_counted_and_over(clock: Clock) -> None:
    work = WorkTime()

    def fails() -> list[Task]:
        clock.now += 2
        raise ValueError("no")

    (step,) = work.timed([Task(fails)])
    with pytest.raises(ValueError, match="no"):
        step.run()
    clock.now += 5
    assert work.seconds == 2


def test_a_table_that_waits_for_another_says_its_own_time_in_report_and_log(warehouse: Warehouse) -> None:
    fake, landed = a_company(), threading.Event()

    def late(sql: str, *rest: Any) -> Page:
        if table_of(sql) == "transaction":  # outside the company's own lock: the customers come meanwhile
            assert landed.wait(600)
            time.sleep(1.0)
        return page(sql, *rest)

    page, fake._page = fake._page, late  # type: ignore[assignment, method-assign]
    sync = a_sync(fake, warehouse, [CUSTOMER, TRANSACTION])
    sync._on_progress = lambda progress: landed.set() if progress.table == "customer" else None
    reports = {report.table: report for report in sync}
    whole = sync.report()
    assert reports["transaction"].seconds >= 1.0
    # The customers are staged during the wait; on a slow machine that takes a while.
    assert reports["customer"].seconds <= whole.seconds - 0.5
    with warehouse.published() as opened:
        logged = dict(opened.execute("SELECT table_name, seconds FROM _netsuite.sync_log").fetchall())
    assert logged == pytest.approx({name: report.seconds for name, report in reports.items()})
