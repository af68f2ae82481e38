"""`netsuite-pipeline marts`, and the marts of `sync`, over real signed HTTP."""

import json
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.marts import marts_catalogue
from netsuite_pipeline_tests.commands.calling import call

LEDGER = ("transactions", "accounting", "subsidiary", "currency")
SELECT = [part for name in LEDGER for part in ("--select", name)]


def _ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "data" / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_sync_builds_the_marts_and_the_command_builds_them_again(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    synced = call(tmp_path, "sync", *SELECT, "--json", env=emulator.env)
    assert synced.code == 0, synced.err
    report = json.loads(synced.out)
    assert report["notes"] == []
    assert [mart["mart"] for mart in report["marts"]] == list(marts_catalogue())
    rows = {mart["mart"]: mart["rows"] for mart in report["marts"]}
    assert rows["general_ledger"] > 100
    assert _ask(tmp_path, "SELECT count(*) FROM marts.general_ledger") == [(rows["general_ledger"],)]
    alone = call(tmp_path, "marts", "--json")
    assert alone.code == 0, alone.err
    built = json.loads(alone.out)
    assert built["schema"] == "marts"
    assert {mart["mart"]: mart["rows"] for mart in built["marts"]} == rows
    assert {(each["mart"], each["what"]) for each in built["left_out"]} == set(
        _ask(tmp_path, "SELECT mart, what FROM marts.left_out")
    )
    text = call(tmp_path, "marts")
    assert text.code == 0, text.err
    assert text.out.splitlines()[0] == "mart\trows\tseconds"
    assert f"{len(rows)} marts built in the schema marts: " in text.err


def test_a_sync_can_leave_the_marts_out(tmp_path: Path, emulator: EmulatorProcess) -> None:
    synced = call(tmp_path, "sync", "--select", "account", "--no-marts", "--json", env=emulator.env)
    assert synced.code == 0, synced.err
    assert json.loads(synced.out)["marts"] == []
    assert _ask(tmp_path, "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'marts'") == [(0,)]


def test_there_are_no_marts_without_tables(tmp_path: Path) -> None:
    called = call(tmp_path, "marts")
    assert called.code == 1
    assert "There is no warehouse" in called.err
