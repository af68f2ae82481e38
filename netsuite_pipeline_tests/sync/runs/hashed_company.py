"""A company whose memos are secrets, its syncs with hashed columns, and what its files hold."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    LINE,
    TRANSACTION,
    a_company,
    a_sync,
    stored,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

SALT = "a-long-random-text"
SECRET = uuid4().hex
HASHED = replace(TRANSACTION, hashed=("memo", "entity", "trandate", "posting"))
HASHED_LINE = replace(LINE, hashed=("memo",))


def sha(value: object, salt: str = SALT) -> str | None:
    return None if value is None else hashlib.sha256(f"{salt}{value}".encode()).hexdigest()


def memo(number: int) -> str:
    return f"{SECRET}-{number}@example.com"


def a_secretive_company(**settings: object) -> FakeNetSuite:
    """Every memo of a document or a line is a secret; pages are short, so that there are several."""
    fake = a_company(page_rows=2, **settings)
    for number in (10, 11, 20, 30):
        fake.change("transaction", f"id = {number}", memo=memo(number))
    fake.change("transactionline", "true", memo=memo(0))
    return fake


def started(
    fake: FakeNetSuite, warehouse: Warehouse, tables: Sequence[Table], salt: str, **how: object
) -> Sync:
    keep = how.pop("keep_pages", None)
    sync = a_sync(fake, warehouse, tables, **how)  # type: ignore[arg-type]
    sync._request = replace(sync._request, salt=salt, keep_pages=timedelta(days=1) if keep else None)
    return sync


def hashed(
    fake: FakeNetSuite,
    warehouse: Warehouse,
    tables: Sequence[Table] = (HASHED,),
    *,
    salt: str = SALT,
    **how: object,
) -> dict[str, TableReport]:
    """Syncs with a salt; a minute passes afterwards."""
    reports = {report.table: report for report in started(fake, warehouse, tables, salt, **how)}
    fake.pass_time(60)
    return reports


def files_with(warehouse: Warehouse, secret: str = SECRET) -> list[str]:
    """The files under the warehouse's folder, hidden ones too, that hold a text."""
    files = contents(warehouse.path.parent)
    assert files
    return sorted(each.name for each, content in files.items() if secret.encode() in content)


def contents(folder: Path) -> dict[Path, bytes]:
    """All files under a folder, though threads of a sync may be renaming them: whoever meets that looks anew."""
    while True:
        try:
            return {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
        except FileNotFoundError:
            continue


def assert_hashed(fake: FakeNetSuite, warehouse: Warehouse, salt: str = SALT) -> None:
    """The published documents are the fake's, with hashes in the place of four columns' values."""
    plain = replace(TRANSACTION, columns=tuple(replace(each, label=False) for each in TRANSACTION.columns))
    kept = fake._spec["transaction"]
    fake._spec["transaction"] = plain
    rows = fake.rows("transaction")
    fake._spec["transaction"] = kept
    names = [column.name for column in plain.columns]
    wanted = [dict(zip(names, row, strict=True)) for row in rows]
    for row in wanted:
        row["posting"] = None if row["posting"] is None else "T" if row["posting"] else "F"
        row.update({name: sha(row[name], salt) for name in HASHED.hashed})
    label = [f"Label of {row['status']}" for row in wanted]
    got = stored(warehouse, HASHED)
    assert [row[:4] + row[5:] for row in got] == [tuple(row.values()) for row in wanted]
    assert [row[4] for row in got] == label
