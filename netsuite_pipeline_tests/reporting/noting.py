"""Published files as syncs leave them, made in a moment: as many syncs as a test wants."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.rows.deletion_state import (
    ensure_deletions,
    record_deletions_known,
    record_deletions_refused,
)
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline.warehouse.schema.schema import insert_row
from netsuite_pipeline.warehouse.state import (
    TableState,
    claim_account,
    ensure_state,
    write_schema_changes,
    write_state,
)
from netsuite_pipeline.warehouse.warehouse import Warehouse

NOW = datetime(2026, 11, 24, 12)
LOST = (
    "The role lost Lists > Vendors (LIST_VENDOR); the table stays as it was. NetSuite: Record 'vendor' was not found.\n"
    "  Request: POST /services/rest/query/v1/suiteql answered 400 (INVALID_PARAMETER)\n"
    "  To fix: Setup > Users/Roles > Manage Roles > (the token's role) > Edit > Permissions > Lists: add Vendors "
    "(View), press Add, then Save."
)


def entry(
    table: str,
    at: datetime,
    *,
    sync_id: str = "",
    connection: str = "netsuite",
    mode: str = "full",
    status: str = "done",
    rows: int = 300,
    written: int = 0,
    deleted: int = 0,
    requests: int = 1,
    retries: int = 0,
    throttled: int = 0,
    error: str | None = None,
    notes: Sequence[str] = (),
) -> Mapping[str, object]:
    """What one sync, ten seconds long, did to one table."""
    return {
        "sync_id": sync_id or f"{at:%Y%m%dT%H%M%S}",
        "connection": connection,
        "table_name": table,
        "mode": mode,
        "status": status,
        "started_at": at,
        "ended_at": at + timedelta(seconds=10),
        "cutoff": at,
        "rows_read": rows,
        "rows_written": written,
        "rows_deleted": deleted,
        "rejected_values": 0,
        "requests": requests,
        "retries": retries,
        "throttled": throttled,
        "seconds": 10.0,
        "watermark": at,
        "error": error,
        "notes": tuple(notes),
        "netsuite_rows": rows,
    }


class Noting:
    """A published file in the making."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.warehouse = Warehouse(file)
        with duckdb.connect(str(file)) as opened:
            ensure_state(opened)
            ensure_deletions(opened)

    def account(self, name: str = "netsuite", account: str = "1234567_SB1") -> "Noting":
        with duckdb.connect(str(self.warehouse.path)) as opened:
            claim_account(opened, name, account, NOW - timedelta(days=200))
        return self

    def log(self, *entries: Mapping[str, object]) -> "Noting":
        with duckdb.connect(str(self.warehouse.path)) as opened:
            opened.execute("BEGIN")
            for each in entries:
                insert_row(opened, "sync_log", each)
            opened.execute("COMMIT")
        return self

    def state(self, table: str, synced_at: datetime, rows: int, *, connection: str = "netsuite") -> "Noting":
        known = TableState(synced_at, ("id",), (), synced_at, rows, synced_at)
        with duckdb.connect(str(self.warehouse.path)) as opened:
            write_state(opened, connection, table, known, sync_id="1")
        return self

    def change(self, table: str, change: SchemaChange, at: datetime) -> "Noting":
        with duckdb.connect(str(self.warehouse.path)) as opened:
            write_schema_changes(opened, "netsuite", table, [change], noticed_at=at, sync_id="1")
        return self

    def reject(self, table: str, column: str, value: str, at: datetime) -> "Noting":
        return self.run(
            "INSERT INTO _netsuite.rejected_values "
            "(sync_id, connection, table_name, key, column_name, value, wanted_type, seen_at) VALUES "
            f"('1', 'netsuite', '{table}', '7', '{column}', '{value}', 'BIGINT', '{at}')"
        )

    def deletions(self, table: str, until: datetime) -> "Noting":
        with duckdb.connect(str(self.warehouse.path)) as opened:
            record_deletions_known(opened, "netsuite", table, until)
        return self

    def deletions_refused(self) -> "Noting":
        with duckdb.connect(str(self.warehouse.path)) as opened:
            record_deletions_refused(opened, "netsuite", True)
        return self

    def run(self, sql: str) -> "Noting":
        with duckdb.connect(str(self.warehouse.path)) as opened:
            opened.execute(sql)
        return self


def many_syncs(file: Path, syncs: int = 600, tables: int = 60) -> Noting:
    """A file of an account that is synced every two hours, with trouble of each kind."""
    noting = Noting(file).account()
    names = ["transactionaccountingline", "customer", "vendor", *(f"list{n:02}" for n in range(tables - 3))]
    # One statement: as many single ones would take half a minute.
    spread = "(CASE WHEN list_position(names, name) < 3 THEN 20000 ELSE 300 END)"
    noting.run(
        "INSERT INTO _netsuite.sync_log BY NAME "
        f"WITH n AS (SELECT {names!r} AS names) "
        "SELECT 's' || place AS sync_id, 'netsuite' AS connection, name AS table_name, "
        "CASE WHEN place % 12 = 0 THEN 'full' ELSE 'changed' END AS mode, 'done' AS status, "
        f"TIMESTAMP '{NOW}' - INTERVAL 2 HOUR * ({syncs} - place) AS started_at, "
        f"TIMESTAMP '{NOW}' - INTERVAL 2 HOUR * ({syncs} - place) + INTERVAL 1 SECOND * (20 + place % 7) AS ended_at, "
        f"started_at AS cutoff, CASE WHEN place % 12 = 0 THEN {spread} + place * 3 ELSE place % 97 END AS rows_read, "
        "CASE WHEN hash(name || place) % 3 = 0 THEN place % 97 ELSE 0 END AS rows_written, "
        "CASE WHEN hash(name || place) % 11 = 0 THEN place % 7 ELSE 0 END AS rows_deleted, 0 AS rejected_values, "
        "1 + rows_read // 1000 AS requests, CASE WHEN place % 50 = 0 THEN 1 ELSE 0 END AS retries, "
        "retries AS throttled, 1.5 AS seconds, started_at AS watermark, NULL AS error, [] AS notes, "
        "NULL AS netsuite_rows "
        f"FROM range(1, {syncs} + 1) r(place), n, unnest(names) u(name) ORDER BY place, name"
    )
    for name in names:
        noting.state(name, NOW - timedelta(minutes=5), 22_000 if name in names[:2] else 2_100)
    noting.log(entry("vendor", NOW - timedelta(hours=1), status="failed", error=LOST, mode="changed", rows=0))
    noting.state("list05", NOW - timedelta(hours=40), 318)
    noting.change(
        "customer", SchemaChange("custentity_region", "added", None, "VARCHAR"), NOW - timedelta(days=3)
    )
    noting.change("customer", SchemaChange("email", "lost", "VARCHAR", "VARCHAR"), NOW - timedelta(days=2))
    noting.reject("customer", "terms", "thirty days", NOW - timedelta(days=1))
    return noting
