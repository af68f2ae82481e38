"""`netsuite-pipeline sync` over real signed HTTP: what arrives, what it says, how it exits."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.commands.calling import Called, call
from netsuite_pipeline_tests.comparing import assert_equal_to_source

REPORT_FIELDS = {
    "table", "mode", "rows_read", "rows_written", "rows_deleted", "requests", "retries", "throttled",
    "seconds", "watermark", "status", "error",
}  # fmt: skip


def _sync(folder: Path, emulator: EmulatorProcess, *arguments: str) -> Called:
    return call(folder, "sync", *arguments, env=emulator.env)


def _warehouse(folder: Path) -> Path:
    return folder / "data" / "warehouse.duckdb"


def _ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(_warehouse(folder)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_table_equals_netsuite_to_the_last_digit(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = _sync(tmp_path, emulator, "--json")
    assert called.code == 0, called.err
    report = json.loads(called.out)
    assert {table["table"] for table in report["tables"]} == set(standard_tables())
    assert all(table.keys() >= REPORT_FIELDS for table in report["tables"])
    assert all(table["status"] == "done" for table in report["tables"])
    assert report["totals"]["rows_read"] == sum(table["rows_read"] for table in report["tables"])
    assert_equal_to_source(_warehouse(tmp_path), list(standard_tables().values()), emulator.admin)
    rows = emulator.admin.tables()
    for table in report["tables"]:
        assert table["rows_read"] == rows[table["table"]], table["table"]
    assert _ask(tmp_path, "SELECT count(*) FROM _netsuite.rejected_values") == [(0,)]


@pytest.mark.long
def test_debits_equal_credits_exactly_in_every_transaction_and_book(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    assert _sync(tmp_path, emulator, "--select", "transactionaccountingline").code == 0
    unbalanced = _ask(
        tmp_path,
        "SELECT transaction, accountingbook FROM netsuite.transactionaccountingline "
        "GROUP BY ALL HAVING coalesce(sum(debit), 0) <> coalesce(sum(credit), 0) OR sum(amount) <> 0",
    )
    assert unbalanced == []


@pytest.mark.long
def test_labels_and_comments_are_there_for_the_analyst(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert _sync(tmp_path, emulator, "--select", "transaction", "--select", "customer").code == 0
    labelled = _ask(
        tmp_path,
        "SELECT count(*) FILTER (entity IS NOT NULL AND entity_label IS NULL), "
        "count(entity_label) FROM netsuite.transaction",
    )
    assert labelled[0][0] == 0
    assert labelled[0][1] > 100
    bare = _ask(
        tmp_path,
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name = 'netsuite' AND comment IS NULL",
    )
    assert bare == []


@pytest.mark.long
def test_a_second_sync_takes_what_changed_and_a_full_one_what_was_deleted(tmp_path: Path) -> None:
    with start_emulator(scale=0.02, seed=5, max_seconds=3600) as emulator:
        assert _sync(tmp_path, emulator).code == 0
        quiet = json.loads(_sync(tmp_path, emulator, "--json").out)
        assert quiet["totals"]["rows_written"] == quiet["totals"]["rows_deleted"] == 0
        emulator.admin.tick(60)
        changed = json.loads(_sync(tmp_path, emulator, "--json").out)
        assert changed["totals"]["rows_written"] > 60
        modes = {table["table"]: table["mode"] for table in changed["tables"]}
        assert modes["transaction"] == "changed"
        assert modes["transactionline"] == "children"
        assert modes["currency"] == "full"
        unaffected = [
            table
            for table in standard_tables().values()
            if not table.name.startswith("transaction") and table.name != "customer"
        ]
        assert_equal_to_source(_warehouse(tmp_path), unaffected, emulator.admin)
        assert _sync(tmp_path, emulator, "--full").code == 0
        assert_equal_to_source(_warehouse(tmp_path), list(standard_tables().values()), emulator.admin)


@pytest.mark.long
def test_a_lost_permission_fails_its_table_alone_and_names_the_menu(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    tables = ("--select", "vendor", "--select", "employee", "--select", "vendorcategory")
    assert _sync(tmp_path, emulator, *tables).code == 0
    before = _ask(tmp_path, "SELECT count(*) FROM netsuite.vendor")
    emulator.admin.drop_permission("LIST_VENDOR")
    called = _sync(tmp_path, emulator, *tables)
    assert called.code == 1
    assert "vendor" in called.out
    assert "unchanged" in called.out
    assert "LIST_VENDOR" in called.out
    assert "Setup > Users/Roles > Manage Roles" in called.out
    assert "2 of 3 tables up to date, 1 failed. Exit 1." in called.out
    assert _ask(tmp_path, "SELECT count(*) FROM netsuite.vendor") == before
    emulator.admin.grant_permission("LIST_VENDOR")
    assert _sync(tmp_path, emulator, *tables).code == 0


@pytest.mark.long
def test_a_table_that_the_account_never_had_is_left_out_with_a_note(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    emulator.admin.set_feature("MULTIBOOK", False)
    called = _sync(tmp_path, emulator, "--select", "accounting", "--json")
    assert called.code == 0
    status = {table["table"]: table["status"] for table in json.loads(called.out)["tables"]}
    assert status["accountingbook"] == "absent"
    assert status["account"] == "done"


@pytest.mark.long
def test_a_role_that_sees_no_table_at_all_is_a_failure(tmp_path: Path, emulator: EmulatorProcess) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    called = _sync(tmp_path, emulator, "--select", "vendor")
    assert called.code == 1
    assert "shows this role none" in called.out


@pytest.mark.long
def test_a_lost_column_keeps_its_old_values(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert _sync(tmp_path, emulator, "--select", "customer").code == 0
    before = _ask(tmp_path, "SELECT id, email FROM netsuite.customer ORDER BY id")
    emulator.admin.hide_column("customer", "email")
    called = _sync(tmp_path, emulator, "--select", "customer", "--full")
    assert called.code == 0
    assert "columns lost; their old values stay: email (not_exposed)" in called.out
    assert _ask(tmp_path, "SELECT id, email FROM netsuite.customer ORDER BY id") == before


@pytest.mark.long
def test_a_revoked_token_exits_2_with_the_remedy_after_two_attempts(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    refused_before = len(emulator.admin.login_audit())
    called = _sync(tmp_path, emulator)
    assert called.code == 2
    assert called.out == "" or "✓" not in called.out
    assert "Login Audit Trail" in called.err
    assert "Traceback" not in called.err
    assert len(emulator.admin.login_audit()) - refused_before <= 2


@pytest.mark.long
def test_missing_credentials_are_named_at_once_and_exit_2(tmp_path: Path) -> None:
    called = call(tmp_path, "sync", env={"NETSUITE_ACCOUNT_ID": "1234567"})
    assert called.code == 2
    assert "netsuite-pipeline: cannot start" in called.err
    assert "NETSUITE_CONSUMER_KEY, NETSUITE_CONSUMER_SECRET, NETSUITE_TOKEN_ID and" in called.err
    assert "Traceback" not in called.err


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"NETSUITE_ACCOUNT_ID": "evil.com/"}, "is no NetSuite account id"),
        ({"NETSUITE_CONCURRENCY": "many"}, "NETSUITE_CONCURRENCY is 'many'"),
        ({"NETSUITE_BASE_URL": "ftp://x"}, "NETSUITE_BASE_URL"),
        ({"NETSUITE_WAREHOUSE": "data/netsuite.duckdb"}, "cannot be named after the schema"),
    ],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_malformed_settings_are_refused_before_any_request(
    tmp_path: Path, emulator: EmulatorProcess, env: dict[str, str], says: str
) -> None:
    called = call(tmp_path, "sync", env={**emulator.env, **env})
    assert called.code == 2
    assert says in called.err
    assert "Traceback" not in called.err


@pytest.mark.long
def test_an_unknown_table_is_refused_with_similar_names(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = _sync(tmp_path, emulator, "--select", "custommer")
    assert called.code == 2
    assert "customer" in called.err


@pytest.mark.long
def test_settings_come_from_a_file_too(tmp_path: Path, emulator: EmulatorProcess) -> None:
    lines = [f"{name}={value}" for name, value in emulator.env.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "NETSUITE_WAREHOUSE=here/w.duckdb"]))
    called = call(tmp_path, "sync", "--select", "currency")
    assert called.code == 0, called.err
    assert (tmp_path / "here" / "w.duckdb").exists()


@pytest.mark.long
def test_another_accounts_warehouse_is_refused(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert _sync(tmp_path, emulator, "--select", "currency").code == 0
    with start_emulator(scale=0.01, account_id="7654321", max_seconds=120) as other:
        called = _sync(tmp_path, other, "--select", "currency")
    assert called.code == 2
    assert "come from NetSuite account 1234567_SB1, not 7654321" in called.err


@pytest.mark.long
def test_the_sync_log_lists_done_and_failed_tables(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert _sync(tmp_path, emulator, "--select", "vendor", "--select", "currency").code == 0
    logged = _ask(tmp_path, "SELECT table_name, status, rows_read > 0 FROM _netsuite.sync_log ORDER BY 1")
    assert logged == [("currency", "done", True), ("vendor", "done", True)]


@pytest.mark.long
def test_passing_faults_do_not_stop_a_sync(tmp_path: Path, emulator: EmulatorProcess) -> None:
    for kind in ("unavailable", "reset", "truncated", "html"):
        emulator.admin.fail_next(1, kind)
    called = _sync(tmp_path, emulator, "--select", "customer", "--json")
    assert called.code == 0, called.err
    assert_equal_to_source(_warehouse(tmp_path), [standard_tables()["customer"]], emulator.admin)
