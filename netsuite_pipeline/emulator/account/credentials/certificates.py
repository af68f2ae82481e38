"""Key pairs and certificates of OAuth 2.0 client credentials, and those that NetSuite accepts."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netsuite_pipeline.emulator.settings import SettingError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    PublicKey = EllipticCurvePublicKey | RSAPublicKey

_RSA_BITS = (3072, 4096)
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_MAX_DAYS = 2 * 366
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Certificate:
    """A certificate: PEM, public key and validity in seconds since 1970."""

    pem: str
    public_key: "PublicKey" = field(repr=False)
    not_before: float
    not_after: float


def made_up_key(*words: str) -> "EllipticCurvePrivateKey":
    """Derive a P-256 key from words. The key protects nothing."""
    from cryptography.hazmat.primitives.asymmetric import ec

    scalar = int.from_bytes(hashlib.sha512("\n".join(words).encode()).digest(), "big")
    return ec.derive_private_key(scalar % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def private_pem(key: "EllipticCurvePrivateKey") -> str:
    """Return a key as unencrypted PKCS #8."""
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def self_signed(key: "EllipticCurvePrivateKey", subject: str, not_before: float, not_after: float) -> str:
    """Return a self-signed certificate as PEM, valid between two times in seconds since 1970."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(int(not_before), UTC))
        .not_valid_after(datetime.fromtimestamp(int(not_after), UTC))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def read_certificate(pem: str) -> Certificate:
    """Parse an uploaded certificate.

    Raises:
        SettingError: The text is no certificate, its key is neither RSA with 3072 or 4096 bits nor on P-256,
            P-384 or P-521, or the certificate is valid for more than two years.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        key = found.public_key()
    except ValueError as error:
        raise SettingError("The certificate is none in PEM.") from error
    if not (isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS) and not (
        isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES
    ):
        raise SettingError(
            "The certificate's key must be RSA of 3072 or 4096 bits, or EC P-256, P-384, P-521."
        )
    if (found.not_valid_after_utc - found.not_valid_before_utc).days > _MAX_DAYS:
        raise SettingError("The certificate must not be valid for more than two years.")

    return Certificate(
        pem, key, found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp()
    )


def certificate_id(*words: str) -> str:
    """Return an id as long as NetSuite's: 43 characters of base64url.

    Example:
        >>> len(certificate_id("1234567_SB1", "1"))
        43
    """
    return urlsafe_b64encode(hashlib.sha256("\n".join(words).encode()).digest()).decode().rstrip("=")
