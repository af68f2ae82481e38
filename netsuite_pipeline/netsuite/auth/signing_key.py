"""The private key that signs an assertion: read, validated for NetSuite, never shown."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from netsuite_pipeline.netsuite.auth.certificate import pem_label, read_pem
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.extras import require_extra

_KEY = "NETSUITE_PRIVATE_KEY"
_PASSWORD = "NETSUITE_PRIVATE_KEY_PASSWORD"  # noqa: S105 - a variable's name
_ALGORITHM = "NETSUITE_SIGNING_ALGORITHM"

_MIN_RSA_BITS = 3072
_RSA = ("PS256", "PS384", "PS512")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

_FIT = (
    "NetSuite takes RSA keys of 3072 or 4096 bits and EC keys on the curves P-256, P-384 and P-521. Make key "
    "and certificate anew (`netsuite-pipeline connect` does), and upload the certificate."
)


@dataclass(frozen=True)
class SigningKey:
    """A private key and its signing algorithm.

    Attributes:
        algorithm: `PS256`, `ES256` and so on (NSH:section_162790605110).
        pem: The PEM text of the key.
    """

    algorithm: str
    pem: str = field(repr=False)
    key: Any = field(repr=False, compare=False)

    @classmethod
    def read(cls, given: str, password: str = "", algorithm: str = "") -> "SigningKey":
        """Read a key and check whether NetSuite accepts it (NSH:subsect_162755332391).

        Args:
            given: PEM text, or the path of a file that holds it.
            password: The password of an encrypted key, or empty.
            algorithm: The signing algorithm; empty for PS256 with RSA, or the curve's with EC.

        Raises:
            ConfigurationError: The value is no private key, cannot be decrypted, is too short, or does not
                fit the algorithm.
        """
        pem = read_pem(given, _KEY)
        label = pem_label(pem)
        if "PRIVATE KEY" not in label or label.startswith("OPENSSH"):
            raise ConfigurationError(
                f"{_KEY} holds no private key in PEM but a {label.lower() or 'something else'}.",
                remedy="Set it to the key that the certificate was made with (-----BEGIN PRIVATE KEY-----); "
                "the certificate itself goes to NetSuite.",
            )
        key = _loaded(pem, password)
        fitting = _fitting(key)
        chosen = algorithm.strip().upper() or fitting[0]
        if chosen not in fitting:
            raise ConfigurationError(
                f"{_ALGORITHM} is {algorithm.strip()!r}, and this key signs with {' or '.join(fitting)}.",
                remedy=f"Unset {_ALGORITHM}: the key determines the algorithm.",
            )
        return cls(chosen, pem, key)


def _loaded(pem: str, password: str) -> Any:
    """Return the key; errors are raised outside handlers, so that they carry no frames with the password."""
    require_extra("oauth2")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    is_encrypted = False
    try:
        return load_pem_private_key(pem.encode(), None)
    except TypeError:
        is_encrypted = True
    except (ValueError, UnsupportedAlgorithm):
        pass
    if not is_encrypted:
        raise ConfigurationError(
            f"{_KEY} holds no whole private key in PEM.",
            remedy="Copy it whole, from -----BEGIN to -----END and its five dashes, or set the path of its "
            "file.",
        )
    if not password:
        raise ConfigurationError(
            f"The key in {_KEY} is encrypted, and {_PASSWORD} is not set.",
            remedy=f"Set {_PASSWORD} to the password that the key was made with.",
        )
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        return load_pem_private_key(pem.encode(), password.encode())
    raise ConfigurationError(
        f"{_PASSWORD} does not decrypt the key in {_KEY}.",
        remedy="Set it to the password that the key was made with. If that is right, the key was not copied "
        "whole.",
    )


def _fitting(key: Any) -> tuple[str, ...]:
    """Return the algorithms that fit a key, the usual one first."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(key, RSAPrivateKey):
        if key.key_size < _MIN_RSA_BITS:
            raise ConfigurationError(
                f"The RSA key in {_KEY} has {key.key_size} bits, and NetSuite takes none under "
                f"{_MIN_RSA_BITS}.",
                remedy=_FIT,
            )
        return _RSA
    if isinstance(key, EllipticCurvePrivateKey):
        if algorithm := _CURVES.get(key.curve.name):
            return (algorithm,)
        raise ConfigurationError(
            f"The EC key in {_KEY} is on the curve {key.curve.name}, which NetSuite does not take.",
            remedy=_FIT,
        )
    raise ConfigurationError(f"The key in {_KEY} is neither an RSA nor an EC key.", remedy=_FIT)
