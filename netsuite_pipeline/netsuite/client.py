"""NetSuiteClient: one request in, one reply or one typed error out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH, BaseClient
from netsuite_pipeline.netsuite.errors import (
    ImplausibleReply,
    PermissionDenied,
    QueryError,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.page import Page, Row, read_page
from netsuite_pipeline.netsuite.http.request import Reply, Request, RequestCounts
from netsuite_pipeline.netsuite.http.server_clock import parse_server_time
from netsuite_pipeline.netsuite.probes.client_probes import Probes

if TYPE_CHECKING:
    import pandas

SUITEQL_PATH = "/services/rest/query/v1/suiteql"
PAGE_ROWS = 1000  # the default and the most: NSH:section_156414087576
OFFSET_CEILING = 100_000  # rows that paging by offset reaches: NSH:section_157909186990


class NetSuiteClient(BaseClient):
    """A client of one account. Threads may share it; all of them share one concurrency limit.

    Args:
        credentials: The credentials to sign in with.
        base_url: Another address than the account's own host: the emulator's, or a proxy's.
        settings: Time-outs, retries and concurrency.
        sleep: Waits some seconds, for tests. By default `stop` ends the waiting.

    Raises:
        ConfigurationError: `base_url` is no http(s) address.

    Example:
        >>> client = NetSuiteClient(TokenCredentials.from_variables())           # doctest: +SKIP
        >>> client.query("SELECT id, companyname FROM customer ORDER BY id")     # doctest: +SKIP
    """

    @cached_property
    def probes(self) -> Probes:
        """Single requests for sensors and the doctor: SOAP, token information, limits, REST access."""
        return Probes(self)

    def server_time(self, *, by_date: bool = True) -> datetime:
        """Return NetSuite's clock; this needs a sign-in and no permission (NSH:article_0528010158).

        Args:
            by_date: Whether to use the Date header where the account has no such clock (404). The header does
                not prove that the sign-in works.

        Returns:
            UTC, without time zone, to the second or finer.

        Raises:
            NetSuiteError: By kind of failure.
        """
        request = Request("GET", SERVER_TIME_PATH)
        try:
            return self.send_and_parse(request, self._parse_time)
        except QueryError as error:
            # Older accounts have no serverTime, but each of their replies has a Date header.
            if by_date and error.status == 404 and error.date is not None:
                return error.date
            raise

    def fetch_page(
        self,
        sql: str,
        *,
        limit: int = PAGE_ROWS,
        offset: int = 0,
        params: Sequence[str] = (),
        count: RequestCounts | None = None,
        retry_seconds: float | None = None,
        check: Callable[[Page], Page] | None = None,
    ) -> Page:
        """Fetch one page of a SuiteQL statement.

        Args:
            sql: The statement. Page by key (`WHERE id > … ORDER BY id`) when there may be over 100,000 rows.
            limit: Rows, 1 to 1,000.
            offset: Rows to skip, a multiple of `limit`.
            params: Values for the statement's `?`.
            count: Counts requests and retries.
            retry_seconds: The retry window, instead of the settings'.
            check: Returns the page, or raises `ImplausibleReply` if it cannot answer the statement; then
                the statement is retried. No slot is held meanwhile, so `check` may send requests.

        Raises:
            NetSuiteError: By kind of failure.
            Stopped: `stop` was called.
        """
        body: dict[str, Any] = {"q": sql}
        if params:
            body["params"] = list(params)
        request = Request(
            "POST",
            SUITEQL_PATH,
            query={"limit": str(limit), "offset": str(offset)},
            json=body,
            headers={"Prefer": "transient"},
        )

        def read(reply: Reply) -> Page:
            page = read_page(reply.body, endpoint=request.endpoint, statement=sql)
            return page if check is None else check(page)

        # Parsing belongs to the attempt that is retried: a cut, garbled or implausible page is no answer.
        return self.send_and_parse(request, read, count=count, retry_seconds=retry_seconds)

    def iter_rows(
        self, sql: str, *, params: Sequence[str] = (), count: RequestCounts | None = None
    ) -> Iterator[Row]:
        """Yield all rows of any statement, page after page by offset.

        Give the statement an ORDER BY that is unique: without it pages repeat and lose rows
        (NSH:section_158394344595).

        Args:
            sql: The statement.
            params: Values for the statement's `?`.
            count: Counts requests and retries.

        Raises:
            QueryError: There are more than 100,000 rows, which paging by offset cannot reach; the first
                100,000 were yielded.
            ImplausibleReply: Fewer rows came than NetSuite has, or a page lacks rows.
            NetSuiteError: By kind of failure.
        """
        offset = claimed = 0
        while True:
            page = self.fetch_page(
                sql, offset=offset, params=params, count=count, check=_whole_page_at(offset)
            )
            yield from page.rows
            claimed = max(claimed, page.total or 0)
            reached = offset + len(page.rows)
            if not page.has_more and not page.rows and claimed > reached:
                self._check_count(sql, params, reached, claimed)
            # If the total contradicts the end, the rows end only at an empty page.
            if not page.rows or not (page.has_more or claimed > reached):
                return
            offset += PAGE_ROWS
            if offset >= OFFSET_CEILING:
                raise QueryError(
                    f"The statement has more than {OFFSET_CEILING:,} rows; paging by offset ends there.",
                    remedy="Narrow it by a condition, or sync the table and query DuckDB.",
                    endpoint=f"POST {SUITEQL_PATH}",
                )

    def _check_count(self, sql: str, params: Sequence[str], came: int, claimed: int) -> None:
        """Have NetSuite count the rows of a statement whose pages ended before its `totalResults`.

        Raises:
            ImplausibleReply: NetSuite counts more rows than came, or refuses to count.
        """
        counted = ""
        try:
            rows = self.fetch_page(f"SELECT COUNT(*) AS counted FROM ({sql})", params=params).rows
            counted = (rows[0].get("counted") if rows else None) or ""
        except (PermissionDenied, QueryError):
            pass  # then the count is unknown
        if counted.isdecimal() and int(counted) <= came:
            return
        knows = f"counts {int(counted):,}" if counted.isdecimal() else "refuses to count them"
        raise ImplausibleReply(
            f"NetSuite says that the statement has {claimed:,} rows (totalResults), sent {came:,} and says "
            f"that no more follow; it {knows}.",
            endpoint=f"POST {SUITEQL_PATH}",
            status=200,
        )

    def query(self, sql: str, *, params: Sequence[str] = ()) -> "pandas.DataFrame":
        """Return all rows of a statement as a frame of text columns, in the order of their first appearance.

        NetSuite sends every value as text and omits null fields; no types are guessed.

        Raises:
            NetSuiteError: By kind of failure.
        """
        import pandas

        return pandas.DataFrame([dict(row) for row in self.iter_rows(sql, params=params)])

    def _parse_time(self, reply: Reply) -> datetime:
        moment = parse_server_time(reply.body)
        if moment is not None:
            self.clock.record(moment, reply.seconds)
            return moment
        # A JSON answer without a time is NetSuite's; its Date header serves.
        if reply.date is None or not reply.body.lstrip().startswith(b"{"):
            raise Unavailable(
                "The server's reply contains no time.", endpoint=f"GET {SERVER_TIME_PATH}", status=200
            )
        return reply.date


def _whole_page_at(offset: int) -> Callable[[Page], Page]:
    """Return the check of a page by offset: rows that it lacks before more rows would be lost silently."""

    def check(page: Page) -> Page:
        if page.has_more and not page.rows:
            raise ImplausibleReply("NetSuite says that there are more rows, and sends none.", status=200)
        short = len(page.rows) < PAGE_ROWS and (page.total or 0) > offset + len(page.rows)
        if page.has_more and short:
            raise ImplausibleReply(
                f"NetSuite sent {len(page.rows):,} rows where a page has {PAGE_ROWS:,} and more follow.",
                status=200,
            )
        return page

    return check
