"""One request as it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from netsuite_pipeline.emulator.settings import EmulatorSettings


@dataclass(frozen=True)
class Asked:
    """A request, whole.

    Attributes:
        path: As it was sent, percent-encoded, without query.
        query: Raw query string.
        headers: Lower-case name to value; the last one wins where a client sent two.
        base_url: Scheme and host that the client used, e.g. `http://127.0.0.1:41207`.
        address: The client's IP address.
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
        """The address without query: what is signed, and what links begin with."""
        return f"{self.base_url}{self.path}"

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The query's parameters, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def takes_gzip(self) -> bool:
        """Whether the client can read a compressed reply."""
        return "gzip" in self.headers.get("accept-encoding", "").lower()


def client_base_url(headers: Mapping[str, str], settings: EmulatorSettings) -> str:
    """Says which scheme and host the client addressed, and so signed.

    Args:
        headers: The request's, by lower-case name.
        settings: `public_host` lets the account's own host name stand for https; `trust_forwarded_proto`
            lets a proxy tell the scheme.

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
    """Builds the URL without query as it is signed: lower-case scheme and host, no default port.

    Args:
        scheme: `http` or `https`.
        host: The Host header, with a port where the client used one.
        path: The path as it was sent, still percent-encoded.

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
