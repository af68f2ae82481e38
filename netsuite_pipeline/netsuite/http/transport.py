"""One request over HTTP: prepared, signed, sent, and its reply read and decoded; without retries."""

import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import requests
import urllib3
from isal import isal_zlib
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from netsuite_pipeline.netsuite.account import is_loopback, require_encryption
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError, Stopped, Unavailable
from netsuite_pipeline.netsuite.http.gated_connection import ConnectionGate
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.netsuite.limits.circuit_breaker import SignInUnconfirmed
from netsuite_pipeline.netsuite.limits.pacing import SendGate
from netsuite_pipeline.netsuite.settings import ClientSettings

_NO_RETRIES = urllib3.Retry(total=False, redirect=False)
_READ_BYTES = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b\x08"
# Its stub calls it an instance.
_GarbledGzip = cast(type[Exception], isal_zlib.error)
_MAX_TEMPLATES = 64
_MAY_REFUSE = frozenset({400, 401, 403})  # other statuses cannot refuse a sign-in
_Kind = tuple[str, str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
MAX_BYTES = 256 * 1024 * 1024
"""The largest reply that is read, and the most that one is unpacked to: 1,000 rows of 250,000 letters."""
_LARGEST_GUESS = 1 << 24  # bytes allocated at once for the length that a reply declares
_MAX_RATIO = 1032  # bytes that one byte of gzip can unpack to (zlib's own figure)


@dataclass(frozen=True)
class Answer:
    """An answer as received.

    Attributes:
        wire: The body, perhaps compressed.
        whole: Whether all of the body came; only an answer that is no success may lack some.
        seconds: Seconds from the sending to the last byte.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    wire: bytes = field(repr=False)
    whole: bool
    seconds: float

    def body(self, endpoint: str) -> bytes:
        """Return the decoded body.

        Raises:
            Unavailable: The body is cut, unpacks to more than `MAX_BYTES`, or has another encoding than gzip.
        """
        if not self.whole:
            raise Unavailable("The reply is cut.", endpoint=endpoint, status=self.status)
        encoding = self.headers.get("Content-Encoding", "").strip().lower()
        if encoding in {"", "identity"}:
            return self.wire
        if encoding not in {"gzip", "x-gzip"}:
            raise Unavailable(
                f"The reply is encoded as {encoding!r}, not gzip.", endpoint=endpoint, status=self.status
            )
        try:
            return unzipped(self.wire)
        except _TooLarge:
            failure = Unavailable(_TOO_LARGE, endpoint=endpoint, status=self.status)
        except (OSError, EOFError, zlib.error) as error:
            failure = Unavailable(
                f"The reply is cut or no gzip ({error}).", endpoint=endpoint, status=self.status
            )
        raise failure


class _TooLarge(Exception):
    """Raised when a reply has more than `MAX_BYTES`; becomes `Unavailable`."""


_TOO_LARGE = f"The reply has more than {MAX_BYTES >> 20} MB; no page of rows is so large."


def unzipped(body: bytes, most: int = MAX_BYTES) -> bytes:
    """Unpack gzip. A single part, which is usual, is unpacked in one go by the length at its end.

    Args:
        body: The compressed bytes.
        most: Unpacking ends with an error beyond this number of bytes.

    Raises:
        zlib.error, OSError, EOFError: The bytes are cut or no gzip.
        _TooLarge: The bytes unpack to more than `most`.

    Example:
        >>> import gzip
        >>> unzipped(gzip.compress(b"a") + gzip.compress(b"b"))
        b'ab'
    """
    if not body:
        raise EOFError("it is empty")
    declared = int.from_bytes(body[-4:], "little")
    # The length at the end may be false; a part this small stays below `most` in any case.
    if body.find(_GZIP_MAGIC, 1) < 0 and len(body) * _MAX_RATIO <= most:
        try:
            unpacked = isal_zlib.decompress(body, 31, max(1, min(declared, _LARGEST_GUESS)))
        except (_GarbledGzip, EOFError):
            return _unzipped_by_parts(body, most)  # raises the precise error
        if len(unpacked) & 0xFFFFFFFF == declared:
            return unpacked
    return _unzipped_by_parts(body, most)


def _unzipped_by_parts(body: bytes, most: int) -> bytes:
    unpacked: list[bytes] = []
    left = most
    while body:
        part = zlib.decompressobj(31)
        unpacked.append(part.decompress(body, left + 1))
        left -= len(unpacked[-1])
        if left < 0:
            raise _TooLarge
        if not part.eof:
            raise EOFError("it ends before its end")
        body = part.unused_data.lstrip(b"\0")
    return b"".join(unpacked)


class Transport:
    """Sends requests to one address.

    It works below requests' `Session.send`, whose bookkeeping (cookies, redirects, the environment at each
    request) costs half a request's processor time. Preparing, certificates and proxies are requests' own.

    Args:
        session: The headers, proxies and signing to use.
        base_url: The address.
        settings: Time-outs and the number of connections to keep.
        gate: Decides when a request is sent. The transport records a reply when its first bytes arrive, and
            the verdict when the status cannot refuse a sign-in. For any other status the caller calls
            `record_verdict` once it has read the reply.
        refused: Called at once when a status refuses the sign-in.

    Raises:
        ConfigurationError: Requests, which carry credentials, would leave this machine unencrypted.
    """

    def __init__(
        self,
        session: requests.Session,
        base_url: str,
        settings: ClientSettings,
        gate: SendGate,
        refused: Callable[[], None],
    ) -> None:
        require_encryption(base_url)
        self._session = session
        self._base_url = base_url
        self._settings = settings
        self._timeout = urllib3.Timeout(connect=settings.connect_seconds, read=settings.read_seconds)
        self._refused = refused
        self._gate = gate
        self._line = ConnectionGate(gate)
        self._adapter = HTTPAdapter(pool_maxsize=max(10, settings.concurrency), pool_block=False)
        self._lock = threading.Lock()
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._proxies: dict[str, str] = {}
        # Requests that differ only in their body, as those of a sync do, are prepared once.
        self._templates: dict[_Kind, PreparedRequest] = {}

    def prepare(self, request: Request, more: Mapping[str, str] | None = None) -> PreparedRequest:
        """Return a request without its signature; `more` are headers besides its own."""
        query, headers = dict(request.query or {}), {**(more or {}), **(request.headers or {})}
        key = (request.method, request.path, tuple(query.items()), tuple(headers.items()))
        template = self._templates.get(key)
        if template is None:
            template = PreparedRequest()
            template.prepare(
                method=request.method,
                url=self._base_url + request.path,
                params=query,
                headers={**self._session.headers, **headers},
            )
            if len(self._templates) >= _MAX_TEMPLATES:
                self._templates.clear()
            self._templates[key] = template
        prepared = template.copy()
        if request.json is not None:
            prepared.prepare_body(None, None, request.json)
        return prepared

    def sign(self, prepared: PreparedRequest) -> PreparedRequest:
        """Return a signed copy. A nonce is valid once, so each attempt is signed anew."""
        sign: Callable[[PreparedRequest], PreparedRequest] = self._session.auth  # type: ignore[assignment]
        return sign(prepared.copy())

    def send(self, signed: PreparedRequest, endpoint: str) -> Answer:
        """Send a request once and read the answer, whatever its status.

        Raises:
            Unavailable: There is no answer, or a successful one is cut.
            ConfigurationError: Nothing can be sent from this machine.
            SignInUnconfirmed, Stopped, SignInError: By the gate; nothing was sent.
        """
        started = time.monotonic()
        failure: Exception
        try:
            return self._exchange(signed, endpoint)
        except (SignInUnconfirmed, Stopped, NetSuiteError) as kept:
            failure = kept.with_traceback(None)
        except _TooLarge:
            failure = Unavailable(_TOO_LARGE, endpoint=endpoint)
        except (ReadTimeoutError, TimeoutError):
            seconds = time.monotonic() - started
            failure = Unavailable(
                f"NetSuite did not answer within {seconds:.0f} s.", endpoint=endpoint, timed_out=True
            )
        except (HTTPError, OSError) as error:
            failure = Unavailable(
                f"The connection to {self._base_url} failed: {_cause(error)}", endpoint=endpoint
            )
        # Raised here, so that its traceback has no frame whose variables hold the signed headers.
        raise failure

    def record_verdict(self) -> None:
        """Permit other threads to send: the verdict on this thread's latest request is recorded."""
        self._gate.record_verdict()

    def cut(self) -> None:
        """Cut all connections: threads that read a reply get an error at once.

        A thread that is connecting gets the error when the connection is made or timed out.
        """
        self._line.cut()

    def close(self) -> None:
        """Close the pooled connections."""
        self._adapter.close()

    def _exchange(self, signed: PreparedRequest, endpoint: str) -> Answer:
        pool = self._connections(signed, endpoint)
        try:
            response = pool.urlopen(
                signed.method or "",
                self._adapter.request_url(signed, self._proxies),
                body=signed.body,
                headers=signed.headers,
                timeout=self._timeout,
                retries=_NO_RETRIES,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
        except BaseException:
            self.record_verdict()
            raise
        if response.status == 401:
            self._refused()
        elif response.status not in _MAY_REFUSE:
            self._gate.record_verdict(accepted=response.status == 200)
        sent = self._line.sent_at()
        try:
            wire, whole = self._read(response, sent + self._settings.max_seconds), True
        except (HTTPError, OSError, _TooLarge):
            response.close()
            if response.status == 200:
                raise
            wire, whole = b"", False
        return Answer(response.status, response.headers, wire, whole, time.monotonic() - sent)

    def _read(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := response.read1(_READ_BYTES, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES:
                raise _TooLarge
            if response.length_remaining == 0:
                break
            if time.monotonic() > until:
                raise TimeoutError
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _connections(self, prepared: PreparedRequest, endpoint: str) -> urllib3.HTTPConnectionPool:
        with self._lock:
            if self._pool is None:
                self._pool = self._new_pool(prepared, endpoint)
            return self._pool

    def _new_pool(self, prepared: PreparedRequest, endpoint: str) -> urllib3.HTTPConnectionPool:
        given = self._session.merge_environment_settings(self._base_url, {}, True, None, None)
        verify, cert = given["verify"], given["cert"]
        # No proxy for this machine's own address: a proxy would resolve it to itself.
        self._proxies = {} if is_loopback(self._base_url) else dict(given["proxies"])
        pool = cast(
            urllib3.HTTPConnectionPool,
            self._adapter.get_connection_with_tls_context(prepared, verify, self._proxies, cert),
        )
        try:
            self._adapter.cert_verify(pool, self._base_url, verify, cert)  # type: ignore[no-untyped-call]
        except OSError as error:  # the bundle of certificates is missing
            words = str(error)
        else:
            self._line.install(pool)
            return pool
        raise ConfigurationError(
            f"Nothing can be sent to {self._base_url}: {words}",
            remedy="Check REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE in the environment.",
            endpoint=endpoint,
        )


def _cause(error: BaseException) -> str:
    """Return the innermost text of a connection error, without addresses of objects in memory."""
    innermost: BaseException = error
    while nested := next((part for part in innermost.args if isinstance(part, BaseException)), None):
        innermost = nested
    text = str(innermost)
    return (text.rsplit(": ", 1)[-1] if "object at 0x" in text else text) or type(innermost).__name__
