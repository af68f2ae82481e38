"""NetSuite's clock is read as UTC, whatever this machine's time zone is."""

from datetime import datetime

import pytest

from netsuite_pipeline.netsuite.http.server_clock import http_date, parse_server_time

MOMENT = datetime(2025, 3, 26, 16, 21)


@pytest.mark.parametrize(
    ("body", "moment"),
    [
        (b'{"serverTime":"2025-03-26T16:21:00.000Z"}', MOMENT),
        (b'{"serverTime":"2025-03-26T16:21:00Z"}', MOMENT),
        (b'{"serverTime":"2025-03-26T17:21:00+01:00"}', MOMENT),
        (b'{"serverTime":"2025-03-26T16:21:00"}', MOMENT),  # no zone: NetSuite's, not this machine's
        (b'{"serverTime":"yesterday"}', None),
        (b'{"serverTime":7}', None),
        (b'{"serverTime":null}', None),
        (b'{"servertime":"2025-03-26T16:21:00.000Z"}', None),
        (b"[]", None),
        (b"<html>", None),
        (b'{"serverTime":"2025-', None),
        (b'{"serverTime":"0001-01-01T00:00:00+05:00"}', None),
        (b"\xff\xfe", None),
        (b"", None),
    ],
)
def test_server_time_is_read_from_the_body(body: bytes, moment: datetime | None) -> None:
    assert parse_server_time(body) == moment


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Wed, 26 Mar 2025 16:21:00 GMT", MOMENT),
        ("Wed, 26 Mar 2025 17:21:00 +0100", MOMENT),
        ("Wed, 26 Mar 2025 16:21:00 -0000", MOMENT),
        ("Wed, 99 Mar 2025 16:21:00 GMT", None),
        ("Wed, 26 Mar 99999999999 16:21:00 GMT", None),
        ("garbage", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_header_is_read(header: str | None, moment: datetime | None) -> None:
    assert http_date(header) == moment
