"""NetSuite's clock: the moment a sync is cut at, and the session's time zone where UTC is not to be had."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.sync.planning.read_plan import ReadPlan

MAX_DEFERRAL = timedelta(hours=3)
"""How far ahead of NetSuite's clock a row's stamp may lie for the row to wait for a later sync.

A stamp further ahead is wrong: an import wrote it, or a clock was set wrong. Such a row is taken at once.
"""

_QUARTER = timedelta(minutes=15)
_SESSION_TIME = "SELECT TO_CHAR(CURRENT_DATE, 'YYYY-MM-DD HH24:MI:SS') AS now FROM DUAL"


def cutoff_at(server_time: datetime) -> tuple[datetime, float]:
    """The cutoff: the second that NetSuite's clock shows, and how long it goes on.

    Stamps have whole seconds, so rows may still be changed within the second that the clock shows. Rows that
    are asked for after its end (a second at most) make "everything up to the cutoff" mean the same for every
    table, and still include what was saved just before the sync began.

    Args:
        server_time: What NetSuite's clock showed just now, UTC.

    Returns:
        The cutoff, UTC, and the seconds until rows may be asked for.

    Example:
        >>> cutoff_at(datetime(2026, 11, 23, 6, 0, 0, 250_000))
        (datetime.datetime(2026, 11, 23, 6, 0), 0.75)
    """
    cutoff = server_time.replace(microsecond=0)
    return cutoff, (timedelta(seconds=1) - (server_time - cutoff)).total_seconds()


class SessionClock:
    """How far the session's time zone is behind UTC, for accounts that refuse SYS_EXTRACT_UTC.

    Measured once a sync, and only when needed. It is today's offset: where the zone has daylight saving,
    date-times of the other half of the year are off by an hour, which a sync's report says.
    """

    def __init__(self, client: NetSuiteClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._behind: timedelta | None = None

    def utc_offset(self) -> timedelta:
        """UTC minus session time, to the quarter of an hour that time zones are made of.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        with self._lock:
            if self._behind is None:
                page = self._client.fetch_page(_SESSION_TIME)
                shown = page.rows[0].get("now") if page.rows else None
                if not shown:
                    raise Unavailable("NetSuite does not tell the session's time.")
                try:
                    session = datetime.fromisoformat(shown)
                except ValueError:
                    raise Unavailable(f"NetSuite tells the session's time as {shown!r}.") from None
                apart = self._client.server_time() - session
                self._behind = round(apart / _QUARTER) * _QUARTER
            return self._behind

    def with_offset(self, read: ReadPlan) -> ReadPlan:
        """The read with the session's offset filled in, where it will be used."""
        return read if read.dialect.utc else replace(read, utc_offset=self.utc_offset())
