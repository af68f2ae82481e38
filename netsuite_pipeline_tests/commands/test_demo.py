"""`netsuite-pipeline demo`: one command, no account, tables in DuckDB put there by Dagster."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.commands.calling import call


@pytest.mark.long
def test_a_newcomer_sees_it_work_in_one_command_that_leaves_no_secret(tmp_path: Path) -> None:
    called = call(tmp_path, "demo", "--scale", "0.02", "--seed", "77")
    assert called.code == 0, called.err
    assert "Emulated NetSuite account 1234567_SB1" in called.out
    assert f"{len(standard_tables())} tables, " in called.out
    assert " marts for finance built from them, in the schema marts." in called.out
    assert "Debits equal credits in every book and period" in called.out
    assert "data/warehouse.duckdb" in called.out
    for name in standard_tables():
        assert f"✓ {name} " in called.out
    with duckdb.connect(str(tmp_path / "data" / "warehouse.duckdb"), read_only=True) as connection:
        ((tables,),) = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'netsuite'"
        ).fetchall()
    assert tables == len(standard_tables())

    home = tmp_path / "data" / "dagster"
    with dg.DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.SUCCESS
        assert run.job_name == "netsuite_sync"

    again = call(tmp_path, "demo", "--scale", "0.02", "--seed", "77")
    assert again.code == 0, again.err
    _assert_no_secret_below(tmp_path)


def _assert_no_secret_below(folder: Path) -> None:
    # The same seed makes up the same secrets.
    with start_emulator(scale=0.01, seed=77, max_seconds=60) as emulator:
        secrets = [
            value for name, value in emulator.env.items() if name.endswith(("KEY", "SECRET", "TOKEN_ID"))
        ]
    assert len(secrets) == 4
    contents = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert len(contents) > 5
    for path, content in contents.items():
        assert not any(secret.encode() in content for secret in secrets), path


@pytest.mark.long
def test_a_broken_account_makes_the_demo_fail_with_words(tmp_path: Path) -> None:
    # A file in the place of the warehouse's folder: nothing can be written.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".warehouse").write_text("in the way")
    called = call(tmp_path, "demo", "--scale", "0.01")
    assert called.code == 1
    assert "cannot be the warehouse: File exists" in called.out + called.err
    assert "Traceback" not in called.err
