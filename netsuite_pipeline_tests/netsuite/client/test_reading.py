"""Rows page by page, frames, and NetSuite's clock."""

import json
from collections.abc import Callable
from datetime import datetime
from itertools import islice

import pytest

from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.client import OFFSET_CEILING
from netsuite_pipeline.netsuite.errors import (
    ImplausibleReply,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    Unavailable,
)
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import MAINTENANCE, NOT_PERMITTED, error_body, page_body
from netsuite_pipeline_tests.netsuite.conftest import Connect
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

SERVER_TIME = datetime(2025, 1, 2, 3, 4, 5, 678_000)
DATE = datetime(2025, 3, 26, 16, 21)  # the scripted server's Date header


def offset_of(asked: Asked) -> int:
    return int(asked.query["offset"][0])


def endless(asked: Asked) -> Answer:
    return Answer(body=page_body([{"id": str(offset_of(asked))}], has_more=True))


def test_rows_come_page_after_page_until_there_is_no_more(serve: Serve, connect: Connect) -> None:
    def script(asked: Asked) -> Answer:
        offset = offset_of(asked)
        rows = [{"id": str(number)} for number in range(offset, min(offset + 1000, 2500))]
        return Answer(body=page_body(rows, has_more=offset < 2000))

    server = serve(script)
    rows = list(connect(server).iter_rows("SELECT id FROM t ORDER BY id", params=["x"]))
    assert [row["id"] for row in rows] == [str(number) for number in range(2500)]
    assert [offset_of(asked) for asked in server.asked] == [0, 1000, 2000]
    assert all(asked.json["params"] == ["x"] for asked in server.asked)


def test_pages_are_fetched_only_as_rows_are_consumed(serve: Serve, connect: Connect) -> None:
    server = serve(endless)
    assert len(list(islice(connect(server).iter_rows("SELECT id FROM t"), 3))) == 3
    assert len(server.asked) == 3


def test_rows_beyond_the_reach_of_offsets_are_refused_not_left_out(serve: Serve, connect: Connect) -> None:
    server = serve(endless)
    rows = connect(server).iter_rows("SELECT id FROM t")
    with pytest.raises(QueryError, match="more than 100,000 rows") as raised:
        list(rows)
    assert len(server.asked) == 100
    assert offset_of(server.asked[-1]) == OFFSET_CEILING - 1000
    assert "condition" in raised.value.remedy


def test_exactly_as_many_rows_as_offsets_reach_are_no_error(serve: Serve, connect: Connect) -> None:
    server = serve(
        lambda asked: Answer(body=page_body([{"id": "1"}], has_more=offset_of(asked) < OFFSET_CEILING - 1000))
    )
    assert len(list(connect(server).iter_rows("SELECT id FROM t"))) == 100


def test_a_reply_that_does_not_say_whether_there_is_more_is_followed_by_another(
    serve: Serve, connect: Connect
) -> None:
    server = serve([Answer(body=b'{"items":[{"id":"1"}]}'), Answer(body=b'{"items":[]}')])
    assert list(connect(server).iter_rows("SELECT id FROM t")) == [{"id": "1"}]
    assert len(server.asked) == 2


def _page_body(rows: range, **fields: object) -> bytes:
    items = [{"id": str(number)} for number in rows]
    return json.dumps({"items": items, "count": len(items), "offset": 0, **fields}).encode()


@pytest.mark.parametrize("fields", [{"hasMore": False, "totalResults": 2500}, {"hasMore": True}])
def test_an_end_that_a_total_contradicts_is_read_past(
    serve: Serve, connect: Connect, fields: dict[str, object]
) -> None:
    """`hasMore: false` beside a larger `totalResults`; and `hasMore: true` beside one that is reached."""

    def script(asked: Asked) -> Answer:
        offset = offset_of(asked)
        rows = range(offset, max(offset, min(offset + 1000, 2500)))
        last = {"hasMore": False} if not rows else {}
        return Answer(body=_page_body(rows, **{"totalResults": len(rows), **fields, **last}))

    server = serve(script)
    found = list(connect(server).iter_rows("SELECT id FROM t ORDER BY id"))
    assert [row["id"] for row in found] == [str(number) for number in range(2500)]


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (Answer(body=_page_body(range(0), hasMore=False, totalResults=0)), "refuses to count"),
        (Answer(body=b'{"items":[{"counted":"2500"}],"hasMore":false}'), "counts 2,500"),
        (Answer(body=b'{"items":[{"counted":"1000"}],"hasMore":false}'), ""),
    ],
)
def test_rows_that_netsuite_counts_and_does_not_send_are_an_error(
    serve: Serve, connect: Connect, count: Answer, says: str
) -> None:
    def script(asked: Asked) -> Answer:
        if "COUNT(*)" in str(asked.json["q"]):
            return count
        first = range(1000) if not offset_of(asked) else range(0)
        return Answer(body=_page_body(first, hasMore=False, totalResults=2500))

    rows = connect(serve(script)).iter_rows("SELECT id FROM t ORDER BY id")
    if says:
        with pytest.raises(ImplausibleReply, match=says):
            list(rows)
    else:
        assert len(list(rows)) == 1000


@pytest.mark.parametrize("odd", [range(0), range(700)])
def test_a_page_that_lacks_rows_is_retried_and_fails_if_it_stays(
    serve: Serve, connect: Connect, odd: range
) -> None:
    """The next offset would leave out what it lacks."""
    times = [3]

    def script(asked: Asked) -> Answer:
        if offset_of(asked):
            return Answer(body=_page_body(range(1000, 1200), hasMore=False, totalResults=1200))
        times[0] -= 1
        return Answer(body=_page_body(odd if times[0] >= 0 else range(1000), hasMore=True, totalResults=1200))

    server = serve(script)
    assert len(list(connect(server).iter_rows("SELECT id FROM t ORDER BY id"))) == 1200
    assert len(server.asked) == 5
    times[0] = 1_000
    with pytest.raises(ImplausibleReply):
        list(connect(server).iter_rows("SELECT id FROM t ORDER BY id"))


def test_a_frame_has_every_column_in_the_order_of_appearance_as_text(serve: Serve, connect: Connect) -> None:
    rows = [{"id": "1", "total": "12.50"}, {"id": "2", "memo": "é", "total": "007"}]
    frame = connect(serve([Answer(body=page_body(rows))])).query("SELECT id, memo, total FROM t")
    assert list(frame.columns) == ["id", "total", "memo"]
    assert frame["total"].tolist() == ["12.50", "007"]
    assert frame["memo"].isna().tolist() == [True, False]


def test_a_frame_of_no_rows_is_empty(serve: Serve, connect: Connect) -> None:
    assert connect(serve([Answer(body=page_body([]))])).query("SELECT id FROM t").empty


@pytest.mark.parametrize(
    ("answer", "moment"),
    [
        (Answer(body=b'{"serverTime":"2025-01-02T03:04:05.678Z"}'), SERVER_TIME),
        (Answer(body=b'{"serverTime":"soon"}'), DATE),
        (Answer(body=b"{}"), DATE),
        # Older accounts have no such service.
        (Answer(status=404, body=error_body(404, "NONEXISTENT_ID", "Not here.", title="Not Found")), DATE),
    ],
    ids=["from the body", "of another form", "missing in the body", "missing altogether"],
)
def test_netsuites_clock_comes_from_the_body_or_else_from_the_date_header(
    answer: Answer, moment: datetime, serve: Serve, connect: Connect
) -> None:
    server = serve([answer])
    assert connect(server).server_time() == moment
    assert [(asked.method, asked.path) for asked in server.asked] == [("GET", SERVER_TIME_PATH)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(body=MAINTENANCE), Unavailable),  # somebody answers, but not NetSuite
        (Answer(status=404, body=MAINTENANCE), Unavailable),
        (Answer(status=400, body=error_body(400, "USER_ERROR", NOT_PERMITTED)), PermissionDenied),
    ],
)
def test_a_date_header_alone_is_no_answer_of_netsuites(
    answer: Answer, kind: type[NetSuiteError], serve: Serve, connect: Connect
) -> None:
    with pytest.raises(kind):
        connect(serve([answer]), ClientSettings(retry_seconds=0)).server_time()


def test_a_refusal_gives_the_servers_clock_too(serve: Serve, connect: Connect) -> None:
    with pytest.raises(NetSuiteError) as raised:
        connect(serve([Answer(status=401, body=b"")])).fetch_page("SELECT 1")
    assert raised.value.date == DATE
