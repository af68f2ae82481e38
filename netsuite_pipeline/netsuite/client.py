"""NetSuiteClient: one request in, one reply or one typed error out; retries, sign-in doubts, many at once."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from requests.adapters import HTTPAdapter

from netsuite_pipeline._version import __version__
from netsuite_pipeline.netsuite.account import checked_base_url, loopback_host
from netsuite_pipeline.netsuite.auth import TokenCredentials
from netsuite_pipeline.netsuite.circuit import Circuit
from netsuite_pipeline.netsuite.clock import http_date, told_time
from netsuite_pipeline.netsuite.errors import (
    ConfigurationError,
    NetSuiteError,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
    error_from_reply,
)
from netsuite_pipeline.netsuite.governor import Governor
from netsuite_pipeline.netsuite.page import Page, Row, read_page
from netsuite_pipeline.netsuite.waiting import retry_after_seconds, wait_seconds

if TYPE_CHECKING:
    import pandas

_T = TypeVar("_T")

SUITEQL_PATH = "/services/rest/query/v1/suiteql"
SERVER_TIME_PATH = "/services/rest/system/v1/serverTime"
PAGE_ROWS = 1000  # the default and the most: NSH:section_156414087576
OFFSET_CEILING = 100_000  # rows that paging by offset reaches: NSH:section_157909186990

CONNECT_SECONDS = 10.0
READ_SECONDS = 300.0
PATIENCE_SECONDS = 300.0
SIGN_IN_PAUSE_SECONDS = 2.0
_MOST_UNEXPECTED = 4  # an internal error that comes so often in a row comes from the statement itself
_MOST_UNANSWERED = 5  # attempts (some ten seconds) at an address that has never answered yet
_MOST_DOUBTS = 3  # refusals of one request that turn out to be odd ones before it is believed


@dataclass(frozen=True)
class ClientSettings:
    """How patient the client is.

    Attributes:
        concurrency: Requests at once; 5 is what a Standard account grants (NSH:bridgehead_1500275603).
        connect_seconds, read_seconds: After these a request that makes no progress is given up.
        patience_seconds: For so long a request is repeated while NetSuite throttles or is unavailable.
        sign_in_pause_seconds: Before a refused sign-in is confirmed by a second one.
    """

    concurrency: int = 5
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    sign_in_pause_seconds: float = SIGN_IN_PAUSE_SECONDS


@dataclass(frozen=True)
class Request:
    """What is asked: method, path, query parameters, a body to send as JSON, headers besides the usual."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    json: object = None
    headers: Mapping[str, str] | None = None

    @property
    def asked(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reply:
    """A successful answer: body (decoded from gzip), the server's Date header, and the seconds it took."""

    body: bytes
    date: datetime | None
    seconds: float


@dataclass
class RequestCount:
    """What one piece of work cost; pass it along and read it afterwards. Used by one thread at a time."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class NetSuiteClient:
    """Talks to one account. Safe to share between threads; all of them share one concurrency limit.

    Args:
        credentials: Whom to sign in as.
        base_url: Another address than the account's own host: the emulator's, or a proxy's.
        settings: Patience and concurrency.
        sleep: How to wait, in seconds; tests pass their own.

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
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.account = credentials.account
        self.settings = settings or ClientSettings()
        self.base_url = checked_base_url(base_url or credentials.account.base_url)
        self.governor = Governor(self.settings.concurrency)
        self._sleep = sleep
        self._circuit = Circuit()
        self._session = requests.Session()
        self._session.auth = credentials.signer()
        self._answered = False
        if loopback := loopback_host(self.base_url):
            self._session.proxies["no_proxy"] = loopback  # no proxy between a machine and itself
        self._session.headers.update(
            {"User-Agent": f"netsuite-pipeline/{__version__}", "Accept-Encoding": "gzip"}
        )
        adapter = HTTPAdapter(pool_maxsize=max(10, self.settings.concurrency), pool_block=False)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def __enter__(self) -> "NetSuiteClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept alive."""
        self._session.close()

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
            request, lambda reply: read_page(reply.body, asked=request.asked), count, patience_seconds
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
        patience = self.settings.patience_seconds if patience_seconds is None else patience_seconds
        give_up_at = time.monotonic() + patience
        count = RequestCount() if count is None else count
        tries = doubts = unexpected = 0
        while True:
            tries += 1
            epoch = self._circuit.epoch()
            try:
                # Before a refusal is believed the request goes alone, so that our own load is not the cause.
                return self._attempt(request, read, count, alone=doubts == _MOST_DOUBTS - 1)
            except SignInError as refused:
                doubts += 1
                self._confirm(refused, epoch, count, believed=doubts >= _MOST_DOUBTS)
                count.retries += 1
            except (Throttled, Unavailable) as error:
                count.throttled += isinstance(error, Throttled)
                unexpected = unexpected + 1 if error.code == "UNEXPECTED_ERROR" else 0
                wait = wait_seconds(tries, error.retry_after)
                if unexpected >= _MOST_UNEXPECTED or time.monotonic() + wait > give_up_at:
                    raise
                if error.status is None and not self._answered and tries >= _MOST_UNANSWERED:
                    raise  # nothing has ever answered there: most likely a wrong address, not an outage
                count.retries += 1
                self._sleep(wait)

    def _attempt(
        self, request: Request, read: Callable[[Reply], _T], count: RequestCount, *, alone: bool
    ) -> _T:
        with self.governor.alone() if alone else self.governor.slot():
            self._circuit.check()
            count.requests += 1
            try:
                result = read(self._once(request))
            except Throttled:
                self.governor.rejected()
                raise
            self._answered = True
            self.governor.succeeded()
            return result

    def _once(self, request: Request) -> Reply:
        """One signed request, no repetition. The session signs it as it is prepared: each attempt anew."""
        started = time.monotonic()
        try:
            response = self._session.request(
                request.method,
                self.base_url + request.path,
                params=request.query,
                json=request.json,
                headers=request.headers,
                timeout=(self.settings.connect_seconds, self.settings.read_seconds),
                allow_redirects=False,
            )
        except requests.exceptions.Timeout as error:
            raise Unavailable(
                f"NetSuite did not answer within {time.monotonic() - started:.0f} s.", asked=request.asked
            ) from _bare(error)
        except requests.exceptions.RequestException as error:
            raise Unavailable(
                f"The connection to {self.base_url} failed: {_cause(error)}", asked=request.asked
            ) from _bare(error)
        except OSError as error:  # what requests does not wrap: a bundle of certificates that is not there
            raise ConfigurationError(
                f"Nothing can be sent to {self.base_url}: {error}",
                remedy="Look at the environment's REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.",
                asked=request.asked,
            ) from None
        if response.status_code == 200:
            return Reply(
                response.content, http_date(response.headers.get("Date")), time.monotonic() - started
            )
        raise error_from_reply(
            response.status_code,
            response.content,
            asked=request.asked,
            retry_after=retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC)),
            date=http_date(response.headers.get("Date")),
        )

    def _confirm(self, refused: SignInError, epoch: int, count: RequestCount, *, believed: bool) -> None:
        """A refused sign-in is confirmed once, alone, after a pause: under load a concurrency rejection can
        look like one (open question 4). Refused again, the circuit opens for the whole client."""
        with self._circuit.confirming:
            self._circuit.check()
            if believed:
                self._circuit.open(refused)
                raise refused
            if self._circuit.epoch() != epoch:
                return  # another thread has found out since that the sign-in works
            with self.governor.alone():
                self._sleep(self.settings.sign_in_pause_seconds)
                count.requests += 1
                try:
                    self._once(Request("GET", SERVER_TIME_PATH))
                except SignInError:
                    self._circuit.open(refused)
                    raise refused from None
                except (Throttled, Unavailable):
                    return  # neither yes nor no: whoever is refused next confirms again
                except NetSuiteError:
                    pass  # let in, whatever it says to the question
            self._circuit.works()
            self.governor.eased()


def _server_time(reply: Reply) -> datetime:
    moment = told_time(reply.body)
    if moment is None and reply.body.lstrip().startswith(b"{"):
        moment = reply.date  # an answer of NetSuite's, though not of the form we know
    if moment is None:
        raise Unavailable("The server tells no time.", asked=f"GET {SERVER_TIME_PATH}", status=200)
    return moment


def _cause(error: BaseException) -> str:
    """The innermost words of a connection error, without addresses of objects in memory."""
    innermost: BaseException = error
    while innermost.args and isinstance(innermost.args[0], BaseException):
        innermost = innermost.args[0]
    reason = getattr(innermost, "reason", None)
    if isinstance(reason, BaseException):
        innermost = reason
    text = str(innermost)
    return (text.rsplit(": ", 1)[-1] if "object at 0x" in text else text) or type(innermost).__name__


def _bare(error: requests.exceptions.RequestException) -> requests.exceptions.RequestException:
    """The exception without its request, and without the frames, whose variables hold the signature."""
    error.request = None
    error.response = None
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
