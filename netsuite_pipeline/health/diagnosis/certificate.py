"""How long the OAuth 2.0 certificate is valid: warned of 60, 30 and 7 days ahead, and after its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from netsuite_pipeline.health.diagnosis.causes import get_causes
from netsuite_pipeline.health.findings import Facts, Finding, State, with_causes
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity, read_certificate, read_pem
from netsuite_pipeline.netsuite.auth.credentials import Credentials
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.menus import CLIENT_CREDENTIALS
from netsuite_pipeline.wording import counted, formatted_time

if TYPE_CHECKING:
    from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

_CERTIFICATE = "NETSUITE_CERTIFICATE"


@dataclass(frozen=True)
class CertificateStatus:
    """What is known of the certificate without a request to NetSuite.

    Attributes:
        kind: The kind of credentials; only `oauth2` has a certificate here.
        validity: When the certificate is valid; None where unknown.
        matches_key: Whether the certificate belongs to the private key.
        problem, remedy: Why the certificate cannot be read, and what to do; otherwise empty.
    """

    kind: str = "tba"
    validity: CertificateValidity | None = None
    matches_key: bool = True
    problem: str = ""
    remedy: str = ""

    def has_expired(self, now: datetime) -> bool:
        """Return whether the certificate is known to have expired."""
        return self.matches_key and self.validity is not None and self.validity.ends <= now

    def is_valid(self, now: datetime) -> bool:
        """Return whether the certificate is known not to have expired."""
        return self.matches_key and self.validity is not None and self.validity.ends > now


NO_CERTIFICATE = CertificateStatus()


def certificate_status(credentials: Credentials) -> CertificateStatus:
    """Read the certificate from its variable, or from the text that holds the private key."""
    from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

    if not isinstance(credentials, OAuth2Credentials):
        return CertificateStatus(credentials.kind)
    given = credentials.certificate_text or _in_key_file(credentials)
    if not given:
        return CertificateStatus(credentials.kind)
    try:
        validity = read_certificate(given)
        return CertificateStatus(credentials.kind, validity, _matches_key(given, credentials))
    except ConfigurationError as error:
        return CertificateStatus(credentials.kind, problem=error.message, remedy=error.remedy)


def _in_key_file(credentials: "OAuth2Credentials") -> str:
    return credentials.key.pem if "-----BEGIN CERTIFICATE-----" in credentials.key.pem else ""


def _matches_key(given: str, credentials: "OAuth2Credentials") -> bool:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    certificate = x509.load_pem_x509_certificate(read_pem(given, _CERTIFICATE).encode())
    both = (certificate.public_key(), credentials.key.key.public_key())
    first, second = (key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in both)
    return bool(first == second)


# Days left, then state, escalation and period. The period distinguishes the stages: figures alone do not
# count as a change (regression.py). In the last week the check fails although sign-in works: a person with
# the right permission must act in NetSuite, and waiting costs syncs. NetSuite writes to administrators two
# months, one month and 14 days ahead (NSH:subsect_162755332391), not to whoever runs the pipeline.
_STAGES = (
    (7, State.FAILED, 3, "a week"),
    (30, State.WARNING, 2, "a month"),
    (60, State.WARNING, 1, "two months"),
)
_EXPIRED = 4


def certificate_finding(status: CertificateStatus, now: datetime) -> Finding:
    """Return the finding `certificate`.

    Args:
        status: What is known of the certificate.
        now: NetSuite's time, UTC: NetSuite decides what has expired, not this machine's clock.

    Example:
        >>> certificate_finding(CertificateStatus("tba"), datetime(2026, 11, 24)).seen
        'Not needed: tokens of token-based authentication do not expire.'
    """
    if status.kind == "tba":
        seen = "Not needed: tokens of token-based authentication do not expire."
        return Finding("certificate", State.OK, seen)
    if status.kind == "nango":
        return Finding("certificate", State.OK, "Not needed here: Nango keeps the credentials.")
    if status.problem:
        seen = f"The expiry date is not known: {status.problem}"
        unreadable = get_causes("certificate_unreadable", remedy=status.remedy)
        return with_causes("certificate", State.WARNING, seen, unreadable)
    if status.validity is None:
        return Finding(
            "certificate",
            State.UNKNOWN,
            f"The expiry date is not known: {_CERTIFICATE} is not set.",
            remedy=f"Set {_CERTIFICATE} to the uploaded certificate, as PEM text or the path of a file. "
            f"The pipeline reads only the expiry date. {CLIENT_CREDENTIALS} shows the date too.",
        )
    if not status.matches_key:
        seen = f"The expiry date is not known: {_CERTIFICATE} belongs to another key."
        return with_causes("certificate", State.WARNING, seen, get_causes("wrong_certificate"))
    return _by_expiry(status.validity, now)


def _by_expiry(validity: CertificateValidity, now: datetime) -> Finding:
    ends, left = validity.ends, validity.ends - now
    facts: Facts = {"ends": f"{ends:%Y-%m-%dT%H:%M:%SZ}", "days_left": max(left.days, 0)}
    if validity.not_before > now:
        seen = f"The certificate is valid from {formatted_time(validity.not_before)}."
        early = get_causes("certificate_not_yet_valid")
        return with_causes("certificate", State.FAILED, seen, early, facts=facts)
    if left <= timedelta(0):
        seen = f"The certificate expired on {formatted_time(ends)}."
        expired = get_causes("certificate_expired")
        return with_causes("certificate", State.FAILED, seen, expired, facts=facts, escalation=_EXPIRED)
    for days, state, escalation, period in _STAGES:
        if left <= timedelta(days=days):
            in_days = f"in {counted(left.days, 'day')}" if left.days else "in less than a day"
            seen = f"The certificate expires on {formatted_time(ends)}, {in_days}."
            near = get_causes("certificate_expires", period=period)
            return with_causes("certificate", state, seen, near, facts=facts, escalation=escalation)
    seen = f"The certificate is valid until {ends:%Y-%m-%d} ({counted(left.days, 'day')})."
    return Finding("certificate", State.OK, seen, facts=facts)
