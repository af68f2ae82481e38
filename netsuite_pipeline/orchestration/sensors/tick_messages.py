"""What a sensor says at the end of each tick: what it looked at, and what is not well."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor

_MAX_NAMED = 5


def status_text(memory: SensorCursor) -> str:
    """What is not well, and what awaits a second look; empty where all is well.

    Example:
        >>> since = datetime(2026, 11, 24, 9, 55)
        >>> told = Finding("sign_in", State.FAILED, "It is refused.", remedy="Look there.", since=since)
        >>> from netsuite_pipeline.health.monitoring.sensor_cursor import SubjectState
        >>> refused = SubjectState(reported=told, alerted=True)
        >>> print(status_text(SensorCursor(subjects={"sign_in": refused})))
        1 not well: sign_in since 2026-11-24 09:55 UTC (It is refused. To fix: Look there.).
    """
    broken = memory.problems()
    failed = [each for each in broken if each.state is State.FAILED]
    warned = [each for each in broken if each.state is State.WARNING]
    return join_sentences(
        _group("not well", [_told(each) for each in failed]),
        _group("with a warning", [each.id for each in warned]),
        _group("looked different once; the next look tells", memory.pending()),
    )


def unknown_text(findings: Iterable[Finding]) -> str:
    """What could not be looked at, and why; empty where there is no such thing."""
    unknown = [finding for finding in findings if finding.state is State.UNKNOWN]
    if not unknown:
        return ""
    reasons = dict.fromkeys(finding.seen for finding in unknown)
    return f"{_group('not known', [finding.id for finding in unknown])} ({'; '.join(list(reasons)[:2])})"


def join_sentences(*parts: str) -> str:
    """Sentences in a row; the empty ones are left out.

    Example:
        >>> join_sentences("All is well", "", "Next look at noon.")
        'All is well. Next look at noon.'
    """
    return " ".join(part if part.endswith((".", ":")) else f"{part}." for part in parts if part)


def format_time(moment: datetime) -> str:
    """A moment as people read it.

    Example:
        >>> format_time(datetime(2026, 11, 24, 9, 55, 12))
        '2026-11-24 09:55 UTC'
    """
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _told(finding: Finding) -> str:
    since = f" since {format_time(finding.since)}" if finding.since else ""
    to_fix = f" To fix: {finding.remedy}" if finding.remedy else ""
    return f"{finding.id}{since} ({finding.seen}{to_fix})"


def _group(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return f"{len(names)} {what}: {', '.join(names[:_MAX_NAMED])}{more}"
