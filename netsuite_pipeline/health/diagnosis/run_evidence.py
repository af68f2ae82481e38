"""Evidence that the findings of one run give together: disproved causes, one refusal of all tables. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from netsuite_pipeline.health.diagnosis.table_causes import feature_cause, unexplained_cause
from netsuite_pipeline.health.diagnosis.table_findings import REFUSAL
from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.tables import Table

_NO_DIGITS = str.maketrans("", "", "0123456789")


@dataclass(frozen=True)
class Proven:
    """Permissions and features that a run proves, by the tables that it read.

    Attributes:
        by: Each permission (`Lists > Vendors`) or feature, with a table that proves it.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> proven_by_tables([standard_tables()["vendorsubsidiaryrelationship"]]).by
        {'Lists > Vendors': 'vendorsubsidiaryrelationship', 'Subsidiaries': 'vendorsubsidiaryrelationship'}
    """

    by: Mapping[str, str]

    def unproven(self, cause: Cause) -> tuple[str, ...]:
        """Return what a cause says is missing and no table proves."""
        return tuple(name for name in cause.missing if name not in self.by)


def proven_by_tables(tables: Iterable[Table]) -> Proven:
    """Return what some tables prove because they were read."""
    by: dict[str, str] = {}
    for table in tables:
        if table.proves_permission:
            for tab, name in table.permission.places:
                by.setdefault(f"{tab} > {name}", table.name)
        for feature in table.features:
            if not (table.doubt and "feature" in table.doubt.lower()):
                by.setdefault(feature, table.name)
    return Proven(by)


def without_disproved_causes(result: ProbeResult, tables: Sequence[Table]) -> ProbeResult:
    """Return a result without the causes that the result itself disproves.

    If NetSuite refuses all tables in the same unknown words, the tables become `UNKNOWN`.

    Args:
        result: The findings of the tables in one run.
        tables: The specs of these tables.
    """
    common = common_refusal(result)
    if common is not None:
        why = f"not checked: NetSuite refuses every table: {common.facts[REFUSAL]}"
        return replace(result, findings=tuple(_as_unknown(each, why) for each in result.findings))
    by_name = {table.name: table for table in tables}
    proven = proven_by_tables(by_name[name] for name in _readable_tables(result) if name in by_name)
    return replace(result, findings=tuple(_possible(each, proven, by_name) for each in result.findings))


def _readable_tables(result: ProbeResult) -> Sequence[str]:
    return [each.subject for each in result.findings if each.kind == "table" and each.state is State.OK]


def common_refusal(result: ProbeResult) -> Finding | None:
    """Return one finding of at least two tables that are all refused in the same unknown words, or None.

    In that case the subject is the connection, not a table.
    """
    of_tables = [each for each in result.findings if each.kind == "table"]
    unclear = [each for each in of_tables if REFUSAL in each.facts]
    texts = {str(each.facts[REFUSAL]).translate(_NO_DIGITS) for each in unclear}
    if len(unclear) < 2 or len(texts) != 1 or any(each.state is State.OK for each in of_tables):
        return None
    return unclear[0]


def _as_unknown(finding: Finding, why: str) -> Finding:
    return Finding(finding.id, State.UNKNOWN, why) if REFUSAL in finding.facts else finding


def _reduced(cause: Cause, proven: Proven) -> Cause | None:
    """Return the cause as it is, or with the features alone that no table proves, or None."""
    missing = proven.unproven(cause)
    if len(missing) == len(cause.missing):
        return cause
    if not missing:
        return None
    return feature_cause(missing) if not any(" > " in name for name in cause.missing) else cause


def _possible(finding: Finding, proven: Proven, tables: Mapping[str, Table]) -> Finding:
    left = tuple(cause for each in finding.causes if (cause := _reduced(each, proven)) is not None)
    if left == finding.causes:
        return finding
    if not left:
        proof = next(proven.by[name] for cause in finding.causes for name in cause.missing)
        left = (unexplained_cause(tables[finding.subject], finding.column, proof),)
    return replace(finding, causes=left, remedy=left[0].remedy)
