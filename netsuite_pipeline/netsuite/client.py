"""NetSuiteClient: one request in, one reply or one typed error out; retries, sign-in doubts, many at once."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from requests import PreparedRequest

from netsuite_pipeline._version import __version__
from netsuite_pipeline.netsuite.account import checked_base_url, loopback_host
from netsuite_pipeline.netsuite.auth import TokenCredentials
from netsuite_pipeline.netsuite.circuit import Circuit, Doubted
from netsuite_pipeline.netsuite.clock import http_date, told_time
from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    QueryError,
    SignInError,
    Stopped,
    Throttled,
    Unavailable,
    error_from_reply,
)
from netsuite_pipeline.netsuite.governor import Governor
from netsuite_pipeline.netsuite.pacing import Pacing
from netsuite_pipeline.netsuite.page import Page, Row, read_page
from netsuite_pipeline.netsuite.patience import Outlook, Patience, is_outage
from netsuite_pipeline.netsuite.request import Reply, Request, RequestCount
from netsuite_pipeline.netsuite.settings import (
    CONNECT_SECONDS,
    LONGEST_SECONDS,
    PATIENCE_SECONDS,
    READ_SECONDS,
    SIGN_IN_PAUSE_SECONDS,
    ClientSettings,
)
from netsuite_pipeline.netsuite.transport import Answer, Transport
from netsuite_pipeline.netsuite.waiting import retry_after_seconds

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

_T = TypeVar("_T")

SUITEQL_PATH = "/services/rest/query/v1/suiteql"
SERVER_TIME_PATH = "/services/rest/system/v1/serverTime"
PAGE_ROWS = 1000  # the default and the most: NSH:section_156414087576
OFFSET_CEILING = 100_000  # rows that paging by offset reaches: NSH:section_157909186990

_FRESH_SECONDS = 30.0  # for so long a signature may wait for a slot; NetSuite takes five minutes
_MOST_DOUBTS = 3  # refusals of one request that turn out to be odd ones before it is believed


class NetSuiteClient:
    """Talks to one account. Safe to share between threads; all of them share one concurrency limit.

    Args:
        credentials: Whom to sign in as.
        base_url: Another address than the account's own host: the emulator's, or a proxy's.
        settings: Patience and concurrency.
        sleep: How to wait, in seconds; tests pass their own. Left out, `stop` ends the waiting.

    Raises:
        ConfigurationError: `base_url` is no http(s) address.

    Example:
        >>> client = NetSuiteClient(TokenCredentials.from_variables())           # doctest: +SKIP
        >>> client.query("SELECT id, companyname FROM customer ORDER BY id")     # doctest: +SKIP
    """

    def __init__(
        self,
        credentials: TokenCredentials,
        *,
        base_url: str | None = None,
        settings: ClientSettings | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.account = credentials.account
        self.settings = settings or ClientSettings()
        self.base_url = checked_base_url(base_url or credentials.account.base_url)
        self.governor = Governor(self.settings.concurrency)
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._circuit = Circuit()
        self._pacing = Pacing(self._stopped.wait)
        self._outlook = Outlook()
        self._session = requests.Session()
        self._session.auth = credentials.signer()
        if loopback := loopback_host(self.base_url):
            self._session.proxies["no_proxy"] = loopback  # no proxy between a machine and itself
        self._session.headers.update(
            {"User-Agent": f"netsuite-pipeline/{__version__}", "Accept-Encoding": "gzip"}
        )
        self._transport = Transport(
            self._session, self.base_url, self.settings, self._leave_to_send, self._circuit.doubt
        )

    def __enter__(self) -> "NetSuiteClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept alive."""
        self._transport.close()
        self._session.close()

    def stop(self) -> None:
        """Ends all asking at once and for good; may be called from any thread, and more than once.

        Whoever waits (for a slot, for its turn, for a repetition, in a sign-in's pause) raises `Stopped`,
        whoever has a request in flight loses its connection and raises `Stopped`, and so does whoever asks
        later. Only who is just connecting takes until that has succeeded or timed out.
        """
        self._stopped.set()
        self.governor.stop()
        self._circuit.stop()
        self._transport.cut()

    # What can be asked

    def server_time(self) -> datetime:
        """NetSuite's clock: needs a sign-in and no permission at all (NSH:article_0528010158).

        Returns:
            UTC, without time zone, to the second or finer.

        Raises:
            NetSuiteError: By kind of failure.
        """
        request = Request("GET", SERVER_TIME_PATH)
        try:
            return self._persist(request, _server_time, None, None)
        except QueryError as error:
            # Older accounts have no serverTime, but every reply of theirs has a Date header.
            if error.status == 404 and error.date is not None:
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
    ) -> Page:
        """Asks for one page of a SuiteQL statement.

        Args:
            sql: The statement. Page by key (`WHERE id > … ORDER BY id`) when there may be over 100,000 rows.
            limit: Rows, 1 to 1,000.
            offset: Rows to leave out, a multiple of `limit`.
            params: Values for the statement's `?`.
            count: Where to count requests and retries.
            patience_seconds: Instead of the settings'; a probe is less patient than a sync.

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
        # A cut or garbled page is as good as none, so reading it belongs to the attempt that is repeated.
        return self._persist(
            request,
            lambda reply: read_page(reply.body, asked=request.asked, statement=sql),
            count,
            patience_seconds,
        )

    def rows(self, sql: str, *, params: Sequence[str] = ()) -> Iterator[Row]:
        """All rows of any statement, page after page by offset.

        Give the statement an ORDER BY that is unique: without it pages repeat and lose rows
        (NSH:section_158394344595).

        Raises:
            QueryError: There are more than 100,000 rows, which paging by offset cannot reach.
            NetSuiteError: By kind of failure.
        """
        offset = 0
        while True:
            page = self.page(sql, offset=offset, params=params)
            yield from page.rows
            if not page.has_more or not page.rows:
                return
            offset += PAGE_ROWS
            if offset >= OFFSET_CEILING:
                raise QueryError(
                    f"The statement has more than {OFFSET_CEILING:,} rows; paging by offset ends there.",
                    remedy="Narrow it by a condition, or sync the table and query DuckDB.",
                    asked=f"POST {SUITEQL_PATH}",
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

    # How it is asked

    def _persist(
        self,
        request: Request,
        read: Callable[[Reply], _T],
        count: RequestCount | None,
        patience_seconds: float | None,
    ) -> _T:
        count = RequestCount() if count is None else count
        patience = Patience(
            started=time.monotonic(),
            seconds=self.settings.patience_seconds if patience_seconds is None else patience_seconds,
        )
        prepared = self._transport.prepare(request)
        doubts = 0
        while True:
            try:
                # Before a refusal is believed the request goes alone, so that our own load is not the cause.
                reply = self._attempt(prepared, request.asked, count, alone=doubts == _MOST_DOUBTS - 1)
                result = read(reply)
                self._outlook.answered(time.monotonic())
                return result
            except (Throttled, Unavailable) as error:
                count.throttled += isinstance(error, Throttled)
                self._wait_or_give_up(error, patience)
                count.retries += 1
                continue
            except Doubted:
                pass  # another request was refused, and this one was not sent
            except SignInError as refused:
                doubts += 1
                if doubts >= _MOST_DOUBTS:
                    raise self._circuit.open(refused) from None
                count.retries += 1
            except NetSuiteError as error:
                if error.status is not None:
                    self._outlook.answered(time.monotonic())  # it is there, and has an opinion
                raise
            self._settle_patiently(patience, count)

    def _attempt(self, prepared: PreparedRequest, asked: str, count: RequestCount, *, alone: bool) -> Reply:
        """One signed request, no repetition. A slot is held only while it is in flight: what costs our own
        time, signing and unpacking, comes before and after."""
        self._check_may_send()
        signed, signed_at = self._transport.sign(prepared), time.monotonic()
        with self.governor.alone() if alone else self.governor.slot() as entered:
            if time.monotonic() - signed_at > _FRESH_SECONDS:
                signed = self._transport.sign(prepared)
            answer = self._send(signed, asked, count)
            if answer.status != 200:
                error = _error(answer, asked)
                if isinstance(error, Throttled):
                    self.governor.rejected(entered)
                elif isinstance(error, SignInError):
                    self._circuit.refused(error)
                raise error
            self.governor.succeeded()
        self._pacing.took(answer.seconds, self.governor.limit)
        return Reply(answer.body(asked), http_date(answer.headers.get("Date")), answer.seconds)

    def _send(self, signed: PreparedRequest, asked: str, count: RequestCount) -> Answer:
        count.requests += 1
        try:
            return self._transport.send(signed, asked)
        except (Doubted, Stopped):
            count.requests -= 1
            raise
        finally:
            self._check_stopped()

    @contextmanager
    def _leave_to_send(self) -> Iterator[None]:
        with self._pacing.turn():
            self._check_may_send()
            yield

    def _check_may_send(self) -> None:
        self._check_stopped()
        self._circuit.check()

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise Stopped

    def _wait(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check_stopped()

    def _wait_or_give_up(self, error: Throttled | Unavailable, patience: Patience) -> None:
        wait = patience.wait_after(error, time.monotonic(), self._outlook.standing())
        if wait is None:
            # A probe that was less patient than its client proves no outage.
            if is_outage(error) and patience.seconds >= self.settings.patience_seconds:
                self._outlook.given_up()
            raise error
        self._wait(wait)

    # When a sign-in is refused

    def _settle_patiently(self, patience: Patience, count: RequestCount) -> None:
        try:
            self._settle(count)
        except (Throttled, Unavailable) as error:  # neither yes nor no: as long as it is so, nothing leaves
            count.throttled += isinstance(error, Throttled)
            self._wait_or_give_up(error, patience)

    def _settle(self, count: RequestCount) -> None:
        """A refused sign-in is confirmed once, alone, after a pause: under load a concurrency rejection can
        look like one (open question 4). Refused again, the circuit opens for the whole client."""
        with self._circuit.settling() as mine:
            if not mine:
                return  # another thread has found out that the sign-in works
            request = Request("GET", SERVER_TIME_PATH)
            with self.governor.alone():
                self._wait(self.settings.sign_in_pause_seconds)
                signed = self._transport.sign(self._transport.prepare(request))
                answer = self._send(signed, request.asked, count)
            if answer.status != 200:
                error = _error(answer, request.asked)
                if isinstance(error, SignInError):
                    raise self._circuit.open(error)
                if isinstance(error, Throttled | Unavailable):
                    raise error
            self._circuit.works()  # let in, whatever it says to the question
            self.governor.eased()


def _error(answer: Answer, asked: str) -> NetSuiteError:
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


def _server_time(reply: Reply) -> datetime:
    moment = told_time(reply.body)
    if moment is None and reply.body.lstrip().startswith(b"{"):
        moment = reply.date  # an answer of NetSuite's, though not of the form we know
    if moment is None:
        raise Unavailable("The server tells no time.", asked=f"GET {SERVER_TIME_PATH}", status=200)
    return moment
