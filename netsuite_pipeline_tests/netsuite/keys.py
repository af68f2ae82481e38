"""Credentials for tests: TBA values; keys and certificates of OAuth 2.0, each made once."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import TBA_VARIABLES

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "k1": ec.SECP256K1()}


@cache
def key_of(kind: str) -> Any:
    """`P-256`, `P-384`, `P-521`, `k1`, `ed25519`, or RSA by its bits."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind))


def pem_of(kind: str, password: str = "", form: str = "PKCS8") -> str:
    """The private key, in one of the forms that openssl writes."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    pem: bytes = key_of(kind).private_bytes(
        serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), encryption
    )
    return pem.decode()


def public_of(kind: str) -> Any:
    return key_of(kind).public_key()


def public_pem_of(kind: str) -> str:
    pem: bytes = public_of(kind).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode()


def certificate_of(kind: str, begins: datetime, days: int, name: str = "warehouse") -> str:
    """A certificate that the key signed itself, in PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public_of(kind))
        .serial_number(7)
        .not_valid_before(begins.replace(tzinfo=UTC))
        .not_valid_after(begins.replace(tzinfo=UTC) + timedelta(days=days))
        .sign(key_of(kind), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def token_credentials(*values: str) -> TokenCredentials:
    """Return TBA credentials of an account id and the four values."""
    return TokenCredentials.from_variables(dict(zip(TBA_VARIABLES, values, strict=True)))
