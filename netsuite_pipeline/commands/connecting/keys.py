"""The key pair that OAuth 2.0 signs in with: the existing pair, the user's own, or a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.commands.connecting.prompts import Prompts
from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.netsuite.auth.key_pair import (
    KeyFiles,
    latest_key_files,
    make_key_pair,
    unused_key_files,
    write_key_pair,
)
from netsuite_pipeline.netsuite.auth.signing_key import SigningKey
from netsuite_pipeline.netsuite.auth.variables import variables_of_kind
from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX
from netsuite_pipeline.netsuite.errors import ConfigurationError

KEY_FOLDER = Path(".netsuite")
_PASSWORD = next(each for each in variables_of_kind("oauth2") if each.field == "private_key_password")


@dataclass(frozen=True)
class KeyOptions:
    """The options about the key.

    Attributes:
        private_key: The file of the user's own key, or None.
        certificate: The file of that key's certificate, or None.
        key_type: The type of a new key.
        folder: The folder of a new pair.
        new: Whether to make a new pair although one exists.
    """

    private_key: Path | None
    certificate: Path | None
    key_type: str
    folder: Path
    new: bool


def key_values(
    options: KeyOptions, prompts: Prompts, echo: Callable[[str], object], *, prefix: str, realm: str
) -> Mapping[str, str]:
    """Return the variables of the key: the files' absolute paths, and the password of an encrypted key.

    Args:
        options: The options about the key.
        prompts: Answers whether the existing pair is used.
        echo: Shows a line to the user.
        prefix: The prefix of the connection's variables.
        realm: The account id, for the certificate's name.

    Raises:
        ConfigurationError: NetSuite does not accept the key, or the key cannot be written.
    """
    if options.private_key is not None:
        return _existing(options.private_key, options.certificate, prompts)
    stem = "" if prefix == STANDARD_PREFIX else prefix.lower()
    found = latest_key_files(options.folder, stem)
    if found is not None and not options.new and _is_to_be_used(found, prompts):
        values = _existing(found.private_key, found.certificate, prompts)
        echo(f"The key is {found.private_key}.")
        return values
    files = unused_key_files(options.folder, stem)
    pair = make_key_pair(options.key_type, f"netsuite-pipeline {realm}")
    write_key_pair(pair, files)
    echo(f"Created a key pair ({options.key_type}).")
    echo(f"  {files.private_key}: the private key. It stays here; only this user may read it.")
    ends = read_certificate(str(files.certificate)).ends
    echo(f"  {files.certificate}: the certificate, valid until {ends:%Y-%m-%d}.")
    return _paths(files.private_key, files.certificate)


def _is_to_be_used(files: KeyFiles, prompts: Prompts) -> bool:
    ends = read_certificate(str(files.certificate)).ends if files.certificate.exists() else None
    until = f", its certificate is valid until {ends:%Y-%m-%d}" if ends else ""
    return prompts.confirm(f"There is a key already ({files.private_key}{until}). Use it?", True)


def _existing(private_key: Path, certificate: Path | None, prompts: Prompts) -> Mapping[str, str]:
    password = ""
    try:
        key = SigningKey.read(str(private_key))
    except ConfigurationError as error:
        if _PASSWORD.variable not in error.message:
            raise
        password = prompts.value(_PASSWORD, {})
        key = SigningKey.read(str(private_key), password)
    values = _paths(private_key, certificate if certificate and certificate.exists() else None)
    if "NETSUITE_CERTIFICATE" in values:
        _require_same_key(key, values["NETSUITE_CERTIFICATE"])
    return {**values, **({_PASSWORD.variable: password} if password else {})}


def _require_same_key(key: SigningKey, certificate: str) -> None:
    from cryptography import x509

    read_certificate(certificate)
    found = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    if found.public_key() != key.key.public_key():
        raise ConfigurationError(
            f"The certificate {certificate} does not belong to this private key.",
            remedy="Name the key's own certificate by --certificate, or make a new pair by --new-key.",
        )


def _paths(private_key: Path, certificate: Path | None) -> dict[str, str]:
    """Return absolute paths, so that Dagster finds the files from any working folder."""
    found = {"NETSUITE_PRIVATE_KEY": str(private_key.absolute())}
    return found if certificate is None else {**found, "NETSUITE_CERTIFICATE": str(certificate.absolute())}
