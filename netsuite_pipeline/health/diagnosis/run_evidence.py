"""What the findings of one run say together: causes that are disproved, one refusal of all tables. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from netsuite_pipeline.health.diagnosis.table_causes import feature_cause, unexplained_cause
from netsuite_pipeline.health.diagnosis.table_findings import REFUSAL
from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.tables import Table

_NO_DIGITS = str.maketrans("", "", "0123456789")


@dataclass(frozen=True)
class Proven:
    """What the role has and the account offers, by the tables that a run read.

    Attributes:
        by: What is proven (`Lists > Vendors`, or the name of a feature), each with a table that proves it.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> proven_by_tables([standard_tables()["vendorsubsidiaryrelationship"]]).by
        {'Lists > Vendors': 'vendorsubsidiaryrelationship', 'Subsidiaries': 'vendorsubsidiaryrelationship'}
    """

    by: Mapping[str, str]

    def unproven(self, cause: Cause) -> tuple[str, ...]:
        """Return what a cause says may be missing and is not proven to be there."""
        return tuple(name for name in cause.missing if name not in self.by)


def proven_by_tables(tables: Iterable[Table]) -> Proven:
    """Return what some tables prove by having been read."""
    by: dict[str, str] = {}
    for table in tables:
        if table.proves_permission:
            for tab, name in table.permission.places:
                by.setdefault(f"{tab} > {name}", table.name)
        for feature in table.features:
            if not (table.doubt and "feature" in table.doubt.lower()):
                by.setdefault(feature, table.name)
    return Proven(by)


def without_disproved_causes(look: ProbeResult, tables: Sequence[Table]) -> ProbeResult:
    """Return a look whose findings list no cause that the look itself disproves, and in which tables that are
    all refused alike for an unknown reason are no findings of their own.

    Args:
        look: What one run found of the tables.
        tables: The specs of the tables that it looked at.
    """
    common = common_refusal(look)
    if common is not None:
        why = f"not looked at: NetSuite refuses every table alike: {common.facts[REFUSAL]}"
        return replace(look, findings=tuple(_set_aside(each, why) for each in look.findings))
    by_name = {table.name: table for table in tables}
    read = [by_name[name] for name in readable_tables(look) if name in by_name]
    proven = proven_by_tables(read)
    return replace(look, findings=tuple(_possible(each, proven, by_name) for each in look.findings))


def readable_tables(look: ProbeResult) -> Sequence[str]:
    """Return the names of the tables that a look could read."""
    return [each.subject for each in look.findings if each.kind == "table" and each.state is State.OK]


def common_refusal(look: ProbeResult) -> Finding | None:
    """Return the finding of one of several tables that NetSuite refuses in the same unknown words while no
    table can be read: then the connection is the subject, and no table. None where it is not so.
    """
    of_tables = [each for each in look.findings if each.kind == "table"]
    unclear = [each for each in of_tables if REFUSAL in each.facts]
    words = {str(each.facts[REFUSAL]).translate(_NO_DIGITS) for each in unclear}
    if len(unclear) < 2 or len(words) != 1 or any(each.state is State.OK for each in of_tables):
        return None
    return unclear[0]


def _set_aside(finding: Finding, why: str) -> Finding:
    return Finding(finding.id, State.UNKNOWN, why) if REFUSAL in finding.facts else finding


def _left(cause: Cause, proven: Proven) -> Cause | None:
    """Return what is left of a cause: all, nothing, or the features that are not proven to be on."""
    missing = proven.unproven(cause)
    if len(missing) == len(cause.missing):
        return cause
    if not missing:
        return None
    return feature_cause(missing) if not any(" > " in name for name in cause.missing) else cause


def _possible(finding: Finding, proven: Proven, tables: Mapping[str, Table]) -> Finding:
    left = tuple(cause for each in finding.causes if (cause := _left(each, proven)) is not None)
    if left == finding.causes:
        return finding
    if not left:
        proof = next(proven.by[name] for cause in finding.causes for name in cause.missing)
        left = (unexplained_cause(tables[finding.subject], finding.column, proof),)
    return replace(finding, causes=left, remedy=left[0].remedy)
