"""Which failures are retried, for how long, and which are not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import (
    CONCURRENCY,
    CONCURRENCY_BODY,
    MAINTENANCE,
    NOT_PERMITTED,
    UNEXPECTED_BODY,
    error_body,
    page_body,
    refused_query,
)
from netsuite_pipeline_tests.netsuite.conftest import Connect, FakeClock
from netsuite_pipeline_tests.netsuite.scripted import Answer, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

GOOD = Answer(body=page_body([{"id": "7"}]))
MANY = Answer(body=page_body([{"id": str(number)} for number in range(200)]))
PASSING = {
    "429": Answer(status=429, body=CONCURRENCY_BODY),
    "the 400 variant": Answer(status=400, body=error_body(400, "USER_ERROR", CONCURRENCY)),
    "500": Answer(status=500, body=b""),
    "500 UNEXPECTED_ERROR": Answer(status=500, body=UNEXPECTED_BODY),
    "502 HTML": Answer(status=502, body=MAINTENANCE),
    "503 HTML": Answer(status=503, body=MAINTENANCE),
    "reset": Answer(reset=True),
    "body cut short": replace(MANY, cut=100),
    "JSON cut, connection whole": Answer(body=MANY.body[:100]),
    "gzip cut short": replace(MANY, gzipped=True, cut=60),
    "said to be gzip": Answer(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}),
    "200 with HTML": Answer(body=MAINTENANCE),
    "200 empty": Answer(body=b""),
    "count that is not so": Answer(body=GOOD.body.replace(b'"count": 1', b'"count": 2')),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_failure_is_retried_with_a_new_signature(name: str, serve: Serve, connect: Connect) -> None:
    server = serve([PASSING[name], PASSING[name], GOOD])
    waits: list[float] = []
    count = RequestCounts()
    page = connect(server, sleep=waits.append).fetch_page("SELECT id FROM t", count=count)
    assert page.rows == [{"id": "7"}]
    assert len({asked.signed["oauth_nonce"] for asked in server.asked}) == len(server.asked) == 3
    assert len({asked.signed["oauth_signature"] for asked in server.asked}) == 3
    assert {asked.target for asked in server.asked} == {server.asked[0].target}
    assert {asked.body for asked in server.asked} == {server.asked[0].body}
    assert 0.25 <= waits[0] <= 0.5 <= waits[1] <= 1
    throttled = 2 if name in {"429", "the 400 variant"} else 0
    assert count == RequestCounts(requests=3, retries=2, throttled=throttled)


FINAL: dict[str, tuple[Answer, type[NetSuiteError]]] = {
    "unknown column": (
        Answer(status=400, body=refused_query("Search error occurred: Unknown identifier 'x'.")),
        QueryError,
    ),
    "hidden table": (
        Answer(status=400, body=refused_query("Search error occurred: Record 'x' was not found.")),
        PermissionDenied,
    ),
    "role": (Answer(status=400, body=error_body(400, "USER_ERROR", NOT_PERMITTED)), PermissionDenied),
    "403": (Answer(status=403, body=b""), QueryError),
    "404": (Answer(status=404, body=error_body(404, "NONEXISTENT_ID", "No.")), QueryError),
}


@pytest.mark.parametrize("name", FINAL)
def test_a_lasting_failure_is_sent_once(name: str, serve: Serve, connect: Connect) -> None:
    answer, kind = FINAL[name]
    server = serve([answer])
    waits: list[float] = []
    with pytest.raises(kind):
        connect(server, sleep=waits.append).fetch_page("SELECT x FROM t")
    assert (len(server.asked), waits) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["7", "Wed, 26 Mar 2098 16:21:00 GMT"])
def test_retry_after_is_honoured(
    status: int, header: str, serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([Answer(status=status, body=b"", headers={"Retry-After": header}), GOOD])
    patient = ClientSettings(retry_seconds=3600)
    connect(server, patient, clock.sleep).fetch_page("SELECT 1")
    assert clock.waits == [7.0 if header == "7" else 600.0]


@pytest.mark.parametrize("header", ["soon", "-5", "²", ""])
def test_a_malformed_retry_after_is_ignored(
    header: str, serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([Answer(status=429, body=b"", headers={"Retry-After": header}), GOOD])
    connect(server, sleep=clock.sleep).fetch_page("SELECT 1")
    assert 0.25 <= clock.waits[0] <= 0.5


@pytest.mark.parametrize(
    ("answer", "kind"), [(PASSING["503 HTML"], Unavailable), (PASSING["429"], Throttled)]
)
def test_retries_end(
    answer: Answer, kind: type[NetSuiteError], serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([answer])
    client = connect(server, ClientSettings(retry_seconds=300), clock.sleep)
    with pytest.raises(kind):
        client.fetch_page("SELECT 1")
    assert 270 <= sum(clock.waits) <= 300  # it never waits beyond the end
    assert len(clock.waits) == len(server.asked) - 1
    assert max(clock.waits) <= 30


def test_a_wait_longer_than_the_retry_seconds_is_not_started(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([Answer(status=429, body=b"", headers={"Retry-After": "400"})])
    with pytest.raises(Throttled) as raised:
        connect(server, sleep=clock.sleep).fetch_page("SELECT 1")
    assert (raised.value.retry_after, clock.waits, len(server.asked)) == (400.0, [], 1)


def test_a_probe_is_less_patient_than_its_client(serve: Serve, connect: Connect, clock: FakeClock) -> None:
    server = serve([PASSING["503 HTML"]])
    with pytest.raises(Unavailable):
        connect(server, sleep=clock.sleep).fetch_page("SELECT 1", retry_seconds=0)
    assert len(server.asked) == 1


def test_an_internal_error_four_times_in_a_row_comes_from_the_statement(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([PASSING["500 UNEXPECTED_ERROR"]])
    count = RequestCounts()
    with pytest.raises(Unavailable) as raised:
        connect(server, sleep=clock.sleep).fetch_page("SELECT poisoned FROM t", count=count)
    assert raised.value.code == "UNEXPECTED_ERROR"
    assert "mabcdefghijklmnopqrs" in raised.value.detail
    assert (count.requests, count.retries, len(server.asked)) == (4, 3, 4)


def test_internal_errors_between_others_are_waited_out(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    unexpected = PASSING["500 UNEXPECTED_ERROR"]
    server = serve([*[unexpected] * 3, PASSING["429"], *[unexpected] * 3, GOOD])
    assert connect(server, sleep=clock.sleep).fetch_page("SELECT 1").rows == [{"id": "7"}]


def test_a_rejection_shrinks_the_governor_and_a_failure_does_not(serve: Serve, connect: Connect) -> None:
    server = serve([PASSING["503 HTML"], PASSING["429"], GOOD])
    client = connect(server)
    client.fetch_page("SELECT 1")
    reading = client.governor
    assert (reading.rejections, reading.in_flight) == (1, 0)


def test_every_failure_gives_its_slot_back(serve: Serve, connect: Connect) -> None:
    answers = [*PASSING.values(), *[answer for answer, _ in FINAL.values()]]
    server = serve([*answers, GOOD])
    client = connect(server, ClientSettings(concurrency=1, retry_seconds=0))
    for _ in answers:
        with pytest.raises(NetSuiteError):
            client.fetch_page("SELECT 1")
    assert client.fetch_page("SELECT 1").rows == [{"id": "7"}]
