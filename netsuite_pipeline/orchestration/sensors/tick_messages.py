"""The message at the end of a sensor's tick: what was checked, and what fails."""

from collections.abc import Iterable

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.wording import formatted_time, listed_up_to

_MAX_NAMED = 5


def status_text(cursor: SensorCursor) -> str:
    """Return what fails, and what a second check must confirm; empty if all is well.

    Example:
        >>> from datetime import datetime
        >>> from netsuite_pipeline.health.monitoring.sensor_cursor import SubjectState
        >>> since = datetime(2026, 11, 24, 9, 55)
        >>> finding = Finding("sign_in", State.FAILED, "It is refused.", remedy="Open the log.", since=since)
        >>> state = SubjectState(reported=finding, alerted=True)
        >>> print(status_text(SensorCursor(subjects={"sign_in": state})))
        1 failed: sign_in since 2026-11-24 09:55 UTC (It is refused. To fix: Open the log.).
        >>> print(status_text(SensorCursor(subjects={"sign_in": SubjectState(pending="failed")})))
        sign_in failed once; confirming at the next check.
    """
    problems = cursor.problems()
    failed = [_described(each) for each in problems if each.state is State.FAILED]
    warned = [each.id for each in problems if each.state is State.WARNING]
    pending = cursor.pending()
    return join_sentences(
        f"{len(failed)} failed: {listed_up_to(failed, _MAX_NAMED)}" if failed else "",
        f"{len(warned)} with a warning: {listed_up_to(warned, _MAX_NAMED)}" if warned else "",
        f"{listed_up_to(pending, _MAX_NAMED)} failed once; confirming at the next check" if pending else "",
    )


def unknown_text(findings: Iterable[Finding]) -> str:
    """Return what could not be checked, and why; empty if everything was checked."""
    unknown = [finding for finding in findings if finding.state is State.UNKNOWN]
    if not unknown:
        return ""
    reasons = dict.fromkeys(finding.seen for finding in unknown)
    names = listed_up_to([finding.id for finding in unknown], _MAX_NAMED)
    return f"{len(unknown)} not checked: {names} ({'; '.join(list(reasons)[:2])})"


def join_sentences(*parts: str) -> str:
    """Return sentences in a row, without empty ones.

    Example:
        >>> join_sentences("All checks passed", "", "The next check is at noon.")
        'All checks passed. The next check is at noon.'
    """
    return " ".join(part if part.endswith((".", ":")) else f"{part}." for part in parts if part)


def _described(finding: Finding) -> str:
    since = f" since {formatted_time(finding.since)}" if finding.since else ""
    fix = f" To fix: {finding.remedy}" if finding.remedy else ""
    return f"{finding.id}{since} ({finding.seen}{fix})"
