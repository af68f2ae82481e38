"""`netsuite-pipeline demo`: one command, no account, tables in DuckDB put there by Dagster."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.commands.calling import call


@pytest.mark.long
def test_a_newcomer_sees_it_work_in_one_command(tmp_path: Path) -> None:
    called = call(tmp_path, "demo", "--scale", "0.02")
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

    again = call(tmp_path, "demo", "--scale", "0.02")
    assert again.code == 0, again.err


@pytest.mark.long
def test_nothing_that_the_demo_leaves_holds_a_secret(tmp_path: Path) -> None:
    from netsuite_pipeline.emulator.process import start_emulator

    assert call(tmp_path, "demo", "--scale", "0.01", "--seed", "77").code == 0
    # The same seed makes up the same secrets.
    with start_emulator(scale=0.01, seed=77, max_seconds=60) as emulator:
        secrets = [
            value for name, value in emulator.env.items() if name.endswith(("KEY", "SECRET", "TOKEN_ID"))
        ]
    assert len(secrets) == 4
    searched = 0
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            searched += 1
            for secret in secrets:
                assert secret.encode() not in content, path
    assert searched > 5


@pytest.mark.long
def test_a_broken_account_makes_the_demo_fail_with_words(tmp_path: Path) -> None:
    # A file in the place of the warehouse's folder: nothing can be written.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".warehouse").write_text("in the way")
    called = call(tmp_path, "demo", "--scale", "0.01")
    assert called.code == 1
    assert "cannot be the warehouse: File exists" in called.out + called.err
    assert "Traceback" not in called.err
