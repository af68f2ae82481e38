"""A page's frame has NetSuite's keys, its links and its headers."""

import json
import uuid
from typing import Any

import pytest
import requests

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.http.envelope import envelope
from netsuite_pipeline_tests.emulator.rest_client import SUITEQL, RestClient

IDS = "SELECT id FROM transaction ORDER BY id"


def links(**given: object) -> dict[str, str]:
    values: dict[str, object] = {
        "url": "u",
        "limit": 5,
        "offset": 10,
        "count": 5,
        "total": 61,
        "has_more": True,
        "paged_by_client": True,
    }
    body = json.loads(envelope(b"[]", **(values | given)))  # type: ignore[arg-type]
    return {link["rel"]: link["href"].removeprefix("u") for link in body["links"]}


def test_a_page_in_the_middle_has_all_links_as_oracles_sample() -> None:
    found = links()
    assert list(found) == ["previous", "first", "next", "last", "self"]
    assert found == {
        "previous": "?limit=5&offset=5",
        "first": "?limit=5&offset=0",
        "next": "?limit=5&offset=15",
        "last": "?limit=5&offset=60",
        "self": "?limit=5&offset=10",
    }


@pytest.mark.parametrize(
    ("given", "rels"),
    [
        ({"offset": 0}, ["next", "last", "self"]),
        ({"offset": 60, "count": 1, "has_more": False}, ["previous", "first", "self"]),
        ({"offset": 0, "total": 3, "has_more": False}, ["self"]),
        ({"total": None}, ["previous", "first", "next", "self"]),
        ({"previous": "prev"}, ["prev", "first", "next", "last", "self"]),
    ],
)
def test_links_lead_only_to_pages_that_are(given: dict[str, object], rels: list[str]) -> None:
    assert list(links(**given)) == rels


def test_self_has_no_query_when_none_was_given() -> None:
    assert links(paged_by_client=False, offset=0, has_more=False) == {"self": ""}


@pytest.mark.parametrize(("total", "last"), [(60, 55), (61, 60), (65, 60), (66, 65)])
def test_last_is_the_offset_of_the_last_page(total: int, last: int) -> None:
    assert links(total=total)["last"] == f"?limit=5&offset={last}"


def test_following_next_gives_every_row_once(client: RestClient, admin: AdminClient) -> None:
    found: list[str] = []
    paging = "?limit=200&offset=0"
    while True:
        page = client.suiteql(IDS, paging=paging).json()
        assert page["count"] == len(page["items"])
        found += [item["id"] for item in page["items"]]
        following = {link["rel"]: link["href"] for link in page["links"]}.get("next")
        assert page["hasMore"] == (following is not None)
        if following is None:
            break
        paging = following.removeprefix(client.base_url + SUITEQL)
    expected = [str(row[0]) for row in admin.table("transaction").rows]
    assert found == expected
    assert page["totalResults"] == len(expected)


def test_the_default_page_has_1000_rows_and_self_without_query(client: RestClient) -> None:
    page = client.suiteql("SELECT id FROM transactionline").json()
    assert (page["count"], page["hasMore"], page["offset"]) == (1000, True, 0)
    assert {"rel": "self", "href": client.base_url + SUITEQL} in page["links"]
    assert isinstance(page["totalResults"], int)


def test_total_results_may_be_absent(client: RestClient, admin: AdminClient) -> None:
    admin.set_variant("total_results", "absent")
    assert "totalResults" not in client.suiteql(IDS).json()


def test_every_reply_has_netsuites_headers(client: RestClient) -> None:
    for answer in (client.suiteql(IDS), client.suiteql("SELECT"), client.suiteql(IDS, realm="X")):
        assert uuid.UUID(answer.headers["X-N-OperationId"]).version == 4
        assert answer.headers["Vary"] == "User-Agent"
        assert {"date", "ns_rtimer_composite", "strict-transport-security"} <= set(answer.headers)
        assert "Server" not in answer.headers
    assert client.suiteql(IDS).headers["Content-Type"] == (
        "application/vnd.oracle.resource+json; type=collection"
    )


def test_a_reply_is_compressed_only_for_who_can_read_it(client: RestClient) -> None:
    plain = client.suiteql(IDS, headers={"Accept-Encoding": "identity"})
    packed = client.suiteql(IDS, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert packed.content == plain.content


def test_a_connection_is_kept_for_the_next_request(client: RestClient) -> None:
    with requests.Session() as session:
        ports = set()
        for _ in range(3):
            answer = client.suiteql(IDS, session=session, stream=True)
            connection: Any = answer.raw.connection
            ports.add(connection.sock.getsockname()[1])
            assert answer.json()["count"] > 0
    assert len(ports) == 1
