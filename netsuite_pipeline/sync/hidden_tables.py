"""Why NetSuite hides a table: not for lack of a permission by which another table was just read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.errors import PermissionDenied
from netsuite_pipeline.sync.report import TableReport, permission_lost
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState


def explain_hidden_tables(
    reports: Iterable[TableReport], tables: Sequence[Table], states: Mapping[str, TableState]
) -> Iterator[TableReport]:
    """Yield a sync's reports, and explain those of hidden tables.

    A hidden table's report waits until a table with the same permission is read, or no such table is left.

    Args:
        reports: The reports, as the tables end.
        tables: The sync's tables.
        states: Each table's state before the sync.
    """
    by_name = {table.name: table for table in tables}
    proof, waiting = _Proof(left=dict(by_name)), list[TableReport]()
    for report in reports:
        table = by_name.get(report.table)
        if table is not None:
            proof.add(report, table)
        if table is not None and _is_hidden(report, table):
            waiting.append(report)
        else:
            yield report
        for ready in [each for each in waiting if proof.is_decided(by_name[each.table])]:
            waiting.remove(ready)
            yield _with_proof(ready, by_name[ready.table], proof, states)
    for report in waiting:
        yield _with_proof(report, by_name[report.table], proof, states)


@dataclass(frozen=True)
class _Proof:
    """What the tables read so far prove.

    Attributes:
        left: The tables that have not ended, by name.
        permissions: Ids of permissions that the role has, each with a table that proves it.
        features: Features that are on.
    """

    left: dict[str, Table]
    permissions: dict[str, str] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)

    def add(self, report: TableReport, table: Table) -> None:
        self.left.pop(table.name, None)
        if report.status != "done" or not report.requests:
            return
        self.features.update(table.features)
        if table.proves_permission:
            self.permissions.setdefault(table.permission.id, table.name)

    def is_decided(self, hidden: Table) -> bool:
        """Return whether a hidden table's permission is proven, or no table is left that could prove it."""
        id_ = hidden.permission.id
        return id_ in self.permissions or not any(
            table.permission.id == id_ and table.proves_permission for table in self.left.values()
        )


def _is_hidden(report: TableReport, table: Table) -> bool:
    if report.status == "absent":
        return True
    return isinstance(report.failure, PermissionDenied) and report.failure.table == table.name


def _with_proof(
    report: TableReport, table: Table, proof: _Proof, states: Mapping[str, TableState]
) -> TableReport:
    by = proof.permissions.get(table.permission.id, "")
    off = [feature for feature in table.features if feature not in proof.features]
    if not by and len(off) == len(table.features):
        return report  # nothing is proven
    state = states.get(table.name)
    if isinstance(report.failure, PermissionDenied) and state is not None:
        failure = permission_lost(table, report.failure, state.synced_at, permitted_by=by, features=off)
        return replace(report, failure=failure, permitted_by=by)
    return replace(report, notes=(_note(table, by, ", ".join(off)),), permitted_by=by)


def _note(table: Table, by: str, features: str) -> str:
    if not by:
        return f"this account shows the role no such table (it needs {table.permission.name})"
    feature = f", or the feature {features} is off" if features else ""
    has = f"the role has {table.permission.name}, by which {by} was read"
    return f"this account has no such table{feature}; {has}"
