"""Each planned fault strikes those it is meant for, as often as planned, in its own way."""

import time
from typing import Any

import pytest
import requests

from netsuite_pipeline.emulator.account.faults import FAULT_KINDS, Fault, FaultPlan
from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline_tests.emulator.rest_client import SERVER_TIME, SIGN_IN_BODY, RestClient

CUSTOMERS = "SELECT id, entityid FROM customer ORDER BY id"


def struck(plan: FaultPlan, texts: list[str]) -> list[bool]:
    return [plan.draw(text) is not None for text in texts]


def test_a_count_is_used_up() -> None:
    plan = FaultPlan(1)
    plan.add(Fault("reset", count=2))
    assert struck(plan, ["a"] * 4) == [True, True, False, False]
    assert plan.applied() == {"reset": 2}


def test_a_pattern_chooses_and_after_lets_pass() -> None:
    plan = FaultPlan(1)
    plan.add(Fault("reset", count=1, matching=r"from\s+vendor", after=1))
    texts = ["FROM customer", "FROM vendor", "FROM customer", "FROM  Vendor", "FROM vendor"]
    assert struck(plan, texts) == [False, False, False, True, False]


def test_a_rate_is_repeatable_and_about_right() -> None:
    plans = [FaultPlan(7), FaultPlan(7)]
    for plan in plans:
        plan.add(Fault("html", count=None, rate=0.25))
    first, second = (struck(plan, ["x"] * 1000) for plan in plans)
    assert first == second
    assert 190 < sum(first) < 310


def test_the_first_fault_planned_comes_first() -> None:
    plan = FaultPlan(1)
    plan.add(Fault("reset"))
    plan.add(Fault("hang"))
    kinds = [fault.kind for fault in (plan.draw("x"), plan.draw("x")) if fault]
    assert kinds == ["reset", "hang"]
    plan.add(Fault("html"))
    plan.clear()
    assert plan.draw("x") is None


@pytest.mark.parametrize(
    "given",
    [{"kind": "nonsense"}, {"rate": 1.5}, {"count": 0}, {"matching": "("}, {"seconds": -1}, {"after": -1}],
)
def test_a_fault_that_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fault|rate|regular"):
        Fault(**({"kind": "reset"} | given))  # type: ignore[arg-type]


REPLIES = [
    ("unexpected_error", 500, "json", "An unexpected error occurred. Error ID: "),
    ("unavailable", 503, "html", "maintenance"),
    ("bad_gateway", 502, "html", "Bad Gateway"),
    ("throttled", 429, "json", "CONCURRENCY_LIMIT_EXCEEDED"),
    ("throttled_400", 400, "json", "CONCURRENCY_LIMIT_EXCEEDED"),
    ("html", 200, "html", "log in"),
    ("sign_in", 401, "json", "INVALID_LOGIN"),
]


@pytest.mark.parametrize(("kind", "status", "content", "words"), REPLIES)
def test_a_fault_with_a_reply_strikes_once(
    client: RestClient, admin: AdminClient, kind: str, status: int, content: str, words: str
) -> None:
    admin.fail_next(1, kind)
    answer = client.suiteql(CUSTOMERS)
    assert answer.status_code == status
    assert content in answer.headers["Content-Type"]
    assert words in answer.text
    assert client.suiteql(CUSTOMERS).status_code == 200
    if kind == "sign_in":
        assert answer.json() == SIGN_IN_BODY


def test_a_reset_is_a_reset(client: RestClient, admin: AdminClient) -> None:
    admin.fail_next(1, "reset")
    with pytest.raises(requests.ConnectionError) as caught:
        client.suiteql(CUSTOMERS)
    assert "reset" in str(caught.value).lower()
    assert client.suiteql(CUSTOMERS).status_code == 200


@pytest.mark.parametrize("kind", ["truncated", "truncated_chunked"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_reply_cut_short_never_reads_as_whole(
    client: RestClient, admin: AdminClient, kind: str, encoding: str
) -> None:
    admin.fail_next(1, kind)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.suiteql(CUSTOMERS, headers={"Accept-Encoding": encoding})
    assert client.suiteql(CUSTOMERS).status_code == 200


def test_a_hang_keeps_its_slot_and_says_nothing(client: RestClient, admin: AdminClient) -> None:
    admin.add_fault("hang", seconds=30)
    with pytest.raises(requests.Timeout):
        client.suiteql(CUSTOMERS, timeout=0.5)
    until = time.monotonic() + 30
    while admin.stats().in_use and time.monotonic() < until:
        time.sleep(0.02)
    # The client went away, so the slot is free again.
    assert admin.stats().in_use == 0
    admin.add_fault("hang", seconds=0.3)
    with pytest.raises(requests.ConnectionError):
        client.suiteql(CUSTOMERS)


def test_a_drip_is_slow_and_whole(client: RestClient, admin: AdminClient) -> None:
    whole = client.suiteql(CUSTOMERS).json()
    admin.add_fault("drip", seconds=0.6)
    began = time.monotonic()
    dripped = client.suiteql(CUSTOMERS)
    assert time.monotonic() - began >= 0.6
    assert dripped.json() == whole


def test_a_pattern_spares_other_queries(client: RestClient, admin: AdminClient) -> None:
    admin.fail_next(1, "unavailable", matching="from vendor")
    assert client.suiteql(CUSTOMERS).status_code == 200
    assert client.suiteql("SELECT id FROM vendor").status_code == 503
    assert client.suiteql("SELECT id FROM vendor").status_code == 200


def test_faults_strike_other_addresses_too_and_can_be_cleared(client: RestClient, admin: AdminClient) -> None:
    admin.add_fault("bad_gateway", count=None, matching="serverTime")
    assert client.get(SERVER_TIME).status_code == 502
    assert client.get(SERVER_TIME).status_code == 502
    assert admin.state()["faults_struck"] == {"bad_gateway": 2}
    admin.clear_faults()
    assert client.get(SERVER_TIME).status_code == 200


def test_an_unknown_fault_is_refused_with_those_there_are(admin: AdminClient) -> None:
    with pytest.raises(AdminError, match="unexpected_error"):
        admin.add_fault("nonsense")
    assert len(FAULT_KINDS) == 12


def test_pages_that_cannot_be_right(client: RestClient, admin: AdminClient) -> None:
    ordered = "SELECT id FROM customer ORDER BY id"
    right = client.suiteql(ordered, paging="?limit=10").json()
    assert (right["count"], right["hasMore"]) == (10, True)

    def struck(kind: str, **how: Any) -> dict[str, Any]:
        admin.add_fault(kind, **how)
        page: dict[str, Any] = client.suiteql(ordered, paging="?limit=10").json()
        return page

    short = struck("short_page", rows=3)
    assert (short["count"], len(short["items"]), short["hasMore"]) == (7, 7, False)
    ended = struck("ends_early")
    assert (ended["hasMore"], ended["totalResults"]) == (False, right["totalResults"])
    empty = struck("empty_page")
    assert (empty["items"], empty["count"], empty["hasMore"]) == ([], 0, True)
    admin.add_fault("never_ends")
    none = client.suiteql("SELECT id FROM customer WHERE id < 0").json()
    assert (none["hasMore"], none["totalResults"]) == (True, 0)
    admin.add_fault("repeated_page", after=1)
    first = client.suiteql(ordered, paging="?limit=10").json()
    second = client.suiteql(ordered, paging="?limit=10&offset=10").json()
    assert second == first == right | {"links": first["links"]}


def test_a_row_and_a_size_that_break_a_page(client: RestClient, admin: AdminClient) -> None:
    ordered = "SELECT id, companyname FROM customer ORDER BY id"
    ids = [item["id"] for item in client.suiteql(ordered, paging="?limit=10").json()["items"]]
    admin.add_fault("bad_row", count=None, matching="companyname", row=f"id={ids[7]}")
    assert client.suiteql(ordered, paging="?limit=10").status_code == 500
    assert client.suiteql(ordered, paging="?limit=7").status_code == 200
    assert client.suiteql("SELECT id FROM customer ORDER BY id", paging="?limit=10").status_code == 200
    admin.clear_faults()
    admin.add_fault("heavy_page", count=None, rows=5)
    assert client.suiteql(ordered, paging="?limit=10").status_code == 500
    assert client.suiteql(ordered, paging="?limit=5").status_code == 200
    admin.clear_faults()
    admin.add_fault("unsupported_search", matching="WHERE .*companyname")
    refused = client.suiteql("SELECT id FROM customer WHERE companyname > 'a'")
    assert (refused.status_code, "unsupported search" in refused.text) == (400, True)
    with pytest.raises(AdminError, match="id=2501"):
        admin.add_fault("bad_row")
