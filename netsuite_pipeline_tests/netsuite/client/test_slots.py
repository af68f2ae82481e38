"""A slot is held while a request is in flight, and not while our own time is spent on it."""

from collections.abc import Callable

import pytest
from requests import PreparedRequest

from netsuite_pipeline.netsuite import client as client_module
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.netsuite.http.transport import Answer as RawAnswer
from netsuite_pipeline.netsuite.http.transport import Transport
from netsuite_pipeline_tests.netsuite.bodies import CONCURRENCY_BODY
from netsuite_pipeline_tests.netsuite.conftest import Connect, FakeClock
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]


def test_signing_unpacking_and_reading_happen_without_a_slot(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: dict[str, int] = {}
    sign, unpack = Transport.sign, RawAnswer.body

    def noted(what: str) -> None:
        held[what] = client.governor.in_flight

    def signing(self: Transport, request: PreparedRequest) -> PreparedRequest:
        noted("signing")
        return sign(self, request)

    def unpacking(self: RawAnswer, asked: str) -> bytes:
        noted("unpacking")
        return unpack(self, asked)

    def reading(body: bytes, *, endpoint: str, statement: str) -> Page:
        noted("reading")
        return read_page(body, endpoint=endpoint, statement=statement)

    def script(asked: Asked) -> Answer:
        noted("in flight")
        return Answer(gzipped=True)

    monkeypatch.setattr(Transport, "sign", signing)
    monkeypatch.setattr(RawAnswer, "body", unpacking)
    monkeypatch.setattr(client_module, "read_page", reading)
    client: NetSuiteClient = connect(serve(script))
    client.fetch_page("SELECT 1")
    assert held == {"signing": 0, "in flight": 1, "unpacking": 0, "reading": 0}


def test_a_rejection_is_recorded_while_its_slot_is_still_in_use(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect(serve([Answer(status=429, body=CONCURRENCY_BODY), Answer()]))
    in_flight: list[int] = []
    rejected = client.governor.record_rejection

    def noted(entered: int) -> None:
        in_flight.append(client.governor.in_flight)
        rejected(entered)

    monkeypatch.setattr(client.governor, "record_rejection", noted)
    client.fetch_page("SELECT 1")
    assert in_flight == [1]


@pytest.mark.parametrize(("waited", "signatures"), [(29.0, 1), (31.0, 2)])
def test_a_signature_that_waited_long_for_its_slot_is_made_again(
    waited: float,
    signatures: int,
    serve: Serve,
    connect: Connect,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed: list[str] = []
    sign = Transport.sign

    def signing(self: Transport, request: PreparedRequest) -> PreparedRequest:
        result = sign(self, request)
        header: str | bytes = result.headers["Authorization"]
        signed.append(header if isinstance(header, str) else header.decode())
        return result

    monkeypatch.setattr(Transport, "sign", signing)
    server = serve([Answer()])
    client = connect(server)
    slot = client.governor.slot

    def slow_slot() -> object:
        clock.now += waited
        return slot()

    monkeypatch.setattr(client.governor, "slot", slow_slot)
    client.fetch_page("SELECT 1")
    assert len(set(signed)) == len(signed) == signatures
    assert server.asked[0].headers["Authorization"] == signed[-1]


def test_an_unreadable_reply_returns_its_slot_before_the_retry(serve: Serve, connect: Connect) -> None:
    client = connect(
        serve([Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}), Answer(body=b"{"), Answer()]),
        sleep=lambda seconds: in_flight.append(client.governor.in_flight),
    )
    in_flight: list[int] = []
    try:
        client.fetch_page("SELECT 1")
    except NetSuiteError:
        pytest.fail("it is asked again")
    assert in_flight == [0, 0]
