"""Findings as Dagster's check evaluations: what was found, why, how to fix it, and since when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import Finding, State, worst
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import CONNECTION_CHECKS
from netsuite_pipeline.wording import formatted_time, short_time

_CHECK_OF_KIND = {"table": "readable", "column": "columns", "rows": "rows"}
_MAX_LISTED = 20  # findings in the description; the metadata counts all
_ALL_WELL = {"columns": "NetSuite exposes every column that it exposed before."}


def check_of(finding_id: str) -> str | None:
    """Return the name of the check that shows a finding; None for a finding of the doctor alone.

    Example:
        >>> check_of("table:vendor"), check_of("column:customer.email"), check_of("sign_in"), check_of("soap")
        ('readable', 'columns', 'sign_in', None)
    """
    kind = finding_id.partition(":")[0]
    return _CHECK_OF_KIND.get(kind) or (kind if kind in CONNECTION_CHECKS else None)


def check_key_of(keys: AssetKeys, finding_id: str) -> dg.AssetCheckKey | None:
    """Return the key of the check that shows a finding.

    Example:
        >>> check_key_of(AssetKeys("netsuite"), "rows:vendor").to_user_string()
        'netsuite/vendor:rows'
    """
    name = check_of(finding_id)
    if name is None:
        return None
    table = finding_id.partition(":")[2].partition(".")[0]
    return dg.AssetCheckKey(keys.table_key(table) if table else keys.connection_key, name)


def by_check(keys: AssetKeys, findings: Iterable[Finding]) -> Mapping[dg.AssetCheckKey, tuple[Finding, ...]]:
    """Return findings by the check that shows them, without findings that no check shows.

    Example:
        >>> found = by_check(AssetKeys("netsuite"), [Finding("clock", State.OK, "0.4 s apart")])
        >>> [(key.to_user_string(), len(of_it)) for key, of_it in found.items()]
        [('netsuite/connection:clock', 1)]
    """
    grouped: dict[dg.AssetCheckKey, tuple[Finding, ...]] = {}
    for finding in findings:
        key = check_key_of(keys, finding.id)
        if key is not None:
            grouped[key] = (*grouped.get(key, ()), finding)
    return grouped


@dataclass(frozen=True)
class CheckOutcome:
    """The outcome of a check, for both an evaluation and a result.

    Attributes:
        passed: Whether the check passed; an unknown state has not passed.
        severity: How bad it is that the check failed.
        description: The outcome in words.
        metadata: The outcome, part by part.
    """

    passed: bool
    severity: dg.AssetCheckSeverity
    description: str | None
    metadata: Mapping[str, Any]

    def evaluation(self, key: dg.AssetCheckKey) -> dg.AssetCheckEvaluation:
        """Return an event for the event log, from a sensor or from a run beside its own checks."""
        return dg.AssetCheckEvaluation(asset_key=key.asset_key, check_name=key.name, **vars(self))

    def result(self, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
        """Return the result of a check that is executed."""
        return dg.AssetCheckResult(asset_key=key.asset_key, check_name=key.name, **vars(self))


def check_outcome(
    check_name: str, findings: Sequence[Finding], *, confirmed_at: datetime | None = None
) -> CheckOutcome:
    """Return the outcome of a check by its findings.

    Args:
        check_name: One of `CONNECTION_CHECKS` or `TABLE_CHECKS`.
        findings: All findings of the check; none means that it passed.
        confirmed_at: When a second probe confirmed the finding, UTC; None if none has.

    Example:
        >>> print(check_outcome("columns", [Finding("column:customer.email", State.FAILED,
        ...     "customer.email is gone.", remedy="Setup > Company > ...")]).description)
        customer.email is gone.
        To fix: Setup > Company > ...
    """
    state = worst(finding.state for finding in findings)
    # Findings that are OK are described only if all are.
    worst_ones = [finding for finding in findings if finding.state is state]
    others = [finding for finding in findings if finding.state not in {state, State.OK}]
    shown = [*worst_ones, *others]
    causes = dict.fromkeys(finding.causes[0].summary for finding in shown if finding.causes)
    remedies = list(dict.fromkeys(finding.remedy for finding in shown if finding.remedy))
    lines = (
        _seen(check_name, shown),
        # Each cause and each remedy stands once, however many columns share it.
        *(f"Most likely: {cause}" for cause in causes),
        *(f"To fix: {remedy}" for remedy in remedies),
        _since(worst_ones, confirmed_at),
    )
    return CheckOutcome(
        passed=state is State.OK,
        severity=dg.AssetCheckSeverity.ERROR if state is State.FAILED else dg.AssetCheckSeverity.WARN,
        description="\n".join(filter(None, lines)),
        metadata=_metadata(state, shown, remedies, confirmed_at),
    )


def repeat_outcome(evaluation: dg.AssetCheckEvaluation) -> CheckOutcome:
    """Return the outcome of an evaluation, to emit it for the latest materialization."""
    return CheckOutcome(
        evaluation.passed, evaluation.severity, evaluation.description, evaluation.metadata or {}
    )


def _seen(check_name: str, shown: Sequence[Finding]) -> str:
    if not shown:
        return _ALL_WELL.get(check_name, "All is well.")
    lines = [finding.seen for finding in shown[:_MAX_LISTED]]
    if len(shown) > _MAX_LISTED:
        lines.append(f"And {len(shown) - _MAX_LISTED} more.")
    return "\n".join(lines)


def _since(findings: Sequence[Finding], confirmed_at: datetime | None) -> str:
    if not findings or findings[0].state is State.OK:
        return ""
    since = min((finding.since for finding in findings if finding.since), default=None)
    if since is None:
        return ""
    if confirmed_at is None:
        return f"First seen {formatted_time(since)}."
    day = "" if since.date() == confirmed_at.date() else f"{confirmed_at:%Y-%m-%d} "
    return f"First seen {short_time(since)}, confirmed {day}{confirmed_at:%H:%M} UTC."


def _metadata(
    state: State, shown: Sequence[Finding], remedies: Sequence[str], confirmed_at: datetime | None
) -> Mapping[str, Any]:
    metadata: dict[str, Any] = {"state": str(state)}
    causes = dict.fromkeys(cause.as_text for finding in shown for cause in finding.causes)
    if causes:
        metadata["causes"] = dg.MetadataValue.md(
            "\n".join(f"{n}. {text}" for n, text in enumerate(causes, 1))
        )
    if remedies:
        metadata["remedy"] = dg.MetadataValue.md("\n\n".join(remedies))
    since = min((finding.since for finding in shown if finding.since), default=None)
    if since is not None and state is not State.OK:
        metadata["since"] = formatted_time(since)
    if confirmed_at is not None and state is not State.OK:
        metadata["confirmed"] = formatted_time(confirmed_at)
    if len(shown) == 1:
        metadata.update(shown[0].facts)
    elif shown:
        metadata["findings"] = len(shown)
    return metadata
