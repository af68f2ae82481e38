"""How a service says no, in the shape of its own errors, and how a request to it shows who asks."""

from typing import Protocol

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.bearer import BearerSignIn, carries_bearer
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import (
    Refusal,
    Reply,
    concurrency_reply,
    error_reply,
    sign_in_reply,
    unexpected_error,
)


class Manner(Protocol):
    """What a door needs to know of the service behind it."""

    def let_in(self, asked: Asked) -> Session:
        """Checks who asks; raises SignInRefused or Refusal."""

    def not_let_in(self, asked: Asked) -> Reply:
        """The answer to a sign-in that fails, whatever the cause."""

    def too_many(self, variant: str) -> Reply:
        """The answer to a request that finds no slot, as REST would give it with 429 or 400."""

    def refused(self, refusal: Refusal) -> Reply:
        """The answer to a request that is let in and refused."""

    def failed(self) -> Reply:
        """The answer when NetSuite itself fails."""


class RestManner:
    """REST web services: an Authorization header, and errors of `o:errorDetails`."""

    def __init__(self, account: EmulatedAccount, sign_in: SignIn, bearer: BearerSignIn) -> None:
        self._account = account
        self._sign_in = sign_in
        self._bearer = bearer

    def let_in(self, asked: Asked) -> Session:
        bearer = carries_bearer(asked)
        session = self._bearer.let_in(asked, "rest_webservices") if bearer else self._sign_in.let_in(asked)
        self._require_language(asked)
        return session

    def _require_language(self, asked: Asked) -> None:
        """Refuses the language of the token's user, where the company has another one and no header says so.
        Word for word as seen (airbyte#34137)."""
        company = self._account.settings.company_language
        if not company or asked.headers.get("accept-language", "").strip().lower() == company.lower():
            return
        raise Refusal(
            400,
            "INVALID_HEADER",
            "Invalid language. REST web services currently only support the default company language, and do "
            "not support the language specified in your user preferences. Provide the Accept-Language header "
            f"with your default company language value '{company}'.",
            {"o:errorHeader": "Accept-Language"},
        )

    def not_let_in(self, asked: Asked) -> Reply:
        settings = self._account.settings
        if carries_bearer(asked):
            # NSH:subsect_158521885412
            return sign_in_reply(
                f'Bearer realm="{settings.account_id}", error="invalid_token", '
                'error_description="Invalid login attempt."'
            )
        challenged = settings.variants.www_authenticate
        return sign_in_reply(f'OAuth realm="{settings.account_id}"' if challenged else "")

    def too_many(self, variant: str) -> Reply:
        return concurrency_reply(variant, self._account.settings.variants.retry_after)

    def refused(self, refusal: Refusal) -> Reply:
        return error_reply(refusal, self._account.settings.variants.error_types)

    def failed(self) -> Reply:
        return unexpected_error(self._account.settings.variants.error_types)
