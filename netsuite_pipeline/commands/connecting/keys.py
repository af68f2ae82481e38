"""The key pair that OAuth 2.0 signs in with: the one that is there, one of somebody's own, or a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.commands.connecting.credential_kinds import Asked
from netsuite_pipeline.commands.connecting.prompts import Answers
from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.netsuite.auth.key_pair import (
    KeyFiles,
    latest_key_files,
    make_key_pair,
    unused_key_files,
    write_key_pair,
)
from netsuite_pipeline.netsuite.auth.signing_key import SigningKey
from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX
from netsuite_pipeline.netsuite.errors import ConfigurationError

KEY_FOLDER = Path(".netsuite")
_PASSWORD = Asked("NETSUITE_PRIVATE_KEY_PASSWORD", "Password of the private key", secret=True)


@dataclass(frozen=True)
class KeyChoice:
    """What was said about the key beforehand.

    Attributes:
        private_key: The file of a key of one's own, or None.
        certificate: The file of its certificate, or None.
        key_type: What a new key is made as.
        folder: Where a new pair goes.
        anew: Whether a new pair is wanted although there is one.
    """

    private_key: Path | None
    certificate: Path | None
    key_type: str
    folder: Path
    anew: bool


def key_values(
    choice: KeyChoice,
    answers: Answers,
    say: Callable[[str], object],
    *,
    prefix: str,
    realm: str,
) -> Mapping[str, str]:
    """The variables of the key: the files' whole paths, and the password of a key that has one.

    Args:
        choice: What was said beforehand.
        answers: Whom to ask whether the pair that is there is to be used.
        say: How to tell what is done.
        prefix: What the connection's variables begin with.
        realm: The account's id, for the certificate's name.

    Raises:
        ConfigurationError: The key is none that NetSuite takes, or cannot be written.
    """
    if choice.private_key is not None:
        return _of_ones_own(choice.private_key, choice.certificate, answers)
    stem = "" if prefix == STANDARD_PREFIX else prefix.lower()
    there = latest_key_files(choice.folder, stem)
    if there is not None and not choice.anew and _is_to_be_used(there, answers):
        values = _of_ones_own(there.private_key, there.certificate, answers)
        say(f"The key is {there.private_key}.")
        return values
    files = unused_key_files(choice.folder, stem)
    pair = make_key_pair(choice.key_type, f"netsuite-pipeline {realm}")
    write_key_pair(pair, files)
    say(f"A key pair is made ({choice.key_type}).")
    say(f"  {files.private_key}: the private key. It stays here; only this user may read it.")
    ends = read_certificate(str(files.certificate)).ends
    say(f"  {files.certificate}: the certificate, valid until {ends:%Y-%m-%d}.")
    return _paths(files.private_key, files.certificate)


def _is_to_be_used(files: KeyFiles, answers: Answers) -> bool:
    ends = read_certificate(str(files.certificate)).ends if files.certificate.exists() else None
    until = f", its certificate is valid until {ends:%Y-%m-%d}" if ends else ""
    return answers.yes(f"There is a key already ({files.private_key}{until}). Use it?", True)


def _of_ones_own(private_key: Path, certificate: Path | None, answers: Answers) -> Mapping[str, str]:
    password = ""
    try:
        key = SigningKey.read(str(private_key))
    except ConfigurationError as error:
        if _PASSWORD.variable not in error.message:
            raise
        password = answers.value(_PASSWORD, {})
        key = SigningKey.read(str(private_key), password)
    values = _paths(private_key, certificate if certificate and certificate.exists() else None)
    if "NETSUITE_CERTIFICATE" in values:
        _check_that_they_belong(key, values["NETSUITE_CERTIFICATE"])
    return {**values, **({_PASSWORD.variable: password} if password else {})}


def _check_that_they_belong(key: SigningKey, certificate: str) -> None:
    from cryptography import x509

    read_certificate(certificate)
    found = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    if found.public_key() != key.key.public_key():
        raise ConfigurationError(
            f"The certificate {certificate} was not made with this private key.",
            remedy="Name the key's own certificate by --certificate, or make a new pair by --new-key.",
        )


def _paths(private_key: Path, certificate: Path | None) -> dict[str, str]:
    """Whole paths, so that it does not matter where Dagster is started."""
    found = {"NETSUITE_PRIVATE_KEY": str(private_key.absolute())}
    return found if certificate is None else {**found, "NETSUITE_CERTIFICATE": str(certificate.absolute())}
