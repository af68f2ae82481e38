"""The credentials of a signed request, read from its OAuth header or its SOAP token passport."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree

from netsuite_pipeline.emulator.auth.signature import (
    parse_authorization,
    sign,
    signature_matches,
)
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.refusal import SignInRefused

PASSPORT_PARTS = ("account", "consumerKey", "token", "nonce", "timestamp", "signature")


@dataclass(frozen=True)
class RequestCredentials:
    """The credentials of one request.

    Attributes:
        realm: Account id that the request names.
        algorithm: Signature algorithm that the request names; only `HMAC-SHA256` is valid.
        version: OAuth version; always `1.0` for a passport, which has none.
        matches: Returns whether the signature belongs to a consumer secret and a token secret.
    """

    realm: str
    consumer_key: str
    token: str
    nonce: str
    timestamp: str
    algorithm: str
    version: str
    matches: Callable[[str, str], bool]


def read_header(request: IncomingRequest) -> RequestCredentials:
    """Read the Authorization header.

    Raises:
        SignInRefused: The header is no valid OAuth 1.0a header.
    """
    given = parse_authorization(request.headers.get("authorization", ""))
    return RequestCredentials(
        realm=given["realm"],
        consumer_key=given["oauth_consumer_key"],
        token=given["oauth_token"],
        nonce=given["oauth_nonce"],
        timestamp=given["oauth_timestamp"],
        algorithm=given["oauth_signature_method"],
        version=given.get("oauth_version", ""),
        matches=lambda consumer_secret, token_secret: signature_matches(
            given,
            method=request.method,
            uri=request.uri,
            query=request.query,
            consumer_secret=consumer_secret,
            token_secret=token_secret,
        ),
    )


def read_passport(passport: ElementTree.Element | None) -> RequestCredentials:
    """Read a token passport (NSH:section_1534941295).

    Args:
        passport: The element `tokenPassport`, or None if the request has none.

    Raises:
        SignInRefused: A part is missing, empty or repeated.
    """
    parts: dict[str, str] = {}
    for each in passport if passport is not None else ():
        name = local_name(each)
        if name in parts:
            raise SignInRefused("MissingTokenPassportRequiredFields")
        parts[name] = (each.text or "").strip()
    if passport is None or any(not parts.get(name) for name in PASSPORT_PARTS):
        raise SignInRefused("MissingTokenPassportRequiredFields")
    algorithm = next(each.get("algorithm", "") for each in passport if local_name(each) == "signature")
    base = passport_base_string(parts)
    return RequestCredentials(
        realm=parts["account"],
        consumer_key=parts["consumerKey"],
        token=parts["token"],
        nonce=parts["nonce"],
        timestamp=parts["timestamp"],
        algorithm=algorithm.replace("_", "-"),  # both spellings are in use
        version="1.0",
        matches=lambda consumer_secret, token_secret: hmac.compare_digest(
            sign(base, consumer_secret, token_secret).encode(), parts["signature"].encode()
        ),
    )


def passport_base_string(parts: Mapping[str, str]) -> str:
    """Return the base string of a passport, without method and URL (NSH:section_1534941088).

    Example:
        >>> parts = {"account": "1_SB1", "consumerKey": "k", "token": "t", "nonce": "n", "timestamp": "7"}
        >>> passport_base_string(parts)
        '1_SB1&k&t&n&7'
    """
    return "&".join(quote(parts[name], safe="") for name in PASSPORT_PARTS[:-1])


def local_name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace, which depends on the version."""
    return element.tag.rpartition("}")[2]
