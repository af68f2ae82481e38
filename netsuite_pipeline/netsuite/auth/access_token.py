"""An access token: asked for once by all threads, renewed ahead of its end, carried by each request."""

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from requests import PreparedRequest
from requests.auth import AuthBase

from netsuite_pipeline.netsuite.errors import NetSuiteError, Throttled, Unavailable

_T = TypeVar("_T")

_AHEAD_SECONDS = 300.0  # longer than any request but the longest takes
_AHEAD_SHARE = 0.1  # of the lifetime of a token that lives shorter than an hour
_AGAIN_SECONDS = 30.0  # until a renewal that failed is tried again, while the old token is good
_REMEMBERED = 4  # values got lately, which must not be shown either


@dataclass(frozen=True)
class TokenForm:
    """The fields of a form to be posted, which hold a signed assertion: never shown."""

    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class TokenReply:
    """What came back for a form.

    Attributes:
        status: The HTTP status.
        body: Decoded; empty where it was cut.
        failure: What a reply that is no success means as a reply of REST's, or None.
        asked: Method and path.
    """

    status: int
    body: bytes = field(repr=False)
    failure: NetSuiteError | None
    endpoint: str


class TokenSender(Protocol):
    """How credentials ask NetSuite for what they sign with; a client offers it."""

    @property
    def base_url(self) -> str:
        """The address that is asked, without a slash at its end."""
        ...

    def post(self, path: str, form: TokenForm, parse: Callable[[TokenReply], _T | NetSuiteError]) -> _T:
        """Posts a form, once, if the sign-in is neither refused nor in doubt.

        Args:
            path: Where to.
            form: What.
            understand: Makes of the reply what is wanted, or the failure that it is. A refused sign-in puts
                all others in doubt before another thread can ask.

        Raises:
            NetSuiteError: What `understand` gave, or no usable reply.
        """
        ...


@dataclass(frozen=True)
class GrantedToken:
    """A token, and for how many seconds from the asking on it is good."""

    value: str = field(repr=False)
    seconds: float = field(compare=False)


@dataclass(frozen=True)
class _StoredToken:
    value: str = field(repr=False)
    got_at: float
    renew_at: float
    ends_at: float


class AccessToken:
    """The token that all threads of a client share. One thread asks for it; the others wait for what it gets.

    Times are of a clock that never goes back, so that setting the machine's clock expires nothing.

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
        """The values that were got lately: for redaction."""
        return tuple(self._got)

    def value(self, ask: Callable[[], GrantedToken]) -> str:
        """The token, asked for where there is none that is good for a while.

        Args:
            ask: Asks for a new one. It runs in one thread at a time.

        Raises:
            NetSuiteError: None could be got. Who waited for an attempt that failed for lack of an answer
                gets that failure and makes no attempt of its own.
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
        """Takes a token that was got otherwise than by asking."""
        with self._lock:
            self._store(granted, time.monotonic())

    def discard(self) -> float | None:
        """Forgets the token, as NetSuite refused it.

        Returns:
            When it was got, by `time.monotonic`; None where there was none.
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


class BearerSigner(AuthBase):
    """Puts the access token into a request (RFC 6750; NSH:subsect_158521885412).

    Args:
        token: Gives the token's value, by asking for one where it must.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return request

    def __repr__(self) -> str:
        return "BearerSigner(…)"
