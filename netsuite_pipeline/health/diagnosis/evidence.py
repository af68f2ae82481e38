"""The evidence of one connection check: what NetSuite answered, its clock, and when it last worked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from netsuite_pipeline.health.diagnosis.certificate import NO_CERTIFICATE, CertificateStatus
from netsuite_pipeline.netsuite.errors import (
    UNEXPECTED,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
    is_unknown_refusal,
)

ALLOWED_SKEW_SECONDS = 300.0  # NSH:subsect_156935170194
_SKEW_TOLERANCE_SECONDS = 2.0  # a Date header has whole seconds, and the reply took time to arrive

_PREFIXES = (
    "Invalid search query. Detailed unprocessed description follows. ",
    "Search error occurred: ",
)


class Outcome(StrEnum):
    """The outcome of one request.

    `SIGN_IN_REFUSED` and `DENIED` (a permission is missing) are refusals with a known meaning. After
    `QUERY_REFUSED` the sign-in is proven: NetSuite refused the statement alone. `UNCLEAR` is a refusal
    without a known meaning, which proves nothing. `SERVER_ERROR` is NetSuite's UNEXPECTED_ERROR,
    `UNAVAILABLE` any other lack of a usable reply.
    """

    ANSWERED = "answered"
    SIGN_IN_REFUSED = "sign-in refused"
    DENIED = "denied"
    QUERY_REFUSED = "query refused"
    UNCLEAR = "unclear"
    THROTTLED = "throttled"
    SERVER_ERROR = "server error"
    UNAVAILABLE = "unavailable"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Answer:
    """The outcome of one request, with its error where there is one.

    Example:
        >>> Answer.of(SignInError("NetSuite refuses the sign-in.")).outcome
        <Outcome.SIGN_IN_REFUSED: 'sign-in refused'>
    """

    outcome: Outcome = Outcome.NOT_ASKED
    error: NetSuiteError | None = None

    @classmethod
    def of(cls, error: NetSuiteError) -> "Answer":
        """Return the answer that an error is."""
        return cls(_outcome(error), error)

    @property
    def signed_in(self) -> bool:
        """Return whether the answer proves that the sign-in works."""
        return self.outcome in {Outcome.ANSWERED, Outcome.DENIED, Outcome.QUERY_REFUSED}

    @property
    def reached(self) -> bool:
        """Return whether the answer proves that NetSuite was reached."""
        return self.signed_in or self.outcome in {
            Outcome.SIGN_IN_REFUSED,
            Outcome.UNCLEAR,
            Outcome.THROTTLED,
        }

    @property
    def fails(self) -> bool:
        """Return whether no usable reply arrived."""
        return self.outcome in {Outcome.UNAVAILABLE, Outcome.SERVER_ERROR}

    @property
    def quote(self) -> str:
        """Return NetSuite's words in quotes, or our message where NetSuite gives none."""
        if self.error is None:
            return ""
        detail = self.error.detail
        for prefix in _PREFIXES:
            detail = detail.removeprefix(prefix)
        text = f'"{detail}"' if detail else self.error.message
        if self.outcome is not Outcome.UNCLEAR:
            return text
        # Nothing else is known of the refusal, so status and code help a search.
        return f"{text} ({' '.join(filter(None, (str(self.error.status or ''), self.error.code)))})"

    @property
    def sentence(self) -> str:
        """Return NetSuite's words as a sentence: `NetSuite: "…"`, or our message as it is."""
        quote = self.quote
        text = f"NetSuite: {quote}" if quote.startswith('"') else quote
        return text if text.endswith((".", '."', "!", '!"')) else f"{text}."


def _outcome(error: NetSuiteError) -> Outcome:
    match error:
        case SignInError():
            return Outcome.SIGN_IN_REFUSED
        case PermissionDenied():
            return Outcome.DENIED
        case QueryError() if is_unknown_refusal(error):
            return Outcome.UNCLEAR
        case QueryError():
            return Outcome.QUERY_REFUSED
        case Throttled():
            return Outcome.THROTTLED
        case Unavailable(code=code) if code == UNEXPECTED:
            return Outcome.SERVER_ERROR
    return Outcome.UNAVAILABLE


ANSWERED = Answer(Outcome.ANSWERED)
NOT_ASKED = Answer()


@dataclass(frozen=True)
class TokenHolder:
    """User, role and integration of a token; each is empty where NetSuite does not name it."""

    user: str = ""
    role: str = ""
    integration: str = ""


@dataclass(frozen=True)
class Limits:
    """Concurrent requests: configured here, granted by the account (None: unknown), and refused so far."""

    configured: int = 5
    granted: int | None = None
    rejections: int = 0


@dataclass(frozen=True)
class Evidence:
    """All that one connection check gathered.

    Attributes:
        realm: The account, `1234567_SB1`.
        host: The host that the requests went to.
        is_own_host: Whether `host` is the account's own host, not a proxy.
        server_time, suiteql, rest, deleted_records, soap: The answer to each request; `suiteql` reads DUAL.
        table: The answer for a table of every account; only requested where `deleted_records` is unclear.
        first_refusal: The refused sign-in after which a new client repeated all requests.
        milliseconds: Duration of the first request, or None.
        clock_offset: Seconds by which this machine's clock is ahead of NetSuite's, or None.
        last_good: When the sign-in last worked, UTC, or None.
        holder: User, role and integration of the token.
        limits: Concurrent requests.
        audit: Details of recent refused sign-ins in the Login Audit Trail, the latest first.
        kind: The kind of credentials: `tba`, `oauth2` or `nango`.
        uses_tba: Whether requests are signed by token-based authentication, possibly through Nango;
            otherwise by OAuth 2.0, which SOAP does not support.
        certificate: What is known of the certificate.
        at: The time of the check by NetSuite's clock, UTC; None where unknown.
    """

    realm: str
    host: str
    is_own_host: bool = True
    server_time: Answer = NOT_ASKED
    suiteql: Answer = NOT_ASKED
    rest: Answer = NOT_ASKED
    deleted_records: Answer = NOT_ASKED
    table: Answer = NOT_ASKED
    soap: Answer = NOT_ASKED
    first_refusal: Answer = NOT_ASKED
    milliseconds: int | None = None
    clock_offset: float | None = None
    last_good: datetime | None = None
    holder: TokenHolder = TokenHolder()
    limits: Limits = Limits()
    audit: tuple[str, ...] = ()
    kind: str = "tba"
    uses_tba: bool = True
    certificate: CertificateStatus = NO_CERTIFICATE
    at: datetime | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers of REST, in the order of the requests."""
        return (
            self.first_refusal,
            self.server_time,
            self.suiteql,
            self.rest,
            self.deleted_records,
            self.table,
        )

    @property
    def suiteql_works(self) -> bool:
        """Return whether SuiteQL parsed a statement: on DUAL, or on a table if DUAL's refusal is unclear."""
        known = {Outcome.ANSWERED, Outcome.QUERY_REFUSED}
        if self.suiteql.outcome is not Outcome.UNCLEAR:
            return self.suiteql.outcome in known
        hidden = getattr(self.deleted_records.error, "table", "")
        return self.deleted_records.outcome in known or bool(hidden)

    @property
    def refusal_of_all_tables(self) -> Answer | None:
        """Return the unclear refusal that every table gets while DUAL is answered, or None."""
        both = (self.deleted_records, self.table)
        unclear = all(each.outcome is Outcome.UNCLEAR for each in both)
        return self.deleted_records if unclear and self.suiteql.outcome is Outcome.ANSWERED else None

    @property
    def refusal(self) -> Answer | None:
        """Return the refused sign-in, or None where a later request proved the sign-in."""
        asked = [each for each in self.answers if each.outcome is not Outcome.NOT_ASKED]
        if not asked or asked[-1].signed_in:
            return None
        return next((each for each in reversed(asked) if each.outcome is Outcome.SIGN_IN_REFUSED), None)

    @property
    def clock_is_wrong(self) -> bool:
        """Return whether this machine's clock is so far off that NetSuite refuses every signature."""
        limit = ALLOWED_SKEW_SECONDS - _SKEW_TOLERANCE_SECONDS
        return self.clock_offset is not None and abs(self.clock_offset) > limit

    @property
    def is_sandbox(self) -> bool:
        """Return whether the account is a sandbox or a Release Preview.

        Tokens and certificates are never copied there, and a refresh ends those that exist
        (NSH:bridgehead_4254083671, NSH:section_162686838198).
        """
        return "_SB" in self.realm or "_RP" in self.realm
