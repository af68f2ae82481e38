"""Checks of client assertions: JWTs signed with the key of a mapped certificate (NSH:section_162790605110).

The checks use cryptography's primitives, and share no code with the library that clients sign with.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from netsuite_pipeline.emulator.refusal import SignInRefused

if TYPE_CHECKING:
    from netsuite_pipeline.emulator.account.credentials.certificates import PublicKey

ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""RS256 to RS512 are refused: NetSuite no longer accepts them."""

MAX_LIFETIME = 3600
"""Seconds from `iat` to `exp`. Oracle's page has less than 60 minutes, its example has 3600
(NSH:section_162755359851)."""

ALLOWED_SKEW = 300
"""Seconds that `iat` may be ahead. Not documented: taken from signed requests."""

_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_CURVES = {"ES256": ("secp256r1", 32), "ES384": ("secp384r1", 48), "ES512": ("secp521r1", 66)}


@dataclass(frozen=True)
class SignedAssertion:
    """A parsed assertion, not verified."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """The header's `kid`; empty if it has none."""
        return str(self.header.get("kid", ""))


def parse_assertion(text: str) -> SignedAssertion:
    """Parse a JWT without verifying it.

    Raises:
        SignInRefused: The text has not three parts in base64url, or header and claims are no JSON objects.
    """
    if not _JWT.fullmatch(text):
        raise SignInRefused("MalformedAssertion")
    parts = text.split(".")
    try:
        header, claims, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        parsed = [json.loads(header), json.loads(claims)]
    except ValueError as error:
        raise SignInRefused("MalformedAssertion") from error
    if not all(isinstance(each, dict) for each in parsed):
        raise SignInRefused("MalformedAssertion")
    return SignedAssertion(parsed[0], parsed[1], f"{parts[0]}.{parts[1]}".encode(), signature)


def check_signature(given: SignedAssertion, key: "PublicKey") -> None:
    """Check the header and the signature.

    Raises:
        SignInRefused: The algorithm is not allowed or does not fit the key, or the signature is wrong.
    """
    algorithm = given.header.get("alg")
    if algorithm not in ALGORITHMS or given.header.get("typ") != "JWT":
        raise SignInRefused("UnknownAlgorithm")
    if not _verifies(str(algorithm), key, given.signature, given.signed):
        raise SignInRefused("InvalidSignature")


def check_claims(claims: Mapping[str, Any], *, client_id: str, audience: str, now: float) -> None:
    """Check issuer, audience and times.

    Args:
        claims: The claims of the assertion.
        client_id: The required `iss`.
        audience: The required `aud`: the token endpoint as the client addressed it.
        now: Seconds since 1970, by the account's clock.

    Raises:
        SignInRefused: A claim is missing or wrong.
    """
    if claims.get("iss") != client_id:
        raise SignInRefused("InvalidIntegration")
    if claims.get("aud") != audience:
        raise SignInRefused("InvalidAudience")
    issued, expires = claims.get("iat"), claims.get("exp")
    if not _is_time(issued) or not _is_time(expires):
        raise SignInRefused("MissingTime")
    if expires <= now:
        raise SignInRefused("AssertionExpired")
    if issued > now + ALLOWED_SKEW:
        raise SignInRefused("IssuedInTheFuture")
    if not 0 < expires - issued <= MAX_LIFETIME:
        raise SignInRefused("AssertionTooLong")


def scopes_of(claims: Mapping[str, Any], offered: frozenset[str]) -> frozenset[str]:
    """Read `scope`: a text with commas, as on Oracle's page, or a list, as in Oracle's example.

    Raises:
        SignInRefused: `scope` is empty, or names a scope that the integration record does not offer.
    """
    given = claims.get("scope")
    named = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(named, list) or not named or not all(isinstance(each, str) for each in named):
        raise SignInRefused("InvalidScope")
    if not set(named) <= offered:
        raise SignInRefused("ScopeMismatched")
    return frozenset(named)


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _verifies(algorithm: str, key: "PublicKey", signature: bytes, signed: bytes) -> bool:
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
            # A JWT has both numbers side by side, each in the full length of its curve (RFC 7518 3.4).
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
