"""The access tokens of OAuth 2.0 that an account has given out, and until when each is good."""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from netsuite_pipeline.emulator.settings import SettingError

_REMEMBERED = 3600
"""Seconds that an expired token is still told from one that never was."""


@dataclass(frozen=True)
class AccessGrant:
    """What an access token stands for.

    Attributes:
        certificate_id: Of the mapping that it was given for.
        expires: Seconds since 1970.
    """

    user: int
    role: int
    certificate_id: str
    scopes: frozenset[str]
    expires: float


class AccessTokens:
    """The tokens given out.

    Attributes:
        seconds: How long the next one will be good. NetSuite's are for 60 minutes (NSH:section_162755359851).
    """

    def __init__(self) -> None:
        self.seconds = 3600
        self._given: dict[str, AccessGrant] = {}

    def set_seconds(self, seconds: int) -> None:
        """Sets how long tokens are good from now on.

        Raises:
            SettingError: Less than one second.
        """
        if seconds < 1:
            raise SettingError("seconds must be at least 1.")
        self.seconds = seconds

    def give(self, grant: AccessGrant, now: float) -> str:
        """Gives a token out: a JWT to look at, as NetSuite's are, which nobody but the account can check."""
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
        """Gives what a token stands for, even if it has expired."""
        return self._given.get(token)

    def forget(self) -> None:
        """Ends every token given out; the certificates stay good."""
        self._given.clear()
