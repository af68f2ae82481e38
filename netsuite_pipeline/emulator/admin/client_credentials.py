"""The switches of a running emulator that concern who may sign in, by whichever kind of credentials."""

from dataclasses import dataclass
from urllib.parse import quote

from netsuite_pipeline.emulator.admin.client_base import AdminAsking

PIPELINE = "Data pipeline"
"""The role, and the token, whose credentials a started emulator prints."""


@dataclass(frozen=True)
class CredentialSwitches(AdminAsking):
    """Tokens of TBA, certificates and access tokens of OAuth 2.0."""

    def credentials(self, token: str = PIPELINE) -> dict[str, str]:
        """The NETSUITE_… variables to sign in with by one token."""
        return dict(self.get(f"/credentials/{quote(token, safe='')}"))

    def variables(self, kind: str) -> dict[str, str]:
        """The variables to sign in with by a kind of credentials: tba, oauth2, nango or nango_oauth2."""
        return dict(self.get(f"/variables/{quote(kind, safe='')}"))

    def revoke_token(self, token: str = PIPELINE) -> None:
        """Ends a token; its requests are refused from now on."""
        self.post("/tokens/revoke", token=token)

    def restore_token(self, token: str = PIPELINE) -> None:
        """Gives a revoked token back."""
        self.post("/tokens/restore", token=token)

    def revoke_all_tokens(self) -> None:
        """Ends all tokens, as a sandbox refresh does."""
        self.post("/tokens/revoke-all")

    def issue_token(self, role: str = PIPELINE, token: str | None = None) -> dict[str, str]:
        """Makes a new token for a role, named like the role unless said; gives its NETSUITE_… variables."""
        return dict(self.post("/tokens/issue", role=role, token=token or role))

    def rotate_token(self) -> dict[str, str]:
        """Replaces the pipeline's token by a new one, in Nango too; gives its NETSUITE_… variables."""
        return dict(self.post("/tokens/rotate"))

    def revoke_certificate(self, certificate: str = "") -> None:
        """Revokes a mapping by its certificate id, without one the latest that the emulator made."""
        self.post("/certificates/revoke", certificate=certificate, revoked=True)

    def restore_certificate(self, certificate: str = "") -> None:
        """Takes that back."""
        self.post("/certificates/revoke", certificate=certificate, revoked=False)

    def expire_certificate(self, days: float, certificate: str = "") -> None:
        """Lets a certificate end so many days after the emulator's start; below 0, it has ended."""
        self.post("/certificates/expire", certificate=certificate, days=days)

    def rotate_certificate(self) -> dict[str, str]:
        """Makes a second key pair beside the first, which stays good; gives its NETSUITE_… variables."""
        return dict(self.post("/certificates/rotate"))

    def upload_certificate(self, pem: str, role: str = PIPELINE) -> dict[str, str]:
        """Maps a certificate to a role, as a person does who has the key; gives all variables but the key."""
        return dict(self.post("/certificates/upload", pem=pem, role=role))

    def expire_access_tokens(self) -> None:
        """Ends all access tokens given out; new ones are to be had."""
        self.post("/access-tokens/forget")

    def set_access_token_seconds(self, seconds: int) -> None:
        """Sets how long access tokens are good from now on."""
        self.post("/access-tokens/seconds", seconds=seconds)

    def set_client_credentials(self, offered: bool) -> None:
        """Checks the integration's box Client Credentials (Machine to Machine) Grant, or clears it."""
        self.post("/integration/client-credentials", offered=offered)
