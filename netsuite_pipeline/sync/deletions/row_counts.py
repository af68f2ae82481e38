"""NetSuite's figures of the tables of which only changes are read, in one query for all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.suiteql import (
    Dialect,
    column_ref,
    select_datetime,
    statement,
    text_literal,
)
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.planning.keys import has_integer_key
from netsuite_pipeline.sync.planning.read_plan import after_cutoff_condition
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.rows.missing_rows import count_marks, marks
from netsuite_pipeline.warehouse.schema.schema import StoredTable, key_text, quoted

_PRIORITY = 1_900_000.0
_NAMES = "name, counted, newer, greatest, newest"


@dataclass(frozen=True)
class TableFigures:
    """NetSuite's figures of one table.

    Attributes:
        counted: The row count at the cutoff.
        greatest: The greatest key; None without rows, or where the key is no number.
        newest: The latest stamp, UTC; None without one.
    """

    counted: RowCountRange
    greatest: int | None
    newest: datetime | None


@dataclass
class RowCounts:
    """The query for the figures of several tables, and its result.

    Attributes:
        context: The sync.
        tables: The tables, by name.
        figures: The figures, by table, of the tables that NetSuite counts.
        answered: The query was answered, or refused; set last.
    """

    context: SyncContext
    tables: Mapping[str, Table]
    figures: Mapping[str, TableFigures] = field(default_factory=dict)
    answered: bool = False

    @classmethod
    def needed(cls, context: SyncContext, tables: Sequence[Table]) -> "RowCounts | None":
        """Return the query; None where no table needs it, because a full read is counted by itself.

        Args:
            context: The sync.
            tables: Its tables.
        """
        wanted = {table.name: table for table in tables if _is_compared(context, table)}
        return cls(context, wanted) if wanted else None

    def task(self, emit: Callable[["RowCounts"], Any]) -> Task:
        """Return the task that runs the query and emits the result."""

        def ask() -> list[Task]:
            self.figures, self.answered = self.ask(), True
            emit(self)
            return []

        return Task(ask, _PRIORITY)

    def ask(self) -> Mapping[str, TableFigures]:
        """Return NetSuite's figures, without the tables that NetSuite does not count."""
        context = self.context
        context.wait_for_start()
        try:
            offset = timedelta(0) if context.dialect.utc else context.clock.utc_offset()
            return self._figures(list(self.tables.values()), context.dialect, offset)
        except NetSuiteError:
            # The same failure stops the reads of the tables, whose reports name it.
            return {}

    def _figures(self, tables: list[Table], dialect: Dialect, offset: timedelta) -> dict[str, TableFigures]:
        """Query all tables at once; where that is refused, query each table alone."""
        cutoff = self.context.sync_run.cutoff + offset
        each = " UNION ALL ".join(figures_sql(table, cutoff, dialect) for table in tables)
        sql = each if len(tables) == 1 else f"SELECT {_NAMES} FROM ({each}) ORDER BY name"
        try:
            page = self.context.client.fetch_page(sql, count=RequestCounts())
        except (PermissionDenied, QueryError, Unavailable) as error:
            if isinstance(error, Unavailable) and not is_statement_error(error):
                raise
            if len(tables) == 1:
                return {}
            # One table may be hidden, or the account may refuse UNION.
            alone = [self._figures([table], dialect, offset) for table in tables]
            return {name: figures for answer in alone for name, figures in answer.items()}
        known = {table.name for table in tables}
        found: dict[str, TableFigures] = {}
        for row in page.rows:
            figures = figures_in(row, is_utc=dialect.utc)
            if figures is not None and row.get("name") in known:
                found[row["name"] or ""] = figures
        return found


def figures_sql(table: Table, cutoff: datetime, dialect: Dialect) -> str:
    """Return the statement for one table's figures.

    Args:
        table: Its spec, with a cursor.
        cutoff: In UTC when `dialect.utc`, otherwise in the session's time zone.
        dialect: What this account's SuiteQL can do.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> figures_sql(standard_tables()["vendor"], datetime(2026, 1, 2), Dialect(utc=False))[:80]
        "SELECT 'vendor' AS name, COUNT(*) AS counted, SUM(CASE WHEN lastmodifieddate > T"
    """
    key, cursor = column_ref(table.name, table.key[0]), column_ref(table.name, _cursor(table))
    newer = after_cutoff_condition(table.name, _cursor(table), cutoff, dialect)
    items = [
        f"{text_literal(table.name)} AS name",
        "COUNT(*) AS counted",
        f"SUM(CASE WHEN {newer} THEN 1 ELSE 0 END) AS newer",
        f"MAX({key}) AS greatest",
        f"MAX({select_datetime(cursor, dialect)}) AS newest",
    ]
    return statement(items, table.source, table.conditions, ())


def _cursor(table: Table) -> str:
    if table.cursor is None:
        raise ValueError(f"{table.name} has no cursor")
    return table.cursor


def figures_in(row: Row, *, is_utc: bool) -> TableFigures | None:
    """Return one table's figures from a row of the reply; None if the row has none.

    Args:
        row: The row.
        is_utc: The query is in UTC, not in the session's time zone.

    Example:
        >>> figures_in({"counted": "12", "newer": "2", "greatest": "90"}, is_utc=True).counted
        RowCountRange(least=10, most=12)
    """
    try:
        greatest, newest = row.get("greatest"), row.get("newest")
        return TableFigures(
            RowCountRange.parse(row),
            None if greatest is None else int(greatest),
            # The session's offset of today may differ from the offset when a row was read.
            datetime.fromisoformat(newest) if newest is not None and is_utc else None,
        )
    except ValueError:
        return None


def stored_figures(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, table: Table
) -> tuple[int | None, datetime | None]:
    """Return the greatest key and the latest stamp (UTC) of the stored rows that NetSuite shows.

    Args:
        connection: To the working file.
        target: The table as it is stored.
        table: Its spec, with a cursor, and a number as its key.
    """
    seen = f"WHERE {key_text(target, 't')} NOT IN {marks(target)}" if count_marks(connection, target) else ""
    row = connection.execute(
        f"SELECT max(t.{quoted(table.key[0])}), max(TRY_CAST(t.{quoted(_cursor(table))} AS TIMESTAMP)) "
        f"FROM {target.ref} t {seen}"
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def is_behind(figures: TableFigures, stored: tuple[int | None, datetime | None]) -> bool:
    """Return whether NetSuite's greatest key or latest stamp is behind the stored one.

    Args:
        figures: NetSuite's figures.
        stored: The stored greatest key and latest stamp.

    Example:
        >>> is_behind(TableFigures(RowCountRange(5, 5), 90, None), (91, None))
        True
    """
    key, stamp = stored
    by_key = key is not None and figures.greatest is not None and figures.greatest < key
    return by_key or (stamp is not None and figures.newest is not None and figures.newest < stamp)


def _is_compared(context: SyncContext, table: Table) -> bool:
    """Return whether only changes of a table are read, so that the read does not count its rows."""
    state = context.states.get(table.name)
    return (
        table.cursor is not None
        and table.query is None
        and len(table.key) == 1
        and has_integer_key(table)
        and state is not None
        and state.watermark is not None
        and not state.full_wanted
        and table.cursor not in state.unavailable_columns
        and not context.request.reads_in_full(table)
    )
