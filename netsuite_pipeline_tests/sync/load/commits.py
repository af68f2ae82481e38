"""A warehouse, and the committing of rows to it as if NetSuite had sent them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.deletions.sweep import SweepResult, commit_sweep
from netsuite_pipeline.sync.landing.result import LandedTable, RowCountRange
from netsuite_pipeline.sync.load.commit import CommittedTable, TableCommit
from netsuite_pipeline.sync.load.commit_types import UNPROVEN, MergeOptions
from netsuite_pipeline.sync.load.cutoff_filter import ParentSnapshot
from netsuite_pipeline.sync.load.stored_table import open_stage, stored_table
from netsuite_pipeline.sync.planning.read_plan import Mode, ReadPlan
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.tables import Parent, Permission, Table
from netsuite_pipeline.warehouse.rows.cascade_delete import Child
from netsuite_pipeline.warehouse.rows.merge import MISSING
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.state import TableState, ensure_state, read_states
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import columns_of

CUTOFF = datetime(2026, 11, 23, 12)
EARLIER = "2026-11-20 08:00:00"
LATER = "2026-11-23 12:00:01"
SYNC = SyncRun("sync-1", "netsuite", CUTOFF, CUTOFF + timedelta(seconds=5))
Row = Mapping[str, str | None]


def _table(name: str, columns: str, key: str, **more: Any) -> Table:
    made = columns_of(columns)
    return Table(name, name, name, "transactions", tuple(key.split()), made, Permission("P", "P"), **more)


DOCUMENT = _table(
    "document",
    "id:integer memo:text rate:integer on:date open:boolean changed:datetime",
    "id",
    cursor="changed",
)
LINE = _table(
    "line", "document:integer id:integer memo:text", "document id", parent=Parent("document", "document")
)
PLAIN = _table("plain", "id:text memo:text", "id")
LINES_OF_DOCUMENTS = Child(stored_table(LINE, "netsuite"), "document")


@dataclass
class Proof:
    """Proves that rows were deleted whose first key is this number or greater; all where it is None."""

    least: int | None
    note: str = ""
    answered: bool = True

    def classify(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int:
        least = "false" if self.least is None else f"{quoted(target.key[0])} < {self.least}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE unproven AS SELECT * FROM {MISSING} WHERE {least}")
        connection.execute(f"DELETE FROM {MISSING} WHERE {least}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE with_owner AS SELECT *, '' AS missing_with FROM {MISSING} LIMIT 0"
        )
        row = connection.execute(f"SELECT count(*) FROM {UNPROVEN}").fetchone()
        return int(row[0]) if row else 0


@dataclass
class Books:
    """A warehouse, and the committing of rows to it as if NetSuite had sent them."""

    folder: Path
    number: int = 0
    sync_run: SyncRun = SYNC
    warehouse: Warehouse = field(init=False)

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(self.folder / "data" / "warehouse.duckdb", lock_wait_seconds=0.3)
        self.warehouse.prepare("netsuite")
        with self.warehouse.working() as connection:
            ensure_state(connection)

    def land_pages(self, rows: Sequence[Row], page_rows: int) -> list[Path]:
        folder = self.folder / "landing" / str(self.number)
        folder.mkdir(parents=True)
        self.number += 1
        pages = []
        for first in range(0, len(rows), page_rows):
            page = folder / f"{first:06}.json"
            page.write_text(json.dumps({"items": [dict(row) for row in rows[first : first + page_rows]]}))
            pages.append(page)
        return pages

    def read(
        self,
        table: Table,
        rows: Sequence[Row],
        mode: Mode = "full",
        *,
        without: Sequence[str] = (),
        parents: Sequence[str] = (),
        counted: RowCountRange | None = None,
        keys: bool = False,
        page_rows: int = 50,
    ) -> LandedTable:
        names = table.key if keys else tuple(column.name for column in table.columns)
        read = ReadPlan(table, names, (), mode, since=CUTOFF if mode == "changed" else None).excluding(
            without
        )
        pages = self.land_pages(rows, page_rows)
        unavailable = dict.fromkeys(without, "not offered")
        return LandedTable(
            read,
            tuple(pages),
            len(rows),
            unavailable,
            frozenset(),
            tuple(parents),
            RequestCounts(),
            counted=counted,
        )

    def staged(self, landed: LandedTable, asked: Sequence[str] | None = None) -> Stage:
        read = landed.read if asked is None else replace(landed.read, columns=tuple(asked))
        stage = open_stage(self.folder / "stage.duckdb", read, "netsuite")
        for page in landed.pages:
            stage.add([page])
        return stage

    def commit(self, landed: LandedTable, stage: Stage, options: MergeOptions) -> TableCommit:
        with self.warehouse.working() as connection:
            previous = read_states(connection, "netsuite").get(landed.read.table.name)
        return TableCommit(self.sync_run, landed, stage, options, previous, self.sync_run.started_at)

    def committed(
        self,
        table: Table,
        rows: Sequence[Row],
        mode: Mode = "full",
        *,
        is_parent: bool = False,
        parent_snapshot: ParentSnapshot | None = None,
        children: Sequence[Child] = (),
        proven: int | None = None,
        asked: Sequence[str] | None = None,
        **read: Any,
    ) -> tuple[TableReport, CommittedTable]:
        landed = self.read(table, rows, mode, **read)
        stage = self.staged(landed, asked)
        previewed = [column.name for column in table.columns]
        options = MergeOptions(Proof(proven), children, is_parent, parent_snapshot, previewed=previewed)
        try:
            commit = self.commit(landed, stage, options)
            with self.warehouse.working() as connection:
                return commit.run(connection)
        finally:
            stage.close()

    def swept(
        self,
        table: Table,
        rows: Sequence[Row],
        *,
        counted: RowCountRange | None = None,
        children: Sequence[Child] = (),
        proven: int | None = None,
    ) -> tuple[TableReport, SweepResult]:
        landed = self.read(table, rows, "keys", keys=True, counted=counted)
        stage = self.staged(landed)
        try:
            commit = self.commit(landed, stage, MergeOptions(Proof(proven), children))
            with self.warehouse.working() as connection:
                return commit_sweep(connection, commit)
        finally:
            stage.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.working() as connection:
            return connection.execute(sql).fetchall()

    def state(self, table: str) -> TableState:
        with self.warehouse.working() as connection:
            return read_states(connection, "netsuite")[table]

    def types(self, table: str) -> dict[str, str]:
        with self.warehouse.working() as connection:
            return present_columns(connection, "netsuite", table)

    def changes(self) -> list[tuple[Any, ...]]:
        return self.query(
            "SELECT table_name, column_name, change, from_type, to_type FROM _netsuite.schema_changes ORDER BY rowid"
        )


def document(number: int, **more: str | None) -> Row:
    row: dict[str, str | None] = {"id": str(number), "memo": f"Document {number}", "changed": EARLIER}
    return row | more


def documents(count: int, **more: str | None) -> list[Row]:
    return [document(number, **more) for number in range(1, count + 1)]


def lines(*parents: int, each: int = 2) -> list[Row]:
    return [{"document": str(of), "id": str(n), "memo": "x"} for of in parents for n in range(each)]
