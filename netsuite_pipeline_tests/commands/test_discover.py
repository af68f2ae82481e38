"""`discover`: prints specs, adds them to a file, and a sync takes the file's tables."""

from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.tables import parse_tables, standard_tables
from netsuite_pipeline_tests.commands.calling import call


def test_yaml_is_printed_and_nothing_is_written(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = call(tmp_path, "discover", env=emulator.env)
    assert (called.code, called.err) == (0, "")
    tables = parse_tables(called.out, "printed", known=standard_tables())
    assert list(tables) == ["customlist_region", "customrecord_machine"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_what_is_written_can_be_synced(tmp_path: Path, emulator: EmulatorProcess) -> None:
    written = call(tmp_path, "discover", "--write", "--all-custom-fields", env=emulator.env)
    assert written.code == 0, written.err
    assert "new: customrecord_machine, 8 columns" in written.out
    assert "NETSUITE_TABLES=netsuite_tables.yaml" in written.out
    env = {**emulator.env, "NETSUITE_TABLES": "netsuite_tables.yaml"}
    listed = call(tmp_path, "tables", "customrecord_machine", env=env)
    assert "custrecord_serial" in listed.out
    select = ("customrecord_machine", "customlist_region", "customer", "currency")
    synced = call(tmp_path, "sync", *(f"--select={name}" for name in select), env=env)
    assert synced.code == 0, synced.out + synced.err
    with duckdb.connect(str(tmp_path / "data" / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT count(*), count(lastmodified), sum(custrecord_price), count(custrecord_customer_label) "
            "FROM netsuite.customrecord_machine"
        ).fetchone()
        regions = connection.execute(
            "SELECT count(DISTINCT custentity_region_label) FROM netsuite.customer "
            "JOIN netsuite.customlist_region r ON r.id = custentity_region AND r.name = custentity_region_label"
        ).fetchone()
    machines = emulator.admin.tables()["customrecord_machine"]
    assert rows is not None
    assert rows[:2] == (machines, machines)
    assert rows[2] > 0
    assert rows[3] == machines
    assert regions is not None
    assert regions[0] > 1
    doctor = call(tmp_path, "doctor", "--select=customrecord_machine", "--json", env=env)
    assert "table:customrecord_machine" in doctor.out


@pytest.mark.long
def test_a_second_writing_lists_what_is_new_and_what_is_gone(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    path = tmp_path / "ours.yaml"
    arguments = ("discover", "customrecord_machine", "--output", "ours.yaml")
    assert call(tmp_path, *arguments, env=emulator.env).code == 0
    again = call(tmp_path, *arguments, env=emulator.env)
    assert "ours.yaml already has all of them." in again.out
    lines = path.read_text().splitlines(keepends=True)
    kept = [line.replace('"Machine"', '"Our machines"') for line in lines if "custrecord_price" not in line]
    path.write_text("".join(kept))
    emulator.admin.hide_column("customrecord_machine", "custrecord_serial")
    third = call(tmp_path, *arguments, env=emulator.env)
    assert third.code == 0
    assert "new: customrecord_machine, column custrecord_price" in third.out
    assert "gone: customrecord_machine, column custrecord_serial" in third.out
    machine = parse_tables(path.read_text(), "ours", known=standard_tables())["customrecord_machine"]
    assert machine.title == "Our machines"
    assert {"custrecord_price", "custrecord_serial"} <= {column.name for column in machine.columns}


def test_an_unknown_record_fails_in_netsuites_words(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = call(tmp_path, "discover", "customrecord_nonsense", "--write", env=emulator.env)
    assert called.code == 1
    assert called.err.startswith("failed: customrecord_nonsense: NetSuite shows this role no table")
    assert "Traceback" not in called.err
    assert list(tmp_path.iterdir()) == []


def test_a_role_that_may_not_use_suiteql_is_a_failure_and_one_remedy(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    emulator.admin.drop_permission("REPO_ANALYTICS")
    called = call(tmp_path, "discover", env=emulator.env)
    assert (called.code, called.out) == (1, "")
    assert "SuiteAnalytics Workbook" in called.err
    assert "Setup > Custom Fields" not in called.err


def test_dagster_takes_the_files_tables_too(
    tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(tmp_path, "discover", "--write", env=emulator.env).code == 0
    monkeypatch.setenv("NETSUITE_TABLES", str(tmp_path / "netsuite_tables.yaml"))
    definitions = build_netsuite_definitions(tables=["custom", "customer"])
    keys = {key.path[-1] for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert {"customrecord_machine", "customlist_region", "customer"} <= keys


@pytest.mark.long
def test_a_folder_that_is_not_there_and_a_broken_file_are_configuration(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    nowhere = call(tmp_path, "discover", "--output", "no/where.yaml", env=emulator.env)
    assert nowhere.code == 2
    assert "there is no such folder" in nowhere.err
    (tmp_path / "mine.yaml").write_text("customer:\n  titel: x\n")
    for command in (["sync"], ["tables"], ["doctor"], ["discover"]):
        called = call(tmp_path, *command, env={**emulator.env, "NETSUITE_TABLES": "mine.yaml"})
        assert called.code == 2, command
        assert "mine.yaml, line 2" in called.err


def test_without_credentials_it_says_what_is_missing(tmp_path: Path) -> None:
    called = call(tmp_path, "discover")
    assert called.code == 2
    assert "NETSUITE_ACCOUNT_ID" in called.err
