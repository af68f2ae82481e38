"""The cutoff of a sync by NetSuite's clock, and the offset of the session's time zone from UTC."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.sync.planning.read_plan import ReadPlan

MAX_DEFERRAL = timedelta(hours=3)
"""The most that a row's timestamp may lie ahead of NetSuite's clock for the row to be deferred.

A timestamp further ahead is wrong: an import wrote it, or a clock was wrong. Such a row is stored at once.
"""

_QUARTER = timedelta(minutes=15)
_SESSION_TIME = "SELECT TO_CHAR(CURRENT_DATE, 'YYYY-MM-DD HH24:MI:SS') AS now FROM DUAL"


def cutoff_at(server_time: datetime) -> tuple[datetime, float]:
    """Return the cutoff, and the seconds until rows may be read.

    The cutoff is the second that NetSuite's clock shows. Timestamps have whole seconds, so rows may still
    change within it. Rows that are read after its end (at most one second) make "everything up to the cutoff"
    the same for every table, and include what was saved just before the sync.

    Args:
        server_time: NetSuite's time, UTC.

    Returns:
        The cutoff, UTC, and the seconds until its second is over.

    Example:
        >>> cutoff_at(datetime(2026, 11, 23, 6, 0, 0, 250_000))
        (datetime.datetime(2026, 11, 23, 6, 0), 0.75)
    """
    cutoff = server_time.replace(microsecond=0)
    return cutoff, (timedelta(seconds=1) - (server_time - cutoff)).total_seconds()


class SessionClock:
    """The session's offset from UTC, for accounts that refuse SYS_EXTRACT_UTC.

    The offset is measured once a sync, and only when needed. It is the offset of today. In a zone with
    daylight saving, date-times of the other half of the year are off by an hour, which the report says.
    """

    def __init__(self, client: NetSuiteClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._offset: timedelta | None = None

    def utc_offset(self) -> timedelta:
        """Return session time minus UTC, rounded to a quarter of an hour; negative west of Greenwich.

        Raises:
            NetSuiteError: NetSuite does not return the session's time.
        """
        with self._lock:
            if self._offset is None:
                page = self._client.fetch_page(_SESSION_TIME)
                shown = page.rows[0].get("now") if page.rows else None
                if not shown:
                    raise Unavailable("NetSuite does not return the session's time.")
                try:
                    session = datetime.fromisoformat(shown)
                except ValueError:
                    raise Unavailable(f"NetSuite returns the session's time as {shown!r}.") from None
                apart = session - self._client.server_time()
                self._offset = round(apart / _QUARTER) * _QUARTER
            return self._offset

    def with_offset(self, read: ReadPlan) -> ReadPlan:
        """Return the read with the session's offset, where its dialect needs one."""
        return read if read.dialect.utc else replace(read, utc_offset=self.utc_offset())
