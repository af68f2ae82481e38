"""OAuth 2.0 client credentials: a signed assertion is exchanged for an access token of one hour."""

import math
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import (
    AccessToken,
    GrantedToken,
    Signer,
    TokenReply,
    TokenSender,
    bearer_signer,
)
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity, read_certificate
from netsuite_pipeline.netsuite.auth.signing_key import SigningKey
from netsuite_pipeline.netsuite.auth.variables import OAUTH2_VARIABLES, refuse_blanks, required_values
from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import shown_text
from netsuite_pipeline.netsuite.http.request import json_object
from netsuite_pipeline.netsuite.menus import (
    CLIENT_CREDENTIALS,
    ENABLE_FEATURES,
    INTEGRATIONS,
    LOGIN_AUDIT_TRAIL,
    MANAGE_ROLES,
)

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
SCOPE = "rest_webservices"

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300  # of the hour that is allowed: as far apart as clocks may be with tokens (TBA)
_HOUR = 3600.0  # how long a token is good (NSH:section_162755359851)
_MAX_SECONDS = 24 * _HOUR

_FEATURE = f"{ENABLE_FEATURES} > SuiteCloud > Manage Authentication: OAuth 2.0"

_SIGN_IN_HELP = (
    f"The Login Audit Trail names the cause: {LOGIN_AUDIT_TRAIL}. Most often the certificate was revoked or "
    "has expired, or NETSUITE_CERTIFICATE_ID is not the id of the certificate that belongs to "
    f"NETSUITE_PRIVATE_KEY ({CLIENT_CREDENTIALS} lists them). Or NETSUITE_CLIENT_ID is another "
    f"integration's, or the integration is blocked ({INTEGRATIONS}). Or the mapping's role or entity is "
    f"inactive, or the role lacks Log in using OAuth 2.0 Access Tokens ({MANAGE_ROLES}). Or the feature is "
    f"off ({_FEATURE}). Or a sandbox was refreshed, which clears the set-up."
)

# The likeliest cause of each code of RFC 6749, 5.2. Oracle documents the codes of the other grant only
# (NSH:subsect_161252460252). open question: Oracle does not document which cause gives which code.
_CAUSE_OF_CODE = {
    "invalid_client": f"NetSuite does not know the client id or the certificate id: compare "
    f"{INTEGRATIONS} and {CLIENT_CREDENTIALS}.",
    "invalid_grant": f"NetSuite rejects the assertion. Check at {CLIENT_CREDENTIALS} that the certificate "
    "exists, is neither revoked nor expired, and belongs to this private key.",
    "invalid_request": "NetSuite cannot read the assertion. Check the certificate id, the signing algorithm "
    "and this machine's clock.",
    "invalid_scope": f"The integration may not use REST: {INTEGRATIONS} > (the integration) > Edit: check "
    "REST Web Services under OAuth 2.0.",
    "unauthorized_client": f"The integration may not sign in with client credentials: {INTEGRATIONS} > "
    "(the integration) > Edit: check Client Credentials (Machine to Machine) Grant.",
}
_CAUSE_OF_CODE["unsupported_grant_type"] = _CAUSE_OF_CODE["unauthorized_client"]
_DOWN = {"server_error", "temporarily_unavailable"}


@dataclass(frozen=True)
class OAuth2Credentials:
    """The values of client credentials. Blanks and line ends around them are dropped.

    Attributes:
        account: The account of the credentials.
        client_id: The integration record's client id.
        certificate_id: NetSuite's id of the uploaded certificate; `kid` of the assertion.
        key: The certificate's private key.
        certificate_text: The certificate, as PEM text or a file's path, or empty; only its validity is read.

    Example:
        >>> OAuth2Credentials.from_variables()     # doctest: +SKIP
        OAuth2Credentials(account=Account(realm='1234567_SB1'))
    """

    kind: ClassVar[str] = "oauth2"
    can_refresh: ClassVar[bool] = True  # a new access token can be fetched
    sign_in_help: ClassVar[str] = _SIGN_IN_HELP

    account: Account
    client_id: str = field(repr=False)
    certificate_id: str = field(repr=False)
    key: SigningKey = field(repr=False)
    certificate_text: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    _token: AccessToken = field(default_factory=AccessToken, init=False, repr=False, compare=False)
    _scopes: deque[list[str] | str] = field(
        default_factory=lambda: deque(([SCOPE], SCOPE)), init=False, repr=False, compare=False
    )

    @classmethod
    def from_variables(cls, variables: Mapping[str, str] = os.environ) -> "OAuth2Credentials":
        """Read the credentials from environment variables.

        Args:
            variables: `NETSUITE_ACCOUNT_ID`, `NETSUITE_CLIENT_ID`, `NETSUITE_CERTIFICATE_ID`,
                `NETSUITE_PRIVATE_KEY` (PEM text or a file's path); optionally
                `NETSUITE_PRIVATE_KEY_PASSWORD`, `NETSUITE_CERTIFICATE` and `NETSUITE_SIGNING_ALGORITHM`.

        Raises:
            ConfigurationError: One or more are missing or malformed; the error names all that are missing.
            AccountIdError: The account id is malformed.
        """
        account_id, client_id, certificate_id, key = OAUTH2_VARIABLES
        values = required_values(OAUTH2_VARIABLES, variables)
        refuse_blanks({name: values[name] for name in (client_id, certificate_id)})
        password = variables.get("NETSUITE_PRIVATE_KEY_PASSWORD", "").strip("\r\n")
        return cls(
            account=parse_account_id(values[account_id]),
            client_id=values[client_id],
            certificate_id=values[certificate_id],
            key=SigningKey.read(values[key], password, variables.get("NETSUITE_SIGNING_ALGORITHM", "")),
            certificate_text=variables.get("NETSUITE_CERTIFICATE", "").strip(),
            password=password,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        values = (self.client_id, self.certificate_id, self.key.pem, self.password, *self._token.recent)
        return tuple(value for value in values if value)

    @property
    def fingerprint(self) -> str:
        """A digest of account, client id and certificate id."""
        return self.account.fingerprint(self.client_id, self.certificate_id)

    @property
    def passport(self) -> None:
        """None: there are no TBA values."""
        return None

    @property
    def certificate(self) -> CertificateValidity | None:
        """The validity of the certificate; None where it is not set, which signing does not need.

        Raises:
            ConfigurationError: The value is no certificate.
        """
        return read_certificate(self.certificate_text) if self.certificate_text else None

    def signer(self, send: TokenSender) -> Signer:
        """Return the signer that puts the access token into each request."""
        return bearer_signer(lambda: self._token.value(lambda: self._ask(send)))

    def refresh(self, answered_at: float | None) -> bool:
        """Discard the token, so that the next attempt fetches a new one.

        Returns:
            Whether the old token had worked before. Then it expired or was revoked, and a new one may work.
        """
        got_at = self._token.discard()
        return got_at is not None and answered_at is not None and got_at <= answered_at

    def assertion(self, audience: str, now: float) -> str:
        """Return the signed assertion (NSH:section_162790605110).

        The scope is a list: the help names "a comma" between several and its own example has a list of them
        (NSH:section_162755359851). open question: public code sends the bare word as well, so that is what
        the attempt after a refused one has.

        Args:
            audience: The token endpoint's address.
            now: Seconds since 1970, by this machine's clock.
        """
        import jwt

        claims: dict[str, Any] = {
            "iss": self.client_id,
            "scope": self._scopes[0],
            "aud": audience,
            "iat": int(now),
            "exp": int(now) + _ASSERTION_SECONDS,
        }
        headers = {"typ": "JWT", "kid": self.certificate_id}
        return jwt.encode(claims, self.key.key, algorithm=self.key.algorithm, headers=headers)

    def _ask(self, send: TokenSender) -> GrantedToken:
        try:
            return send.post_form(TOKEN_PATH, lambda: self._form(send.base_url), parse_token_reply)
        except NetSuiteError:
            self._scopes.rotate()
            raise

    def _form(self, base_url: str) -> Mapping[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self.assertion(f"{base_url}{TOKEN_PATH}", time.time()),
        }


def parse_token_reply(reply: TokenReply) -> GrantedToken | NetSuiteError:
    """Return the token that a reply of the token endpoint grants, or the error that the reply means.

    A refusal comes as 400 or 401 with `{"error": …}` (RFC 6749, 5.2). It always counts as a refused sign-in,
    and is not retried more often than others.

    Example:
        >>> parse_token_reply(TokenReply(200, b'{"access_token": "x", "expires_in": "3600"}', None, "POST /"))
        GrantedToken(seconds=3600.0)
    """
    fields = json_object(reply.body)
    if reply.failure is None:
        token = fields.get("access_token")
        if isinstance(token, str) and token.strip():
            return GrantedToken(token.strip(), lifetime(fields.get("expires_in")))
        return Unavailable(
            "NetSuite's reply grants no access token.", endpoint=reply.endpoint, status=reply.status
        )
    code = fields.get("error")
    if isinstance(code, str) and code and reply.status < 500 and reply.status != 429:
        return _refused(reply, reply.failure.date, code, fields.get("error_description"))
    if isinstance(reply.failure, PermissionDenied | QueryError | SignInError):
        return _refused(reply, reply.failure.date, reply.failure.code, reply.failure.detail)
    return reply.failure


def _refused(reply: TokenReply, date: datetime | None, code: str, description: object) -> NetSuiteError:
    code = shown_text(code)[:100]
    words = shown_text(description)[:300] if isinstance(description, str) else ""
    facts: dict[str, Any] = {"endpoint": reply.endpoint, "status": reply.status, "code": code, "date": date}
    if code in _DOWN:
        return Unavailable(f"NetSuite does not answer properly ({code}).", detail=words, **facts)
    detail = f"{code}: {words}" if code and words else code or words
    remedy = " ".join(filter(None, (_CAUSE_OF_CODE.get(code, ""), _SIGN_IN_HELP)))
    return SignInError(
        "NetSuite refuses the sign-in and gives no access token" + (f": {detail}" if detail else "."),
        remedy=remedy,
        detail=detail,
        **facts,
    )


def lifetime(reply: object) -> float:
    """Return a token's lifetime in seconds by its `expires_in`, a number or its text; else an hour.

    Example:
        >>> lifetime("3600"), lifetime(1800), lifetime(None), lifetime("soon")
        (3600.0, 1800.0, 3600.0, 3600.0)
    """
    if isinstance(reply, bool) or not isinstance(reply, str | int | float):
        return _HOUR
    try:
        seconds = float(reply)
    except (ValueError, OverflowError):
        return _HOUR
    return min(seconds, _MAX_SECONDS) if math.isfinite(seconds) and seconds > 0 else _HOUR
