"""The OAuth 2.0 access tokens that an account has issued."""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from netsuite_pipeline.emulator.settings import SettingError

_REMEMBERED = 3600
"""Seconds that an expired token is kept, so that its refusal differs from that of an unknown token."""


@dataclass(frozen=True)
class AccessGrant:
    """User, role, scopes and expiry of an access token.

    Attributes:
        certificate_id: Certificate id of the mapping that the token was issued for.
        expires: Expiry in seconds since 1970.
    """

    user: int
    role: int
    certificate_id: str
    scopes: frozenset[str]
    expires: float


class AccessTokens:
    """The issued tokens.

    Attributes:
        seconds: Lifetime of the next token; in NetSuite 60 minutes (NSH:section_162755359851).
    """

    def __init__(self) -> None:
        self.seconds = 3600
        self._given: dict[str, AccessGrant] = {}

    def set_seconds(self, seconds: int) -> None:
        """Set the lifetime of new tokens.

        Raises:
            SettingError: The lifetime is less than one second.
        """
        if seconds < 1:
            raise SettingError("seconds must be at least 1.")
        self.seconds = seconds

    def issue(self, grant: AccessGrant, now: float) -> str:
        """Issue a token in the form of a JWT, as NetSuite does; only the account can verify it."""
        for token in [each for each, old in self._given.items() if old.expires + _REMEMBERED < now]:
            del self._given[token]
        header = {"kid": "s.SYSTEM.EMULATED", "typ": "JWT", "alg": "PS256"}
        payload = {
            "sub": f"{grant.role};{grant.user}",
            "scope": sorted(grant.scopes),
            "iss": "https://system.netsuite.com",
            "exp": int(grant.expires),
            "iat": int(now),
            "jti": secrets.token_hex(16),
        }
        parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, payload)]
        parts.append(secrets.token_bytes(96))
        token = ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self._given[token] = grant
        return token

    def find(self, token: str) -> AccessGrant | None:
        """Return the grant of a token, also of an expired one."""
        return self._given.get(token)

    def forget(self) -> None:
        """Discard every issued token; certificates stay valid."""
        self._given.clear()
