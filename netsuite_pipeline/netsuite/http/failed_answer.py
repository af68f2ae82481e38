"""The failure that an answer tells of."""

from datetime import UTC, datetime

from netsuite_pipeline.netsuite.errors import NetSuiteError, Unavailable, error_from_reply
from netsuite_pipeline.netsuite.http.server_clock import http_date
from netsuite_pipeline.netsuite.http.transport import Answer
from netsuite_pipeline.netsuite.limits.backoff import retry_after_seconds


def error_of(answer: Answer, asked: str) -> NetSuiteError:
    """The failure that an answer tells of."""
    try:
        body = answer.body(asked)
    except Unavailable as cut:
        if answer.status not in {401, 429} and answer.status < 500:
            return cut
        body = b""  # the status says enough
    return error_from_reply(
        answer.status,
        body,
        asked=asked,
        retry_after=retry_after_seconds(answer.headers.get("Retry-After"), datetime.now(UTC)),
        date=http_date(answer.headers.get("Date")),
    )
