"""Checks a table with one row of its columns and its row count: is it readable, and as before?"""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace

from netsuite_pipeline.health.diagnosis.evidence import Answer, Outcome
from netsuite_pipeline.health.diagnosis.table_findings import (
    TableBaseline,
    readable_table,
    reason_unchecked,
    refused_table,
    row_count_finding,
    unchecked_table,
)
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.health.probes.recorded_deletions import recorded_deletions
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.probes.column_probe import probe_columns
from netsuite_pipeline.netsuite.suiteql import PROBE_QUERY, column_ref, counting, statement
from netsuite_pipeline.tables import Table

SECONDS = 30.0
"""The time limit for the search of columns that NetSuite refuses without naming them."""

_SEARCH_RETRY_SECONDS = 1.0


def probe_table(
    client: NetSuiteClient,
    table: Table,
    known: KnownTable | None,
    *,
    count: bool = False,
    baseline: Collection[str] | None = None,
    role: str = "",
) -> ProbeResult:
    """Check one table: one request if it is readable, and one more to count its rows.

    Args:
        client: Made with `probing_settings`; threads may share it.
        table: The table's spec.
        known: The table after its last sync, or None.
        count: Whether to count its rows; this needs a last sync to compare with.
        baseline: Its columns at the first check, where it was never synced; None where it was not readable.
        role: The role's name, for the menu paths of remedies; empty where unknown.

    Returns:
        `table:<table>`; `column:<table>.<column>` for each lost, restored or new column; `rows:<table>` where
        rows were counted. `tables` names the table if all its columns were checked. A subject that could not
        be checked is `unknown`, with the reason. No `NetSuiteError` is raised: each becomes a finding.

    Example:
        `probe_table(client, standard_tables()["vendor"], known.tables.get("vendor"), count=True)`
    """
    before = _baseline(known, baseline)
    counts = count and before.row_count is not None
    query = _ColumnQuery(client, table)
    wanted = [column.name for column in table.columns if column.name not in table.key]
    try:
        found = probe_columns(query, wanted)
    except NetSuiteError as error:
        shorter = _without_key_column(table, error)
        if shorter is not None:
            return probe_table(client, shorter, known, count=count, baseline=baseline, role=role)
        return _unanswered(query, before, Answer.of(error), count=counts, role=role)
    result = readable_table(table, before, found, role=role)
    return result + ProbeResult((_row_count(client, table, before, role),)) if counts else result


def read_one_key(client: NetSuiteClient, table: Table) -> None:
    """Query the key of one row, which shows whether the role may read the table: one request.

    Raises:
        NetSuiteError: NetSuite refuses the table, or does not answer.
    """
    _ColumnQuery(client, table)(())


def _without_key_column(table: Table, error: NetSuiteError) -> Table | None:
    """Return the table without a key column that NetSuite names as not available: a sync reads it so.

    None where no key column is left, or the refusal is about something else.
    """
    named = error.column if isinstance(error, QueryError) else ""
    if table.parent is not None and named == table.parent.column:
        return None  # rows are selected by this column
    key = tuple(name for name in table.key if name != named)
    return replace(table, key=key) if key and key != table.key else None


def _baseline(known: KnownTable | None, columns: Collection[str] | None) -> TableBaseline:
    if known is not None:
        return TableBaseline(
            known.columns, known.lost, known.rows, known.synced_at, known.missing, known.missing_what
        )
    return TableBaseline() if columns is None else TableBaseline(frozenset(columns))


class _ColumnQuery:
    """Queries one row of some columns, always with the key, so that no query is empty."""

    def __init__(self, client: NetSuiteClient, table: Table) -> None:
        self.client = client
        self.table = table
        self.answered = False
        self._rownum = True
        self._searching = False
        self._until = time.monotonic() + SECONDS

    def __call__(self, names: Sequence[str]) -> None:
        if time.monotonic() > self._until:
            raise Unavailable(f"The search for refused columns took longer than {SECONDS:.0f} s.")
        try:
            self._query(names)
        except QueryError as error:
            if names or error.column or not self._rownum:
                raise
            # open question 11: whether every table accepts ROWNUM. NetSuite refuses the key alone, maybe so.
            self._rownum = False
            self._query(names)
        finally:
            self._searching = True
        self.answered = True

    def _query(self, names: Sequence[str]) -> None:
        refs = [column_ref(self.table.name, name) for name in (*self.table.key, *names)]
        conditions = ["ROWNUM <= 1"] if self._rownum else []
        # The search expects internal errors of NetSuite, so it does not retry them for long.
        retry_seconds = _SEARCH_RETRY_SECONDS if self._searching else None
        sql = statement(refs, self.table.source, [*self.table.conditions, *conditions], ())
        self.client.fetch_page(sql, limit=1, retry_seconds=retry_seconds)


def _unanswered(
    query: _ColumnQuery, before: TableBaseline, answer: Answer, *, count: bool, role: str
) -> ProbeResult:
    table = query.table
    if answer.outcome in _REFUSALS and _is_refused_alone(query, answer):
        why = "not counted (the table must be readable first)"
        uncounted = Finding(f"rows:{table.name}", State.UNKNOWN, why)
        return refused_table(table, before, answer, role=role) + ProbeResult((uncounted,) if count else ())
    if query.answered and answer.fails:
        seen = f"readable; its columns were not all checked: {answer.quote}"
        return ProbeResult((Finding(f"table:{table.name}", State.OK, seen),))
    return unchecked_table(table, reason_unchecked(answer), count=count)


_REFUSALS = frozenset({Outcome.DENIED, Outcome.QUERY_REFUSED, Outcome.UNCLEAR})


def _is_refused_alone(query: _ColumnQuery, answer: Answer) -> bool:
    """Return whether NetSuite refuses this table, and not SuiteQL as a whole."""
    if answer.outcome is Outcome.QUERY_REFUSED or query.answered:
        return True
    if getattr(answer.error, "table", "") or getattr(answer.error, "permission", ""):
        return True
    try:
        query.client.fetch_page(PROBE_QUERY, limit=1)
    except NetSuiteError:
        return False
    return True


def _row_count(client: NetSuiteClient, table: Table, before: TableBaseline, role: str) -> Finding:
    id_ = f"rows:{table.name}"
    try:
        page = client.fetch_page(counting(table.source, table.conditions), limit=1)
        value = page.rows[0].get("counted") if page.rows else None
        if value is None or not value.isdecimal():
            return Finding(id_, State.UNKNOWN, "not counted: NetSuite did not send a count")
        had, count = before.row_count or 0, int(value)
        deleted = recorded_deletions(client, table, before.synced_at, count) if had > count else 0
    except NetSuiteError as error:
        answer = Answer.of(error)
        why = f"not counted: {answer.quote}" if answer.signed_in else reason_unchecked(answer)
        return Finding(id_, State.UNKNOWN, why)
    return row_count_finding(table, before, count, deleted, role=role)
