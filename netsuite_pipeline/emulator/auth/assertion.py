"""Checks a client assertion: a JWT signed with the key of a mapped certificate (NSH:section_162790605110).

The check is made of cryptography's primitives and shares nothing with the library that clients sign with.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netsuite_pipeline.emulator.account.credentials.certificates import PublicKey

ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""RS256 to RS512 are refused: NetSuite took them only in former years."""

LONGEST = 3600
"""Seconds from `iat` to `exp`. Oracle's page says less than 60 minutes, its example has 3600
(NSH:section_162755359851)."""

ALLOWED_SKEW = 300
"""Seconds that `iat` may be ahead. Not documented: the allowance that a signed request has."""

_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_CURVES = {"ES256": ("secp256r1", 32), "ES384": ("secp384r1", 48), "ES512": ("secp521r1", 66)}


class AssertionRefused(Exception):
    """An assertion is not taken; the client is told no more than `error`.

    Attributes:
        cause: What the Login Audit Trail says. InvalidSignature, InvalidIntegration, ScopeMismatched and
            EntityOrRoleDisabled are NetSuite's (NSH:subsect_158324637123); its words for the other causes
            are not public, and ours.
        error: OAuth's word for it.
    """

    def __init__(self, cause: str, error: str = "invalid_grant") -> None:
        super().__init__(cause)
        self.cause = cause
        self.error = error


@dataclass(frozen=True)
class SignedAssertion:
    """An assertion taken apart, of which nothing is believed yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """`kid`, or nothing."""
        return str(self.header.get("kid", ""))


def parse_assertion(text: str) -> SignedAssertion:
    """Takes a JWT apart.

    Raises:
        AssertionRefused: It has not three parts in base64url, or header and claims are no JSON objects.
    """
    if not _JWT.fullmatch(text):
        raise AssertionRefused("MalformedAssertion", "invalid_request")
    parts = text.split(".")
    try:
        header, claims, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        told = [json.loads(header), json.loads(claims)]
    except ValueError as error:
        raise AssertionRefused("MalformedAssertion", "invalid_request") from error
    if not all(isinstance(each, dict) for each in told):
        raise AssertionRefused("MalformedAssertion", "invalid_request")
    return SignedAssertion(told[0], told[1], f"{parts[0]}.{parts[1]}".encode(), signature)


def check_signature(given: SignedAssertion, key: "PublicKey") -> None:
    """Checks header and signature.

    Raises:
        AssertionRefused: The algorithm is none of ours or does not fit the key, or the signature is wrong.
    """
    algorithm = given.header.get("alg")
    if algorithm not in ALGORITHMS or given.header.get("typ") != "JWT":
        raise AssertionRefused("UnknownAlgorithm")
    if not _holds(str(algorithm), key, given.signature, given.signed):
        raise AssertionRefused("InvalidSignature")


def check_claims(claims: Mapping[str, Any], *, client_id: str, audience: str, now: float) -> None:
    """Checks who asks, whom it is for, and when.

    Args:
        client_id: What `iss` must be.
        audience: The token endpoint as the client addressed it.
        now: Seconds since 1970, by the account's clock.

    Raises:
        AssertionRefused: One of them is wrong.
    """
    if claims.get("iss") != client_id:
        raise AssertionRefused("InvalidIntegration", "invalid_client")
    if claims.get("aud") != audience:
        raise AssertionRefused("InvalidAudience")
    issued, expires = claims.get("iat"), claims.get("exp")
    if not (_is_time(issued) and _is_time(expires)):
        raise AssertionRefused("MissingTime")
    assert issued is not None
    assert expires is not None
    if expires <= now:
        raise AssertionRefused("AssertionExpired")
    if issued > now + ALLOWED_SKEW:
        raise AssertionRefused("IssuedInTheFuture")
    if not 0 < expires - issued <= LONGEST:
        raise AssertionRefused("AssertionTooLong")


def scopes_of(claims: Mapping[str, Any], offered: frozenset[str]) -> frozenset[str]:
    """Reads `scope`: a text with commas as Oracle's page says, or a list as its example has.

    Raises:
        AssertionRefused: It is empty, or asks for what the integration record does not offer.
    """
    given = claims.get("scope")
    named = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(named, list) or not named or not all(isinstance(each, str) for each in named):
        raise AssertionRefused("InvalidScope", "invalid_scope")
    if not set(named) <= offered:
        raise AssertionRefused("ScopeMismatched", "invalid_scope")
    return frozenset(named)


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _holds(algorithm: str, key: "PublicKey", signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    hashing = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[2:]]
    try:
        if algorithm in _CURVES:
            curve, size = _CURVES[algorithm]
            if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != curve:
                return False
            if len(signature) != 2 * size:
                return False
            # A JWT has both numbers side by side, in their curve's full length (RFC 7518 3.4).
            numbers = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
            key.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(hashing))
        else:
            if not isinstance(key, rsa.RSAPublicKey):
                return False
            # The salt is as long as the hash (RFC 7518 3.5).
            salted = padding.PSS(mgf=padding.MGF1(hashing), salt_length=hashing.digest_size)
            key.verify(signature, signed, salted, hashing)
    except InvalidSignature:
        return False
    return True
