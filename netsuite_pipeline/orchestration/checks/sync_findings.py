"""What a sync's report of a table means for the table's checks. A function of values to values."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.health.setup_guide.permissions import permission_path
from netsuite_pipeline.netsuite.errors import PermissionDenied
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import LoadRefused, NotAsInNetSuite
from netsuite_pipeline.wording import formatted_time

STICKY_CHECKS = ("columns", "rows", "matches_netsuite")
"""What a sync that does not answer these checks by itself lets stand, as they were found last."""


def findings_of_sync(table: Table, report: TableReport) -> Mapping[str, Finding]:
    """What a sync found out of one table, by the name of the check that it answers.

    A check that the sync knows nothing of is left out: its last evaluation stands.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> report = TableReport("vendor", "changed", "done", datetime(2026, 11, 23, 6), rows=300)
        >>> findings_of_sync(standard_tables()["vendor"], report)["key_unique"].seen
        'Every row has a key (id) of its own.'
    """
    if report.status == "absent":
        return {"readable": _absent(table, report)}
    if not report.committed:
        return _failed(table, report)
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
            f"Every row has a key ({', '.join(table.key)}) of its own."
            if table.unique
            else f"Rows may share a key ({', '.join(table.key)}) here, as in NetSuite; all of them are kept.",
        ),
        "nothing_rejected": _rejected(table, report),
        "not_collapsed": _removed(table, report),
        "fresh": Finding(f"fresh:{table.name}", State.OK, f"Synced {formatted_time(report.started_at)}."),
    }
    counted = _differing(table, report) or _counted(table, report)
    return found if counted is None else {**found, "matches_netsuite": counted}


def freshness(table: str, known: KnownTable | None, fresh_for: timedelta, now: datetime) -> Finding:
    """Whether a table was synced not too long ago.

    Args:
        table: Its name.
        known: What is known of its last sync; None if there was none.
        fresh_for: How old it may get.
        now: UTC.

    Example:
        >>> freshness("vendor", None, timedelta(hours=24), datetime(2026, 11, 24)).state
        <State.UNKNOWN: 'unknown'>
    """
    if known is None:
        return Finding(
            f"fresh:{table}",
            State.UNKNOWN,
            "It was never synced.",
            remedy="Materialize it, or switch on the schedule under Automation.",
        )
    age = now - known.synced_at
    allowed = f"{_hours(fresh_for)} are allowed"
    facts = {"hours_old": round(age.total_seconds() / 3600, 1)}
    if age <= fresh_for:
        return Finding(
            f"fresh:{table}", State.OK, f"Synced {formatted_time(known.synced_at)}; {allowed}.", facts=facts
        )
    return Finding(
        f"fresh:{table}",
        State.FAILED,
        f"Last synced {formatted_time(known.synced_at)}, {_hours(age)} ago; {allowed}.",
        causes=(
            Cause(
                "No sync of it has succeeded since.",
                "The latest run says why, if there was one; if there was none, the schedule is off or skips.",
            ),
        ),
        remedy="Look at the latest run and at the schedule under Automation.",
        since=known.synced_at + fresh_for,
        facts=facts,
    )


def _absent(table: Table, report: TableReport) -> Finding:
    why = f"The role never had {table.permission.name}, or the account has no such table."
    remedy = permission_path(table.permission.name)
    if report.permitted_by:
        why = "The account has no such table."
        remedy = f"Leave it out of what is synced (-{table.name})."
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
    return {
        name: Finding(
            id_,
            State.FAILED,
            failure.message,
            remedy=failure.remedy,
            since=report.started_at.replace(microsecond=0),
        )
    }


def _removed(table: Table, report: TableReport) -> Finding:
    """What was removed, and whether rows are kept that NetSuite no longer shows."""
    id_ = f"not_collapsed:{table.name}"
    facts = {"rows_deleted": report.rows_deleted, "rows": report.rows or 0, "missing": report.missing}
    if report.missing and isinstance(report.failure, NotAsInNetSuite):
        failure = report.failure
        return Finding(id_, State.FAILED, failure.message, remedy=failure.remedy, facts=facts)
    seen = f"{report.rows_deleted:,} rows were removed, {report.rows or 0:,} are there."
    return Finding(id_, State.OK, seen, facts=facts)


def _differing(table: Table, report: TableReport) -> Finding | None:
    """The comparison of what is stored with NetSuite's own count, where the two differ."""
    failure = report.failure
    if report.missing or not isinstance(failure, NotAsInNetSuite):
        return None
    return Finding(f"matches_netsuite:{table.name}", State.FAILED, failure.message, remedy=failure.remedy)


def _rejected(table: Table, report: TableReport) -> Finding:
    rejected = report.rejected_values
    facts = {"rejected_values": rejected}
    if not rejected:
        return Finding(
            f"nothing_rejected:{table.name}", State.OK, "Every value fitted its column's type.", facts=facts
        )
    return Finding(
        f"nothing_rejected:{table.name}",
        State.WARNING,
        f"{rejected:,} values did not fit their column's type; they are NULL (or rounded) in the table.",
        remedy="They are kept as NetSuite sent them: SELECT * FROM _netsuite.rejected_values "
        f"WHERE table_name = '{table.name}'. If they are right, its type in the catalogue is not.",
        facts=facts,
    )


def _counted(table: Table, report: TableReport) -> Finding | None:
    """The comparison with NetSuite's own count, which only a full read makes."""
    id_ = f"matches_netsuite:{table.name}"
    facts = {} if report.counted is None else {"netsuite_rows": report.counted}
    at = formatted_time(report.started_at)
    if report.matches is None:
        if report.mode != "full":
            return None
        return Finding(id_, State.UNKNOWN, f"Read whole {at}; NetSuite did not tell how many rows there are.")
    if report.matches:
        how_many = (
            "as many rows as were read" if report.counted is None else f"{report.counted:,} rows, all read"
        )
        return Finding(id_, State.OK, f"Read whole {at}: NetSuite counted {how_many}.", facts=facts)
    return Finding(
        id_,
        State.FAILED,
        " ".join([f"Read whole {at}: not as many rows were read as NetSuite counts.", *report.notes]),
        causes=(
            Cause("Rows came or went while it was read.", "Then the next full read matches."),
            Cause("NetSuite left rows out of an answer.", "Then it differs again."),
        ),
        remedy=f"Read it whole once more: netsuite-pipeline sync --full --select {table.name}.",
        facts=facts,
    )


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:,.1f}".removesuffix(".0") + " hours"
