"""What a look at NetSuite found: one finding a subject, with its state, its causes and what mends it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a subject stands.

    `WARNING` is worth knowing and keeps nothing from working. `UNKNOWN` is what could not be looked at: it is
    neither a regression nor a recovery.
    """

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


_WORST_FIRST = (State.FAILED, State.WARNING, State.UNKNOWN, State.OK)


@dataclass(frozen=True)
class Cause:
    """One possible reason.

    Attributes:
        summary: The reason, as a sentence: "The token was revoked."
        indication: What shows that this cause applies; empty where nothing shows it.
        remedy: What to do, with NetSuite's menu path.
        missing: What this cause says is missing: permissions by tab and name, or features. A run that proves
            all of them disproves the cause.

    Example:
        >>> Cause("The token was revoked.", "It is listed with a cross.", "Make a new one.").as_text
        'The token was revoked. It is listed with a cross. Make a new one.'
    """

    summary: str
    indication: str = ""
    remedy: str = ""
    missing: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def as_text(self) -> str:
        """All of it in one paragraph."""
        return " ".join(filter(None, (self.summary, self.indication, self.remedy)))


@dataclass(frozen=True)
class Finding:
    """What was found of one subject.

    Attributes:
        id: `credentials, account_id, host, clock, sign_in, rest, suiteql, soap, concurrency, deleted_records,
            certificate, warehouse, dagster`, `table:<table>`, `column:<table>.<column>` or `rows:<table>`.
        state: How it stands.
        seen: What was seen, in a sentence or two; NetSuite's own words in quotes.
        causes: The possible reasons, the likeliest first; empty where all is well.
        remedy: What to do about the likeliest; empty where there is nothing to do.
        since: Since when it is so, UTC, where that is known.
        facts: Figures for people and programs: `{"clock_off_seconds": 0.4}`.
        urgency: What comes nearer by itself, as a certificate's end, is told anew at each higher figure.

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
    since: datetime | None = None
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
    urgency: int = 0

    @property
    def kind(self) -> str:
        """`table`, `column`, `rows`, or the id itself."""
        return self.id.partition(":")[0]

    @property
    def subject(self) -> str:
        """The table that it is about, or empty."""
        return self.id.partition(":")[2].partition(".")[0]

    @property
    def column(self) -> str:
        """The column that it is about, or empty."""
        return self.id.partition(":")[2].partition(".")[2]

    @property
    def as_json(self) -> dict[str, Any]:
        """For `doctor --json`; causes as paragraphs, in their order."""
        return {
            "id": self.id,
            "state": str(self.state),
            "seen": self.seen,
            "causes": [cause.as_text for cause in self.causes],
            "remedy": self.remedy,
            "since": f"{self.since:%Y-%m-%dT%H:%M:%SZ}" if self.since else None,
        }


def worst(states: Iterable[State]) -> State:
    """The worst of some states; `OK` of none.

    Example:
        >>> worst([State.OK, State.UNKNOWN, State.WARNING])
        <State.WARNING: 'warning'>
    """
    present = set(states)
    return next((state for state in _WORST_FIRST if state in present), State.OK)


@dataclass(frozen=True)
class ProbeResult:
    """What one look found.

    Attributes:
        findings: One a subject. A column that is as it was has none.
        tables: The tables whose columns were all looked at: of these, a column without a finding is well.
    """

    findings: tuple[Finding, ...]
    tables: frozenset[str] = frozenset()

    def __add__(self, other: "ProbeResult") -> "ProbeResult":
        return ProbeResult(self.findings + other.findings, self.tables | other.tables)
