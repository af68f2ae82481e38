"""`netsuite-pipeline doctor` as a person calls it: what it prints, how it exits, what it leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.commands.calling import Called, call

_IDS = {"credentials", "account_id", "host", "clock", "sign_in", "rest", "suiteql", "soap", "concurrency", "deleted_records", "certificate", "warehouse", "dagster"}  # fmt: skip


def _doctor(folder: Path, emulator: EmulatorProcess, *arguments: str, **changed: str) -> Called:
    return call(folder, "doctor", *arguments, env={**emulator.env, **changed})


def _states(called: Called) -> dict[str, str]:
    return {finding["id"]: finding["state"] for finding in json.loads(called.out)["findings"]}


def test_all_well_is_reported_line_by_line_and_exits_0(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = _doctor(tmp_path, emulator)
    assert called.code == 0, called.out
    lines = called.out.splitlines()
    assert lines[0].startswith('NetSuite account 1234567_SB1 · role "Data pipeline"')
    for name in ("Credentials", "Account", "Clock", "Sign-in", "REST", "SuiteQL", "SOAP", "Warehouse"):
        assert any(line.startswith(f"  ✓ {name}") for line in lines), name
    assert f"  ✓ Tables          {len(standard_tables())} tables readable" in lines
    assert any(line.startswith("  ! TBA") and "2027.1" in line for line in lines)
    assert "Capabilities of this account:" in lines
    assert lines[-1] == "1 warning. Exit 0."
    assert called.err == ""


@pytest.mark.long
def test_it_leaves_nothing_behind(tmp_path: Path, emulator: EmulatorProcess) -> None:
    _doctor(tmp_path, emulator, "--select", "currency")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_json_is_all_there_is_on_standard_output(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = _doctor(tmp_path, emulator, "--json")
    assert called.code == 0
    reported = json.loads(called.out)
    assert reported["state"] == "unknown"  # of Dagster nothing can be seen
    states = _states(called)
    assert set(states) == _IDS | {f"table:{name}" for name in standard_tables()}
    assert {name for name, state in states.items() if state != "ok"} == {"dagster"}
    assert len(reported["capabilities"]) >= 5


@pytest.mark.long
def test_a_revoked_token_exits_1_and_names_the_trail_after_two_attempts(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    before = len(emulator.admin.login_audit())
    called = _doctor(tmp_path, emulator)
    assert called.code == 1
    assert "  ✗ Sign-in         NetSuite refuses the sign-in" in called.out
    words = " ".join(called.out.split())
    assert "The column Detail names the cause" in words
    assert "View Login Audit Trail" in words
    assert "Setup > Users/Roles > Access Tokens" in words
    assert (
        f"  – Tables          {len(standard_tables())} tables not checked (sign-in must work first)"
        in called.out
    )
    assert "1 problem, 1 warning. Exit 1." in called.out
    assert len(emulator.admin.login_audit()) - before == 2


@pytest.mark.long
def test_a_table_that_was_synced_and_is_lost_exits_1_with_the_menu(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    select = ("--select", "vendor", "--select", "currency")
    assert call(tmp_path, "sync", *select, env=emulator.env).code == 0
    emulator.admin.drop_permission("LIST_VENDOR")
    called = _doctor(tmp_path, emulator, *select)
    assert called.code == 1
    assert "  ✓ Tables          1 table readable" in called.out
    assert "  ✗ vendor          NetSuite: \"Record 'vendor' was not found.\"" in called.out
    words = " ".join(called.out.split())
    assert "Manage Roles > Data pipeline > Edit > Permissions > Lists: add Vendors (View)" in words
    emulator.admin.grant_permission("LIST_VENDOR")
    assert _doctor(tmp_path, emulator, *select).code == 0


@pytest.mark.long
def test_nothing_configured_is_no_crash(tmp_path: Path) -> None:
    called = call(tmp_path, "doctor")
    assert called.code == 1
    assert called.out.startswith("NetSuite account not known")
    assert "NETSUITE_TOKEN_SECRET are not set" in " ".join(called.out.split())
    assert "Traceback" not in called.err


@pytest.mark.long
def test_new_credentials_are_checked_before_the_old_ones_are_revoked(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    fresh = emulator.admin.issue_token(token="the next one")
    (tmp_path / "next.env").write_text("".join(f"{name}={value}\n" for name, value in fresh.items()))
    select = ("--select", "currency")
    emulator.admin.revoke_token()
    assert _doctor(tmp_path, emulator, *select).code == 1
    assert _doctor(tmp_path, emulator, *select, "--env-file", "next.env").code == 0


@pytest.mark.long
def test_a_certificate_is_checked_while_the_environment_still_has_a_token(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    values = emulator.env_of("oauth2")
    (tmp_path / "key.pem").write_text(values["NETSUITE_PRIVATE_KEY"])
    (tmp_path / "certificate.pem").write_text(values["NETSUITE_CERTIFICATE"])
    lines = {
        **{name: values[name] for name in ("NETSUITE_CLIENT_ID", "NETSUITE_CERTIFICATE_ID")},
        "NETSUITE_PRIVATE_KEY": "key.pem",
        "NETSUITE_CERTIFICATE": "certificate.pem",
    }
    (tmp_path / "new.env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    called = _doctor(tmp_path, emulator, "--select", "currency", "--env-file", "new.env")
    assert called.code == 0, called.out
    words = " ".join(called.out.split())
    assert "✓ Credentials OAuth 2.0 client credentials" in words
    assert "✓ Sign-in certificate accepted" in words
    assert "✓ Certificate The certificate is valid until" in words
    assert "– SOAP not checked: SOAP does not support OAuth 2.0" in words
    assert "! TBA" not in words
    assert values["NETSUITE_CLIENT_ID"] not in called.out


@pytest.mark.long
def test_an_env_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    called = call(tmp_path, "doctor", "--env-file", "nowhere.env")
    assert called.code == 2
    assert "nowhere.env" in called.err


@pytest.mark.long
def test_a_misspelt_table_is_reported(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert _doctor(tmp_path, emulator, "--select", "vendr").code == 2


@pytest.mark.long
def test_dagsters_home_is_found_where_demo_and_dev_keep_it(tmp_path: Path, emulator: EmulatorProcess) -> None:
    (tmp_path / "data" / "dagster").mkdir(parents=True)
    called = _doctor(tmp_path, emulator, "--select", "currency")
    assert called.code == 0
    assert "  ! Dagster" in called.out
    assert "No Dagster daemon has ever run" in " ".join(called.out.split())


@pytest.mark.long
def test_a_dagster_home_that_is_not_there_exits_1(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = _doctor(tmp_path, emulator, "--select", "currency", DAGSTER_HOME=str(tmp_path / "nowhere"))
    assert called.code == 1
    assert "  ✗ Dagster" in called.out


@pytest.mark.long
def test_no_secret_is_ever_printed(tmp_path: Path, emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    secrets = [value for name, value in emulator.env.items() if name.endswith(("KEY", "SECRET", "TOKEN_ID"))]
    assert len(secrets) == 4
    spoilt = emulator.env["NETSUITE_TOKEN_SECRET"][:-2]
    for called in (
        _doctor(tmp_path, emulator, "--json"),
        _doctor(tmp_path, emulator, NETSUITE_TOKEN_SECRET=spoilt),
        _doctor(tmp_path, emulator, NETSUITE_ACCOUNT_ID=secrets[0]),
    ):
        for secret in (*secrets, spoilt):
            assert secret not in called.out + called.err


@pytest.mark.long
def test_it_starts_without_dagster_and_pandas(tmp_path: Path) -> None:
    code = (
        "import sys, netsuite_pipeline.commands.doctor\n"
        "print(sorted({'dagster', 'pandas', 'apprise', 'sqlglot'} & set(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"
