"""OAuth 1.0a signatures by RFC 5849, with HMAC-SHA256 only (NSH:section_1534941088)."""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote

from netsuite_pipeline.emulator.refusal import SignInRefused

_PARAMETER = re.compile(r'\s*([^\s=,"]+)\s*=\s*"([^"]*)"\s*(?:,|$)')

REQUIRED = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature_method",
    "oauth_signature",
)


def percent_encode(text: str) -> str:
    """Percent-encode everything but `A-Za-z0-9-._~` (RFC 5849 3.6).

    Example:
        >>> percent_encode("a b+c~é")
        'a%20b%2Bc~%C3%A9'
    """
    return quote(text, safe="")


def base_string(method: str, uri: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return the signature base string.

    Args:
        method: HTTP method.
        uri: Result of `base_string_uri`.
        parameters: Decoded pairs of query (RFC 5849 3.4.1.3.1) and header, without `realm` and
            `oauth_signature`.

    Example:
        >>> base_string("get", "https://h/p", [("b", "2"), ("a", "x y")])
        'GET&https%3A%2F%2Fh%2Fp&a%3Dx%2520y%26b%3D2'
    """
    pairs = sorted((percent_encode(name), percent_encode(value)) for name, value in parameters)
    normalized = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{method.upper()}&{percent_encode(uri)}&{percent_encode(normalized)}"


def sign(base: str, consumer_secret: str, token_secret: str) -> str:
    """Sign a base string: Base64 of HMAC-SHA256, keyed with both secrets.

    Example:
        >>> sign("GET&https%3A%2F%2Fh%2Fp&a%3D1", "secret", "other")[:8]
        'X5j04lND'
    """
    key = f"{percent_encode(consumer_secret)}&{percent_encode(token_secret)}"
    return b64encode(hmac.digest(key.encode(), base.encode(), "sha256")).decode()


def signature_matches(
    given: Mapping[str, str],
    *,
    method: str,
    uri: str,
    query: str,
    consumer_secret: str,
    token_secret: str,
) -> bool:
    """Return whether the header has the signature of this request."""
    signed = parse_qsl(query, keep_blank_values=True)
    signed += [(name, value) for name, value in given.items() if name not in ("realm", "oauth_signature")]
    expected = sign(base_string(method, uri, signed), consumer_secret, token_secret)
    return hmac.compare_digest(expected.encode(), given["oauth_signature"].encode())


def parse_authorization(header: str) -> dict[str, str]:
    """Parse an `Authorization: OAuth …` header.

    Args:
        header: Value of the header; empty if the request has none.

    Returns:
        The parameters, decoded, with `realm`; none of `REQUIRED` is missing or empty.

    Raises:
        SignInRefused: With `MissingTokenPassportRequiredFields`, the header is no OAuth header or a
            required parameter is missing or empty. With `parameter_rejected`, a parameter is repeated or is
            no OAuth parameter: real accounts answer 401 if the header also has the query's parameters.

    Example:
        >>> parse_authorization("Basic abc")
        Traceback (most recent call last):
        ...
        netsuite_pipeline.emulator.refusal.SignInRefused: MissingTokenPassportRequiredFields
    """
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        raise SignInRefused("MissingTokenPassportRequiredFields")
    found: dict[str, str] = {}
    position = 0
    while position < len(rest):
        match = _PARAMETER.match(rest, position)
        if match is None:
            raise SignInRefused("parameter_rejected")
        name, value = unquote(match[1]), unquote(match[2])
        if name in found or not (name == "realm" or name.startswith("oauth_")):
            # Listed for RESTlets only (NSH:subsect_156935170194); REST has no detail of its own for this.
            raise SignInRefused("parameter_rejected")
        found[name] = value
        position = match.end()
    if any(not found.get(name) for name in REQUIRED):
        raise SignInRefused("MissingTokenPassportRequiredFields")
    return {"realm": "", **found}
