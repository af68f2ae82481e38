"""How long the certificate of OAuth 2.0 is good: told 60, 30 and 7 days ahead, and when it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.setup_guide.menus import CLIENT_CREDENTIALS
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity, read_certificate, read_pem
from netsuite_pipeline.netsuite.auth.credentials import Credentials
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.wording import formatted_time

if TYPE_CHECKING:
    from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

Facts = Mapping[str, int | float | str]

_CERTIFICATE = "NETSUITE_CERTIFICATE"

REPLACE_IT = (
    "Replace it before it ends, without a gap: make a new key and certificate (`netsuite-pipeline connect`), "
    f"upload the certificate beside the old one ({CLIENT_CREDENTIALS} > Create New), give its id, key and "
    "certificate to the pipeline, and revoke the old one once `netsuite-pipeline doctor` is content."
)

_WORKS_UNTIL_THEN = "Until then all works; afterwards NetSuite refuses every sign-in."


@dataclass(frozen=True)
class CertificateStatus:
    """What can be told of the certificate without asking anybody.

    Attributes:
        kind: Of the credentials: only those of OAuth 2.0 that are kept here have a certificate.
        validity: When it is good; None where that is not known.
        matches_key: Whether it is the private key's own.
        problem, remedy: Why it could not be read, and what to do; empty where it could, or is not set.
    """

    kind: str = "tba"
    validity: CertificateValidity | None = None
    matches_key: bool = True
    problem: str = ""
    remedy: str = ""

    def has_expired(self, now: datetime) -> bool:
        """Whether it is known to be past its end."""
        return self.matches_key and self.validity is not None and self.validity.ends <= now

    def is_valid(self, now: datetime) -> bool:
        """Whether it is known not to have ended."""
        return self.matches_key and self.validity is not None and self.validity.ends > now


NO_CERTIFICATE = CertificateStatus()


def certificate_status(credentials: Credentials) -> CertificateStatus:
    """Reads the certificate, where there is one: from its variable, or from beside the key in one text.

    Args:
        credentials: Whom a client signs in as.
    """
    from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

    if not isinstance(credentials, OAuth2Credentials):
        return CertificateStatus(credentials.kind)
    given = credentials.certificate_text or _beside_the_key(credentials)
    if not given:
        return CertificateStatus(credentials.kind)
    try:
        validity = read_certificate(given)
        return CertificateStatus(credentials.kind, validity, _belongs(given, credentials))
    except ConfigurationError as error:
        return CertificateStatus(credentials.kind, problem=error.message, remedy=error.remedy)


def _beside_the_key(credentials: "OAuth2Credentials") -> str:
    return credentials.key.pem if "-----BEGIN CERTIFICATE-----" in credentials.key.pem else ""


def _belongs(given: str, credentials: "OAuth2Credentials") -> bool:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    certificate = x509.load_pem_x509_certificate(read_pem(given, _CERTIFICATE).encode())
    of_both = (certificate.public_key(), credentials.key.key.public_key())
    first, second = (key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in of_both)
    return bool(first == second)


@dataclass(frozen=True)
class _Stage:
    """How near the end is.

    A week before it fails already, though all still works: a person with the right to it has to act in
    NetSuite, and what waits for the end costs syncs. NetSuite itself writes to administrators two months, one
    month and 14 days ahead (NSH:subsect_162755332391), not to who runs the pipeline.
    """

    days: int
    state: State
    summary: str


# What makes one stage another one is its words: figures alone are no news (regression.py).
_STAGES = (
    _Stage(60, State.WARNING, "The certificate ends within two months."),
    _Stage(30, State.WARNING, "The certificate ends within a month."),
    _Stage(7, State.FAILED, "The certificate ends within a week."),
)


def certificate_finding(look: CertificateStatus, now: datetime) -> Finding:
    """The finding `certificate`.

    Args:
        look: What is known of it.
        now: NetSuite's time, UTC: NetSuite decides what has ended, not this machine's clock.

    Example:
        >>> certificate_finding(CertificateStatus("tba"), datetime(2026, 11, 24)).seen
        'None is needed: tokens of token-based authentication do not end.'
    """
    if look.kind == "tba":
        seen = "None is needed: tokens of token-based authentication do not end."
        return Finding("certificate", State.OK, seen)
    if look.kind == "nango":
        return Finding("certificate", State.OK, "None is needed here: Nango keeps the credentials.")
    if look.problem:
        return Finding(
            "certificate",
            State.WARNING,
            f"When it ends cannot be told: {look.problem}",
            (Cause(f"{_CERTIFICATE} cannot be read.", "", look.remedy),),
            look.remedy,
        )
    if look.validity is None:
        return Finding(
            "certificate",
            State.UNKNOWN,
            f"When it ends is not known: {_CERTIFICATE} is not set.",
            remedy=f"Set {_CERTIFICATE} to the certificate that was uploaded, as PEM text or a file's path; "
            f"only its end is read. {CLIENT_CREDENTIALS} shows it too.",
        )
    if not look.matches_key:
        return Finding(
            "certificate",
            State.WARNING,
            "When it ends is not known: NETSUITE_CERTIFICATE is another key's certificate.",
            (ANOTHER_KEYS,),
            ANOTHER_KEYS.remedy,
        )
    return _by_its_end(look.validity, now)


ANOTHER_KEYS = Cause(
    "NETSUITE_CERTIFICATE does not belong to NETSUITE_PRIVATE_KEY.",
    "Their public keys differ.",
    "Set both to files that were made together, and NETSUITE_CERTIFICATE_ID to the id that NetSuite shows "
    f"for this certificate ({CLIENT_CREDENTIALS}).",
)


def _by_its_end(validity: CertificateValidity, now: datetime) -> Finding:
    ends, left = validity.ends, validity.ends - now
    facts: Facts = {
        "ends": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        "days_left": max(left.days, 0),
    }
    if validity.not_before > now:
        cause = Cause(
            "The certificate is not valid yet.",
            "The machine that made it may have had a wrong clock.",
            "Wait, or make another one (`netsuite-pipeline connect`).",
        )
        seen = f"It is valid from {formatted_time(validity.not_before)} on."
        return Finding("certificate", State.FAILED, seen, (cause,), cause.remedy, facts=facts)
    if left <= timedelta(0):
        cause = Cause("The certificate has ended.", "NetSuite refuses every sign-in with it.", _MAKE_ANEW)
        seen = f"It ended on {formatted_time(ends)}."
        return _urgent(State.FAILED, seen, cause, facts, len(_STAGES) + 1)
    reached = [place for place, stage in enumerate(_STAGES, 1) if left <= timedelta(days=stage.days)]
    in_days = f"in {left.days} day{'' if left.days == 1 else 's'}" if left.days else "in less than a day"
    if not reached:
        seen = f"It is good until {ends:%Y-%m-%d}, {in_days.removeprefix('in ')} from now."
        return Finding("certificate", State.OK, seen, facts=facts)
    stage = _STAGES[reached[-1] - 1]
    cause = Cause(stage.summary, _WORKS_UNTIL_THEN, REPLACE_IT)
    return _urgent(stage.state, f"It ends on {formatted_time(ends)}, {in_days}.", cause, facts, reached[-1])


_MAKE_ANEW = (
    "Make a new key and certificate (`netsuite-pipeline connect`), upload the certificate "
    f"({CLIENT_CREDENTIALS} > Create New), and put its id, key and certificate into NETSUITE_CERTIFICATE_ID, "
    "NETSUITE_PRIVATE_KEY and NETSUITE_CERTIFICATE."
)


def _urgent(state: State, seen: str, cause: Cause, facts: Facts, urgency: int) -> Finding:
    return Finding("certificate", state, seen, (cause,), cause.remedy, facts=facts, urgency=urgency)
