"""Sign-in by signature or access token. As in NetSuite, only the Login Audit Trail has a refusal's cause."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.access_tokens import AccessGrant
from netsuite_pipeline.emulator.account.credentials.certificate_mappings import CertificateMapping
from netsuite_pipeline.emulator.account.credentials.tokens import AccessToken, User
from netsuite_pipeline.emulator.account.login_audit import REALM_OF_ANOTHER_ACCOUNT, Login
from netsuite_pipeline.emulator.account.permissions import (
    LOG_IN_WITH_OAUTH2,
    LOG_IN_WITH_TOKENS,
    MANAGE_OWN_TOKENS,
    OAUTH2_FEATURE,
    TBA_FEATURE,
)
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.auth.request_credentials import RequestCredentials, read_header, read_passport
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import NO_PERMISSION
from netsuite_pipeline.emulator.refusal import Refusal, SignInRefused, refuse_sign_in

ALLOWED_SKEW = 300
"""Seconds between a timestamp and the server's time that are allowed (NSH:subsect_156935170194)."""

_INTEGRATION_UNKNOWN = frozenset(
    {
        "MissingTokenPassportRequiredFields",
        "parameter_rejected",
        "FeatureDisabled",
        "consumer_key_unknown",
        REALM_OF_ANOTHER_ACCOUNT,
        "MalformedAssertion",
        "InvalidIntegration",
        "TokenRejected",
    }
)
"""Causes that occur before the consumer key identifies the integration."""

Holder = AccessToken | AccessGrant | CertificateMapping
"""Credentials of a user in a role."""

_FAILURES_UNTIL_LOCKED = 5
_LOCKED_SECONDS = 30 * 60


@dataclass(frozen=True)
class Session:
    """An authenticated user in a role, with the credentials of the request."""

    user: User
    role: Role
    token: Holder


def carries_bearer(request: IncomingRequest) -> bool:
    """Return whether a request carries an access token, valid or not."""
    return request.headers.get("authorization", "").lower().startswith("bearer")


class SignIn:
    """Checks the credentials of requests; keeps used nonces and counts failures per user."""

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account
        self._nonces: set[tuple[str, str, int]] = set()
        self._nonces_by_age: deque[tuple[int, tuple[str, str, int]]] = deque()
        self._failures: dict[int, int] = {}
        self._locked_until: dict[int, float] = {}

    def authenticate(self, request: IncomingRequest, scope: str) -> Session:
        """Authenticate one request by its Authorization header: by an access token or by a signature.

        Args:
            request: The request.
            scope: The OAuth 2.0 scope of the service: `rest_webservices` or `restlets`.

        Raises:
            SignInRefused: The sign-in is refused; the login audit has the cause.
            Refusal: The role may not sign in this way, and this account answers with a 400.
        """
        if carries_bearer(request):
            return self._authenticate_bearer(request, scope)
        return self._authenticate_signed(request, lambda: read_header(request))

    def authenticate_passport(
        self, request: IncomingRequest, passport: ElementTree.Element | None
    ) -> Session:
        """Authenticate one SOAP request by its token passport, with the checks and nonces of signatures.

        Raises:
            SignInRefused: As in `authenticate`.
            Refusal: As in `authenticate`.
        """
        return self._authenticate_signed(request, lambda: read_passport(passport))

    def _authenticate_signed(
        self, request: IncomingRequest, read: Callable[[], RequestCredentials]
    ) -> Session:
        token: AccessToken | None = None
        try:
            given = read()
            self._check_credentials(given)
            found = self._account.keyring.tokens.get(given.token)
            if found is None or not found.active:
                raise SignInRefused("token_rejected")
            token = found
            session = self.session_of(token)
            self._check_signature(given, token)
            if session.user.inactive or session.role.inactive:
                raise SignInRefused("permission_denied")
            self._require_login_permission(session, LOG_IN_WITH_TOKENS, MANAGE_OWN_TOKENS)
        except SignInRefused as refused:
            self.record_failure(request, refused.cause, token)
            raise
        self.record_success(request, session)
        return session

    def _authenticate_bearer(self, request: IncomingRequest, scope: str) -> Session:
        """Authenticate one request by its access token (NSH:subsect_158324637123)."""
        account = self._account
        grant = account.access_tokens.find(request.headers["authorization"].partition(" ")[2].strip())
        try:
            if grant is None:
                raise SignInRefused("TokenRejected")
            session = self.session_of(grant)
            mapping = account.certificates.find(grant.certificate_id)
            ends_tokens = account.variants.revoked_certificate == "ends_tokens"
            refuse_sign_in(
                {
                    "FeatureDisabled": OAUTH2_FEATURE not in account.features,
                    "IntegrationBlocked": account.keyring.integration.blocked,
                    "CertificateRevoked": mapping is None or (mapping.revoked and ends_tokens),
                    "AccessTokenExpired": grant.expires <= account.clock.seconds(),
                    "ScopeMismatched": scope not in grant.scopes,
                    "EntityOrRoleDisabled": session.user.inactive or session.role.inactive,
                }
            )
            self._require_login_permission(session, LOG_IN_WITH_OAUTH2)
        except SignInRefused as refused:
            self.record_failure(request, refused.cause, grant)
            raise
        self.record_success(request, session)
        return session

    def record_success(self, request: IncomingRequest, session: Session) -> None:
        """Record a sign-in in the login audit and reset the user's failures."""
        self._failures.pop(session.user.id, None)
        self._record_login(request, "Success", "", session.token)

    def record_failure(self, request: IncomingRequest, cause: str, token: Holder | None) -> None:
        """Record a failed sign-in in the login audit and count it for its user."""
        self._record_login(request, "Failure", cause, token)
        if token is None or not self._account.variants.lock_user:
            return
        failures = self._failures.get(token.user, 0) + 1
        self._failures[token.user] = failures
        if failures >= _FAILURES_UNTIL_LOCKED:
            self._locked_until[token.user] = self._account.clock.seconds() + _LOCKED_SECONDS
            self._failures.pop(token.user)

    def session_of(self, token: Holder) -> Session:
        """Return the session of a token.

        Raises:
            SignInRefused: The user is locked.
        """
        if self._locked_until.get(token.user, 0) > self._account.clock.seconds():
            raise SignInRefused("temporary_locked")
        return Session(self._account.keyring.users[token.user], self._account.role_by_id(token.role), token)

    def _require_login_permission(self, session: Session, *permissions: str) -> None:
        """Check that the role has one of the permissions to sign in (open question 5)."""
        if max(session.role.level(permission) for permission in permissions) == 0:
            if self._account.variants.login_missing == "400":
                raise Refusal(400, "USER_ERROR", NO_PERMISSION)
            raise SignInRefused("permission_denied")

    def unlock_users(self) -> None:
        """Unlock every user and reset all failures. Nonces stay used."""
        self._failures.clear()
        self._locked_until.clear()

    def _check_credentials(self, given: RequestCredentials) -> None:
        account, integration = self._account, self._account.keyring.integration
        refuse_sign_in(
            {
                REALM_OF_ANOTHER_ACCOUNT: given.realm != account.settings.account_id,
                "FeatureDisabled": TBA_FEATURE not in account.features,
                "consumer_key_unknown": given.consumer_key != integration.consumer_key,
                "consumer_key_refused": integration.blocked,
                "UnknownAlgorithm": given.algorithm != "HMAC-SHA256",
                # Listed for RESTlets only (NSH:subsect_156935170194); REST has no detail of its own for this.
                "VersionRejected": given.version != "1.0",
            }
        )

    def _check_signature(self, given: RequestCredentials, token: AccessToken) -> None:
        now = self._account.clock.seconds()
        stamp = given.timestamp
        if not (stamp.isascii() and stamp.isdecimal()) or abs(int(stamp) - int(now)) > ALLOWED_SKEW:
            raise SignInRefused("InvalidTimestamp")
        if not given.matches(self._account.keyring.integration.consumer_secret, token.token_secret):
            raise SignInRefused("InvalidSignature")
        self._use_nonce(self._nonce_owner(token), given.nonce, int(stamp), int(now))

    def _nonce_owner(self, token: AccessToken) -> str:
        # open question 7: documented for "this user"; per token and per account are the other readings
        scope = self._account.variants.nonce_scope
        return {"user": str(token.user), "token": token.token_id, "account": ""}[scope]

    def _use_nonce(self, owner: str, nonce: str, stamp: int, now: int) -> None:
        # Older timestamps are refused anyway, so their nonces need no memory.
        while self._nonces_by_age and self._nonces_by_age[0][0] < now - 2 * ALLOWED_SKEW:
            self._nonces.discard(self._nonces_by_age.popleft()[1])
        key = (owner, nonce, stamp)
        if key in self._nonces:
            raise SignInRefused("NonceUsed")
        self._nonces.add(key)
        self._nonces_by_age.append((now, key))

    def _record_login(self, request: IncomingRequest, status: str, detail: str, token: Holder | None) -> None:
        user = self._account.keyring.users.get(token.user) if token else None
        self._account.audit.add(
            Login(
                date=self._account.clock.now(),
                status=status,
                detail=detail,
                application="" if detail in _INTEGRATION_UNKNOWN else self._account.keyring.integration.name,
                uri=request.path,
                address=request.address,
                email=user.email if user else "",
                user=user.id if user else None,
                role=token.role if token else None,
            )
        )
