"""A request too many is refused at once, and the time slots are busy is measured exactly."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from netsuite_pipeline.emulator.account.governance import Governance
from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline_tests.emulator.rest_client import SIGN_IN_BODY, RestClient
from netsuite_pipeline_tests.lengths import SLOWEST

ONE = "SELECT 1 AS probe FROM dual"


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_busy_slots_are_integrated_over_time() -> None:
    clock = Hands()
    governance = Governance(2, now=clock)
    assert governance.try_enter()
    clock.time += 1
    assert governance.try_enter()
    assert not governance.try_enter()
    clock.time += 2
    governance.leave()
    clock.time += 4
    governance.leave()
    clock.time += 8
    governance.count_page(1000)
    usage = governance.stats()
    assert (usage.seconds, usage.slot_seconds) == (15, 1 + 4 + 4)
    assert (usage.peak, usage.in_use, usage.requests, usage.refused) == (2, 0, 3, 1)
    assert (usage.pages, usage.rows) == (1, 1000)


def test_a_reset_keeps_the_slots_in_use() -> None:
    clock = Hands()
    governance = Governance(1, now=clock)
    governance.try_enter()
    clock.time += 5
    governance.reset()
    clock.time += 1
    assert (governance.stats().slot_seconds, governance.stats().peak) == (1, 1)
    assert not governance.try_enter()


def flood(client: RestClient, requests_at_once: int) -> list[tuple[int, str]]:
    start = threading.Barrier(requests_at_once)

    def one(_: int) -> tuple[int, str]:
        start.wait()
        answer = client.suiteql(ONE)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(requests_at_once) as pool:
        return list(pool.map(one, range(requests_at_once)))


def test_the_requests_over_the_limit_are_refused_at_once(client: RestClient, admin: AdminClient) -> None:
    admin.set_concurrency(3)
    admin.set_latency(2000)
    found = flood(client, 8)
    assert sorted(status for status, _ in found) == [200] * 3 + [429] * 5
    refused = next(text for status, text in found if status == 429)
    assert '"title":"Bad Request","status":429,"o:errorCode":"USER_ERROR"' in refused
    assert "Concurrent request limit exceeded. Request blocked." in refused
    assert "CONCURRENCY_LIMIT_EXCEEDED" in refused
    stats = admin.stats()
    assert (stats.requests, stats.refused, stats.peak, stats.in_use) == (8, 5, 3, 0)
    assert 3 * 2.0 <= stats.slot_seconds < 3 * 2.0 * SLOWEST


@pytest.mark.parametrize(("variant", "status"), [("429", 429), ("400", 400), ("401", 401)])
def test_the_refusal_comes_as_the_variant_says(
    client: RestClient, admin: AdminClient, variant: str, status: int
) -> None:
    admin.set_variant("concurrency_refusal", variant)
    admin.set_variant("retry_after", "3")
    admin.set_concurrency(1)
    admin.occupy(1)
    answer = client.suiteql(ONE)
    admin.occupy(0)
    assert client.suiteql(ONE).status_code == 200
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == SIGN_IN_BODY
    else:
        assert "CONCURRENCY_LIMIT_EXCEEDED" in answer.text
        assert answer.headers["Retry-After"] == "3"


def test_latency_is_spent_without_blocking_others(client: RestClient, admin: AdminClient) -> None:
    admin.set_latency(2000)
    began = time.monotonic()
    assert {status for status, _ in flood(client, 5)} == {200}
    assert 2.0 <= time.monotonic() - began < 5 * 2.0
    assert admin.stats().peak == 5


def test_slots_that_others_hold_are_not_there_until_they_let_go(
    client: RestClient, admin: AdminClient
) -> None:
    admin.occupy(4)
    assert client.suiteql(ONE).status_code == 200
    admin.occupy(5)
    assert client.suiteql(ONE).status_code == 429
    assert admin.state()["occupied"] == 5
    admin.occupy(0)
    assert client.suiteql(ONE).status_code == 200
    admin.occupy(5)
    admin.reset()
    assert client.suiteql(ONE).status_code == 200


def test_others_hold_no_fewer_slots_than_none(admin: AdminClient) -> None:
    with pytest.raises(AdminError, match="slots must be at least 0"):
        admin.occupy(-1)
