"""`POST …/auth/oauth2/v1/token`: an access token for a client assertion (NSH:section_162755359851)."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.access_tokens import AccessGrant
from netsuite_pipeline.emulator.account.credentials.certificate_mappings import CertificateMapping
from netsuite_pipeline.emulator.account.permissions import LOG_IN_WITH_OAUTH2, OAUTH2_FEATURE
from netsuite_pipeline.emulator.auth.assertion import (
    check_claims,
    check_signature,
    parse_assertion,
    scopes_of,
)
from netsuite_pipeline.emulator.auth.sign_in import Session
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import (
    Reply,
    encode,
)
from netsuite_pipeline.emulator.refusal import Refusal, SignInRefused, refuse_sign_in
from netsuite_pipeline.emulator.services.protocols import RestProtocol

OAUTH2_PATH = "/services/rest/auth/oauth2/v1/token"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json;charset=UTF-8"


async def token(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer a verified assertion with a new access token."""
    if not isinstance(session.token, AccessGrant):
        raise TypeError("TokenProtocol authenticates by assertion only")
    body = {
        "access_token": account.access_tokens.issue(session.token, account.clock.seconds()),
        "expires_in": str(account.access_tokens.seconds),  # a text, in Oracle's example too
        "token_type": "bearer",
    }
    return _reply(200, body)


class TokenProtocol(RestProtocol):
    """The token endpoint: an assertion in a form, and errors with a code only.

    It is a guess that token requests count against the concurrency limit.
    """

    def authenticate(self, request: IncomingRequest) -> Session:
        """Return the session of the assertion's mapping; raise Refusal for a bad assertion."""
        if request.method != "POST":
            raise Refusal(405, "invalid_request", "")
        mapping: CertificateMapping | None = None
        try:
            given = parse_assertion(_form(request)["client_assertion"])
            mapping = self._account.certificates.find(given.key_id)
            if mapping is None:
                raise SignInRefused("CertificateUnknown")
            check_signature(given, mapping.certificate.public_key)
            integration = self._account.keyring.integration
            check_claims(
                given.claims,
                client_id=integration.consumer_key,
                audience=request.uri,
                now=self._account.clock.seconds(),
            )
            grant = grant_for(self._account, mapping, scopes_of(given.claims, integration.scopes))
            session = self._sign_in.session_of(grant)
        except SignInRefused as refused:
            self._sign_in.record_failure(request, refused.cause, mapping)
            raise self._refusal(refused.error) from refused
        self._sign_in.record_success(request, session)
        return session

    def _refusal(self, error: str) -> Refusal:
        if error == "invalid_grant":
            error = self._account.variants.assertion_refused
        return Refusal(401 if error == "invalid_client" else 400, error, "")

    def sign_in_refused(self, request: IncomingRequest) -> Reply:
        """Return the reply to a refused sign-in."""
        return self.error(Refusal(400, self._account.variants.assertion_refused, ""))

    def error(self, refusal: Refusal) -> Reply:
        """Return the reply to a refused request."""
        return _reply(refusal.status, {"error": refusal.code})


def grant_for(account: EmulatedAccount, mapping: CertificateMapping, scopes: frozenset[str]) -> AccessGrant:
    """Return the grant of a new token for a mapping.

    Raises:
        SignInRefused: Feature, integration record, certificate, user or role forbids a token.
    """
    integration, now = account.keyring.integration, account.clock.seconds()
    role = account.role_by_id(mapping.role)
    certificate = mapping.certificate
    refuse_sign_in(
        {
            "FeatureDisabled": OAUTH2_FEATURE not in account.features,
            "IntegrationBlocked": integration.blocked,
            "ClientCredentialsGrantRequired": not integration.client_credentials,
            "CertificateRevoked": mapping.revoked,
            "CertificateExpired": not certificate.not_before <= now < certificate.not_after,
            "EntityOrRoleDisabled": account.keyring.users[mapping.user].inactive or role.inactive,
            "permission_denied": role.level(LOG_IN_WITH_OAUTH2) == 0,
        }
    )
    return AccessGrant(
        mapping.user, mapping.role, mapping.certificate_id, scopes, now + account.access_tokens.seconds
    )


def _reply(status: int, body: Mapping[str, str]) -> Reply:
    return Reply(status, encode(body), _JSON, ((b"cache-control", b"no-store"),))


def _form(request: IncomingRequest) -> Mapping[str, str]:
    """Read the form.

    Raises:
        SignInRefused: The body is no form, or a field is missing or wrong.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise SignInRefused("MalformedAssertion")
    pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs) or not form.get("grant_type"):
        raise SignInRefused("MalformedAssertion")
    if form["grant_type"] != "client_credentials":
        raise SignInRefused("MalformedAssertion", "unsupported_grant_type")
    if form.get("client_assertion_type") != _ASSERTION_TYPE or not form.get("client_assertion"):
        raise SignInRefused("MalformedAssertion")
    return form
