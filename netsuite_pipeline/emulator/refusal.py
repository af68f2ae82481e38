"""The refusals of requests and of sign-ins."""

from collections.abc import Mapping

_OAUTH_ERRORS: Mapping[str, str] = {
    "ClientCredentialsGrantRequired": "invalid_client",
    "IntegrationBlocked": "invalid_client",
    "InvalidIntegration": "invalid_client",
    "InvalidScope": "invalid_scope",
    "MalformedAssertion": "invalid_request",
    "ScopeMismatched": "invalid_scope",
}
"""OAuth's error code of a cause, where it is not invalid_grant."""


class Refusal(Exception):
    """A request that NetSuite answers with an error body.

    Args:
        status: HTTP status.
        code: NetSuite's `o:errorCode`.
        detail: NetSuite's message.
        where: The part of the request that is wrong, e.g. `{"o:errorQueryParam": "q"}`.
    """

    def __init__(self, status: int, code: str, detail: str, where: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.where = dict(where or {})


class SignInRefused(Exception):
    """A sign-in is refused. The client never learns the cause.

    Attributes:
        cause: The Detail of the Login Audit Trail. Of client assertions, InvalidSignature,
            InvalidIntegration, ScopeMismatched and EntityOrRoleDisabled are NetSuite's
            (NSH:subsect_158324637123). NetSuite's other details are not public; they are our own.
        error: OAuth's error code, which the token endpoint answers with.
    """

    def __init__(self, cause: str, error: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.error = error or _OAUTH_ERRORS.get(cause, "invalid_grant")


def refuse_sign_in(causes: Mapping[str, bool]) -> None:
    """Raise SignInRefused with the first cause that applies, if any."""
    for cause, applies in causes.items():
        if applies:
            raise SignInRefused(cause)
