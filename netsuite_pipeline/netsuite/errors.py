"""The tree of NetSuite's errors.

    NetSuiteError
    ├── ConfigurationError      a setting is missing or malformed; nothing was sent
    │   ├── AccountIdError      the account id is malformed
    │   └── NangoError          Nango does not return the credentials
    ├── SignInError             NetSuite refuses the sign-in: 401, or no access token
    ├── PermissionDenied        the role may not do or see what was requested
    ├── QueryError              SuiteQL refuses the statement
    ├── Throttled               too many concurrent requests
    └── Unavailable             no usable reply: 5xx, resets, time-outs, replies that are cut or no JSON
        └── ImplausibleReply    a whole reply that cannot be the answer to the request

Every failed request becomes exactly one of these errors. Each carries the request (method and path, never
a header), the reply's status and words, and a remedy. `Stopped` is no failure and stands outside the tree.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from netsuite_pipeline.netsuite.menus import (
    ACCESS_TOKENS,
    COMPANY_INFORMATION,
    ENABLE_FEATURES,
    INTEGRATION_GOVERNANCE,
    LOGIN_AUDIT_TRAIL,
    edit_role,
)

UNEXPECTED = "UNEXPECTED_ERROR"
LANGUAGE_HEADERS = frozenset({"accept-language", "content-language"})


class Stopped(Exception):
    """Raised by every request of a client after `NetSuiteClient.stop`: waiting, in flight, or later.

    It is no failure of NetSuite, so a handler of `NetSuiteError` does not catch it. The caller of `stop`
    catches it when it joins the threads.
    """


@dataclass(eq=False, repr=False, kw_only=True)
class NetSuiteError(Exception):
    """A failure that keeps NetSuite's data from arriving.

    Attributes:
        message: What happened, in one sentence.
        remedy: What to do about it; empty where only waiting helps. Each kind has its own default.
        endpoint: Method and path of the request (`POST /services/rest/query/v1/suiteql`), or empty.
        status: The HTTP status, or None without a reply.
        code: NetSuite's `o:errorCode`, or empty.
        detail: NetSuite's own words, or empty.
        date: The server's time by the reply's Date header, UTC; or None.
    """

    message: str = field(kw_only=False)
    remedy: str = ""
    endpoint: str = ""
    status: int | None = None
    code: str = ""
    detail: str = ""
    date: datetime | None = None

    def __post_init__(self) -> None:
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message, the request and what fixes it, one line each."""
        lines = [self.message]
        if self.endpoint:
            answered = f" answered {self.status}" if self.status is not None else ""
            lines.append(f"  Request: {self.endpoint}{answered}{f' ({self.code})' if self.code else ''}")
        if self.remedy:
            lines.append(f"  To fix: {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle all attributes, so that errors cross process borders (Dagster's executors)."""
        return (Exception.__new__, (type(self), self.message), self.__dict__.copy())


class ConfigurationError(NetSuiteError):
    """Raised before anything is sent: a setting is missing or malformed."""


@dataclass(eq=False, repr=False, kw_only=True)
class AccountIdError(ConfigurationError):
    """Raised when a text is no NetSuite account id."""

    remedy: str = (
        "Take the account id from NetSuite's address (1234567 in 1234567.app.netsuite.com) or from "
        f"{COMPANY_INFORMATION}; a sandbox is 1234567_SB1."
    )


@dataclass(eq=False, repr=False, kw_only=True)
class NangoError(ConfigurationError):
    """Raised when Nango does not return the credentials.

    The fault is in Nango or in the connection's name, not in NetSuite.

    Attributes:
        reason: `key` (Nango refuses its secret key), `scope` (the key may not read credentials),
            `connection` or `integration` (none has that name), `renewal` (Nango could not renew the
            credentials), `credentials` (they are not NetSuite's), or `other`.
    """

    remedy: str = (
        "Check the connection and its logs in Nango, and NANGO_CONNECTION_ID, NANGO_PROVIDER_CONFIG_KEY "
        "and NANGO_SECRET_KEY."
    )
    reason: str = "other"


@dataclass(eq=False, repr=False, kw_only=True)
class SignInError(NetSuiteError):
    """Raised when NetSuite refuses the sign-in: on 401, or where no access token is granted.

    Without an access token `code` is OAuth's, and `detail` its words. A client with `confirm_sign_in` raises
    the error only after one confirming attempt. All causes give the same reply. Do not retry: five
    refused sign-ins lock a user for 30 minutes (NSH:subsect_156935170194).
    """

    remedy: str = (
        "Only the Login Audit Trail says which cause it is: "
        f"{LOGIN_AUDIT_TRAIL}. Most often a token was revoked ({ACCESS_TOKENS}), "
        "a secret was pasted wrongly, the account id is another one's, or a sandbox was refreshed "
        "(which removes all tokens)."
    )


@dataclass(eq=False, repr=False, kw_only=True)
class PermissionDenied(NetSuiteError):
    """Raised when the role may not do what was requested, or may not see a table. Retrying does not help.

    Attributes:
        table: The table that NetSuite hides from the role, lower case, or empty.
        permission: The missing permission that NetSuite names (`Lists -> Items`), or empty; NetSuite names
            one for records, and none for tables.
    """

    remedy: str = (
        f"{edit_role()} > Permissions: add what is missing, "
        "press Add, then Save. For SuiteQL as a whole: Reports > SuiteAnalytics Workbook and "
        "Setup > REST Web Services."
    )
    table: str = ""
    permission: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class QueryError(NetSuiteError):
    """Raised when SuiteQL refuses the statement: an unknown name, an unsupported function, its syntax.

    Attributes:
        column: The column that NetSuite names as the culprit, lower case, or empty.
        reason: `unknown`, `not_exposed`, `removed`, `unsupported` or `syntax`; or NetSuite's own reason for a
            field, in lower case. `header` where NetSuite refuses a header of the request; `other` where the
            meaning of the refusal is not known.
        header: The header that NetSuite refuses, or empty.
    """

    remedy: str = (
        "Change the statement: `netsuite-pipeline tables NAME` lists the columns of a table. A column that "
        f"was there before went with a feature ({ENABLE_FEATURES}) or with the role's rights."
    )
    column: str = ""
    reason: str = "other"
    header: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class Throttled(NetSuiteError):
    """Raised when the account's concurrency limit refused a request for the whole retry window.

    Attributes:
        retry_after: Seconds by the Retry-After header, or None (NetSuite seldom sends it).
    """

    remedy: str = (
        "Other integrations also use the account's requests. Lower NETSUITE_CONCURRENCY, or check the limit "
        f"and its users at {INTEGRATION_GOVERNANCE}."
    )
    retry_after: float | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class Unavailable(NetSuiteError):
    """Raised when no usable reply came within the retry window. Landed pages are kept.

    Attributes:
        retry_after: Seconds by the Retry-After header, or None.
        timed_out: The request was sent and timed out.
    """

    remedy: str = (
        "NetSuite or the network is down: check status.netsuite.com, then run again. No data is lost."
    )
    retry_after: float | None = None
    timed_out: bool = False


@dataclass(eq=False, repr=False, kw_only=True)
class ImplausibleReply(Unavailable):
    """Raised when a whole reply cannot be the answer to the request, in each of several attempts.

    For example: rows outside the key range, rows out of order, more rows promised and none sent, a wrong
    count. The message says which. Nothing of the reply is used; landed pages are kept.
    """

    remedy: str = (
        "NetSuite's reply does not fit the request. A proxy or cache on the way may send old replies: check "
        "it first. Sync again; if the same comes back, show NetSuite's support the statement and its reply "
        "(`netsuite-pipeline suiteql` sends it)."
    )


def is_unknown_refusal(error: NetSuiteError | None) -> bool:
    """Return whether the meaning of a refusal is unknown.

    Such a refusal proves no working sign-in, no missing permission and no wrong statement.

    Example:
        >>> is_unknown_refusal(QueryError("What?", reason="other"))
        True
    """
    return isinstance(error, QueryError) and error.reason in {"header", "other"}


_ABOUT_STATEMENTS = frozenset({None, 400, 422})


def is_statement_error(error: NetSuiteError) -> bool:
    """Return whether requesting less may help: NetSuite refused the statement, or failed inside over it.

    Example:
        >>> is_statement_error(QueryError("no such column")), is_statement_error(Unavailable("down"))
        (True, False)
    """
    if isinstance(error, QueryError):
        # SuiteQL refuses statements with 400; in unknown words with another status it is not about columns.
        return error.reason != "header" and (error.reason != "other" or error.status in _ABOUT_STATEMENTS)
    return isinstance(error, Unavailable) and error.code == UNEXPECTED
