"""`netsuite-pipeline reconcile` over real signed HTTP: what it prints, and how it exits."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.commands.calling import call

TABLES = ("--select", "transactionaccountingline", "--select", "transaction", "--select", "accountingperiod")
REPORT = {"differences", "periods_checked", "tables_checked", "requests"}
DIFFERENCE = {"table", "document", "account", "period", "here", "netsuite", "repaired"}


def _stored(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "data" / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_nothing_differs_after_a_sync_and_what_differs_is_named(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    assert call(tmp_path, "sync", *TABLES, env=emulator.env).code == 0
    clean = call(tmp_path, "reconcile", *TABLES, "--json", env=emulator.env)
    assert clean.code == 0, clean.err
    report = json.loads(clean.out)
    assert report.keys() >= REPORT
    assert (report["differences"], report["tables_checked"]) == ([], 3)
    assert report["periods_checked"] > 12
    assert report["requests"] >= report["periods_checked"] + report["tables_checked"]
    ((document,),) = _stored(tmp_path, "SELECT min(transaction) FROM marts.general_ledger")
    emulator.admin.change_rows("transaction", f"id = {document}", {"tranid": "Changed below its stamp"})
    faulty = call(tmp_path, "reconcile", *TABLES, "--json", env=emulator.env)
    assert faulty.code == 1, faulty.err
    (difference,) = json.loads(faulty.out)["differences"]
    assert difference.keys() >= DIFFERENCE
    assert (difference["table"], difference["document"]) == ("transaction", document)
    assert difference["repaired"] is True
    number = f"SELECT DISTINCT transaction_number FROM marts.general_ledger WHERE transaction = {document}"
    assert _stored(tmp_path, number) == [("Changed below its stamp",)], "marts follow the repair"
    again = call(tmp_path, "reconcile", *TABLES, env=emulator.env)
    assert again.code == 0
    assert "Nothing differs." in again.out
    assert "unchanged since an earlier comparison" in again.out


@pytest.mark.long
def test_without_a_warehouse_or_a_sign_in_nothing_is_compared(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    called = call(tmp_path, "reconcile", env=emulator.env)
    assert called.code == 1
    assert "There is no warehouse" in called.err
    assert call(tmp_path, "sync", "--select", "term", env=emulator.env).code == 0
    emulator.admin.revoke_token()
    assert call(tmp_path, "reconcile", "--select", "term", env=emulator.env).code == 2
