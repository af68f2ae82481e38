"""Replies over the wire: encodings, lengths, chunks, and those that take for ever."""

import gzip
import random
import time
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.http import transport
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.netsuite.http.transport import _TooLarge, unzipped
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.lengths import SLOWEST
from netsuite_pipeline_tests.netsuite.bodies import error_body, page_body
from netsuite_pipeline_tests.netsuite.conftest import Connect
from netsuite_pipeline_tests.netsuite.scripted import Answer, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

ONCE = ClientSettings(retry_seconds=0)
ROWS = [{"id": str(number), "name": f"{number * 7919:x}"} for number in range(1000)]
PAGE = page_body(ROWS)
NOISE = random.Random(1).randbytes(300_000)


def test_gzip_is_unpacked_whatever_its_length_and_number_of_parts() -> None:
    for body in (b"", b"a", PAGE, NOISE, b"\0" * 50_000_000):
        assert unzipped(gzip.compress(body, 1)) == body
    assert unzipped(gzip.compress(PAGE) + gzip.compress(NOISE)) == PAGE + NOISE
    assert unzipped(gzip.compress(b"x" * 10) + gzip.compress(b"y" * 10)) == b"x" * 10 + b"y" * 10


@pytest.mark.parametrize("spoil", [lambda b: b[:-9], lambda b: b[:-1], lambda b: b[:5], lambda b: b"", lambda b: b[:40] + b"???" + b[43:], lambda b: b + b"tail"])  # fmt: skip
def test_gzip_that_is_cut_or_garbled_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises((OSError, EOFError, zlib.error)):
        unzipped(spoil(gzip.compress(PAGE)))


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(b"\0" * 20_000_000),
        gzip.compress(b"\0" * 9_000_000) + gzip.compress(b"\0" * 9_000_000),
        gzip.compress(b"\0" * 20_000_000)[:-4] + b"\1\0\0\0",  # it says that it unpacks to a byte
        gzip.compress(b"\0" * 20_000_000)[:-9],
    ],
    ids=["one part", "two parts", "a lie", "cut"],
)
def test_gzip_is_unpacked_no_further_than_it_may(bomb: bytes) -> None:
    with pytest.raises(_TooLarge):
        unzipped(bomb, most=16_000_000)


@pytest.mark.parametrize("gzipped", [False, True])
def test_a_reply_that_is_too_large_is_retried_and_then_raised(
    gzipped: bool, serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(transport.unzipped, "__defaults__", (1_000_000,))
    large = page_body([{"id": "1", "memo": "x" * 2_000_000}])
    server = serve([Answer(body=large, gzipped=gzipped), Answer(body=PAGE)])
    assert connect(server).fetch_page("SELECT id FROM t").rows == ROWS
    server = serve([Answer(body=large, gzipped=gzipped)])
    with pytest.raises(Unavailable, match="no page of rows is so large"):
        connect(server, ONCE).fetch_page("SELECT id FROM t")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("gzipped", [False, True])
def test_a_reply_is_read_with_or_without_gzip_and_chunks(
    gzipped: bool, chunked: bool, serve: Serve, connect: Connect
) -> None:
    server = serve([Answer(body=PAGE, gzipped=gzipped, chunked=chunked)])
    client = connect(server)
    for _ in range(3):
        page = client.fetch_page("SELECT id, name FROM t")
        assert page.body == PAGE
        assert page.rows == ROWS
    assert len({asked.connection for asked in server.asked}) == 1  # read to its end, so used again


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP", "identity", ""])
def test_the_names_of_encodings(name: str, serve: Serve, connect: Connect) -> None:
    body = gzip.compress(PAGE) if "gzip" in name.lower() else PAGE
    server = serve([Answer(body=body, headers={"Content-Encoding": name})])
    assert connect(server).fetch_page("SELECT id FROM t").rows == ROWS


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_an_encoding_other_than_gzip_is_refused(encoding: str, serve: Serve, connect: Connect) -> None:
    server = serve([Answer(body=PAGE, headers={"Content-Encoding": encoding})])
    with pytest.raises(Unavailable, match="not gzip"):
        connect(server, ONCE).fetch_page("SELECT id FROM t")


@pytest.mark.parametrize("cut", [0, 1, 1000, len(PAGE) - 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_ends_too_soon_is_no_answer(
    cut: int, chunked: bool, serve: Serve, connect: Connect
) -> None:
    server = serve([Answer(body=PAGE, cut=cut, chunked=chunked)])
    with pytest.raises(Unavailable, match="failed") as raised:
        connect(server, ONCE).fetch_page("SELECT id FROM t")
    assert raised.value.status is None


def test_a_missing_last_chunk_is_a_missing_end_though_the_page_is_whole(
    serve: Serve, connect: Connect
) -> None:
    server = serve([Answer(body=PAGE, cut=len(PAGE), chunked=True), Answer(body=PAGE, chunked=True)])
    assert connect(server).fetch_page("SELECT id FROM t").rows == ROWS
    assert len(server.asked) == 2


def test_an_empty_body_is_read_as_one(serve: Serve, connect: Connect) -> None:
    for answer in (Answer(body=b""), Answer(body=b"", chunked=True), Answer(body=b"", gzipped=True)):
        assert connect(serve([answer])).send(Request("GET", SERVER_TIME_PATH)).body == b""


@pytest.mark.parametrize(("status", "says"), [(400, "cut"), (403, "cut"), (404, "cut"), (503, "properly")])
def test_a_refusal_that_is_cut_is_unavailable_and_not_its_status(
    status: int, says: str, serve: Serve, connect: Connect
) -> None:
    answer = Answer(status=status, body=error_body(status, "USER_ERROR", "No."), cut=30)
    with pytest.raises(Unavailable, match=says) as raised:
        connect(serve([answer]), ONCE).fetch_page("SELECT 1")
    assert raised.value.status == status


def test_a_slow_reply_is_waited_for_while_it_makes_progress(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(body=PAGE, drip=0.15)])
    client = connect(server, replace(ONCE, read_seconds=1.0, max_seconds=30))
    assert client.fetch_page("SELECT id FROM t").rows == ROWS


def test_a_reply_that_drips_for_longer_than_any_request_may_take_is_given_up(
    serve: Serve, connect: Connect
) -> None:
    server = serve([Answer(body=PAGE, drip=0.1)])
    client = connect(server, replace(ONCE, read_seconds=5, max_seconds=0.25))
    started = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer within") as raised:
        client.fetch_page("SELECT id FROM t")
    assert 0.25 <= time.monotonic() - started < 0.8 * SLOWEST
    assert raised.value.timed_out


def test_a_reply_that_stops_in_the_middle_is_given_up(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(body=PAGE, drip=10)])
    client = connect(server, replace(ONCE, read_seconds=0.2))
    with pytest.raises(Unavailable, match="did not answer within") as raised:
        client.fetch_page("SELECT id FROM t")
    assert raised.value.timed_out
