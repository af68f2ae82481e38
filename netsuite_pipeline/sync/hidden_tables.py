"""Why NetSuite hides a table: a permission is not missing where a table that needs the same was just read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.errors import PermissionDenied
from netsuite_pipeline.sync.report import TableReport, permission_lost
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState


def explain_hidden_tables(
    reports: Iterable[TableReport], tables: Sequence[Table], states: Mapping[str, TableState]
) -> Iterator[TableReport]:
    """Yield a sync's reports; that of a hidden table comes once a table with the same permission is read, or
    once none is left that could be.

    Args:
        reports: As the tables end.
        tables: The sync's tables.
        states: What was known of each before the sync.
    """
    by_name = {table.name: table for table in tables}
    read, held = _Read(left=dict(by_name)), list[TableReport]()
    for report in reports:
        table = by_name.get(report.table)
        if table is not None:
            read.note(report, table)
        if table is not None and _is_hidden(report, table):
            held.append(report)
        else:
            yield report
        for ready in [each for each in held if read.is_decided(by_name[each.table])]:
            held.remove(ready)
            yield _with_proof(ready, by_name[ready.table], read, states)
    for report in held:
        yield _with_proof(report, by_name[report.table], read, states)


@dataclass(frozen=True)
class _Read:
    """What the tables prove that a sync has read so far.

    Attributes:
        left: The tables that have not ended, by name.
        permissions: Ids of permissions that the role has, each with a table that proves it.
        features: Features that are on.
    """

    left: dict[str, Table]
    permissions: dict[str, str] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)

    def note(self, report: TableReport, table: Table) -> None:
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
    report: TableReport, table: Table, read: _Read, states: Mapping[str, TableState]
) -> TableReport:
    by = read.permissions.get(table.permission.id, "")
    off = [feature for feature in table.features if feature not in read.features]
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
