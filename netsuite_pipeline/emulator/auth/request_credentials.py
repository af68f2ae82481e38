"""What a request shows to be let in, whichever way it shows it: by an OAuth header or by a token passport."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree

from netsuite_pipeline.emulator.auth.signature import (
    MalformedAuthorization,
    parse_authorization,
    sign,
    signature_matches,
)
from netsuite_pipeline.emulator.http.request import Asked

PASSPORT_PARTS = ("account", "consumerKey", "token", "nonce", "timestamp", "signature")


@dataclass(frozen=True)
class Proof:
    """Everything that the check of a sign-in looks at.

    Attributes:
        realm: The account that it is for.
        algorithm: `HMAC-SHA256`, or what the client says instead.
        version: Of OAuth; a passport has none and is always right.
        matches: Says whether the signature is the one that these two secrets, the consumer's and the
            token's, give.
    """

    realm: str
    consumer_key: str
    token: str
    nonce: str
    timestamp: str
    algorithm: str
    version: str
    matches: Callable[[str, str], bool]


def proof_of_header(asked: Asked) -> Proof:
    """Reads the Authorization header.

    Raises:
        MalformedAuthorization: It is none of OAuth 1.0a.
    """
    given = parse_authorization(asked.headers.get("authorization", ""))
    return Proof(
        realm=given.realm,
        consumer_key=given["oauth_consumer_key"],
        token=given["oauth_token"],
        nonce=given["oauth_nonce"],
        timestamp=given["oauth_timestamp"],
        algorithm=given["oauth_signature_method"],
        version=given.parameters.get("oauth_version", ""),
        matches=lambda consumer_secret, token_secret: signature_matches(
            given,
            method=asked.method,
            uri=asked.uri,
            query=asked.query,
            consumer_secret=consumer_secret,
            token_secret=token_secret,
        ),
    )


def proof_of_passport(passport: ElementTree.Element | None) -> Proof:
    """Reads a token passport (NSH:section_1534941295).

    Args:
        passport: The element `tokenPassport`, or None where the request has none.

    Raises:
        MalformedAuthorization: A part is missing, empty, or there twice.
    """
    parts: dict[str, str] = {}
    for each in passport if passport is not None else ():
        name = local_name(each)
        if name in parts:
            raise MalformedAuthorization("MissingTokenPassportRequiredFields")
        parts[name] = (each.text or "").strip()
    if passport is None or any(not parts.get(name) for name in PASSPORT_PARTS):
        raise MalformedAuthorization("MissingTokenPassportRequiredFields")
    algorithm = next(each.get("algorithm", "") for each in passport if local_name(each) == "signature")
    base = passport_base_string(parts)
    return Proof(
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
    """Builds what a passport's signature signs: neither method nor address (NSH:section_1534941088).

    Example:
        >>> parts = {"account": "1_SB1", "consumerKey": "k", "token": "t", "nonce": "n", "timestamp": "7"}
        >>> passport_base_string(parts)
        '1_SB1&k&t&n&7'
    """
    return "&".join(quote(parts[name], safe="") for name in PASSPORT_PARTS[:-1])


def local_name(element: ElementTree.Element) -> str:
    """An element's name without its namespace, of which the version is a part."""
    return element.tag.rpartition("}")[2]
