"""What a few changed rows cost, by the size of the table that they go to: `python -m` this module."""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.commit import TableCommit
from netsuite_pipeline.sync.load.commit_types import MergeOptions
from netsuite_pipeline.sync.load.stored_table import open_stage, stored_table
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.tables import Permission, Table
from netsuite_pipeline.warehouse.schema.schema import StoredTable, create_or_extend
from netsuite_pipeline.warehouse.state import TableState, ensure_state, read_states, write_state
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import columns_of

BEFORE = datetime(2026, 11, 22)
CUTOFF = datetime(2026, 11, 23)
_COLUMNS = (
    "id:integer tranid:text type:text memo:text trandate:date total:decimal posting:boolean entity:integer "
    "postingperiod:integer lastmodifieddate:datetime"
)
TABLE = Table(
    "transaction",
    "Transactions",
    "Made up.",
    "transactions",
    ("id",),
    columns_of(_COLUMNS),
    Permission("TRAN_FIND", "Transactions > Find Transaction"),
    cursor="lastmodifieddate",
)
_ROWS = """
INSERT INTO netsuite."transaction" SELECT i * 7, 'INV' || i, ['CustInvc', 'SalesOrd', 'VendBill'][1 + i % 3],
  CASE WHEN i % 4 > 0 THEN 'memo of document ' || hash(i) % 100000 END, DATE '2020-01-01' + (i % 2000)::INTEGER,
  (hash(i) % 10000000 / 100)::DECIMAL(38, 10), i % 2 = 0, hash(i) % 5000, i % 120,
  TIMESTAMP '2021-01-01' + to_seconds(i * 37 % 100000000)
FROM range({rows}) r(i)
"""


@dataclass
class Steps:
    """Seconds by the clock and of the processors, step by step."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu


STEPS = ("stage", "open", "merge+commit", "close", "publish")


def big_warehouse(folder: Path, rows: int) -> Warehouse:
    """A published warehouse with a table of that many rows."""
    warehouse = Warehouse(folder / "warehouse.duckdb")
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        ensure_state(connection)
        create_or_extend(connection, stored_table(TABLE, "netsuite"))
        connection.execute(_ROWS.format(rows=rows))
        names = tuple(column.name for column in TABLE.columns)
        state = TableState(BEFORE, names, (), BEFORE, rows, BEFORE)
        write_state(connection, "netsuite", TABLE.name, state, sync_id="0")
    warehouse.publish()
    return warehouse


def spread(rows: int, changes: int) -> Sequence[int]:
    """Places all over the table."""
    return range(rows // changes // 2, rows, rows // changes)


def at_the_end(rows: int, changes: int) -> Sequence[int]:
    """Places where documents are changed in life: most of them are new."""
    return range(rows - changes, rows)


def landed(folder: Path, places: Sequence[int]) -> list[Path]:
    """Pages of changed rows."""
    pages = []
    for first in range(0, len(places), 1000):
        items = [
            {
                "id": str(place * 7),
                "tranid": f"INV{place}",
                "type": "CustInvc",
                "memo": "changed",
                "trandate": "2026-11-22",
                "total": "12.5",
                "posting": "T",
                "entity": "7",
                "postingperiod": "3",
                "lastmodifieddate": "2026-11-22 10:00:00",
            }
            for place in places[first : first + 1000]
        ]
        page = folder / f"{first // 1000:06}.json"
        page.write_text(json.dumps({"items": items}))
        pages.append(page)
    return pages


class _NothingIsGone:
    """Evidence for changes that remove no row."""

    note = ""
    answered = True

    def classify(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int:
        """Find no row to remove."""
        return 0


def bring_in(warehouse: Warehouse, folder: Path, places: Sequence[int]) -> Steps:
    """Everything between the landed pages and the published file."""
    names = tuple(column.name for column in TABLE.columns)
    read = ReadPlan(TABLE, names, (), "changed", since=CUTOFF - timedelta(days=1))
    pages = landed(folder, places)
    sync_run = SyncRun("1", "netsuite", CUTOFF, CUTOFF)
    fetched = LandedTable(read, tuple(pages), len(places), {}, frozenset(), (), RequestCounts())
    steps = Steps()
    with steps.step("stage"):
        stage = open_stage(folder / "stage.duckdb", read, "netsuite")
        stage.add(pages)
    opening = warehouse.working()
    with steps.step("open"):
        connection = opening.__enter__()
        previous = read_states(connection, "netsuite")[TABLE.name]
    with steps.step("merge+commit"):
        report, _ = TableCommit(
            sync_run, fetched, stage, MergeOptions(_NothingIsGone(), is_parent=True), previous, CUTOFF
        ).run(connection)
    with steps.step("close"):
        opening.__exit__(None, None, None)
        stage.close()
    with steps.step("publish"):
        warehouse.publish()
    assert report.rows_written == len(places)
    return steps


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 5, 10])
    options = parser.parse_args(arguments)
    where: dict[str, Callable[[int, int], Sequence[int]]] = {"spread": spread, "at the end": at_the_end}
    print(f"{options.changes:,} changed rows into a table of 10 columns; seconds (of the processors)")
    print(f"{'rows':>12} {'changes':>11} " + " ".join(f"{name:>14}" for name in (*STEPS, "all")))
    for millions in options.millions:
        rows = millions * 1_000_000
        for name, places in where.items():
            folder = Path(tempfile.mkdtemp(prefix="merge-changes-"))
            try:
                steps = bring_in(big_warehouse(folder, rows), folder, places(rows, options.changes))
            finally:
                shutil.rmtree(folder)
            cells = [(steps.wall[step], steps.cpu[step]) for step in STEPS]
            cells.append((sum(steps.wall.values()), sum(steps.cpu.values())))
            shown = " ".join(f"{f'{wall:.2f} ({cpu:.2f})':>14}" for wall, cpu in cells)
            print(f"{rows:>12,} {name:>11} {shown}", flush=True)


if __name__ == "__main__":
    main()
