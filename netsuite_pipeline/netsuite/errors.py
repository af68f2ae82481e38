"""The tree of NetSuite's errors.

    NetSuiteError
    ├── ConfigurationError      something set by a person is missing or malformed; nothing was sent
    │   ├── AccountIdError      the account id is none
    │   └── NangoError          Nango does not give the credentials
    ├── SignInError             NetSuite does not let in: 401, or no access token
    ├── PermissionDenied        the role may not do or see what was asked
    ├── QueryError              SuiteQL refused the statement
    ├── Throttled               too many requests at once
    └── Unavailable             no usable answer: 5xx, resets, time-outs, replies that are cut or no JSON
        └── ImplausibleReply    a whole reply that cannot be the answer to what was asked

Every failed request becomes exactly one of these. Each carries what was asked (method and path, never a
header), what came back, and a remedy that a person can follow. Beside the tree stands `Stopped`, which is
no failure.
"""

from datetime import datetime
from typing import Any, ClassVar

from netsuite_pipeline.netsuite.menus import (
    ACCESS_TOKENS,
    COMPANY_INFORMATION,
    ENABLE_FEATURES,
    INTEGRATION_GOVERNANCE,
    LOGIN_AUDIT_TRAIL,
    edit_role,
)

__all__ = [
    "LANGUAGE_HEADERS",
    "LOGIN_AUDIT_TRAIL",
    "UNEXPECTED",
    "AccountIdError",
    "ConfigurationError",
    "NangoError",
    "NetSuiteError",
    "PermissionDenied",
    "QueryError",
    "SignInError",
    "Stopped",
    "Throttled",
    "Unavailable",
    "is_statement_error",
    "is_unknown_refusal",
]

UNEXPECTED = "UNEXPECTED_ERROR"
LANGUAGE_HEADERS = frozenset({"accept-language", "content-language"})


class Stopped(Exception):
    """Raised by every method of a client that asks NetSuite, once `NetSuiteClient.stop` was called: for
    requests that wait, that are under way, and that come later. It is no failure of NetSuite's, so who
    handles `NetSuiteError` does not catch it; who called `stop` and awaits the threads does."""


class NetSuiteError(Exception):
    """Anything that keeps NetSuite's data from arriving.

    Attributes:
        message: What happened, in one sentence.
        remedy: What to do about it; empty where nothing can be done but wait.
        asked: What was asked of NetSuite (`POST /services/rest/query/v1/suiteql`), or empty.
        status: The HTTP status that came back, or None when none did.
        code: NetSuite's `o:errorCode`, or empty.
        detail: NetSuite's own words, or empty.
        date: The server's clock when it answered, by the reply's Date header, UTC; or None.
    """

    default_remedy: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        endpoint: str = "",
        status: int | None = None,
        code: str = "",
        detail: str = "",
        date: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = self.default_remedy if remedy is None else remedy
        self.endpoint = endpoint
        self.status = status
        self.code = code
        self.detail = detail
        self.date = date

    def __str__(self) -> str:
        """The message, then where it happened and the remedy, each on a line of its own."""
        lines = [self.message]
        if self.endpoint:
            answered = f" answered {self.status}" if self.status is not None else ""
            lines.append(f"  Request: {self.endpoint}{answered}{f' ({self.code})' if self.code else ''}")
        if self.remedy:
            lines.append(f"  To fix: {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders (Dagster's executors) with everything they know."""
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(kind: type[NetSuiteError], state: dict[str, Any]) -> NetSuiteError:
    error = kind.__new__(kind)
    Exception.__init__(error, state["message"])
    error.__dict__.update(state)
    return error


class ConfigurationError(NetSuiteError):
    """Raised before anything is sent: a setting is missing or malformed. Correct it and start again."""


class AccountIdError(ConfigurationError):
    """Raised when the account id is none that NetSuite gives."""

    default_remedy = (
        "Take the account id from NetSuite's address (1234567 in 1234567.app.netsuite.com) or from "
        f"{COMPANY_INFORMATION}; a sandbox is 1234567_SB1."
    )


class NangoError(ConfigurationError):
    """Raised when Nango, not NetSuite, does not give the credentials: the fault is there or in what names the
    connection.

    Attributes:
        reason: `key` (Nango refuses its secret key), `scope` (the key may not read credentials),
            `connection` or `integration` (there is none of that name), `renewal` (Nango could not renew
            what it keeps), `credentials` (what it keeps is not NetSuite's), or `other`.
    """

    default_remedy = (
        "Look at the connection and its logs in Nango, and at NANGO_CONNECTION_ID, NANGO_PROVIDER_CONFIG_KEY "
        "and NANGO_SECRET_KEY."
    )

    def __init__(self, message: str, *, reason: str = "other", **rest: Any) -> None:
        super().__init__(message, **rest)
        self.reason = reason


class SignInError(NetSuiteError):
    """Raised on 401, or where no access token is given (then `code` is OAuth's, and `detail` its words),
    after one confirming attempt where the client makes one. All causes look alike from
    outside; do not go on trying: five refused sign-ins lock a user for 30 minutes
    (NSH:subsect_156935170194)."""

    default_remedy = (
        "Only the Login Audit Trail says which cause it is: "
        f"{LOGIN_AUDIT_TRAIL}. Most often a token was revoked ({ACCESS_TOKENS}), "
        "a secret was pasted wrongly, the account id is another one's, or a sandbox was refreshed "
        "(which removes all tokens)."
    )


class PermissionDenied(NetSuiteError):
    """Raised when the role may not do what was asked, or a table is hidden from it. Retrying is no use;
    an administrator has to extend the role.

    Attributes:
        table: The table that NetSuite hides as if there were none, lower case, or empty.
        permission: The permission that NetSuite names as missing (`Lists -> Items`), or empty; it names one
            for records, and none for tables.
    """

    default_remedy = (
        f"{edit_role()} > Permissions: add what is missing, "
        "press Add, then Save. For SuiteQL as a whole: Reports > SuiteAnalytics Workbook and "
        "Setup > REST Web Services."
    )

    def __init__(self, message: str, *, table: str = "", permission: str = "", **rest: Any) -> None:
        super().__init__(message, **rest)
        self.table = table
        self.permission = permission


class QueryError(NetSuiteError):
    """Raised when SuiteQL refuses the statement: an unknown name, a function it has not, its syntax.

    Attributes:
        column: The column that NetSuite names as the culprit, lower case, or empty.
        reason: `unknown`, `not_exposed`, `removed`, `unsupported` or `syntax`; where NetSuite gives a reason
            of its own for a field, that one in lower case. `header` where NetSuite refuses a header of the
            request; `other` where the meaning of the refusal is not known.
        header: The header that NetSuite refuses, or empty.
    """

    default_remedy = (
        "Change what is asked: `netsuite-pipeline tables NAME` lists the columns of a table. A column that "
        f"was there before went with a feature ({ENABLE_FEATURES}) or with the role's rights."
    )

    def __init__(
        self, message: str, *, column: str = "", reason: str = "other", header: str = "", **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.column = column
        self.reason = reason
        self.header = header


class Throttled(NetSuiteError):
    """Raised when the account's concurrency limit kept refusing requests for as long as we were patient.

    Attributes:
        retry_after: Seconds that NetSuite asked us to wait, or None (it seldom says).
    """

    default_remedy = (
        "Other integrations use the account's requests too: lower NETSUITE_CONCURRENCY, or look at "
        f"{INTEGRATION_GOVERNANCE} for the limit and who uses it."
    )

    def __init__(self, message: str, *, retry_after: float | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.retry_after = retry_after


class Unavailable(NetSuiteError):
    """Raised when no usable answer came for as long as we were patient; what was landed is kept.

    Attributes:
        retry_after: Seconds that the server asked us to wait, or None.
        timed_out: The request was sent and given up because it took too long.
    """

    default_remedy = (
        "NetSuite or the way to it is down: look at status.netsuite.com, then run again; nothing is lost."
    )

    def __init__(
        self, message: str, *, retry_after: float | None = None, timed_out: bool = False, **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.retry_after = retry_after
        self.timed_out = timed_out


class ImplausibleReply(Unavailable):
    """Raised when a reply is whole, but cannot be the answer to what was asked, as often as it was asked for:
    rows outside the key range, rows out of order, more rows promised and none sent, a count that its rows
    contradict. The message names which. Nothing of the reply is used; what was landed before is kept."""

    default_remedy = (
        "NetSuite answers, but not what was asked: a proxy or cache on the way may give out old replies, so "
        "look there first. Sync again; if the same comes back, show NetSuite's support the statement and its "
        "reply (`netsuite-pipeline suiteql` asks it)."
    )


def is_unknown_refusal(error: NetSuiteError | None) -> bool:
    """Return whether a refusal proves nothing: neither that the sign-in works, nor that a permission is
    missing, nor that the statement is wrong.

    Example:
        >>> is_unknown_refusal(QueryError("What?", reason="other"))
        True
    """
    return isinstance(error, QueryError) and error.reason in {"header", "other"}


_ABOUT_STATEMENTS = frozenset({None, 400, 422})


def is_statement_error(error: NetSuiteError) -> bool:
    """Whether asking for less may help: NetSuite refused what was asked, or failed inside over it.

    Example:
        >>> is_statement_error(QueryError("no such column")), is_statement_error(Unavailable("down"))
        (True, False)
    """
    if isinstance(error, QueryError):
        # SuiteQL refuses statements with 400; in unknown words with another status it is not about columns.
        return error.reason != "header" and (error.reason != "other" or error.status in _ABOUT_STATEMENTS)
    return isinstance(error, Unavailable) and error.code == UNEXPECTED
