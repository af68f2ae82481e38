"""Asks for one row of a table's columns, and how many rows there are: can it be read, as it was before?"""

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
from netsuite_pipeline.netsuite.suiteql import column_ref, counting, statement
from netsuite_pipeline.tables import Table

SECONDS = 30.0
"""For so long a look at one table seeks columns that NetSuite refuses without naming them."""

_DUAL = "SELECT 1 AS probe FROM DUAL"
_SEEKING_PATIENCE_SECONDS = 1.0


def probe_table(
    client: NetSuiteClient,
    table: Table,
    known: KnownTable | None,
    *,
    count: bool = False,
    baseline: Collection[str] | None = None,
    role: str = "",
) -> ProbeResult:
    """Looks at one table. All well, it costs one request, and one more where rows are counted.

    Args:
        client: Made with `probing_settings`; may be shared between threads.
        table: Its spec.
        known: How the last sync left it, or None where none ever read it.
        count: Whether to count its rows; only done where there is a sync to compare with.
        baseline: The columns it had at the first look, where no sync has read it; None where it was not
            readable.
        role: The role's name, for the menu paths of remedies; empty where it is not known.

    Returns:
        `table:<table>`; `column:<table>.<column>` for each column that was exposed and is not any more, that
        is so again, or is new; `rows:<table>` where they were counted. `tables` names the table if all its
        columns were looked at. What could not be looked at is `unknown`, with the reason. No `NetSuiteError`
        is raised: failures are what it is there to find.

    Example:
        `probe_table(client, standard_tables()["vendor"], known.tables.get("vendor"), count=True)`
    """
    before = _before(known, baseline)
    counts = count and before.row_count is not None
    asking = _Asking(client, table)
    wanted = [column.name for column in table.columns if column.name not in table.key]
    try:
        found = probe_columns(asking, wanted)
    except NetSuiteError as error:
        shorter = _without_key_column(table, error)
        if shorter is not None:
            return probe_table(client, shorter, known, count=count, baseline=baseline, role=role)
        return _unanswered(asking, before, Answer.of(error), count=counts, role=role)
    look = readable_table(table, before, found, role=role)
    return look + ProbeResult((_counted(client, table, before, role),)) if counts else look


def read_one_key(client: NetSuiteClient, table: Table) -> None:
    """Ask for one row's key, which is enough to see whether the role may read the table: one request.

    Raises:
        NetSuiteError: The table is refused, or nobody answers.
    """
    _Asking(client, table)(())


def _without_key_column(table: Table, error: NetSuiteError) -> Table | None:
    """The table by what is left of its key, where NetSuite names a part of the key that it does not offer: a
    sync reads the table so. None where nothing is left, or the refusal is about something else."""
    named = error.column if isinstance(error, QueryError) else ""
    if table.parent is not None and named == table.parent.column:
        return None  # by it the rows are asked for
    key = tuple(name for name in table.key if name != named)
    return replace(table, key=key) if key and key != table.key else None


def _before(known: KnownTable | None, baseline: Collection[str] | None) -> TableBaseline:
    if known is not None:
        return TableBaseline(
            known.columns, known.lost, known.rows, known.synced_at, known.missing, known.missing_what
        )
    return TableBaseline() if baseline is None else TableBaseline(frozenset(baseline))


class _Asking:
    """One row of some columns; the key comes along, so that there always is something to ask for."""

    def __init__(self, client: NetSuiteClient, table: Table) -> None:
        self.client = client
        self.table = table
        self.answered = False
        self._rownum = True
        self._seeking = False
        self._until = time.monotonic() + SECONDS

    def __call__(self, names: Sequence[str]) -> None:
        if time.monotonic() > self._until:
            raise Unavailable(f"NetSuite took longer than {SECONDS:.0f} s to show which columns it refuses.")
        try:
            self._ask(names)
        except QueryError as error:
            if names or error.column or not self._rownum:
                raise
            # open question 11: whether every table takes ROWNUM. The key alone is refused: it may be that.
            self._rownum = False
            self._ask(names)
        finally:
            self._seeking = True
        self.answered = True

    def _ask(self, names: Sequence[str]) -> None:
        refs = [column_ref(self.table.name, name) for name in (*self.table.key, *names)]
        conditions = ["ROWNUM <= 1"] if self._rownum else []
        # While culprits are sought, an inner failure is what is looked for, and not worth much waiting.
        patience = _SEEKING_PATIENCE_SECONDS if self._seeking else None
        sql = statement(refs, self.table.source, [*self.table.conditions, *conditions], ())
        self.client.fetch_page(sql, limit=1, retry_seconds=patience)


def _unanswered(
    asking: _Asking, before: TableBaseline, answer: Answer, *, count: bool, role: str
) -> ProbeResult:
    table = asking.table
    if answer.outcome in _REFUSALS and _is_its_own(asking, answer):
        uncounted = Finding(f"rows:{table.name}", State.UNKNOWN, "not counted: reading the table comes first")
        return refused_table(table, before, answer, role=role) + ProbeResult((uncounted,) if count else ())
    if asking.answered and answer.fails:
        seen = f"readable; which of its columns is not known: {answer.words}"
        return ProbeResult(
            (Finding(f"table:{table.name}", State.OK, seen),)
        )  # its columns were not all looked at
    return unchecked_table(table, reason_unchecked(answer), count=count)


_REFUSALS = frozenset({Outcome.DENIED, Outcome.QUERY_REFUSED, Outcome.UNCLEAR})


def _is_its_own(asking: _Asking, answer: Answer) -> bool:
    """Whether it is this table that is refused, and not SuiteQL as a whole."""
    if answer.outcome is Outcome.QUERY_REFUSED or asking.answered:
        return True
    if getattr(answer.error, "table", "") or getattr(answer.error, "permission", ""):
        return True
    try:
        asking.client.fetch_page(_DUAL, limit=1)
    except NetSuiteError:
        return False
    return True


def _counted(client: NetSuiteClient, table: Table, before: TableBaseline, role: str) -> Finding:
    try:
        page = client.fetch_page(counting(table.source, table.conditions), limit=1)
        told = page.rows[0].get("counted") if page.rows else None
        if told is None or not told.isdecimal():
            return Finding(
                f"rows:{table.name}", State.UNKNOWN, "NetSuite does not tell how many rows there are"
            )
        had, counted = before.row_count or 0, int(told)
        deleted = recorded_deletions(client, table, before.synced_at, counted) if had > counted else 0
    except NetSuiteError as error:
        answer = Answer.of(error)
        why = f"not counted: {answer.words}" if answer.signed_in else reason_unchecked(answer)
        return Finding(f"rows:{table.name}", State.UNKNOWN, why)
    return row_count_finding(table, before, counted, deleted, role=role)
