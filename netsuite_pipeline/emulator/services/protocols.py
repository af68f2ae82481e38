"""How a service authenticates requests and writes refusals."""

from typing import Protocol

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn, carries_bearer
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import (
    Reply,
    concurrency_reply,
    error_reply,
    sign_in_reply,
    unexpected_error,
)
from netsuite_pipeline.emulator.refusal import Refusal


class ServiceProtocol(Protocol):
    """Authentication and error replies of one service."""

    def authenticate(self, request: IncomingRequest) -> Session:
        """Return the session of a request; raise SignInRefused or Refusal."""

    def sign_in_refused(self, request: IncomingRequest) -> Reply:
        """Return the reply to a refused sign-in, the same for every cause."""

    def concurrency_refused(self, variant: str) -> Reply:
        """Return the reply over the concurrency limit; `variant` is `429` or `400`."""

    def error(self, refusal: Refusal) -> Reply:
        """Return the reply to an authenticated request that is refused."""

    def server_error(self) -> Reply:
        """Return the reply to an internal failure of NetSuite."""


class RestProtocol:
    """REST web services: an Authorization header, and errors with `o:errorDetails`."""

    def __init__(self, account: EmulatedAccount, sign_in: SignIn) -> None:
        self._account = account
        self._sign_in = sign_in

    def authenticate(self, request: IncomingRequest) -> Session:
        """Return the session of a signed request or an access token."""
        session = self._sign_in.authenticate(request, "rest_webservices")
        self._require_language(request)
        return session

    def _require_language(self, request: IncomingRequest) -> None:
        """Refuse a request without an Accept-Language header of the company's language.

        Only if the users have another language. Word for word as seen (airbyte#34137).
        """
        company = self._account.company_language
        if not company or request.headers.get("accept-language", "").strip().lower() == company.lower():
            return
        raise Refusal(
            400,
            "INVALID_HEADER",
            "Invalid language. REST web services currently only support the default company language, and do "
            "not support the language specified in your user preferences. Provide the Accept-Language header "
            f"with your default company language value '{company}'.",
            {"o:errorHeader": "Accept-Language"},
        )

    def sign_in_refused(self, request: IncomingRequest) -> Reply:
        """Return the 401."""
        account_id = self._account.settings.account_id
        if carries_bearer(request):
            # NSH:subsect_158521885412
            return sign_in_reply(
                f'Bearer realm="{account_id}", error="invalid_token", '
                'error_description="Invalid login attempt."'
            )
        challenged = self._account.variants.www_authenticate
        return sign_in_reply(f'OAuth realm="{account_id}"' if challenged else "")

    def concurrency_refused(self, variant: str) -> Reply:
        """Return the reply over the concurrency limit."""
        return concurrency_reply(variant, self._account.variants.retry_after)

    def error(self, refusal: Refusal) -> Reply:
        """Return the reply to a refused request."""
        return error_reply(refusal, self._account.variants.error_types)

    def server_error(self) -> Reply:
        """Return the reply to an internal failure."""
        return unexpected_error(self._account.variants.error_types)
