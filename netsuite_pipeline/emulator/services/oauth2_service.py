"""`POST …/auth/oauth2/v1/token`: an access token for a client assertion (NSH:section_162755359851)."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.access_tokens import AccessGrant
from netsuite_pipeline.emulator.account.credentials.certificate_mappings import CertificateMapping
from netsuite_pipeline.emulator.account.permissions import LOG_IN_WITH_OAUTH2, OAUTH2_FEATURE
from netsuite_pipeline.emulator.auth.assertion import (
    AssertionRefused,
    check_claims,
    check_signature,
    parse_assertion,
    scopes_of,
)
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn, SignInRefused
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import (
    Refusal,
    Reply,
    concurrency_reply,
    encode,
    unexpected_error,
)

TOKEN = "/services/rest/auth/oauth2/v1/token"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json;charset=UTF-8"


class TokenEndpoint:
    """Gives access tokens to whom the door has let in."""

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account

    async def token(self, asked: Asked, session: Session) -> Reply:
        """Answers a new access token."""
        assert isinstance(session.token, AccessGrant)
        tokens = self._account.access_tokens
        given = {
            "access_token": tokens.give(session.token, self._account.clock.seconds()),
            "expires_in": str(tokens.seconds),  # a text, in Oracle's example too
            "token_type": "bearer",
        }
        return Reply(200, encode(given), _JSON, ((b"cache-control", b"no-store"),))


class TokenManner:
    """The token endpoint: an assertion in a form, and errors of one word; the cause is in the trail alone.

    That a request for a token takes one of the account's slots is a guess.
    """

    def __init__(self, account: EmulatedAccount, sign_in: SignIn) -> None:
        self._account = account
        self._sign_in = sign_in

    def let_in(self, asked: Asked) -> Session:
        if asked.method != "POST":
            raise Refusal(405, "invalid_request", "")
        mapping: CertificateMapping | None = None
        try:
            given = parse_assertion(_form(asked)["client_assertion"])
            mapping = self._account.certificates.find(given.key_id)
            if mapping is None:
                raise AssertionRefused("CertificateUnknown")
            check_signature(given, mapping.certificate.public_key)
            integration = self._account.keyring.integration
            check_claims(
                given.claims,
                client_id=integration.consumer_key,
                audience=asked.uri,
                now=self._account.clock.seconds(),
            )
            grant = grant_of(self._account, mapping, scopes_of(given.claims, integration.scopes))
            session = self._sign_in.session_of(grant)
        except (AssertionRefused, SignInRefused) as refused:
            self._sign_in.note_failure(asked, refused.cause, mapping)
            raise self._refusal(refused) from refused
        self._sign_in.note_success(asked, session)
        return session

    def _refusal(self, refused: AssertionRefused | SignInRefused) -> Refusal:
        error = refused.error if isinstance(refused, AssertionRefused) else "invalid_grant"
        if error == "invalid_grant":
            error = self._account.settings.variants.assertion_refused
        return Refusal(401 if error == "invalid_client" else 400, error, "")

    def not_let_in(self, asked: Asked) -> Reply:
        return self.refused(Refusal(400, self._account.settings.variants.assertion_refused, ""))

    def too_many(self, variant: str) -> Reply:
        return concurrency_reply(variant, self._account.settings.variants.retry_after)

    def refused(self, refusal: Refusal) -> Reply:
        return Reply(
            refusal.status, encode({"error": refusal.code}), _JSON, ((b"cache-control", b"no-store"),)
        )

    def failed(self) -> Reply:
        return unexpected_error(self._account.settings.variants.error_types)


def grant_of(account: EmulatedAccount, mapping: CertificateMapping, scopes: frozenset[str]) -> AccessGrant:
    """Says what a token for a mapping would stand for.

    Raises:
        AssertionRefused: The mapping cannot be used now: for the feature, the integration record, the
            certificate, the user or the role.
    """
    integration, now = account.keyring.integration, account.clock.seconds()
    role = account.role_by_id(mapping.role)
    if OAUTH2_FEATURE not in account.features:
        raise AssertionRefused("FeatureDisabled")
    if integration.blocked:
        raise AssertionRefused("IntegrationBlocked", "invalid_client")
    if not integration.client_credentials:
        raise AssertionRefused("ClientCredentialsGrantRequired", "invalid_client")
    if mapping.revoked:
        raise AssertionRefused("CertificateRevoked")
    if not mapping.certificate.not_before <= now < mapping.certificate.not_after:
        raise AssertionRefused("CertificateExpired")
    if account.keyring.users[mapping.user].inactive or role.inactive:
        raise AssertionRefused("EntityOrRoleDisabled")
    if role.level(LOG_IN_WITH_OAUTH2) == 0:
        raise AssertionRefused("permission_denied")
    return AccessGrant(
        mapping.user, mapping.role, mapping.certificate_id, scopes, now + account.access_tokens.seconds
    )


def _form(asked: Asked) -> Mapping[str, str]:
    """Reads the form.

    Raises:
        AssertionRefused: It is none, or lacks what it must have.
    """
    if asked.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise AssertionRefused("MalformedAssertion", "invalid_request")
    pairs = parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs) or not form.get("grant_type"):
        raise AssertionRefused("MalformedAssertion", "invalid_request")
    if form["grant_type"] != "client_credentials":
        raise AssertionRefused("MalformedAssertion", "unsupported_grant_type")
    if form.get("client_assertion_type") != _ASSERTION_TYPE or not form.get("client_assertion"):
        raise AssertionRefused("MalformedAssertion", "invalid_request")
    return form
