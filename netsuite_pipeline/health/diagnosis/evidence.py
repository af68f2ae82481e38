"""What one look at the connection gathered, before anything is made of it: answers, clock, what worked."""

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
_SKEW_IS_SURE_WITHIN = 2.0  # seconds; a Date header tells whole ones, and the reply has been under way

_BEGINNINGS = (
    "Invalid search query. Detailed unprocessed description follows. ",
    "Search error occurred: ",
)


class Outcome(StrEnum):
    """How a question ended.

    `ANSWERED` as wished; `REFUSED` the sign-in; `DENIED` by the role's rights; `OBJECTED` the question itself
    was refused, so whoever asked was let in; `UNCLEAR` refused for a reason that is not known, which proves
    nothing; `BUSY` too many requests at once; `STUMBLED` NetSuite failed inside over it; `DOWN` no usable
    answer, or none at all; `NOT_ASKED`.
    """

    ANSWERED = "answered"
    REFUSED = "refused"
    DENIED = "denied"
    QUERY_REFUSED = "objected"
    UNCLEAR = "unclear"
    THROTTLED = "busy"
    SERVER_ERROR = "stumbled"
    UNAVAILABLE = "down"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Answer:
    """What became of one question.

    Attributes:
        outcome: How it ended.
        error: The failure, where it is one.

    Example:
        >>> Answer.of(SignInError("NetSuite refuses the sign-in.")).outcome
        <Outcome.REFUSED: 'refused'>
    """

    outcome: Outcome = Outcome.NOT_ASKED
    error: NetSuiteError | None = None

    @classmethod
    def of(cls, error: NetSuiteError) -> "Answer":
        """The answer that a failure is."""
        return cls(_outcome(error), error)

    @property
    def signed_in(self) -> bool:
        """Whether it shows that the sign-in works."""
        return self.outcome in {Outcome.ANSWERED, Outcome.DENIED, Outcome.QUERY_REFUSED}

    @property
    def reached(self) -> bool:
        """Whether it shows that NetSuite is there and answers."""
        return self.signed_in or self.outcome in {Outcome.REFUSED, Outcome.UNCLEAR, Outcome.THROTTLED}

    @property
    def fails(self) -> bool:
        """Whether no usable answer came."""
        return self.outcome in {Outcome.UNAVAILABLE, Outcome.SERVER_ERROR}

    @property
    def words(self) -> str:
        """NetSuite's own words in quotes, without what all refusals of SuiteQL begin with; ours where it said
        nothing."""
        if self.error is None:
            return ""
        plain = self.error.detail
        for beginning in _BEGINNINGS:
            plain = plain.removeprefix(beginning)
        words = f'"{plain}"' if plain else self.error.message
        if self.outcome is not Outcome.UNCLEAR:
            return words
        # Nothing else is known of it, so status and code are what a search begins with.
        return f"{words} ({' '.join(filter(None, (str(self.error.status or ''), self.error.code)))})"


def _outcome(error: NetSuiteError) -> Outcome:
    match error:
        case SignInError():
            return Outcome.REFUSED
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
    """Whose token it is, as far as NetSuite tells."""

    user: str = ""
    role: str = ""


@dataclass(frozen=True)
class Limits:
    """Requests at once: what we make, what the account grants (None: not told), how many were refused."""

    ours: int = 5
    granted: int | None = None
    rejections: int = 0


@dataclass(frozen=True)
class Evidence:
    """All that is known at the end of a look.

    Attributes:
        realm: The account, `1234567_SB1`.
        host: Where it was asked.
        own_host: Whether that is the account's own host, and not a proxy or the like.
        server_time, suiteql, rest, deleted_records, soap: What became of each question. `suiteql` is DUAL's.
        table: Of a table that every account has; only asked where `deleted_records` is unclear.
        refused_before: The refusal after which all this was asked once more, by a new client.
        milliseconds: What the first answer took, or None.
        clock_off: Seconds that our clock is ahead, or None.
        last_good: When the sign-in last worked, UTC, or None.
        who: Whose token it is.
        limits: Requests at once.
        audit: Details of the Login Audit Trail's refused sign-ins of late, the latest first.
        kind: Of the credentials: `tba`, `oauth2` or `nango`.
        by_token: Whether a token of token-based authentication signs, by itself or kept by Nango; otherwise
            it is OAuth 2.0, which SOAP does not know.
        certificate: What is known of the certificate.
        at: When all this was, by NetSuite's clock, UTC; None where nobody said.
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
    who: TokenHolder = TokenHolder()
    limits: Limits = Limits()
    audit: tuple[str, ...] = ()
    kind: str = "tba"
    uses_tba: bool = True
    certificate: CertificateStatus = NO_CERTIFICATE
    at: datetime | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Of REST, in the order of asking."""
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
        """Whether SuiteQL has read a statement: by DUAL, or by a table where DUAL's refusal is unclear."""
        known = {Outcome.ANSWERED, Outcome.QUERY_REFUSED}
        if self.suiteql.outcome is not Outcome.UNCLEAR:
            return self.suiteql.outcome in known
        hidden = getattr(self.deleted_records.error, "table", "")
        return self.deleted_records.outcome in known or bool(hidden)

    @property
    def refusal_of_all_tables(self) -> Answer | None:
        """The unclear refusal that tables get as a whole, while SuiteQL answers without one; or None."""
        both = (self.deleted_records, self.table)
        alike = all(each.outcome is Outcome.UNCLEAR for each in both)
        return self.deleted_records if alike and self.suiteql.outcome is Outcome.ANSWERED else None

    @property
    def refusal(self) -> Answer | None:
        """The refused sign-in that still stands, or None."""
        asked = [each for each in self.answers if each.outcome is not Outcome.NOT_ASKED]
        if not asked or asked[-1].signed_in:
            return None
        return next((each for each in reversed(asked) if each.outcome is Outcome.REFUSED), None)

    @property
    def clock_is_wrong(self) -> bool:
        """Whether our clock is so far off that NetSuite refuses every signature."""
        return (
            self.clock_offset is not None
            and abs(self.clock_offset) > ALLOWED_SKEW_SECONDS - _SKEW_IS_SURE_WITHIN
        )

    @property
    def is_sandbox(self) -> bool:
        """Whether the account is a sandbox or a Release Preview: tokens and certificates are never
        copied to these, and a refresh ends those they have (NSH:bridgehead_4254083671,
        NSH:section_162686838198)."""
        return "_SB" in self.realm or "_RP" in self.realm
