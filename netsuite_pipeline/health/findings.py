"""Findings: one for each subject that a check covers, with state, causes and remedy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

UtcTime = Annotated[datetime, Meta(tz=False)]
"""A UTC time without a zone."""

Facts = Mapping[str, int | float | str]


class State(StrEnum):
    """The state of a subject.

    `WARNING` stops nothing. `UNKNOWN` means that the subject could not be checked: it is neither a regression
    nor a recovery.
    """

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


_WORST_FIRST = (State.FAILED, State.WARNING, State.UNKNOWN, State.OK)


@dataclass(frozen=True)
class Cause:
    """One possible cause of a finding.

    Attributes:
        summary: The cause, as a sentence: "The token was revoked."
        indication: What shows that this cause applies; empty where nothing shows it.
        remedy: What to do, with NetSuite's menu path.
        missing: What this cause says is missing: permissions by tab and name, or features. A run that proves
            all of them disproves the cause.

    Example:
        >>> Cause("The token was revoked.", "The list shows a cross.", "Create a new token.").as_text
        'The token was revoked. The list shows a cross. Create a new token.'
    """

    summary: str
    indication: str = ""
    remedy: str = ""
    missing: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def as_text(self) -> str:
        """Return summary, indication and remedy as one paragraph."""
        return " ".join(filter(None, (self.summary, self.indication, self.remedy)))


@dataclass(frozen=True)
class Finding:
    """The result for one subject.

    Attributes:
        id: The subject: a name (`sign_in`), or kind, table and column (`column:customer.email`).
        state: Its state.
        seen: What was observed, in a sentence or two; NetSuite's words in quotes.
        causes: Possible causes, the likeliest first; empty for an OK subject.
        remedy: What to do first; empty where nothing is to be done.
        since: When this state began, UTC; None where unknown.
        facts: Figures for people and programs: `{"clock_off_seconds": 0.4}`.
        escalation: A level that rises as a date comes nearer; each higher level is alerted again.
        last_ok: When the subject last worked, UTC; None where unknown.

    Example:
        >>> Finding("clock", State.OK, "0.4 s apart").subject
        ''
        >>> Finding("column:customer.email", State.FAILED, "gone").subject
        'customer'
    """

    id: str
    state: State
    seen: str
    causes: tuple[Cause, ...] = ()
    remedy: str = ""
    since: UtcTime | None = None
    facts: Facts = field(default_factory=dict)
    escalation: int = 0
    last_ok: UtcTime | None = None

    @property
    def kind(self) -> str:
        """Return the part of the id before the colon, or the id itself."""
        return self.id.partition(":")[0]

    @property
    def subject(self) -> str:
        """Return the table of the finding, or an empty text."""
        return self.id.partition(":")[2].partition(".")[0]

    @property
    def column(self) -> str:
        """Return the column of the finding, or an empty text."""
        return self.id.partition(":")[2].partition(".")[2]

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the finding for `doctor --json`; each cause is one paragraph."""
        return {
            "id": self.id,
            "state": str(self.state),
            "seen": self.seen,
            "causes": [cause.as_text for cause in self.causes],
            "remedy": self.remedy,
            "since": _iso(self.since),
            "last_ok": _iso(self.last_ok),
        }


def _iso(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def worst(states: Iterable[State]) -> State:
    """Return the worst of some states, `OK` without any.

    Example:
        >>> worst([State.OK, State.UNKNOWN, State.WARNING])
        <State.WARNING: 'warning'>
    """
    present = set(states)
    return next((state for state in _WORST_FIRST if state in present), State.OK)


def with_causes(
    id_: str,
    state: State,
    seen: str,
    causes: tuple[Cause, ...],
    *,
    facts: Facts | None = None,
    escalation: int = 0,
    last_ok: datetime | None = None,
) -> Finding:
    """Return a finding whose remedy is that of its likeliest cause.

    Example:
        >>> cause = Cause("The integration is blocked.", remedy="Enable the integration.")
        >>> with_causes("sign_in", State.FAILED, "refused", (cause,)).remedy
        'Enable the integration.'
    """
    remedy = causes[0].remedy if causes else ""
    return Finding(
        id_, state, seen, causes, remedy, facts=facts or {}, escalation=escalation, last_ok=last_ok
    )


def not_checked(first: str) -> str:
    """Return why a subject was not checked: another one must work first.

    Example:
        >>> not_checked("SuiteQL")
        'not checked (SuiteQL must work first)'
    """
    return f"not checked ({first} must work first)"


@dataclass(frozen=True)
class ProbeResult:
    """The findings of one probe run.

    Attributes:
        findings: One for each subject. An unchanged column has none.
        tables: The tables whose columns were all checked: their columns without a finding are OK.
    """

    findings: tuple[Finding, ...]
    tables: frozenset[str] = frozenset()

    def __add__(self, other: "ProbeResult") -> "ProbeResult":
        return ProbeResult(self.findings + other.findings, self.tables | other.tables)
