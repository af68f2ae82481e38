"""An access token that all threads of a client share: fetched by one thread, renewed before it expires."""

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from requests import PreparedRequest

from netsuite_pipeline.netsuite.errors import NetSuiteError, Throttled, Unavailable
from netsuite_pipeline.netsuite.http.error_parser import error_of
from netsuite_pipeline.netsuite.http.transport import Answer

_T = TypeVar("_T")

Signer = Callable[[PreparedRequest], PreparedRequest]
"""Signs one attempt of a request; requests calls it as its `auth`."""

_AHEAD_SECONDS = 300.0  # longer than any request but the longest takes
_AHEAD_SHARE = 0.1  # of the lifetime of a token that lives shorter than an hour
_AGAIN_SECONDS = 30.0  # until a renewal that failed is tried again, while the old token is good
_REMEMBERED = 4  # values got lately, which must not be shown either


@dataclass(frozen=True)
class TokenReply:
    """The reply to a posted form.

    Attributes:
        status: The HTTP status.
        body: The decoded body; empty where it was cut.
        failure: The error that REST would mean by this reply, or None after a success.
        endpoint: Method and path.
    """

    status: int
    body: bytes = field(repr=False)
    failure: NetSuiteError | None
    endpoint: str

    @classmethod
    def of(cls, answer: Answer, endpoint: str) -> "TokenReply":
        """Return the reply that an answer is. A refusal may be cut: its status is enough."""
        failure = None if answer.status == 200 else error_of(answer, endpoint)
        try:
            body = answer.body(endpoint)
        except Unavailable:
            if failure is None:
                raise
            body = b""
        return cls(answer.status, body, failure, endpoint)


class TokenSender(Protocol):
    """The requests that credentials send to NetSuite for a token; a client offers them."""

    @property
    def base_url(self) -> str:
        """The address of the requests, without a slash at its end."""

    def post_form(
        self,
        path: str,
        form: Callable[[], Mapping[str, str]],
        parse: Callable[[TokenReply], _T | NetSuiteError],
    ) -> _T:
        """Post a form in one attempt, unless the circuit breaker is open or half-open.

        Args:
            path: The path of the token endpoint.
            form: Returns the fields to post. They hold a signed assertion, so no variable keeps them.
            parse: Turns the reply into the result, or into the error that it means. A refused sign-in
                half-opens the circuit breaker before another thread can send.

        Raises:
            NetSuiteError: The error that `parse` returned, or no usable reply.
        """


@dataclass(frozen=True)
class GrantedToken:
    """A token, and the seconds from its request on for which it is valid."""

    value: str = field(repr=False)
    seconds: float = field(compare=False)


@dataclass(frozen=True)
class _StoredToken:
    value: str = field(repr=False)
    got_at: float
    renew_at: float
    ends_at: float


class AccessToken:
    """The access token of a client. One thread fetches the token; the others wait for its result.

    Times are on a monotonic clock, so that setting the machine's clock expires nothing.

    Example:
        >>> token = AccessToken()
        >>> token.value(lambda: GrantedToken("abc", 3600.0)), token.value(lambda: GrantedToken("unused", 1.0))
        ('abc', 'abc')
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stored: _StoredToken | None = None
        self._attempts = 0
        self._failure: Throttled | Unavailable | None = None
        self._got: deque[str] = deque(maxlen=_REMEMBERED)

    def __repr__(self) -> str:
        return "AccessToken(…)"

    @property
    def recent(self) -> tuple[str, ...]:
        """The latest values, for redaction."""
        return tuple(self._got)

    def value(self, ask: Callable[[], GrantedToken]) -> str:
        """Return the token; fetch one if none is valid for a while.

        Args:
            ask: Fetches a new token. It runs in one thread at a time.

        Raises:
            NetSuiteError: No token could be fetched. A thread that waited for an attempt without an answer
                gets the error of that attempt, and makes no attempt of its own.
        """
        stored = self._stored
        if stored is not None and time.monotonic() < stored.renew_at:
            return stored.value
        attempts = self._attempts
        with self._lock:
            stored = self._stored
            if stored is not None and time.monotonic() < stored.renew_at:
                return stored.value
            if self._failure is not None and self._attempts != attempts:
                raise copy.copy(self._failure)
            return self._refreshed(ask, stored).value

    def store(self, granted: GrantedToken) -> None:
        """Store a token that was not fetched by `value`."""
        with self._lock:
            self._store(granted, time.monotonic())

    def discard(self) -> float | None:
        """Discard the token, because NetSuite refused it.

        Returns:
            When the token was fetched, by `time.monotonic`; None if there was none.
        """
        with self._lock:
            stored, self._stored = self._stored, None
        return None if stored is None else stored.got_at

    def _refreshed(self, ask: Callable[[], GrantedToken], stored: _StoredToken | None) -> _StoredToken:
        began = time.monotonic()
        try:
            granted = ask()
        except (Throttled, Unavailable) as error:
            # Renewed ahead of its end, so that this may happen and nobody notices.
            if stored is not None and began + _AGAIN_SECONDS < stored.ends_at:
                self._stored = _StoredToken(
                    stored.value, stored.got_at, began + _AGAIN_SECONDS, stored.ends_at
                )
                return self._stored
            self._failure = copy.copy(error)
            raise
        finally:
            self._attempts += 1
        return self._store(granted, began)

    def _store(self, granted: GrantedToken, began: float) -> _StoredToken:
        ahead = min(_AHEAD_SECONDS, granted.seconds * _AHEAD_SHARE)
        ends_at = began + granted.seconds
        self._stored = _StoredToken(granted.value, time.monotonic(), ends_at - ahead, ends_at)
        self._failure = None
        self._got.append(granted.value)
        return self._stored


def bearer_signer(token: Callable[[], str]) -> Signer:
    """Return a signer that puts an access token into a request (RFC 6750; NSH:subsect_158521885412).

    Args:
        token: Returns the token's value, and fetches one if necessary.
    """

    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token()}"
        return request

    return sign
