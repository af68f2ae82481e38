"""Creates the key pair and the certificate of OAuth 2.0 client credentials, as files."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.auth.certificate import two_years_after
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.extras import require_extra

KEY_TYPES = ("ec-p256", "ec-p384", "ec-p521", "rsa-3072", "rsa-4096")
"""Key types that NetSuite accepts (NSH:subsect_162755332391); the first has the shortest keys."""

_CLOCKS_APART = timedelta(hours=1)  # our clock may be ahead of NetSuite's
_FOLDER_MODE = 0o700
_KEY_MODE = 0o600
_CERTIFICATE_MODE = 0o644


@dataclass(frozen=True)
class KeyPair:
    """A private key and the certificate that goes to NetSuite, both in PEM."""

    private_key: str = field(repr=False)
    certificate: str


@dataclass(frozen=True)
class KeyFiles:
    """The files of a key pair.

    Attributes:
        private_key: The key, which never leaves its folder.
        certificate: The certificate to upload to NetSuite.
    """

    private_key: Path
    certificate: Path


def make_key_pair(key_type: str, name: str, now: datetime | None = None) -> KeyPair:
    """Create a key pair with a self-signed certificate that is valid for two years less a day.

    NetSuite accepts at most two years and shortens what is longer (NSH:subsect_162755332391).

    Args:
        key_type: One of `KEY_TYPES`.
        name: The certificate's common name, for the list in NetSuite.
        now: This machine's clock, UTC without time zone.

    Raises:
        ConfigurationError: The key type does not exist.

    Example:
        >>> make_key_pair("ec-p256", "warehouse").certificate.splitlines()[0]
        '-----BEGIN CERTIFICATE-----'
    """
    require_extra("oauth2")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    key = _key(key_type)
    begins = (now or utc_now()).replace(microsecond=0) - _CLOCKS_APART
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins.replace(tzinfo=UTC))
        .not_valid_after(two_years_after(begins).replace(tzinfo=UTC) - timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


def key_files(folder: Path, stem: str = "") -> KeyFiles:
    """Return the names of a key pair's files.

    Example:
        >>> key_files(Path(".netsuite"), "sandbox").private_key.as_posix()
        '.netsuite/sandbox_private_key.pem'
    """
    lead = f"{stem}_" if stem else ""
    return KeyFiles(folder / f"{lead}private_key.pem", folder / f"{lead}certificate.pem")


def unused_key_files(folder: Path, stem: str = "") -> KeyFiles:
    """Return the first names that do not exist yet: a key that may be in use is never overwritten."""
    return next(
        files
        for files in _numbered(folder, stem)
        if not files.private_key.exists() and not files.certificate.exists()
    )


def latest_key_files(folder: Path, stem: str = "") -> KeyFiles | None:
    """Return the latest pair, or None where there is none."""
    found = None
    for files in _numbered(folder, stem):
        if files.private_key.exists():
            found = files
        elif not files.certificate.exists():
            return found
    return found


def _numbered(folder: Path, stem: str) -> Iterator[KeyFiles]:
    yield key_files(folder, stem)
    for number in count(2):
        yield key_files(folder, f"{stem}_{number}" if stem else str(number))


def write_key_pair(pair: KeyPair, files: KeyFiles) -> None:
    """Write both files, or neither: the key with mode 600, in a folder with mode 700.

    Raises:
        ConfigurationError: A file exists already, or cannot be written.
    """
    folder = files.private_key.parent
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=_FOLDER_MODE)
            folder.chmod(_FOLDER_MODE)  # without the umask
        _write_new(files.certificate, pair.certificate, _CERTIFICATE_MODE)
        try:
            _write_new(files.private_key, pair.private_key, _KEY_MODE)
        except BaseException:
            files.certificate.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise ConfigurationError(
            f"{error.filename} is there already, and a key that may be in use is not overwritten.",
            remedy="Move it away, or name it by --private-key to use it.",
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"The key cannot be written to {folder}: {error.strerror or 'no reason given'}.",
            remedy="Let this user write the folder, or name another one by --key-folder.",
        ) from None


def _write_new(path: Path, text: str, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)  # fails where there is one
        except FileExistsError:
            raise FileExistsError(17, "it is there already", str(path)) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _key(key_type: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    curves = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1(), "ec-p521": ec.SECP521R1()}
    if key_type in curves:
        return ec.generate_private_key(curves[key_type])
    if key_type in KEY_TYPES:
        return rsa.generate_private_key(public_exponent=65537, key_size=int(key_type.rpartition("-")[2]))
    raise ConfigurationError(f"{key_type!r} is no type of key.", remedy=f"Choose {', '.join(KEY_TYPES)}.")
