"""OAuth 2.0 Client Credentials (M2M) Setup: user and role of each certificate (NSH:section_162686838198)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from netsuite_pipeline.emulator.account.credentials.certificates import (
    Certificate,
    certificate_id,
    made_up_key,
    private_pem,
    read_certificate,
    self_signed,
)
from netsuite_pipeline.emulator.settings import SettingError

_DAY = 86400
_VALID_DAYS = 365


@dataclass(frozen=True)
class CertificateMapping:
    """One row of that page: a certificate with its user and role.

    Attributes:
        certificate_id: Certificate ID of the page, which `kid` names.
        private_key: PEM; empty for an uploaded certificate.
    """

    certificate_id: str
    certificate: Certificate
    user: int
    role: int
    revoked: bool = False
    private_key: str = field(default="", repr=False)


class CertificateMappings:
    """The mappings of an account. The first one is derived from the seed at its first use.

    Args:
        words: Words that the derived keys depend on, with the seed.
        started: Start of the account in seconds since 1970; derived certificates are valid for a year from
            it.
        user: User of the first mapping.
        role: Role of the first mapping.
    """

    def __init__(self, words: Sequence[str], started: float, user: int, role: int) -> None:
        self._words = tuple(words)
        self._started = started
        self._owner = (user, role)
        self._mappings: dict[str, CertificateMapping] = {}
        self._own: list[str] = []

    @property
    def all(self) -> Sequence[CertificateMapping]:
        """Every mapping, oldest first."""
        self._made_first()
        return tuple(self._mappings.values())

    @property
    def own(self) -> CertificateMapping:
        """The latest mapping whose key the emulator made."""
        self._made_first()
        return self._mappings[self._own[-1]]

    def find(self, id: str) -> CertificateMapping | None:
        """Return the mapping of a certificate id, also a revoked one."""
        self._made_first()
        return self._mappings.get(id)

    def rotate(self) -> CertificateMapping:
        """Make and map a second key pair; the previous one stays valid until it is revoked."""
        self._made_first()
        return self._make()

    def upload(self, pem: str, user: int, role: int) -> CertificateMapping:
        """Map a certificate of the user's own.

        Raises:
            SettingError: NetSuite would refuse the certificate.
        """
        self._made_first()
        read = read_certificate(pem)
        made = CertificateMapping(certificate_id(*self._words, pem, str(role)), read, user, role)
        self._mappings[made.certificate_id] = made
        return made

    def set_revoked(self, id: str, revoked: bool) -> None:
        """Revoke a mapping, or restore it, which NetSuite itself does not offer.

        Args:
            id: Certificate id; empty for the latest one made here.
            revoked: Whether the mapping is revoked.
        """
        found = self._named(id)
        self._mappings[found.certificate_id] = replace(found, revoked=revoked)

    def set_expiry(self, id: str, not_after: float) -> None:
        """Set the end of a certificate, in seconds since 1970."""
        found = self._named(id)
        not_before = min(found.certificate.not_before, not_after - _DAY)
        changed = replace(found.certificate, not_before=not_before, not_after=not_after)
        if found.private_key:
            key = made_up_key(*self._key_words(self._own.index(found.certificate_id)))
            changed = read_certificate(self_signed(key, "Emulated pipeline", not_before, not_after))
        self._mappings[found.certificate_id] = replace(found, certificate=changed)

    def _named(self, id: str) -> CertificateMapping:
        found = self.find(id) if id else self.own
        if found is None:
            raise SettingError(f"There is no certificate {id!r}; known are {', '.join(self._mappings)}.")
        return found

    def _key_words(self, place: int) -> tuple[str, ...]:
        return (*self._words, "private key", str(place))

    def _made_first(self) -> None:
        if not self._own:
            self._make()

    def _make(self) -> CertificateMapping:
        words = self._key_words(len(self._own))
        key = made_up_key(*words)
        pem = self_signed(key, "Emulated pipeline", self._started - _DAY, self._started + _VALID_DAYS * _DAY)
        made = CertificateMapping(
            certificate_id(*words), read_certificate(pem), *self._owner, private_key=private_pem(key)
        )
        self._mappings[made.certificate_id] = made
        self._own.append(made.certificate_id)
        return made
