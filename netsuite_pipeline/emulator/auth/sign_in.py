"""Lets a signed request in, or says 401 and notes the cause where NetSuite does: in the Login Audit Trail."""

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
    LOG_IN_WITH_TOKENS,
    MANAGE_OWN_TOKENS,
    TOKEN_BASED_AUTHENTICATION,
)
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.auth.request_credentials import Proof, proof_of_header, proof_of_passport
from netsuite_pipeline.emulator.auth.signature import MalformedAuthorization
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import NO_PERMISSION, Refusal

ALLOWED_SKEW = 300
"""Seconds that a timestamp may differ from server time (NSH:subsect_156935170194)."""

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
"""Causes that are met before the consumer key has told which integration asks."""

Holder = AccessToken | AccessGrant | CertificateMapping
"""Whose sign-in it is: each stands for a user in a role."""

_FAILURES_UNTIL_LOCKED = 5
_LOCKED_SECONDS = 30 * 60


class SignInRefused(Exception):
    """A request is not let in. The client is never told why.

    Attributes:
        cause: The word of the Login Audit Trail.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class Session:
    """Who asks: a user in a role, by a token."""

    user: User
    role: Role
    token: Holder


class SignIn:
    """The check of every request's signature, and its memory of nonces and of failures."""

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account
        self._nonces: set[tuple[str, str, int]] = set()
        self._nonces_by_age: deque[tuple[int, tuple[str, str, int]]] = deque()
        self._failures: dict[int, int] = {}
        self._locked_until: dict[int, float] = {}

    def let_in(self, asked: Asked) -> Session:
        """Checks one request by its Authorization header.

        Raises:
            SignInRefused: It is not let in; the cause is in the trail.
            Refusal: The role may not sign in with tokens, and this account says so with a 400.
        """
        return self._let_in(asked, lambda: proof_of_header(asked))

    def let_in_by_passport(self, asked: Asked, passport: ElementTree.Element | None) -> Session:
        """Checks one SOAP request by its token passport, as strictly and with the same memory of nonces.

        Raises:
            SignInRefused, Refusal: As `let_in` does.
        """
        return self._let_in(asked, lambda: proof_of_passport(passport))

    def _let_in(self, asked: Asked, read: Callable[[], Proof]) -> Session:
        token: AccessToken | None = None
        try:
            given = self._proof(read)
            token = self._token(given)
            session = self.session_of(token)
            self._check_signature(given, token)
            if session.user.inactive or session.role.inactive:
                raise SignInRefused("permission_denied")
            self.check_may_log_in(session, LOG_IN_WITH_TOKENS, MANAGE_OWN_TOKENS)
        except SignInRefused as refused:
            self.note_failure(asked, refused.cause, token)
            raise
        self.note_success(asked, session)
        return session

    def note_success(self, asked: Asked, session: Session) -> None:
        """Writes a sign-in into the trail; failures before it no longer count."""
        self._failures.pop(session.user.id, None)
        self._note(asked, "Success", "", session.token)

    def note_failure(self, asked: Asked, cause: str, token: Holder | None) -> None:
        """Writes a failure into the trail and counts it against its user."""
        self._note(asked, "Failure", cause, token)
        if token is None or not self._account.settings.variants.lock_user:
            return
        failures = self._failures.get(token.user, 0) + 1
        self._failures[token.user] = failures
        if failures >= _FAILURES_UNTIL_LOCKED:
            self._locked_until[token.user] = self._account.clock.seconds() + _LOCKED_SECONDS
            self._failures.pop(token.user)

    def session_of(self, token: Holder) -> Session:
        """Says who asks by a token.

        Raises:
            SignInRefused: The user is locked.
        """
        if self._locked_until.get(token.user, 0) > self._account.clock.seconds():
            raise SignInRefused("temporary_locked")
        return Session(self._account.keyring.users[token.user], self._account.role_by_id(token.role), token)

    def check_may_log_in(self, session: Session, *permissions: str) -> None:
        """Checks that a role has one of the permissions to sign in.

        Raises:
            SignInRefused, Refusal: It has none; which of the two is open question 5.
        """
        if max(session.role.level(permission) for permission in permissions) == 0:
            if self._account.settings.variants.login_missing == "400":
                raise Refusal(400, "USER_ERROR", NO_PERMISSION)
            raise SignInRefused("permission_denied")

    def forget(self) -> None:
        """Unlocks every user. Nonces stay used."""
        self._failures.clear()
        self._locked_until.clear()

    def _proof(self, read: Callable[[], Proof]) -> Proof:
        account = self._account
        try:
            given = read()
        except MalformedAuthorization as malformed:
            raise SignInRefused(malformed.cause) from malformed
        if given.realm != account.settings.account_id:
            raise SignInRefused(REALM_OF_ANOTHER_ACCOUNT)
        if TOKEN_BASED_AUTHENTICATION not in account.features:
            raise SignInRefused("FeatureDisabled")
        integration = account.keyring.integration
        if given.consumer_key != integration.consumer_key:
            raise SignInRefused("consumer_key_unknown")
        if integration.blocked:
            raise SignInRefused("consumer_key_refused")
        if given.algorithm != "HMAC-SHA256":
            raise SignInRefused("UnknownAlgorithm")
        if given.version != "1.0":
            # Listed for RESTlets only (NSH:subsect_156935170194); REST has no word of its own for it.
            raise SignInRefused("VersionRejected")
        return given

    def _token(self, given: Proof) -> AccessToken:
        token = self._account.keyring.tokens.get(given.token)
        if token is None or not token.active:
            raise SignInRefused("token_rejected")
        return token

    def _check_signature(self, given: Proof, token: AccessToken) -> None:
        now = self._account.clock.seconds()
        stamp = given.timestamp
        if not (stamp.isascii() and stamp.isdecimal()) or abs(int(stamp) - int(now)) > ALLOWED_SKEW:
            raise SignInRefused("InvalidTimestamp")
        if not given.matches(self._account.keyring.integration.consumer_secret, token.token_secret):
            raise SignInRefused("InvalidSignature")
        self._use_nonce(self._nonce_owner(token), given.nonce, int(stamp), int(now))

    def _nonce_owner(self, token: AccessToken) -> str:
        # open question 7: documented for "this user"; per token and per account are the other readings
        scope = self._account.settings.variants.nonce_scope
        return {"user": str(token.user), "token": token.token_id, "account": ""}[scope]

    def _use_nonce(self, owner: str, nonce: str, stamp: int, now: int) -> None:
        # A timestamp too old is refused anyway, so that a nonce need not be remembered longer.
        while self._nonces_by_age and self._nonces_by_age[0][0] < now - 2 * ALLOWED_SKEW:
            self._nonces.discard(self._nonces_by_age.popleft()[1])
        key = (owner, nonce, stamp)
        if key in self._nonces:
            raise SignInRefused("NonceUsed")
        self._nonces.add(key)
        self._nonces_by_age.append((now, key))

    def _note(self, asked: Asked, status: str, detail: str, token: Holder | None) -> None:
        user = self._account.keyring.users.get(token.user) if token else None
        self._account.audit.add(
            Login(
                date=self._account.clock.now(),
                status=status,
                detail=detail,
                application="" if detail in _INTEGRATION_UNKNOWN else self._account.keyring.integration.name,
                uri=asked.path,
                address=asked.address,
                email=user.email if user else "",
                user=user.id if user else None,
                role=token.role if token else None,
            )
        )
