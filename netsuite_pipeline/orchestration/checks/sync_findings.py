"""What a sync's report of a table means for the table's checks."""

from collections.abc import Mapping

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.setup_guide.guide import permission_path
from netsuite_pipeline.netsuite.errors import PermissionDenied
from netsuite_pipeline.orchestration.check_specs import CLOSED_PERIODS, LEDGER_TIES, TIES
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import LoadRefused, NotAsInNetSuite
from netsuite_pipeline.wording import counted, formatted_time

STICKY_CHECKS = ("columns", "rows", "matches_netsuite", TIES, LEDGER_TIES, CLOSED_PERIODS)
"""Checks whose last evaluation a sync repeats if it does not evaluate them."""


def findings_of_sync(table: Table, report: TableReport) -> Mapping[str, Finding]:
    """Return what a sync found in a table, by the name of the check; only checks that the sync evaluates.

    Example:
        >>> from datetime import datetime
        >>> from netsuite_pipeline.tables import standard_tables
        >>> report = TableReport("vendor", "changed", "done", datetime(2026, 11, 23, 6), rows=300)
        >>> findings_of_sync(standard_tables()["vendor"], report)["key_unique"].seen
        'Every row has its own key (id).'
    """
    if report.status == "absent":
        return {"readable": _absent(table, report)}
    if not report.committed:
        return _failed(table, report)
    key = ", ".join(table.key)
    found = {
        "readable": Finding(
            f"table:{table.name}",
            State.OK,
            f"Read by the sync of {formatted_time(report.started_at)}.",
            facts={"rows_read": report.rows_read},
        ),
        "key_unique": Finding(
            f"key_unique:{table.name}",
            State.OK,
            f"Every row has its own key ({key})."
            if table.unique
            else f"Rows may share a key ({key}) here, as in NetSuite; all of them are kept.",
        ),
        "nothing_rejected": _rejected(table, report),
        "not_collapsed": _removed(table, report),
        "fresh": Finding(
            f"fresh:{table.name}", State.OK, f"Last synced {formatted_time(report.started_at)}."
        ),
    }
    counted = _differing(table, report) or _counted(table, report)
    return found if counted is None else {**found, "matches_netsuite": counted}


def _absent(table: Table, report: TableReport) -> Finding:
    why = f"The role never had {table.permission.name}, or the account has no such table."
    remedy = permission_path(table.permission.name)
    if report.permitted_by:
        why = "The account has no such table."
        remedy = f"Leave it out of the synced tables (-{table.name})."
    return Finding(
        f"table:{table.name}",
        State.WARNING,
        f"Never readable so far: {'; '.join(report.notes)}. The sync leaves it out.",
        causes=(Cause(why),),
        remedy=remedy,
    )


def _failed(table: Table, report: TableReport) -> Mapping[str, Finding]:
    failure = report.failure
    if isinstance(failure, PermissionDenied):
        name, id_ = "readable", f"table:{table.name}"
    elif isinstance(failure, LoadRefused):
        name, id_ = "key_unique", f"key_unique:{table.name}"
    else:
        return {}
    since = report.started_at.replace(microsecond=0)
    return {name: Finding(id_, State.FAILED, failure.message, remedy=failure.remedy, since=since)}


def _removed(table: Table, report: TableReport) -> Finding:
    """Return what was removed, and whether rows are kept that NetSuite no longer shows."""
    id_ = f"not_collapsed:{table.name}"
    facts = {"rows_deleted": report.rows_deleted, "rows": report.rows or 0, "missing": report.missing}
    if report.missing and isinstance(report.failure, NotAsInNetSuite):
        failure = report.failure
        return Finding(id_, State.FAILED, failure.message, remedy=failure.remedy, facts=facts)
    removed = counted(report.rows_deleted, "row was", "rows were")
    seen = f"{removed} removed; {counted(report.rows or 0, 'remains', 'remain')}."
    return Finding(id_, State.OK, seen, facts=facts)


def _differing(table: Table, report: TableReport) -> Finding | None:
    """Return the difference between the stored rows and NetSuite's count; None if there is none."""
    failure = report.failure
    if report.missing or not isinstance(failure, NotAsInNetSuite):
        return None
    return Finding(f"matches_netsuite:{table.name}", State.FAILED, failure.message, remedy=failure.remedy)


def _rejected(table: Table, report: TableReport) -> Finding:
    id_ = f"nothing_rejected:{table.name}"
    facts = {"rejected_values": report.rejected_values}
    if not report.rejected_values:
        return Finding(id_, State.OK, "Every value fits the type of its column.", facts=facts)
    return Finding(
        id_,
        State.WARNING,
        f"{counted(report.rejected_values, 'value does', 'values do')} not fit the type of a column: the "
        "table has NULL (or a rounded value) instead.",
        remedy="The original values are kept: SELECT * FROM _netsuite.rejected_values "
        f"WHERE table_name = '{table.name}'. If they are right, correct the type in the catalogue.",
        facts=facts,
    )


def _counted(table: Table, report: TableReport) -> Finding | None:
    """Return the comparison with NetSuite's own count, which only a full read makes."""
    id_ = f"matches_netsuite:{table.name}"
    facts = {} if report.counted is None else {"netsuite_rows": report.counted}
    at = formatted_time(report.started_at)
    if report.matches is None:
        if report.mode != "full":
            return None
        return Finding(id_, State.UNKNOWN, f"Full read of {at}; NetSuite returned no row count.")
    if report.matches:
        how_many = (
            "as many rows as were read"
            if report.counted is None
            else f"{counted(report.counted, 'row')}, all read"
        )
        return Finding(id_, State.OK, f"Full read of {at}: NetSuite counted {how_many}.", facts=facts)
    return Finding(
        id_,
        State.FAILED,
        " ".join([f"Full read of {at}: the number of rows differs from NetSuite's count.", *report.notes]),
        causes=(
            Cause("Rows were added or removed during the read.", "Then the next full read matches."),
            Cause("NetSuite left rows out of a reply.", "Then it differs again."),
        ),
        remedy=f"Read it in full once more: netsuite-pipeline sync --full --select {table.name}.",
        facts=facts,
    )
