"""Lets a request in by the access token in its Authorization header (NSH:subsect_158324637123)."""

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.access_tokens import AccessGrant
from netsuite_pipeline.emulator.account.permissions import LOG_IN_WITH_OAUTH2, OAUTH2_FEATURE
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn, SignInRefused
from netsuite_pipeline.emulator.http.request import Asked


def carries_bearer(asked: Asked) -> bool:
    """Says whether a request shows an access token, good or not."""
    return asked.headers.get("authorization", "").lower().startswith("bearer")


class BearerSignIn:
    """The check of access tokens: that they were given out and have not expired, and who they stand for.

    Args:
        account: The account that gave them out.
        sign_in: The trail, the locks and the permissions, shared with signed requests.
    """

    def __init__(self, account: EmulatedAccount, sign_in: SignIn) -> None:
        self._account = account
        self._sign_in = sign_in

    def let_in(self, asked: Asked, scope: str) -> Session:
        """Checks one request.

        Args:
            asked: The request.
            scope: What the service behind the door belongs to: `rest_webservices`, `restlets`.

        Raises:
            SignInRefused: It is not let in; the cause is in the trail.
            Refusal: The role may not sign in so, and this account says so with a 400.
        """
        grant = self._account.access_tokens.find(_token(asked))
        try:
            if grant is None:
                raise SignInRefused("TokenRejected")
            session = self._sign_in.session_of(grant)
            self._check(grant, session, scope)
            self._sign_in.check_may_log_in(session, LOG_IN_WITH_OAUTH2)
        except SignInRefused as refused:
            self._sign_in.note_failure(asked, refused.cause, grant)
            raise
        self._sign_in.note_success(asked, session)
        return session

    def _check(self, grant: AccessGrant, session: Session, scope: str) -> None:
        account = self._account
        if OAUTH2_FEATURE not in account.features:
            raise SignInRefused("FeatureDisabled")
        if account.keyring.integration.blocked:
            raise SignInRefused("IntegrationBlocked")
        mapping = account.certificates.find(grant.certificate_id)
        ends = account.settings.variants.revoked_certificate == "ends_tokens"
        if mapping is None or (mapping.revoked and ends):
            raise SignInRefused("CertificateRevoked")
        if grant.expires <= account.clock.seconds():
            raise SignInRefused("AccessTokenExpired")
        if scope not in grant.scopes:
            raise SignInRefused("ScopeMismatched")
        if session.user.inactive or session.role.inactive:
            raise SignInRefused("EntityOrRoleDisabled")


def _token(asked: Asked) -> str:
    return asked.headers.get("authorization", "").partition(" ")[2].strip()
