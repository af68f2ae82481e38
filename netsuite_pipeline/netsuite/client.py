"""NetSuiteClient: one request in, one reply or one typed error out; retries, sign-in doubts, many at once."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from requests import PreparedRequest

from netsuite_pipeline.netsuite.auth.credentials import TokenPassport
from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH, Asking
from netsuite_pipeline.netsuite.errors import (
    ConfigurationError,
    ImplausibleReply,
    PermissionDenied,
    QueryError,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import error_of
from netsuite_pipeline.netsuite.http.page import Page, Row, read_page
from netsuite_pipeline.netsuite.http.request import Reply, Request, RequestCount
from netsuite_pipeline.netsuite.http.server_clock import http_date, told_time
from netsuite_pipeline.netsuite.http.transport import Answer, Transport
from netsuite_pipeline.netsuite.probes.governance_limits import (
    GOVERNANCE_LIMITS_PATH,
    GovernanceLimits,
    read_governance_limits,
)
from netsuite_pipeline.netsuite.probes.soap import (
    SOAP_ASKED,
    SOAP_HEADERS,
    SOAP_PATH,
    read_server_time,
    server_time_request,
    without,
)
from netsuite_pipeline.netsuite.probes.token_info import (
    TOKEN_INFO_PATH,
    TokenInfo,
    read_token_info,
    token_info_url,
)
from netsuite_pipeline.netsuite.settings import (
    CONNECT_SECONDS,
    LONGEST_SECONDS,
    PATIENCE_SECONDS,
    READ_SECONDS,
    SIGN_IN_PAUSE_SECONDS,
    ClientSettings,
)

if TYPE_CHECKING:
    import pandas

__all__ = [
    "CONNECT_SECONDS",
    "LONGEST_SECONDS",
    "OFFSET_CEILING",
    "PAGE_ROWS",
    "PATIENCE_SECONDS",
    "READ_SECONDS",
    "SERVER_TIME_PATH",
    "SIGN_IN_PAUSE_SECONDS",
    "SUITEQL_PATH",
    "ClientSettings",
    "NetSuiteClient",
    "Reply",
    "Request",
    "RequestCount",
]

SUITEQL_PATH = "/services/rest/query/v1/suiteql"
PAGE_ROWS = 1000  # the default and the most: NSH:section_156414087576
OFFSET_CEILING = 100_000  # rows that paging by offset reaches: NSH:section_157909186990
METADATA_PATH = "/services/rest/record/v1/metadata-catalog/customer"

NO_SUCH_RECORD = "NONEXISTENT_ID"
_REST_PERMISSION = "REST Web Services"


class NetSuiteClient(Asking):
    """Talks to one account. Safe to share between threads; all of them share one concurrency limit.

    Args:
        credentials: Whom to sign in as, by whichever kind of credentials.
        base_url: Another address than the account's own host: the emulator's, or a proxy's.
        settings: Patience and concurrency.
        sleep: How to wait, in seconds; tests pass their own. Left out, `stop` ends the waiting.

    Raises:
        ConfigurationError: `base_url` is no http(s) address.

    Example:
        >>> client = NetSuiteClient(TokenCredentials.from_variables())           # doctest: +SKIP
        >>> client.query("SELECT id, companyname FROM customer ORDER BY id")     # doctest: +SKIP
    """

    def server_time(self, *, by_date: bool = True) -> datetime:
        """NetSuite's clock: needs a sign-in and no permission at all (NSH:article_0528010158).

        Args:
            by_date: Whether the Date header serves where NetSuite has no such clock (404). It tells the time,
                but does not prove that the sign-in works.

        Returns:
            UTC, without time zone, to the second or finer.

        Raises:
            NetSuiteError: By kind of failure.
        """
        request = Request("GET", SERVER_TIME_PATH)
        try:
            return self._persist(request, self._told_time, None, None)
        except QueryError as error:
            # Older accounts have no serverTime, but every reply of theirs has a Date header.
            if by_date and error.status == 404 and error.date is not None:
                return error.date
            raise

    def page(
        self,
        sql: str,
        *,
        limit: int = PAGE_ROWS,
        offset: int = 0,
        params: Sequence[str] = (),
        count: RequestCount | None = None,
        patience_seconds: float | None = None,
        check: Callable[[Page], Page] | None = None,
    ) -> Page:
        """Asks for one page of a SuiteQL statement.

        Args:
            sql: The statement. Page by key (`WHERE id > … ORDER BY id`) when there may be over 100,000 rows.
            limit: Rows, 1 to 1,000.
            offset: Rows to leave out, a multiple of `limit`.
            params: Values for the statement's `?`.
            count: Where to count requests and retries.
            patience_seconds: Instead of the settings'; a probe is less patient than a sync.
            check: Returns the page, or raises `ImplausibleReply` when it cannot answer the statement; then
                the statement is sent again, like after any passing fault. No slot is held meanwhile, so it
                may ask NetSuite.

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
            page = read_page(reply.body, asked=request.asked, statement=sql)
            return page if check is None else check(page)

        # A cut, garbled or implausible page is as good as none, so reading it belongs to the attempt that is
        # repeated.
        return self._persist(request, read, count, patience_seconds)

    def rows(self, sql: str, *, params: Sequence[str] = ()) -> Iterator[Row]:
        """All rows of any statement, page after page by offset.

        Give the statement an ORDER BY that is unique: without it pages repeat and lose rows
        (NSH:section_158394344595).

        Raises:
            QueryError: There are more than 100,000 rows, which paging by offset cannot reach; the first
                100,000 have come.
            ImplausibleReply: Fewer rows came than NetSuite has, or a page that lacks rows.
            NetSuiteError: By kind of failure.
        """
        offset = claimed = 0
        while True:
            page = self.page(sql, offset=offset, params=params, check=_whole_page_at(offset))
            yield from page.rows
            claimed = max(claimed, page.total or 0)
            reached = offset + len(page.rows)
            if not page.has_more and not page.rows and claimed > reached:
                self._check_count(sql, params, reached, claimed)
            # An end that a total contradicts is none before the page behind it is empty.
            if not page.rows or not (page.has_more or claimed > reached):
                return
            offset += PAGE_ROWS
            if offset >= OFFSET_CEILING:
                raise QueryError(
                    f"The statement has more than {OFFSET_CEILING:,} rows; paging by offset ends there.",
                    remedy="Narrow it by a condition, or sync the table and query DuckDB.",
                    asked=f"POST {SUITEQL_PATH}",
                )

    def _check_count(self, sql: str, params: Sequence[str], came: int, claimed: int) -> None:
        """Have NetSuite count the rows of a statement whose pages ended before its `totalResults`.

        Raises:
            ImplausibleReply: NetSuite counts more than came, or does not count.
        """
        counted = ""
        try:
            rows = self.page(f"SELECT COUNT(*) AS counted FROM ({sql})", params=params).rows
            counted = (rows[0].get("counted") if rows else None) or ""
        except (PermissionDenied, QueryError):
            pass  # then it is not known
        if counted.isdecimal() and int(counted) <= came:
            return
        knows = f"counts {int(counted):,}" if counted.isdecimal() else "refuses to count them"
        raise ImplausibleReply(
            f"NetSuite says that the statement has {claimed:,} rows (totalResults), sent {came:,} and says "
            f"that no more follow; it {knows}.",
            asked=f"POST {SUITEQL_PATH}",
            status=200,
        )

    def query(self, sql: str, *, params: Sequence[str] = ()) -> "pandas.DataFrame":
        """All rows of a statement as a frame of text columns, in the order in which columns first appear.

        NetSuite sends every value as text and leaves null fields out; nothing is guessed here.

        Raises:
            NetSuiteError: By kind of failure.
        """
        import pandas

        return pandas.DataFrame([dict(row) for row in self.rows(sql, params=params)])

    def send(
        self,
        request: Request,
        *,
        count: RequestCount | None = None,
        patience_seconds: float | None = None,
    ) -> Reply:
        """Sends one request, repeating it while NetSuite throttles or is unavailable.

        Raises:
            NetSuiteError: By kind of failure.
        """
        return self._persist(request, lambda reply: reply, count, patience_seconds)

    # What NetSuite says of the sign-in itself

    @property
    def why_no_soap(self) -> str:
        """Why `soap_server_time` cannot be asked with these credentials; empty where it can."""
        return self._credentials.why_no_soap

    @property
    def clock_offset(self) -> float | None:
        """Seconds that this machine's clock is ahead of NetSuite's, by the latest reply or refusal; exact to
        about half a second. None before the first. Past 300 either way every sign-in is refused."""
        return self._clock_offset.seconds

    def rest_probe(self) -> None:
        """Asks for what needs REST Web Services (feature and permission) and nothing else that SuiteQL needs:
        the description of one record. A refusal of that record alone is REST answering.

        Raises:
            PermissionDenied: The role may not use REST web services.
            NetSuiteError: By kind of failure.
        """
        try:
            self.send(Request("GET", METADATA_PATH, headers={"Accept": "application/json"}))
        except PermissionDenied as denied:
            if not denied.permission or denied.permission.endswith(_REST_PERMISSION):
                raise
        except QueryError as refused:
            if refused.status != 404 or refused.code != NO_SUCH_RECORD:
                raise

    def governance_limits(self) -> GovernanceLimits:
        """How many requests at once the account allows.

        Raises:
            PermissionDenied: Only administrators are told (NSH:article_0625010817).
            NetSuiteError: By kind of failure.
        """
        request = Request("GET", GOVERNANCE_LIMITS_PATH)
        return self._persist(request, lambda reply: read_governance_limits(reply.body), None, None)

    def token_info(self) -> TokenInfo:
        """Whose token it is. Asked once; a refusal there says nothing of REST and is not held against it.

        Raises:
            QueryError: The host does not offer it (status 404), or the sign-in is by OAuth 2.0, whose tokens
                are for REST alone, not for the host that tells; then nothing is sent.
            NetSuiteError: By kind of failure.
        """
        if self._credentials.passport is None:
            raise QueryError("NetSuite tells nothing of an access token of OAuth 2.0.", reason="unsupported")
        self._check_may_send()
        elsewhere = self.base_url != self.account.base_url
        request = Request("GET", TOKEN_INFO_PATH)
        return self._ask_once(
            self.base_url if elsewhere else token_info_url(self.account),
            lambda transport: transport.sign(transport.prepare(request)),
            lambda answer: read_token_info(_body(answer, request.asked)),
            request.asked,
        )

    def soap_server_time(self) -> datetime:
        """NetSuite's clock by SOAP, with a token passport of its own: one attempt, which is made also when
        REST refuses the sign-in, and confirmed by nothing.

        Returns:
            UTC, without time zone.

        Raises:
            ConfigurationError: The credentials have no token passport (`why_no_soap` says so beforehand);
                nothing is sent.
            SignInError: SOAP refuses the sign-in too.
            PermissionDenied: The role may not use SOAP, or the feature is off; the sign-in is let in.
            Throttled: Too many requests at once.
            Unavailable: No usable answer.
        """
        passport = self._credentials.passport
        if passport is None:
            raise ConfigurationError(self._credentials.why_no_soap, asked=SOAP_ASKED)
        return self._ask_once(
            self.base_url,
            lambda transport: _soap_request(transport, passport),
            lambda answer: self._soap_time(answer, passport),
            SOAP_ASKED,
        )

    def _soap_time(self, answer: Answer, passport: TokenPassport) -> datetime:
        body = without(answer.body(SOAP_ASKED), passport.secrets)
        date = http_date(answer.headers.get("Date"))
        moment = read_server_time(answer.status, body, date=date)
        self._clock_offset.told(moment, answer.seconds)
        return moment

    def _told_time(self, reply: Reply) -> datetime:
        moment = told_time(reply.body)
        if moment is not None:
            self._clock_offset.told(moment, reply.seconds)
            return moment
        # An answer of NetSuite's, though not of the form we know.
        if reply.date is None or not reply.body.lstrip().startswith(b"{"):
            raise Unavailable("The server tells no time.", asked=f"GET {SERVER_TIME_PATH}", status=200)
        return reply.date


def _whole_page_at(offset: int) -> Callable[[Page], Page]:
    """Return the check of a page by offset. Rows that it lacks before more would be lost without a word."""

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


def _soap_request(transport: Transport, passport: TokenPassport) -> PreparedRequest:
    prepared = transport.prepare(Request("POST", SOAP_PATH, headers=SOAP_HEADERS))
    nonce, timestamp = secrets.token_hex(10), str(int(time.time()))
    prepared.prepare_body(server_time_request(passport, nonce, timestamp), None)
    return prepared


def _body(answer: Answer, asked: str) -> bytes:
    if answer.status != 200:
        raise error_of(answer, asked)
    return answer.body(asked)
