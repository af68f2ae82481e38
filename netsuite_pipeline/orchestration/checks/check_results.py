"""Findings as Dagster's check evaluations: what was observed, why, how to fix it, and since when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from netsuite_pipeline.health.findings import Finding, State, worst
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import CONNECTION_CHECKS
from netsuite_pipeline.wording import short_time

Metadata = Mapping[str, dg.MetadataValue | int | float | str]

_SEVERITY = {
    State.OK: dg.AssetCheckSeverity.WARN,
    State.UNKNOWN: dg.AssetCheckSeverity.WARN,
    State.WARNING: dg.AssetCheckSeverity.WARN,
    State.FAILED: dg.AssetCheckSeverity.ERROR,
}
_CHECK_OF_KIND = {"table": "readable", "column": "columns", "rows": "rows"}
_MAX_LISTED = 20  # so many columns are told in words, the others as a figure
_ALL_WELL = {"columns": "NetSuite offers every column that it offered before."}


def check_of(finding_id: str) -> str | None:
    """The name of the check that a finding belongs to; None for what only the doctor tells.

    Example:
        >>> check_of("table:vendor"), check_of("column:customer.email"), check_of("sign_in"), check_of("soap")
        ('readable', 'columns', 'sign_in', None)
    """
    kind = finding_id.partition(":")[0]
    return _CHECK_OF_KIND.get(kind) or (kind if kind in CONNECTION_CHECKS else None)


def check_key_of(keys: AssetKeys, finding_id: str) -> dg.AssetCheckKey | None:
    """The check that a finding belongs to, on its asset.

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
    """Findings by the check that they belong to; those that belong to none are left out.

    Example:
        >>> from netsuite_pipeline.health.findings import State
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
    """What a check says, wherever it is said.

    Attributes:
        state: How it stands; only `OK` passes. What is not known has not passed.
        description: In words.
        metadata: The same, part by part.
    """

    state: State
    description: str
    metadata: Metadata

    @property
    def passed(self) -> bool:
        return self.state is State.OK

    def evaluation(self, key: dg.AssetCheckKey) -> dg.AssetCheckEvaluation:
        """To be put into the event log by a sensor, or by a run beside its own checks."""
        return dg.AssetCheckEvaluation(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=self.passed,
            severity=_SEVERITY[self.state],
            description=self.description,
            metadata=self.metadata,
        )

    def result(self, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
        """To be yielded by a check that is executed."""
        return dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=self.passed,
            severity=_SEVERITY[self.state],
            description=self.description,
            metadata=self.metadata,
        )


def check_outcome(
    check_name: str, findings: Sequence[Finding], *, confirmed_at: datetime | None = None
) -> CheckOutcome:
    """What a check says of its findings.

    Args:
        check_name: One of `CONNECTION_CHECKS` or `TABLE_CHECKS`.
        findings: All that belong to it; none means that all is well.
        confirmed_at: When a second look found the same, UTC; None where there was none.

    Example:
        >>> print(check_outcome("columns", [Finding("column:customer.email", State.FAILED,
        ...     "customer.email is gone.", remedy="Setup > Company > ...")]).description)
        customer.email is gone.
        To fix: Setup > Company > ...
    """
    state = worst(finding.state for finding in findings)
    # What is well is worth a word only where nothing else is to be said.
    told = [finding for finding in findings if finding.state is state]
    others = [finding for finding in findings if finding.state not in {state, State.OK}]
    shown = [*told, *others]
    description = "\n".join(
        filter(None, (_seen(check_name, shown), *_fixes(shown), _since(told, confirmed_at)))
    )
    return CheckOutcome(state, description, _metadata(state, shown, confirmed_at))


def evaluation(
    check_key: dg.AssetCheckKey, findings: Sequence[Finding], *, confirmed_at: datetime | None = None
) -> dg.AssetCheckEvaluation:
    """A check's evaluation by its findings, for the event log; see `verdict` for the arguments."""
    return check_outcome(check_key.name, findings, confirmed_at=confirmed_at).evaluation(check_key)


def result(check_key: dg.AssetCheckKey, findings: Sequence[Finding]) -> dg.AssetCheckResult:
    """The same for a check that is executed."""
    return check_outcome(check_key.name, findings).result(check_key)


def _seen(check_name: str, shown: Sequence[Finding]) -> str:
    if not shown:
        return _ALL_WELL.get(check_name, "All is well.")
    lines = [finding.seen for finding in shown[:_MAX_LISTED]]
    if len(shown) > _MAX_LISTED:
        lines.append(f"And {len(shown) - _MAX_LISTED} more.")
    return "\n".join(lines)


def _fixes(shown: Sequence[Finding]) -> Sequence[str]:
    """The likeliest cause and the remedy, each once however many columns went for the same reason."""
    causes = dict.fromkeys(finding.causes[0].summary for finding in shown if finding.causes)
    remedies = dict.fromkeys(finding.remedy for finding in shown if finding.remedy)
    return [
        *(f"Most likely: {cause}" for cause in causes),
        *(f"To fix: {remedy}" for remedy in remedies),
    ]


def _since(told: Sequence[Finding], confirmed_at: datetime | None) -> str:
    if not told or told[0].state is State.OK:
        return ""
    last_ok = max((finding.last_ok for finding in told if finding.last_ok), default=None)
    worked = f"It worked until {short_time(last_ok)} UTC." if last_ok else ""
    since = min((finding.since for finding in told if finding.since), default=None)
    if since is None:
        return worked
    if confirmed_at is None:
        return f"First seen {short_time(since)} UTC. {worked}".rstrip()
    confirmed = f"{confirmed_at:%H:%M}" if since.date() == confirmed_at.date() else short_time(confirmed_at)
    return f"First seen {short_time(since)}, confirmed {confirmed} UTC. {worked}".rstrip()


def _metadata(state: State, shown: Sequence[Finding], confirmed_at: datetime | None) -> Metadata:
    metadata: dict[str, dg.MetadataValue | int | float | str] = {"state": str(state)}
    causes = dict.fromkeys(cause.as_text for finding in shown for cause in finding.causes)
    if causes:
        metadata["causes"] = dg.MetadataValue.md(
            "\n".join(f"{n}. {text}" for n, text in enumerate(causes, 1))
        )
    remedies = dict.fromkeys(finding.remedy for finding in shown if finding.remedy)
    if remedies:
        metadata["remedy"] = dg.MetadataValue.md("\n\n".join(remedies))
    since = min((finding.since for finding in shown if finding.since), default=None)
    if since is not None and state is not State.OK:
        metadata["since"] = f"{short_time(since)} UTC"
    if confirmed_at is not None and state is not State.OK:
        metadata["confirmed"] = f"{short_time(confirmed_at)} UTC"
    if len(shown) == 1:
        metadata.update(shown[0].facts)
    elif shown:
        metadata["findings"] = len(shown)
    return metadata
