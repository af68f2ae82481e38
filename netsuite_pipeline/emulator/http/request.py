"""An incoming HTTP request, and the URL that its client signed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from netsuite_pipeline.emulator.settings import EmulatorSettings


@dataclass(frozen=True)
class IncomingRequest:
    """One request, read completely.

    Attributes:
        path: Percent-encoded path as sent, without query.
        query: Raw query string.
        headers: Value by lower-case name; of two with one name, the last.
        base_url: Scheme and host that the client used, e.g. `http://127.0.0.1:41207`.
        address: IP address of the client.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    base_url: str
    body: bytes = field(default=b"", repr=False)
    address: str = "127.0.0.1"

    @property
    def uri(self) -> str:
        """URL without query, which signatures cover and links begin with."""
        return f"{self.base_url}{self.path}"

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """Decoded query parameters."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def is_paged(self) -> bool:
        """Whether the request has a limit or an offset."""
        return bool({"limit", "offset"} & set(self.parameters))

    @property
    def accepts_gzip(self) -> bool:
        """Whether the client accepts gzip."""
        return "gzip" in self.headers.get("accept-encoding", "").lower()


def client_base_url(headers: Mapping[str, str], settings: EmulatorSettings) -> str:
    """Return the scheme and host that the client addressed and signed.

    Args:
        headers: Request headers by lower-case name.
        settings: With `public_host`, the account's own host name means https. With `trust_forwarded_proto`,
            `X-Forwarded-Proto` decides the scheme.

    Example:
        >>> client_base_url({"host": "127.0.0.1:8080"}, EmulatorSettings())
        'http://127.0.0.1:8080'
    """
    host = headers.get("host", "")
    scheme = "http"
    if settings.trust_forwarded_proto and headers.get("x-forwarded-proto", "").lower() == "https":
        scheme = "https"
    if settings.public_host and host.lower().removesuffix(":443") == settings.account_host:
        scheme = "https"
    return base_string_uri(scheme, host, "/").removesuffix("/")


_DEFAULT_PORTS = {"http": "80", "https": "443"}


def base_string_uri(scheme: str, host: str, path: str) -> str:
    """Return the URL that a signature covers: lower-case scheme and host, no default port, no query.

    Args:
        scheme: `http` or `https`.
        host: The Host header, with its port if it has one.
        path: The percent-encoded path as sent.

    Example:
        >>> base_string_uri("https", "123456.SuiteTalk.api.netsuite.com:443", "/services/rest")
        'https://123456.suitetalk.api.netsuite.com/services/rest'
    """
    scheme = scheme.lower()
    host = host.lower()
    name, _, port = host.rpartition(":")
    if name and port == _DEFAULT_PORTS.get(scheme):
        host = name
    return f"{scheme}://{host}{path or '/'}"
