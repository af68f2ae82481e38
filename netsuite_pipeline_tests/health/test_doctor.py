"""The doctor, from settings to tables, over the emulator: what it says, and how seldom it knocks."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.health import doctor
from netsuite_pipeline.health.doctor import Diagnosis, diagnose
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes import connection_probe
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.health.trail import Trail
from netsuite_pipeline_tests.lengths import SLOWEST

_SINGLE = ("credentials", "account_id", "host", "clock", "sign_in", "rest", "suiteql", "soap", "concurrency", "deleted_records", "certificate", "warehouse", "dagster")  # fmt: skip
_TABLES = tuple(standard_tables()[name] for name in ("customer", "vendor", "currency", "transactionline"))
_AFTER_SIGN_IN = ("rest", "suiteql", "soap", "concurrency", "deleted_records", *(f"table:{t.name}" for t in _TABLES))  # fmt: skip


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_probe, "SIGN_IN_PAUSE_SECONDS", 0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def _examine(env: Mapping[str, str], folder: Path, tables: tuple[Table, ...] = _TABLES) -> Diagnosis:
    return diagnose(env, tables=tables, warehouse=Warehouse(folder / "warehouse.duckdb"))


def _by_id(diagnosis: Diagnosis) -> dict[str, Finding]:
    return {finding.id: finding for finding in diagnosis.findings}


def test_all_well(emulator: EmulatorProcess, folder: Path) -> None:
    diagnosis = _examine(emulator.env, folder)
    found = _by_id(diagnosis)
    assert set(found) == {*_SINGLE, *(f"table:{table.name}" for table in _TABLES)}
    assert {name for name, each in found.items() if each.state is not State.OK} == {"dagster"}
    assert diagnosis.account == "1234567_SB1"
    assert diagnosis.role == "Data pipeline"
    assert any("page index" in sentence for sentence in diagnosis.capabilities)
    assert "2027.1" in diagnosis.sunsets[0]
    assert list(folder.iterdir()) == []


def test_every_id_is_reported_once_whatever_happens(emulator: EmulatorProcess, folder: Path) -> None:
    emulator.admin.revoke_token()
    for env in ({}, {**emulator.env, "NETSUITE_ACCOUNT_ID": "a/b"}, emulator.env):
        ids = [finding.id for finding in _examine(env, folder).findings]
        assert len(ids) == len(set(ids))
        assert set(_SINGLE) <= set(ids)


def test_nothing_configured_names_every_variable_and_tries_nothing(folder: Path) -> None:
    diagnosis = _examine({}, folder)
    found = _by_id(diagnosis)
    assert found["credentials"].state is State.FAILED
    for name in ("ACCOUNT_ID", "CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET"):
        assert f"NETSUITE_{name}" in found["credentials"].seen
    for name in ("account_id", "host", "clock", "sign_in", *_AFTER_SIGN_IN):
        assert found[name].state is State.UNKNOWN
    assert found["warehouse"].state is State.OK
    assert diagnosis.state is State.FAILED


_MALFORMED = {
    "account id": ({"NETSUITE_ACCOUNT_ID": "1234567.app.netsuite.com"}, "account_id"),
    "address": ({"NETSUITE_BASE_URL": "not an address"}, "credentials"),
    "concurrency": ({"NETSUITE_CONCURRENCY": "many"}, "credentials"),
    "a blank in a secret": ({"NETSUITE_TOKEN_SECRET": "a b"}, "credentials"),
}


@pytest.mark.parametrize(("changed", "id_"), _MALFORMED.values(), ids=_MALFORMED)
def test_what_is_malformed_is_emitted_and_nothing_is_sent(
    emulator: EmulatorProcess, folder: Path, changed: dict[str, str], id_: str
) -> None:
    before = len(emulator.admin.login_audit()), emulator.admin.stats().requests
    found = _by_id(_examine({**emulator.env, **changed}, folder))
    assert found[id_].state is State.FAILED
    assert found[id_].remedy
    assert found["sign_in"].state is State.UNKNOWN
    assert (len(emulator.admin.login_audit()), emulator.admin.stats().requests) == before


def test_a_refused_sign_in_is_tried_twice_at_most_and_nothing_after_it(
    emulator: EmulatorProcess, folder: Path
) -> None:
    emulator.admin.revoke_token()
    trail = Trail(emulator)
    diagnosis = _examine(emulator.env, folder, tuple(standard_tables().values()))
    found = _by_id(diagnosis)
    assert found["sign_in"].state is State.FAILED
    assert "Login Audit Trail" in found["sign_in"].remedy
    assert {found[name].state for name in _AFTER_SIGN_IN} == {State.UNKNOWN}
    assert trail.refused == 2
    assert diagnosis.capabilities == ()


def test_a_sign_in_that_breaks_among_the_tables_is_tried_twice_at_most(
    emulator: EmulatorProcess, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the connection and the look at the tables somebody revokes the token."""
    checked = connection_probe.probe_connection_deeply

    def check_and_revoke(*args: Any, **kwargs: Any) -> Any:
        check = checked(*args, **kwargs)
        emulator.admin.revoke_token()
        return check

    monkeypatch.setattr(doctor, "probe_connection_deeply", check_and_revoke)
    emulator.admin.set_latency(100)
    trail = Trail(emulator)
    found = _by_id(_examine(emulator.env, folder))
    assert {found[f"table:{table.name}"].state for table in _TABLES} == {State.UNKNOWN}
    assert 1 <= trail.refused <= 2
    assert found["sign_in"].state is State.FAILED
    assert "Login Audit Trail" in found["sign_in"].remedy


def test_a_lost_workbook_keeps_the_tables_from_being_accused(emulator: EmulatorProcess, folder: Path) -> None:
    emulator.admin.drop_permission("REPO_ANALYTICS")
    found = _by_id(_examine(emulator.env, folder))
    assert found["suiteql"].state is State.FAILED
    assert "SuiteAnalytics Workbook" in found["suiteql"].remedy
    assert found["sign_in"].state is State.OK
    for table in _TABLES:
        assert found[f"table:{table.name}"].seen == "not checked (SuiteQL must work first)"


def test_a_table_that_cannot_be_read_names_permission_and_role(
    emulator: EmulatorProcess, folder: Path
) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    diagnosis = _examine(emulator.env, folder)
    found = _by_id(diagnosis)
    # No sync has ever read it, so it is no regression.
    assert found["table:vendor"].state is State.WARNING
    assert "Manage Roles > Data pipeline > Edit > Permissions > Lists: add Vendors (View)" in found["table:vendor"].remedy  # fmt: skip
    assert found["table:customer"].state is State.OK
    assert diagnosis.state is State.WARNING
    assert any("(vendor) with 400" in sentence for sentence in diagnosis.capabilities)


def test_an_account_that_does_not_answer_is_no_sign_in_problem(
    emulator: EmulatorProcess, folder: Path
) -> None:
    found = _by_id(_examine({**emulator.env, "NETSUITE_BASE_URL": "http://127.0.0.1:1"}, folder))
    assert found["host"].state is State.FAILED
    assert found["sign_in"].state is State.UNKNOWN
    assert found["table:customer"].state is State.UNKNOWN


@pytest.mark.long
def test_an_account_that_never_answers_is_given_up_and_no_sign_in_problem(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account of its own: what hangs there would keep the shared one's slots."""
    monkeypatch.setattr(connection_probe, "READ_SECONDS", 0.5)
    with start_emulator(scale=0.02, max_seconds=3600) as hanging:
        hanging.admin.add_fault("hang", count=None, seconds=60)
        began = time.monotonic()
        found = _by_id(_examine(hanging.env, folder))
        took = time.monotonic() - began
    assert found["host"].state is State.FAILED
    assert found["sign_in"].state is State.UNKNOWN
    assert found["table:customer"].state is State.UNKNOWN
    assert took < 20 * SLOWEST


def test_a_secret_that_was_cut_is_the_likeliest_cause(emulator: EmulatorProcess, folder: Path) -> None:
    cut = {"NETSUITE_TOKEN_SECRET": emulator.env["NETSUITE_TOKEN_SECRET"][:-3]}
    found = _by_id(_examine({**emulator.env, **cut}, folder))
    assert found["credentials"].state is State.WARNING
    assert found["sign_in"].state is State.FAILED
    assert found["sign_in"].causes[0].summary == "NETSUITE_TOKEN_SECRET has 61 characters."
    assert found["sign_in"].remedy.startswith("Paste it again, whole.")
    assert "Login Audit Trail" in found["sign_in"].remedy


def test_tables_are_checked_as_many_at_once_as_the_account_allows(
    emulator: EmulatorProcess, folder: Path
) -> None:
    emulator.admin.set_latency(50)
    emulator.admin.reset_stats()
    found = _by_id(_examine(emulator.env, folder, tuple(standard_tables().values())))
    stats = emulator.admin.stats()
    assert 2 <= stats.peak <= 5
    assert stats.refused == 0
    assert all(each.state is State.OK for each in found.values() if each.kind == "table")


def test_it_says_how_far_it_is(emulator: EmulatorProcess, folder: Path) -> None:
    steps: list[str] = []
    diagnose(
        emulator.env,
        tables=_TABLES,
        warehouse=Warehouse(folder / "warehouse.duckdb"),
        on_step=steps.append,
    )
    assert steps[-2] == "Checking tables: 4 of 4"


def test_json_has_what_the_design_promises(emulator: EmulatorProcess, folder: Path) -> None:
    reported = _examine(emulator.env, folder).as_json
    assert {"findings", "state", "capabilities"} <= set(reported)
    for finding in reported["findings"]:
        assert {"id", "state", "seen", "causes", "remedy"} <= set(finding)
