"""`netsuite-pipeline reconcile`: compare the warehouse with NetSuite's own sums and checksums."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from netsuite_pipeline.commands.connection_option import configured, defs_option
from netsuite_pipeline.commands.exit_codes import OK, SOMETHING_FAILED
from netsuite_pipeline.marts import marts_schema, refresh_marts
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.config.variable_prefix import rename_variables
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.reconciliation.comparison import ReconcileRequest
from netsuite_pipeline.reconciliation.differences import (
    NOT_STORED,
    ClosedPeriodChange,
    Consolidation,
    Difference,
    ReconcileReport,
)
from netsuite_pipeline.reconciling import reconcile
from netsuite_pipeline.sync.landing.hashing import salt_from_variables
from netsuite_pipeline.wording import counted

_MOST_LINES = 50


@click.command("reconcile")
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="TABLE",
    help="A table or a group (masterdata, transactions, accounting, lists); repeatable. Default: all. The "
    "ledger is compared with transactionaccountingline.",
)
@defs_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and nothing else.")
def command(selected: tuple[str, ...], defs: Path | None, as_json: bool) -> int:
    """Compare the warehouse with NetSuite, and read again what differs.

    NetSuite adds up the ledger of each open posting period by account and subsidiary. It counts and hashes
    the rows of each table. One request is sent at a time. What differs is named and read again.

    Exit codes: 0 nothing differs, 1 something differed, repaired or not, 2 configuration or sign-in.
    """
    connection = configured(defs)
    request = ReconcileRequest(
        connection.chosen(selected),
        connection.catalogue,
        connection.name,
        marts_schema(connection.name) if connection.marts else "",
    )
    salt = salt_from_variables(connection.variables)
    try:
        with client_from_environment(connection.variables) as client:
            marts = refresh_marts if connection.marts else None
            report = reconcile(client, connection.warehouse, request, salt=salt, marts=marts)
    except ConfigurationError as error:
        rename_variables(connection.prefix, error)
        raise
    if as_json:
        print(json.dumps(report.as_json, indent=2))
    else:
        for line in report_lines(report):
            print(line)
    consolidated = report.consolidation is not None and report.consolidation.differences
    differs = report.differences or consolidated
    return SOMETHING_FAILED if differs or not report.compared_anything else OK


def report_lines(report: ReconcileReport) -> Iterator[str]:
    """Yield the report as people read it: differences, changes in closed periods, what was compared."""
    for each in report.differences[:_MOST_LINES]:
        yield difference_line(each)
    if len(report.differences) > _MOST_LINES:
        yield f"… and {len(report.differences) - _MOST_LINES:,} more; --json lists all of them"
    for change in report.closed_period_changes[:_MOST_LINES]:
        yield change_line(change)
    if report.consolidation is not None:
        yield from consolidation_lines(report.consolidation)
    yield from not_compared_lines(report)
    yield from report.notes
    unchanged = (
        f" ({counted(report.periods_unchanged, 'closed period')} unchanged since an earlier comparison)"
        if report.periods_unchanged
        else ""
    )
    consolidated = len(report.consolidation.differences) if report.consolidation is not None else 0
    found = len(report.differences) + consolidated
    left = sum(not each.repaired for each in report.differences) + consolidated
    result = _result(report, found, left)
    yield (
        f"{result}. Compared: {counted(report.periods_checked, 'period')}{unchanged}, "
        f"{counted(report.tables_checked, 'table')}. {counted(report.requests, 'request')}."
    )


def _result(report: ReconcileReport, found: int, left: int) -> str:
    if found:
        return f"{counted(found, 'difference')}, {left:,} not repaired"
    if not report.compared_anything:
        return "Nothing was compared"
    refused = [each for each in report.tables if each.not_compared not in ("", NOT_STORED)]
    return "Nothing differs in what was compared" if refused else "Nothing differs"


def not_compared_lines(report: ReconcileReport) -> Iterator[str]:
    """Yield what could not be compared, and why.

    Example:
        >>> from netsuite_pipeline.reconciliation.differences import TableResult
        >>> refused = TableResult("term", not_compared="Record 'term' was not found.")
        >>> list(not_compared_lines(ReconcileReport(tables=(refused,))))
        ["term is not compared: Record 'term' was not found."]
    """
    if report.ledger is not None and report.ledger.not_compared:
        yield f"The ledger is not compared: {report.ledger.not_compared}"
    unread = [each.table for each in report.tables if each.not_compared == NOT_STORED]
    if unread:
        yield f"Not compared, because {NOT_STORED}: {', '.join(unread)}"
    for each in report.tables:
        if each.not_compared and each.not_compared != NOT_STORED:
            yield f"{each.table} is not compared: {each.not_compared}"
        elif each.note:
            yield f"{each.table}: {each.note}"


def consolidation_lines(found: Consolidation) -> Iterator[str]:
    """Yield how the consolidated figures were compared.

    Example:
        >>> list(consolidation_lines(Consolidation(156, "Nov 2026", 1, accounts=40, requests=1)))
        ['Consolidated figures of Nov 2026 equal BUILTIN.CONSOLIDATE: 40 accounts.']
    """
    if found.not_compared:
        yield f"Consolidated figures are not compared: {found.not_compared}."
        return
    period = found.name or f"period {found.period}"
    for each in found.differences[:_MOST_LINES]:
        yield (
            f"consolidated, account {each.account}, {period}: here {each.here}, in NetSuite {each.netsuite} "
            "(not repaired)"
        )
    if not found.differences:
        accounts = counted(found.accounts, "account")
        yield f"Consolidated figures of {period} equal BUILTIN.CONSOLIDATE: {accounts}."


def difference_line(each: Difference) -> str:
    """Return a difference as one line.

    Example:
        >>> difference_line(Difference("term", 7, here="days = 14", netsuite="days = 30", repaired=True))
        'term 7: here days = 14, in NetSuite days = 30 (repaired)'
    """
    place = f"{each.table} {each.document}" if each.document is not None else each.table
    if each.account is not None:
        place += f", account {each.account}, period {each.period}"
    sides = f"here {each.here or 'nothing'}, in NetSuite {each.netsuite or 'nothing'}"
    if each.document is None:
        sides = each.note
    note = f"; {each.note}" if each.note and each.document is not None else ""
    return f"{place}: {sides} ({'repaired' if each.repaired else 'not repaired'}{note})"


def change_line(change: ClosedPeriodChange) -> str:
    """Return a change in a closed period as one line.

    Example:
        >>> change_line(ClosedPeriodChange(12, 4711, "changed", "10", "12.5"))
        'closed period 12: transaction 4711 was changed, its debits from 10 to 12.5'
    """
    amounts = {
        "posted": f", its debits are {change.now}",
        "deleted": f", its debits were {change.before}",
        "changed": f", its debits from {change.before} to {change.now}",
    }
    # A line that moved to another account leaves the debits as they were.
    known = amounts[change.change] if change.before != change.now else ""
    return f"closed period {change.period}: transaction {change.document} was {change.change}{known}"
