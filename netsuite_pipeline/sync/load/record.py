"""Record a merged table in the working file: its state, its schema changes, its line of the sync log."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable, RowCountRange
from netsuite_pipeline.sync.load.checksum import compute_checksum
from netsuite_pipeline.sync.load.commit_types import CheckedStage, CommitInput, LoadResult
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import write_log
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline.warehouse.state import TableState, update_state, write_schema_changes, write_state
from netsuite_pipeline.warehouse.transactions import run_transaction
from netsuite_pipeline.wording import counted

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class CommitRecord:
    """The record of one table's commit.

    Attributes:
        commit: What the commit was given.
        checked: The result of the checks.
        result: The result of the merge.
    """

    commit: CommitInput
    checked: CheckedStage
    result: LoadResult

    @property
    def table(self) -> Table:
        """Return the table's spec, as it was read."""
        return self.commit.landed.read.table

    @property
    def _is_unchanged(self) -> bool:
        """Return whether the table was stored before, and the merge changed no row of any table."""
        result = self.result
        changed = result.written or result.removed.rows or any(result.removed.children.values())
        noted = result.added or result.rejected or self.commit.landed.unread or result.renames
        return self.commit.previous is not None and not changed and not noted

    @property
    def _queried(self) -> bool:
        """Return whether NetSuite was queried for the columns: it is not if no parent changed."""
        return self.commit.landed.read.mode != "children" or bool(self.commit.landed.values)

    @property
    def _rows_to_count(self) -> int:
        """Return how many of the read rows NetSuite counts before the cutoff.

        NetSuite's count of a child includes the deferred rows: no stamp distinguishes them.
        """
        return self.commit.landed.rows - (0 if self.table.parent else self.checked.deferred)

    def write(self, connection: duckdb.DuckDBPyConnection) -> TableReport:
        """Write the table's state, its schema changes and its line of the sync log, in the transaction."""
        sync_run, name = self.commit.sync_run, self.table.name
        changes = self._schema_changes()
        if self.commit.deferred is not None and not changes and self._is_unchanged:
            report = self._report(changes)
            self.commit.deferred.add(name, self._state(), sync_run, report)
            return report
        write_state(connection, sync_run.connection, name, self._state(), sync_id=sync_run.sync_id)
        write_schema_changes(
            connection,
            sync_run.connection,
            name,
            changes,
            noticed_at=sync_run.started_at,
            sync_id=sync_run.sync_id,
        )
        report = self._report(changes)
        write_log(connection, sync_run, [report])
        return report

    def with_checksum(self, connection: duckdb.DuckDBPyConnection, report: TableReport) -> TableReport:
        """Record the checksum of a list without a cursor that has more than one page; return the report.

        The rows are committed before: where the checksum cannot be computed, each sync reads the list.
        """
        read, landed = self.commit.landed.read, self.commit.landed
        if self.table.cursor or self.table.parent or read.mode != "full":
            return report
        incomplete = self.checked.deferred or self.result.rejected or landed.unread
        if len(landed.pages) < 2 or incomplete or not read.dialect.utc:
            return report

        def write() -> None:
            found = compute_checksum(
                connection, self.checked.column_plan.target, self.table, read.result_columns
            )
            if found is not None:
                name, table = self.commit.sync_run.connection, self.table.name
                deferred = self.commit.deferred
                if deferred is None or not deferred.update(table, checksum=found.to_json):
                    update_state(connection, name, table, checksum=found.to_json)

        try:
            run_transaction(connection, write)
        except WarehouseError as error:
            # DuckDB's alone: too deep, too large a number, too little memory.
            words = f"its checksum could not be computed, so every sync reads it in full ({error.message})"
            return replace(report, notes=(*report.notes, words))
        return report

    # Schema changes

    def _schema_changes(self) -> Sequence[SchemaChange]:
        plan = self.checked.column_plan
        types = {column.name: column.type for column in plan.target.columns if not column.text_of}
        hashed = [
            SchemaChange(column.name, "hashed", column.type, "VARCHAR")
            for column in self.checked.clear_columns
        ]
        added = [
            SchemaChange(name, "added", None, types[name]) for name in self.result.added if name in types
        ]
        known = {each.column for each in (*hashed, *added)}
        offered = [each for each in self._availability_changes() if each.column not in known]
        return [*hashed, *added, *plan.changes, *offered]

    def _availability_changes(self) -> Iterator[SchemaChange]:
        """Yield the columns that NetSuite does not offer since this sync, or offers again."""
        before = self.commit.previous
        if before is None or not self._queried:
            return
        for name in self.commit.landed.unavailable:
            if name in before.columns and name not in before.unavailable_columns:
                yield SchemaChange(name, "lost", None, None)
        for name in self.commit.landed.read.result_columns:
            if name in before.unavailable_columns:
                change = "returned" if name in before.columns else "added"
                yield SchemaChange(name, change, None, None)

    # State

    def _state(self) -> TableState:
        commit, landed, read = self.commit, self.commit.landed, self.commit.landed.read
        started_at = commit.sync_run.started_at
        received, full = set(read.result_columns), read.mode == "full"
        before = commit.previous or TableState(None, (), (), started_at, 0, started_at)
        derived = {name for column in self.checked.clear_columns for name in column.derived}
        columns = [name for name in before.columns if name not in derived]
        unavailable = [name for name in before.unavailable_columns if name not in derived]
        came, checked_at = bool(self.result.added), before.unavailable_checked_at
        if self._queried:
            came = came or not set(unavailable).isdisjoint(received)
            columns += read.result_columns
            stored = self.checked.column_plan.target.columns
            unavailable = [
                column.name for column in stored if not column.text_of and column.name not in received
            ]
            if landed.unavailable.keys() >= set(unavailable):
                checked_at = started_at
        if _failed_columns(landed):
            # The next sync queries a column again over which NetSuite failed.
            checked_at = _LONG_AGO
        wanted = came and self.result.rows_before > 0
        # Nothing was written to a list that was not read in full, and whose checksum stays.
        unchanged = not full and not self.result.written and not self.result.removed.rows
        state = replace(
            before,
            watermark=self._watermark(),
            columns=tuple(dict.fromkeys(columns)),
            unavailable_columns=tuple(unavailable),
            unavailable_checked_at=checked_at,
            row_count=self.result.rows,
            synced_at=started_at if read.advances_watermark else before.synced_at,
            full_wanted=not full and (wanted or before.full_wanted),
            checksum=before.checksum if unchanged else None,
            hashed_columns=tuple(dict.fromkeys([*before.hashed_columns, *self.table.hashed])),
            stored_key=self.table.key,
        )
        if full:
            nulls = self.checked.null_cursors
            state = replace(state, full_read_at=state.synced_at, null_cursors=nulls, full_because=None)
        if full or commit.previous is None:
            # Rows not read in this sync keep their old fingerprint.
            count = exact_count(landed.counted)
            state = replace(state, counted=count, read_fingerprint=commit.fingerprint)
        return state

    def _watermark(self) -> datetime | None:
        read, previous = self.commit.landed.read, self.commit.previous
        if not read.advances_watermark:
            return previous.watermark if previous else None
        has_changes = self.table.cursor in read.result_columns or self.table.parent is not None
        return self.commit.sync_run.watermark if has_changes else None

    # Report

    def _report(self, changes: Sequence[SchemaChange]) -> TableReport:
        landed, requests = self.commit.landed, self.commit.landed.count
        return TableReport(
            table=self.table.name,
            mode=landed.read.mode,
            status="done",
            started_at=self.commit.started_at,
            seconds=worked_seconds(self.commit),
            rows_read=landed.rows,
            rows_written=self.result.written,
            rows_deleted=self.result.removed.rows,
            rows=self.result.rows,
            rejected_values=self.result.rejected + len(landed.unread),
            requests=requests.requests,
            retries=requests.retries,
            throttled=requests.throttled,
            watermark=self._watermark(),
            counted=exact_count(landed.counted),
            matches=counts_match(landed.counted, self._rows_to_count),
            notes=tuple(self._notes(changes)),
            preview=self.result.preview,
        )

    def _notes(self, changes: Sequence[SchemaChange]) -> Iterator[str]:
        """Yield notes for people: what they should know and is no failure."""
        landed, read, rejected = self.commit.landed, self.commit.landed.read, self.result.rejected
        yield from self._column_notes()
        yield from _change_notes(changes)
        if rejected:
            kept = "_netsuite.rejected_values"
            one = f"value did not fit its column's type; it is kept in {kept}"
            yield counted(rejected, one, f"values did not fit their column's type; they are kept in {kept}")
        yield from _unread_notes(landed)
        if self.checked.deferred:
            after = "changed after this sync's cutoff; the next sync reads"
            yield counted(self.checked.deferred, f"row {after} it", f"rows {after} them")
        yield from self._future_notes()
        yield from removal_notes(self.table.name, self.result.removed.children)
        if self.commit.options.evidence.note:
            yield self.commit.options.evidence.note
        yield from count_notes(landed.counted, self._rows_to_count)
        if read.unfiltered:
            yield (
                f"NetSuite refuses to filter by {self.table.cursor or 'the cursor of the parent'}, so every "
                "sync reads all rows of this table"
            )
        if not read.dialect.utc and any(column.type == "datetime" for column in self.table.columns):
            hours = read.utc_offset.total_seconds() / 3600
            yield (
                "NetSuite refuses SYS_EXTRACT_UTC, so times are converted to UTC by the session's current "
                f"offset of {hours:+.2f} h. Times under another daylight saving offset are wrong by one hour"
            )
        yield from sorted(landed.anomalies)

    def _column_notes(self) -> Iterator[str]:
        """Yield notes on columns that NetSuite does not offer, or offers now."""
        landed, previous = self.commit.landed, self.commit.previous
        had = set(previous.columns) if previous else set()
        failed = _failed_columns(landed)
        lost = [name for name in landed.unavailable if name in had]
        never = [name for name in landed.unavailable if name not in had and name not in failed]
        if failed:
            yield (
                f"NetSuite fails with an internal error on these columns in every row: {', '.join(failed)}. "
                "The next sync queries them again"
            )
        if lost:
            yield f"columns lost; their old values stay: {_with_reasons(lost, landed)}"
        if never:
            yield f"columns that this account does not have: {_with_reasons(never, landed)}"
        if previous and self._queried:
            back = [name for name in landed.read.result_columns if name in previous.unavailable_columns]
            if back:
                yield f"columns available again: {', '.join(back)} (a full sync fills them in older rows)"

    def _future_notes(self) -> Iterator[str]:
        """Yield a note on rows that were loaded although their stamp lies in the future."""
        ahead, name = self.checked.ahead, self.table.name
        if ahead is not None:
            yield (
                f"{counted(ahead.rows, f'row of {name} has', f'rows of {name} have')} a {ahead.column} in "
                f"the future (up to {ahead.latest:%Y-%m-%d %H:%M} UTC). The sync stores such rows unchanged. "
                "To correct a timestamp, save its record again in NetSuite"
            )


def worked_seconds(commit: CommitInput) -> float:
    """Return the seconds worked on a table so far."""
    return commit.worked_before + time.monotonic() - commit.began


def _failed_columns(landed: LandedTable) -> list[str]:
    """Return the excluded columns over which NetSuite failed inside, which may pass."""
    return [name for name, reason in landed.unavailable.items() if reason == "unexpected"]


def _with_reasons(names: Sequence[str], landed: LandedTable) -> str:
    return ", ".join(f"{name} ({landed.unavailable[name]})" for name in names)


def _change_notes(changes: Sequence[SchemaChange]) -> Iterator[str]:
    """Yield notes on columns that are stored in another way than before."""
    for each in changes:
        if each.change == "hashed":
            yield (
                f"{each.column} holds hashes from now on. The values stored before are removed from the "
                "working and the published file, and archived pages of the table are deleted. Copies made "
                "elsewhere still have them, such as backups and previews of earlier runs in Dagster"
            )
        elif each.change == "widened":
            yield f"{each.column} changed from {each.from_type} to {each.to_type} to fit NetSuite's values"
        elif each.change == "text_beside":
            yield (
                f"some values of {each.column} in NetSuite are not {each.from_type}: {each.column}_text "
                "has all values as text"
            )


def _unread_notes(landed: LandedTable) -> Iterator[str]:
    """Yield notes on values that NetSuite could not send."""
    rows: dict[str, set[str]] = {}
    for each in landed.unread:
        rows.setdefault(each.column, set()).add(each.key)
    for column, keys in rows.items():
        first = min(keys)
        few = f"row {first}" if len(keys) == 1 else f"{len(keys):,} rows, among them {first}"
        yield (
            f"NetSuite could not send {column} of {few}. The old value stays, and the next sync queries the "
            "row again. _netsuite.rejected_values has the reason"
        )


def removal_notes(table: str, children: Mapping[str, int]) -> Iterator[str]:
    """Yield notes on rows that were removed together with rows of a table.

    Example:
        >>> list(removal_notes("transaction", {"transactionline": 1}))
        ['1 row of transactionline was removed with its row of transaction']
    """
    for child, rows in children.items():
        one = f"row of {child} was removed with its row of {table}"
        yield counted(rows, one, f"rows of {child} were removed with their rows of {table}")


def count_notes(found: RowCountRange | None, read: int) -> Iterator[str]:
    """Yield a note if other rows were read than NetSuite counts.

    Example:
        >>> list(count_notes(RowCountRange(2, 2), 1))
        ['NetSuite counts 2 rows, but 1 was read']
    """
    if found is not None and not counts_match(found, read):
        exact = counted(found.least, "row")
        says = exact if found.least == found.most else f"{found.least:,} to {found.most:,} rows"
        yield f"NetSuite counts {says}, but {counted(read, 'was', 'were')} read"


def counts_match(found: RowCountRange | None, read: int) -> bool | None:
    """Return whether as many rows were read as NetSuite counts; None without a count.

    Example:
        >>> counts_match(RowCountRange(5, 7), 6), counts_match(RowCountRange(5, 5), 6), counts_match(None, 6)
        (True, False, None)
    """
    return None if found is None else found.least <= read <= found.most


def exact_count(found: RowCountRange | None) -> int | None:
    """Return NetSuite's count; None without one, or where rows changed during the count."""
    return found.least if found is not None and found.least == found.most else None
