"""Sends many signed requests at once; retries failed ones; confirms a refused sign-in once."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self, TypeVar

import requests
from requests import PreparedRequest

from netsuite_pipeline._version import __version__
from netsuite_pipeline.netsuite.account import checked_base_url
from netsuite_pipeline.netsuite.auth.access_token import TokenReply
from netsuite_pipeline.netsuite.auth.credentials import Credentials
from netsuite_pipeline.netsuite.errors import (
    ConfigurationError,
    NetSuiteError,
    SignInError,
    Stopped,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import error_of
from netsuite_pipeline.netsuite.http.request import Reply, Request, RequestCounts
from netsuite_pipeline.netsuite.http.server_clock import ClockOffset, http_date
from netsuite_pipeline.netsuite.http.transport import Answer, Transport
from netsuite_pipeline.netsuite.language import Language
from netsuite_pipeline.netsuite.limits.circuit_breaker import CircuitBreaker, SignInUnconfirmed
from netsuite_pipeline.netsuite.limits.governor import Governor
from netsuite_pipeline.netsuite.limits.pacing import Pacing, SendGate
from netsuite_pipeline.netsuite.limits.retry import RetryPolicy, ServiceStatus, is_outage
from netsuite_pipeline.netsuite.settings import ClientSettings

_T = TypeVar("_T")

SERVER_TIME_PATH = "/services/rest/system/v1/serverTime"

_FRESH_SECONDS = 30.0  # a signature may wait this long for a slot; NetSuite accepts five minutes
_MAX_CONFIRMATIONS = 3  # refused attempts of one request before the refusal is final


class BaseClient:
    """The sending side of a client; `NetSuiteClient` adds the requests.

    Args:
        credentials: The credentials to sign in with.
        base_url: Another address than the account's own host.
        settings: Time-outs, retries and concurrency.
        sleep: Waits some seconds. By default `stop` ends the waiting.

    Raises:
        ConfigurationError: `base_url` is no http(s) address, or Nango does not return the credentials.
        Unavailable: Nango does not answer.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str | None = None,
        settings: ClientSettings | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.account = credentials.account
        self.credentials = credentials
        self.settings = settings or ClientSettings()
        self.base_url = checked_base_url(base_url or credentials.account.base_url)
        self.governor = Governor(self.settings.concurrency)
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._circuit = CircuitBreaker()
        self._pacing = Pacing()
        self._status = ServiceStatus()
        self.clock = ClockOffset()
        self.language = Language()
        self._refreshed, self._refreshed_at = False, -math.inf
        self._side_transports: set[Transport] = set()
        self._session = requests.Session()
        self._session.auth = credentials.signer(self)
        self._session.headers.update(
            {"User-Agent": f"netsuite-pipeline/{__version__}", "Accept-Encoding": "gzip"}
        )
        self._transport = Transport(
            self._session,
            self.base_url,
            self.settings,
            SendGate(self._pacing, self.check_may_send),
            self._circuit.half_open,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()
        self._session.close()

    def stop(self) -> None:
        """Stop the client at once and for good, from any thread, any number of times.

        Threads that wait (for a slot, their turn, a retry, a confirmed sign-in) raise `Stopped`. Threads with
        a request in flight lose their connection and raise `Stopped`, and so does every later request. A
        thread that is just connecting raises when the connection is made or timed out.
        """
        self._stopped.set()
        self.governor.stop()
        self._circuit.stop()
        for transport in (self._transport, *tuple(self._side_transports)):
            transport.cut()

    @property
    def clock_offset(self) -> float | None:
        """Seconds that this machine's clock is ahead of NetSuite's, by the latest reply; None before one.

        Exact to about half a second. Beyond 300 either way every sign-in is refused.
        """
        return self.clock.seconds

    def send(self, request: Request) -> Reply:
        """Send one request; retry while NetSuite throttles or is unavailable.

        Raises:
            NetSuiteError: By kind of failure.
        """
        return self.send_and_parse(request, lambda reply: reply)

    def send_and_parse(
        self,
        request: Request,
        read: Callable[[Reply], _T],
        *,
        count: RequestCounts | None = None,
        retry_seconds: float | None = None,
    ) -> _T:
        """Send one request and parse its reply; retry a reply that cannot be parsed, too.

        Args:
            request: The request.
            read: Returns the result, or raises the error that the reply means.
            count: Counts requests and retries.
            retry_seconds: The retry window, instead of the settings'.

        Raises:
            NetSuiteError: By kind of failure.
        """
        count = RequestCounts() if count is None else count
        policy = RetryPolicy(
            started=time.monotonic(),
            seconds=self.settings.retry_seconds if retry_seconds is None else retry_seconds,
        )
        prepared = self._prepare(request)
        refusals = 0
        while True:
            try:
                # The last attempt before a final refusal goes alone, so that our own load is not the cause.
                reply = self._send_once(
                    prepared, request.endpoint, count, alone=refusals == _MAX_CONFIRMATIONS - 1
                )
                result = read(reply)
                self._status.mark_up(time.monotonic())
                return result
            except (Throttled, Unavailable) as error:
                count.throttled += isinstance(error, Throttled)
                self._wait_or_give_up(error, policy)
                count.retries += 1
                continue
            except SignInUnconfirmed:
                pass  # another request was refused; this one was not sent
            except SignInError as refused:
                if not self.settings.confirm_sign_in and not self.credentials.can_refresh:
                    raise self._circuit.open(refused) from None
                refusals += 1
                if refusals >= _MAX_CONFIRMATIONS:
                    raise self._circuit.open(refused) from None
                count.retries += 1
            except NetSuiteError as error:
                if error.status is not None and not isinstance(error, ConfigurationError):
                    self._status.mark_up(time.monotonic())  # a refusal is a proper answer
                if not self.language.learn(error, prepared.headers):
                    raise
                prepared = self._prepare(request)
                count.retries += 1
                continue
            self._wait_for_confirmation(policy, count)

    def post_form(
        self,
        path: str,
        form: Callable[[], Mapping[str, str]],
        parse: Callable[[TokenReply], _T | NetSuiteError],
    ) -> _T:
        """Post a form for an access token,: see `TokenSender.post_form`.

        It needs no slot: the caller may hold one, or wait for all slots to be free.
        """
        self.check_may_send()
        request = Request("POST", path, headers={"Accept": "application/json"})
        prepared = self._prepare(request)
        prepared.prepare_body(form(), None)
        with self._open_verdict():
            answer = self._send(self._transport, prepared, request.endpoint, RequestCounts())
            parsed = parse(TokenReply.of(answer, request.endpoint))
            if isinstance(parsed, SignInError):
                self._circuit.half_open(parsed)
        if isinstance(parsed, NetSuiteError):
            raise parsed
        return parsed

    def _send_once(
        self, prepared: PreparedRequest, endpoint: str, count: RequestCounts, *, alone: bool
    ) -> Reply:
        """Send one signed request, without a retry.

        The slot is held only while the request is in flight: signing comes before, unpacking after.
        """
        self.check_may_send()
        signed, signed_at = self._transport.sign(prepared), time.monotonic()
        with self.governor.alone() if alone else self.governor.slot() as entered:
            if time.monotonic() - signed_at > _FRESH_SECONDS or signed_at < self._refreshed_at:
                signed = self._transport.sign(prepared)
            with self._open_verdict():
                answer = self._send(self._transport, signed, endpoint, count)
                if answer.status != 200:
                    error = self._error_of(answer, endpoint)
                    if isinstance(error, Throttled):
                        self.governor.record_rejection(entered)
                    elif isinstance(error, SignInError):
                        self._circuit.half_open(error)
                    raise error
            self.governor.record_success()
        if SERVER_TIME_PATH not in endpoint:  # its duration is not a page's
            self._pacing.record_duration(answer.seconds, self.governor.limit)
        return Reply(answer.body(endpoint), http_date(answer.headers.get("Date")), answer.seconds)

    def _error_of(self, answer: Answer, endpoint: str) -> NetSuiteError:
        error = error_of(answer, endpoint)
        if isinstance(error, SignInError):
            error.remedy = self.credentials.sign_in_help
        return error

    def _prepare(self, request: Request) -> PreparedRequest:
        return self._transport.prepare(request, self.language.headers)

    def _send(
        self, transport: Transport, signed: PreparedRequest, endpoint: str, count: RequestCounts
    ) -> Answer:
        count.requests += 1
        try:
            answer = transport.send(signed, endpoint)
        except (SignInUnconfirmed, Stopped):
            count.requests -= 1
            raise
        finally:
            self._check_stopped()
        self.clock.record_date(http_date(answer.headers.get("Date")), answer.seconds)
        return answer

    @contextmanager
    def _open_verdict(self) -> Iterator[None]:
        """Keep other threads from sending until the block has recorded whether the sign-in was refused."""
        try:
            yield
        finally:
            self._pacing.pending_sign_ins.record_verdict()

    def check_may_send(self) -> None:
        """Refuse to send after `stop` or while the circuit is not closed.

        Raises:
            Stopped: `stop` was called.
            SignInError, SignInUnconfirmed: By the circuit breaker.
        """
        self._check_stopped()
        self._circuit.check()

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise Stopped

    def _wait(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check_stopped()

    def _wait_or_give_up(self, error: Throttled | Unavailable, policy: RetryPolicy) -> None:
        wait = policy.next_wait(error, time.monotonic(), self._status)
        if wait is None:
            # A probe with a shorter retry window than its client proves no outage.
            if is_outage(error) and policy.seconds >= self.settings.retry_seconds:
                self._status.mark_down()
            raise error
        self._wait(wait)

    def send_unchecked(
        self,
        base_url: str,
        prepare: Callable[[Transport], PreparedRequest],
        read: Callable[[Answer], _T],
        endpoint: str,
    ) -> _T:
        """Send one request to another service than REST, in one attempt, outside the circuit breaker.

        The result neither opens nor respects the circuit, because callers compare both services.

        Args:
            base_url: The address of the service.
            prepare: Returns the signed request.
            read: Returns the result, or raises the error that the answer means.
            endpoint: Method and path, for errors.

        Raises:
            Stopped: `stop` was called.
            NetSuiteError: By kind of failure.
        """
        transport = Transport(
            self._session, base_url, self.settings, SendGate(self._pacing, self._check_stopped), lambda: None
        )
        self._side_transports.add(transport)
        try:
            with self.governor.slot() as entered:
                answer = self._send(transport, prepare(transport), endpoint, RequestCounts())
                try:
                    return read(answer)
                except Throttled:
                    self.governor.record_rejection(entered)
                    raise
        finally:
            self._pacing.pending_sign_ins.record_verdict()
            self._side_transports.discard(transport)
            transport.close()

    def _wait_for_confirmation(self, policy: RetryPolicy, count: RequestCounts) -> None:
        try:
            self._confirm_sign_in(count)
        except (Throttled, Unavailable) as error:  # neither accepted nor refused: nothing leaves meanwhile
            count.throttled += isinstance(error, Throttled)
            self._wait_or_give_up(error, policy)

    def _confirm_sign_in(self, count: RequestCounts) -> None:
        """Confirm a refused sign-in by one request, alone, after a pause; then close or open the circuit.

        Under load a concurrency rejection can look like a refused sign-in (open question 4). Credentials that
        can refresh, as an expired access token, are refreshed first, and then no pause is needed.
        """
        with self._circuit.confirm() as confirms:
            if not confirms:
                return  # another thread confirmed that the sign-in works
            answered_at = self._status.read()[0]
            # Values whose first attempt was not answered are not refreshed again.
            self._refreshed = self._refreshed or self.credentials.refresh(answered_at)
            if not self.settings.confirm_sign_in and not self._refreshed:
                raise self._circuit.open(SignInError("NetSuite refuses the sign-in.", status=401))
            request = Request("GET", SERVER_TIME_PATH)
            with self.governor.alone():
                if not self._refreshed:
                    self._wait(self.settings.sign_in_pause_seconds)
                try:
                    signed = self._transport.sign(self._prepare(request))
                except SignInError as refused:  # no access token is granted
                    raise self._circuit.open(refused) from None
                with self._open_verdict():
                    answer = self._send(self._transport, signed, request.endpoint, count)
                    error = None if answer.status == 200 else self._error_of(answer, request.endpoint)
                    if isinstance(error, SignInError):
                        raise self._circuit.open(error)
            if isinstance(error, Throttled | Unavailable):
                raise error
            if self.credentials.can_refresh:
                self._refreshed_at = (
                    time.monotonic()
                )  # requests that wait for a slot are signed with the old values
            self._refreshed = False
            self._circuit.close()  # the sign-in works, even if the request failed
            self.governor.decrease()
