"""The refusals of requests and of sign-ins."""

from collections.abc import Mapping


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

    def __init__(self, cause: str, error: str = "invalid_grant") -> None:
        super().__init__(cause)
        self.cause = cause
        self.error = error
