"""`netsuite-pipeline sync --defs`: a command syncs a connection as its component in Dagster does."""

import json
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.commands.calling import call

DEFS = """\
type: netsuite_pipeline.NetSuiteComponent
attributes:
  connection: sandbox
  env_prefix: SANDBOX
  warehouse: all.duckdb
  tables: [customer, currency, bigcustomers]
  table_settings:
    customer: {hash: [email], leave_out: [comments]}
  queries:
    bigcustomers:
      query: SELECT id, companyname AS company FROM customer WHERE isinactive = 'F'
      key: id
"""


def _of_sandbox(emulator: EmulatorProcess) -> dict[str, str]:
    ours = {name.replace("NETSUITE_", "SANDBOX_"): value for name, value in emulator.env.items()}
    return {**ours, "SANDBOX_HASH_SALT": "pepper"}


def test_a_sync_by_defs_takes_the_connection_the_tables_and_their_settings(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / "defs.yaml").write_text(DEFS)
    called = call(tmp_path, "sync", "--defs", "defs.yaml", "--json", env=_of_sandbox(emulator))
    assert called.code == 0, called.err
    assert {table["table"] for table in json.loads(called.out)["tables"]} == {
        "customer",
        "currency",
        "bigcustomers",
    }
    with duckdb.connect(str(tmp_path / "all.duckdb"), read_only=True) as connection:
        plain, hashed, big = connection.execute(
            "SELECT count(*) FILTER (email LIKE '%@%'), count(*) FILTER (email SIMILAR TO '[0-9a-f]{64}'), "
            "(SELECT count(*) FROM sandbox.bigcustomers) FROM sandbox.customer"
        ).fetchall()[0]
        columns = connection.execute("SELECT column_name FROM (DESCRIBE sandbox.customer)").fetchall()
    assert plain == 0
    assert hashed > 0
    assert big > 0
    assert ("comments",) not in columns


@pytest.mark.long
def test_selecting_is_among_the_tables_that_the_connection_takes(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / "defs.yaml").write_text(DEFS)
    called = call(tmp_path, "sync", "--select", "vendor", env={"NETSUITE_DEFS": "defs.yaml"})
    assert called.code == 2
    assert "there is no table or group 'vendor'" in called.err


@pytest.mark.long
def test_what_is_missing_is_named_as_the_connection_names_it(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_text(DEFS)
    called = call(tmp_path, "sync", "--defs", "defs.yaml", "--select", "currency")
    assert called.code == 2
    assert "SANDBOX_TOKEN_SECRET" in called.err
    assert "NETSUITE_TOKEN_SECRET" not in called.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DEFS.replace("[email]", "[emial]"), "defs.yaml, line 8: "),
        (DEFS.replace("env_prefix:", "env_perfix:"), "defs.yaml, line 4: "),
        (DEFS.replace("netsuite_pipeline.NetSuiteComponent", "dagster.Component"), "no NetSuiteComponent"),
        ("- a list", "must hold `type` and `attributes`"),
        ("a: [", "is no YAML"),
    ],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_a_file_that_is_wrong_is_pointed_at_by_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "defs.yaml").write_text(text)
    called = call(tmp_path, "sync", "--defs", "defs.yaml")
    assert called.code == 2
    assert says in called.err
    assert "Traceback" not in called.err


@pytest.mark.long
def test_the_doctor_looks_at_the_connection_of_a_file(tmp_path: Path, emulator: EmulatorProcess) -> None:
    (tmp_path / "defs.yaml").write_text(DEFS)
    env = _of_sandbox(emulator)
    well = json.loads(call(tmp_path, "doctor", "--defs", "defs.yaml", "--json", env=env).out)
    tables = {each["id"] for each in well["findings"] if each["id"].startswith("table:")}
    assert tables == {"table:customer", "table:currency", "table:bigcustomers"}
    assert all(each["state"] == "ok" for each in well["findings"] if each["id"] in {*tables, "sign_in"})
    without = call(tmp_path, "doctor", "--defs", "defs.yaml")
    assert without.code == 1
    assert "SANDBOX_TOKEN_SECRET" in without.out
    assert "NETSUITE_TOKEN_SECRET" not in without.out
