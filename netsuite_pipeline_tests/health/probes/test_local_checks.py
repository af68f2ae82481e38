"""Credentials, account id and warehouse: what is wrong in our own house is said before NetSuite is asked."""

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.probes.credentials_check import check_credentials
from netsuite_pipeline.health.probes.local_checks import WarehouseCheck, check_account_id, check_warehouse
from netsuite_pipeline.warehouse.state import TableState, claim_account, ensure_state, write_state
from netsuite_pipeline.warehouse.warehouse import Warehouse

_GOOD = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CONSUMER_KEY": "a1" * 32,
    "NETSUITE_CONSUMER_SECRET": "b2" * 32,
    "NETSUITE_TOKEN_ID": "c3" * 32,
    "NETSUITE_TOKEN_SECRET": "d4" * 32,
}
_CREDENTIALS = {
    "all right": ({}, State.OK, "all five are set"),
    "blanks around": ({"NETSUITE_TOKEN_ID": f" {'c3' * 32}\n"}, State.OK, "all five"),
    "a malformed account id is a finding of its own": ({"NETSUITE_ACCOUNT_ID": "a/b"}, State.OK, "all five"),
    "two missing": ({"NETSUITE_TOKEN_ID": "", "NETSUITE_TOKEN_SECRET": " "}, State.FAILED, "NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET are not set"),
    "no account": ({"NETSUITE_ACCOUNT_ID": ""}, State.FAILED, "NETSUITE_ACCOUNT_ID is not set"),
    "a blank inside": ({"NETSUITE_TOKEN_ID": "c3 c3"}, State.FAILED, "NETSUITE_TOKEN_ID has a blank"),
    "cut while copying": ({"NETSUITE_TOKEN_ID": "c3" * 31}, State.WARNING, "NETSUITE_TOKEN_ID has 62 characters."),
    "another kind of key": ({"NETSUITE_TOKEN_ID": "zz" * 32}, State.WARNING, "NETSUITE_TOKEN_ID has 64 characters, not all 0-9 and a-f."),
    "one pasted twice": ({"NETSUITE_TOKEN_SECRET": "c3" * 32}, State.WARNING, "NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET have the same value."),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "state", "words"), _CREDENTIALS.values(), ids=_CREDENTIALS)
def test_credentials(changed: dict[str, str], state: State, words: str) -> None:
    found = check_credentials(_GOOD | changed)
    assert found.state is state
    reported = " ".join((found.seen, *(cause.as_text for cause in found.causes)))
    assert words in reported
    assert bool(found.remedy) == (state is not State.OK)


@pytest.mark.parametrize(("changed", "state", "words"), _CREDENTIALS.values(), ids=_CREDENTIALS)
def test_no_value_of_a_credential_is_ever_shown(changed: dict[str, str], state: State, words: str) -> None:
    reported = str(check_credentials(_GOOD | changed))
    for name, value in (_GOOD | changed).items():
        if name != "NETSUITE_ACCOUNT_ID" and value.strip():
            assert value.strip() not in reported


_ACCOUNTS = {
    "production": ("1234567", State.OK, "1234567.suitetalk.api.netsuite.com"),
    "sandbox, as the address has it": ("1234567-sb1", State.OK, "1234567_SB1"),
    "not set": ("", State.UNKNOWN, "NETSUITE_ACCOUNT_ID is not set"),
    "an address": ("https://1234567.app.netsuite.com", State.FAILED, "no NetSuite account id"),
    "a token": ("c3" * 32, State.FAILED, "64 characters"),
}


@pytest.mark.parametrize(("text", "state", "words"), _ACCOUNTS.values(), ids=_ACCOUNTS)
def test_account_id(text: str, state: State, words: str) -> None:
    found = check_account_id({"NETSUITE_ACCOUNT_ID": text})
    assert found.state is state
    assert words in found.seen
    assert bool(found.remedy) == (state is State.FAILED)


# The warehouse


def _synced(path: Path, account: str = "1234567_SB1") -> Warehouse:
    """A warehouse of one table, published."""
    warehouse = Warehouse(path, lock_wait_seconds=0.1)
    warehouse.prepare("netsuite")
    moment = datetime(2026, 11, 23, 6, 0)
    with warehouse.working() as connection:
        ensure_state(connection)
        claim_account(connection, "netsuite", account, moment)
        state = TableState(moment, ("id",), (), moment, 300, moment)
        write_state(connection, "netsuite", "vendor", state, sync_id="s")
    warehouse.publish()
    return warehouse


def _check(warehouse: Warehouse, account: str = "1234567_SB1") -> WarehouseCheck:
    return check_warehouse(warehouse, "netsuite", account)


def test_a_warehouse_that_is_not_there_yet_is_well_and_nothing_is_made(tmp_path: Path) -> None:
    check = _check(Warehouse(tmp_path / "new" / "warehouse.duckdb"))
    assert check.finding.state is State.OK
    assert "the first sync creates it" in check.finding.seen
    assert check.known is None
    assert list(tmp_path.iterdir()) == []


def test_a_synced_warehouse_shows_how_far_it_is(tmp_path: Path) -> None:
    warehouse = _synced(tmp_path / "warehouse.duckdb")
    before = sorted(tmp_path.rglob("*"))
    check = _check(warehouse)
    assert check.finding.state is State.OK
    assert "1 table, last synced 2026-11-23 06:00 UTC" in check.finding.seen
    assert check.known is not None
    assert check.known.tables["vendor"].rows == 300
    assert sorted(tmp_path.rglob("*")) == before


def test_a_sync_that_has_the_working_file_open_is_neither_waited_for_nor_kept_waiting(tmp_path: Path) -> None:
    warehouse = _synced(tmp_path / "warehouse.duckdb")
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(warehouse.working_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as sync:
        assert sync.stdout is not None
        sync.stdout.readline()
        check = _check(warehouse)
        sync.communicate(b"")
    assert check.finding.state is State.OK


def test_another_accounts_warehouse_fails(tmp_path: Path) -> None:
    check = _check(_synced(tmp_path / "warehouse.duckdb", "7654321"))
    assert check.finding.state is State.FAILED
    assert "7654321, not of 1234567_SB1" in check.finding.seen
    assert "NETSUITE_WAREHOUSE" in check.finding.remedy
    assert check.known is None


def test_the_account_is_not_compared_where_it_is_not_known(tmp_path: Path) -> None:
    assert _check(_synced(tmp_path / "warehouse.duckdb", "7654321"), account="").finding.state is State.OK


@pytest.mark.parametrize("name", ["netsuite.duckdb", "marts.duckdb", "a.b.duckdb"])
def test_a_name_that_cannot_serve_fails_before_the_sync_does(tmp_path: Path, name: str) -> None:
    check = _check(Warehouse(tmp_path / name))
    assert check.finding.state is State.FAILED
    assert str(tmp_path / name) in check.finding.seen
    assert "NETSUITE_WAREHOUSE" in check.finding.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_fails(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    assert _check(Warehouse(tmp_path / "warehouse.duckdb")).finding.state is State.FAILED


def test_a_folder_fails(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").mkdir()
    assert _check(Warehouse(tmp_path / "warehouse.duckdb")).finding.state is State.FAILED


def test_a_folder_that_takes_no_files_fails(tmp_path: Path) -> None:
    """A file where a folder should be bars everybody, the superuser too."""
    (tmp_path / "data").write_text("")
    check = _check(Warehouse(tmp_path / "data" / "warehouse.duckdb"))
    assert check.finding.state is State.FAILED
    assert f"{tmp_path / 'data' / 'warehouse.duckdb'} cannot be the warehouse" in check.finding.seen


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_the_right_to_write_fails(tmp_path: Path) -> None:
    warehouse = _synced(tmp_path / "warehouse.duckdb")
    warehouse.folder.chmod(0o500)
    try:
        check = _check(warehouse)
    finally:
        warehouse.folder.chmod(0o700)
    assert check.finding.state is State.FAILED
    assert str(warehouse.folder) in check.finding.seen
    assert check.known is not None


def test_a_disk_without_room_for_a_second_copy_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = _synced(tmp_path / "warehouse.duckdb")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    check = _check(warehouse)
    assert check.finding.state is State.WARNING
    assert "second copy" in check.finding.seen


def test_a_file_without_our_notes_is_read_as_one_that_was_never_synced(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
    check = _check(Warehouse(tmp_path / "warehouse.duckdb"))
    assert check.finding.state is State.OK
    assert "no tables of this connection yet" in check.finding.seen
