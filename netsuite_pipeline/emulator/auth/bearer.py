"""Sign-in by the Authorization header: by an access token (NSH:subsect_158324637123) or by a signature."""

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.access_tokens import AccessGrant
from netsuite_pipeline.emulator.account.permissions import LOG_IN_WITH_OAUTH2, OAUTH2_FEATURE
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.refusal import SignInRefused


def carries_bearer(request: IncomingRequest) -> bool:
    """Return whether a request carries an access token, valid or not."""
    return request.headers.get("authorization", "").lower().startswith("bearer")


class HeaderSignIn:
    """Checks the access tokens of requests; without one, their signatures.

    Args:
        account: The account that issued the tokens.
        sign_in: The login audit, user locks and permission checks, shared with signed requests.
    """

    def __init__(self, account: EmulatedAccount, sign_in: SignIn) -> None:
        self._account = account
        self._sign_in = sign_in

    def authenticate(self, request: IncomingRequest, scope: str) -> Session:
        """Authenticate one request.

        Args:
            request: The request.
            scope: The OAuth 2.0 scope of the service: `rest_webservices` or `restlets`.

        Raises:
            SignInRefused: The token is refused; the login audit has the cause.
            Refusal: The role may not sign in with OAuth 2.0, and this account answers with a 400.
        """
        if not carries_bearer(request):
            return self._sign_in.authenticate(request)
        token = request.headers["authorization"].partition(" ")[2].strip()
        grant = self._account.access_tokens.find(token)
        try:
            if grant is None:
                raise SignInRefused("TokenRejected")
            session = self._sign_in.session_of(grant)
            self._check(grant, session, scope)
            self._sign_in.require_login_permission(session, LOG_IN_WITH_OAUTH2)
        except SignInRefused as refused:
            self._sign_in.record_failure(request, refused.cause, grant)
            raise
        self._sign_in.record_success(request, session)
        return session

    def _check(self, grant: AccessGrant, session: Session, scope: str) -> None:
        account = self._account
        if OAUTH2_FEATURE not in account.features:
            raise SignInRefused("FeatureDisabled")
        if account.keyring.integration.blocked:
            raise SignInRefused("IntegrationBlocked")
        mapping = account.certificates.find(grant.certificate_id)
        ends = account.variants.revoked_certificate == "ends_tokens"
        if mapping is None or (mapping.revoked and ends):
            raise SignInRefused("CertificateRevoked")
        if grant.expires <= account.clock.seconds():
            raise SignInRefused("AccessTokenExpired")
        if scope not in grant.scopes:
            raise SignInRefused("ScopeMismatched")
        if session.user.inactive or session.role.inactive:
            raise SignInRefused("EntityOrRoleDisabled")
