"""How a service says no, in the shape of its own errors, and how a request to it shows who asks."""

from typing import Protocol

from netsuite_pipeline.emulator.account import EmulatedAccount
from netsuite_pipeline.emulator.asked import Asked
from netsuite_pipeline.emulator.bodies import (
    Refusal,
    Reply,
    concurrency_reply,
    error_reply,
    sign_in_reply,
    unexpected_error,
)
from netsuite_pipeline.emulator.sign_in import Session, SignIn


class Manner(Protocol):
    """What a door needs to know of the service behind it."""

    def let_in(self, asked: Asked) -> Session:
        """Checks who asks; raises SignInRefused or Refusal."""

    def not_let_in(self) -> Reply:
        """The answer to a sign-in that fails, whatever the cause."""

    def too_many(self, variant: str) -> Reply:
        """The answer to a request that finds no slot, as REST would give it with 429 or 400."""

    def refused(self, refusal: Refusal) -> Reply:
        """The answer to a request that is let in and refused."""

    def failed(self) -> Reply:
        """The answer when NetSuite itself fails."""


class RestManner:
    """REST web services: an Authorization header, and errors of `o:errorDetails`."""

    def __init__(self, account: EmulatedAccount, sign_in: SignIn) -> None:
        self._account = account
        self._sign_in = sign_in

    def let_in(self, asked: Asked) -> Session:
        return self._sign_in.let_in(asked)

    def not_let_in(self) -> Reply:
        settings = self._account.settings
        return sign_in_reply(settings.account_id, challenge=settings.variants.www_authenticate)

    def too_many(self, variant: str) -> Reply:
        return concurrency_reply(variant, self._account.settings.variants.retry_after)

    def refused(self, refusal: Refusal) -> Reply:
        return error_reply(refusal, self._account.settings.variants.error_types)

    def failed(self) -> Reply:
        return unexpected_error(self._account.settings.variants.error_types)
