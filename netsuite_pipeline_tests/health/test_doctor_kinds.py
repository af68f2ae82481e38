"""The doctor under OAuth 2.0 and Nango, over the emulator: each way to break, and at most two refusals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health import doctor
from netsuite_pipeline.health.doctor import Diagnosis, diagnose
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes import connection_probe
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.health.trail import Trail
from netsuite_pipeline_tests.netsuite.keys import pem_of

_TABLES = tuple(standard_tables()[name] for name in ("currency", "vendor"))
M2M = "Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup"
INTEGRATION = "Setup > Integration > Manage Integrations > (the integration) > Edit"


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_probe, "SIGN_IN_PAUSE_SECONDS", 0.05)


def _examine(env: Mapping[str, str], folder: Path) -> Diagnosis:
    return diagnose(env, tables=_TABLES, warehouse=Warehouse(folder / "warehouse.duckdb"))


def _by_id(diagnosis: Diagnosis) -> dict[str, Finding]:
    return {finding.id: finding for finding in diagnosis.findings}


@pytest.mark.parametrize(
    ("kind", "not_ok", "sunset"),
    [
        ("oauth2", {"soap", "dagster"}, False),
        ("nango", {"dagster"}, True),
        ("nango_oauth2", {"soap", "dagster"}, False),
    ],
)
def test_all_well_by_each_kind(
    emulator: EmulatorProcess, tmp_path: Path, kind: str, not_ok: set[str], sunset: bool
) -> None:
    trail = Trail(emulator)
    diagnosis = _examine(emulator.env_of(kind), tmp_path)
    found = _by_id(diagnosis)
    assert {name for name, each in found.items() if each.state is not State.OK} == not_ok
    assert diagnosis.state is State.UNKNOWN  # no Dagster here
    assert diagnosis.account == emulator.account_id
    assert bool(diagnosis.sunsets) is sunset
    assert trail.refused == 0
    if "soap" in not_ok:
        assert "SOAP does not support OAuth 2.0" in found["soap"].seen


@dataclass(frozen=True)
class Case:
    """One way to break.

    Attributes:
        turn: What is turned at the emulator.
        first: What the first cause says, or none of the causes where it is empty.
        among: What one of the causes says, with its menu.
        refused: Sign-ins that NetSuite refuses meanwhile.
        changed: Variables that are set otherwise.
    """

    name: str
    turn: Callable[[AdminClient], object]
    id: str
    first: str
    menu: str
    refused: int = 2
    changed: Mapping[str, str] | None = None
    kind: str = "oauth2"
    among: str = ""

    def __str__(self) -> str:
        return self.name


def nothing(admin: AdminClient) -> None: ...


CASES = [
    Case("certificate revoked", lambda admin: admin.revoke_certificate(), "sign_in", "NETSUITE_CERTIFICATE_ID does not belong to", M2M, among="The certificate was revoked."),
    Case("private key of another", nothing, "sign_in", "NETSUITE_CERTIFICATE does not belong to NETSUITE_PRIVATE_KEY", "made together", changed={"NETSUITE_PRIVATE_KEY": pem_of("P-256")}),
    Case("certificate id mistyped", nothing, "sign_in", "NETSUITE_CERTIFICATE_ID does not belong to a certificate", M2M, changed={"NETSUITE_CERTIFICATE_ID": "a" * 43}),
    Case("client id of another", nothing, "sign_in", "The integration is blocked", INTEGRATION, changed={"NETSUITE_CLIENT_ID": "ab" * 32}, among="NETSUITE_CLIENT_ID does not belong to the integration"),
    Case("integration blocked", lambda admin: admin.set_integration_blocked(True), "sign_in", "The integration is blocked", INTEGRATION),
    Case("grant not ticked", lambda admin: admin.set_client_credentials(False), "sign_in", "The integration is blocked", INTEGRATION, among="may not sign in with a certificate"),
    Case("feature off", lambda admin: admin.set_feature("OAUTH2", False), "sign_in", "NETSUITE_CERTIFICATE_ID does not belong", M2M, among="OAuth 2.0 is switched off"),
    Case("role inactive", lambda admin: admin.set_role_inactive(True), "sign_in", "NETSUITE_CERTIFICATE_ID does not belong", M2M, among="user or the role of the mapping is inactive"),
    Case("permission lost", lambda admin: admin.drop_permission("ADMI_LOGIN_OAUTH2"), "sign_in", "NETSUITE_CERTIFICATE_ID does not belong", M2M, among="The role lacks Setup > Log in using OAuth 2.0 Access Tokens."),
    Case("clock off", lambda admin: admin.set_clock_offset(400), "clock", "clock of this machine", "time server", refused=1),
    Case("REST lost", lambda admin: admin.drop_permission("ADMI_RESTWEBSERVICES"), "rest", "The role lacks Setup > REST Web Services", "Permissions > Setup", refused=0),
    Case("token revoked, kept by Nango", lambda admin: admin.revoke_token(), "sign_in", "A secret does not belong to its key", "in Nango", kind="nango", among="The access token is revoked"),
    Case("certificate revoked, kept by Nango", lambda admin: admin.revoke_certificate(), "credentials", "", "in Nango", refused=0, kind="nango_oauth2"),
    Case("no such connection in Nango", nothing, "credentials", "", "NANGO_CONNECTION_ID", refused=0, kind="nango", changed={"NANGO_CONNECTION_ID": "nobody"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_breaks_is_found_with_its_causes_and_menu_after_two_refusals_at_most(
    emulator: EmulatorProcess, tmp_path: Path, case: Case
) -> None:
    env = {**emulator.env_of(case.kind), **(case.changed or {})}
    case.turn(emulator.admin)
    trail = Trail(emulator)
    diagnosis = _examine(env, tmp_path)
    finding = _by_id(diagnosis)[case.id]
    assert diagnosis.state is State.FAILED
    assert finding.state is State.FAILED
    assert trail.refused == case.refused
    assert case.menu in finding.remedy
    if not case.first:
        assert finding.causes == ()
        return
    assert finding.causes[0].summary.startswith(case.first) or case.first in finding.causes[0].summary
    assert not case.among or any(case.among in cause.summary for cause in finding.causes)
    if case.id == "sign_in":
        assert "View Login Audit Trail" in finding.remedy
        assert {_by_id(diagnosis)[f"table:{table.name}"].state for table in _TABLES} == {State.UNKNOWN}


def test_a_certificate_that_has_ended_is_the_sure_cause_and_a_finding_of_its_own(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    emulator.admin.expire_certificate(-1)
    trail = Trail(emulator)
    found = _by_id(_examine(emulator.env_of("oauth2"), tmp_path))
    assert found["sign_in"].state is found["certificate"].state is State.FAILED
    assert found["sign_in"].causes[0].summary.startswith("The certificate has expired")
    assert "The certificate expired on" in found["certificate"].seen
    assert trail.refused == 2


@pytest.mark.parametrize(("days", "state"), [(59, State.WARNING), (6, State.FAILED)])
def test_a_certificate_that_ends_soon_is_reported_while_all_else_is_well(
    emulator: EmulatorProcess, tmp_path: Path, days: int, state: State
) -> None:
    emulator.admin.expire_certificate(days)
    found = _by_id(_examine(emulator.env_of("oauth2"), tmp_path))
    assert found["certificate"].state is state
    assert found["sign_in"].state is State.OK


def test_where_only_the_key_is_given_the_end_is_not_known_and_all_else_works(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    env = {name: value for name, value in emulator.env_of("oauth2").items() if name != "NETSUITE_CERTIFICATE"}
    found = _by_id(_examine(env, tmp_path))
    assert found["certificate"].state is State.UNKNOWN
    assert "NETSUITE_CERTIFICATE" in found["certificate"].remedy
    assert found["sign_in"].state is State.OK


def test_one_stray_refusal_of_a_token_is_a_warning(emulator: EmulatorProcess, tmp_path: Path) -> None:
    emulator.admin.add_fault("sign_in", count=1, matching="oauth2/v1/token")
    trail = Trail(emulator)
    found = _by_id(_examine(emulator.env_of("oauth2"), tmp_path))
    assert found["sign_in"].state is State.WARNING
    assert found["sign_in"].seen == "NetSuite accepts the certificate now, but refused it a moment before."
    assert found["suiteql"].state is State.OK
    assert trail.refused <= 1


def test_a_certificate_revoked_among_the_tables_costs_two_refusals_at_most(
    emulator: EmulatorProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = connection_probe.probe_connection_deeply

    def check_and_revoke(*args: object, **kwargs: object) -> object:
        check = checked(*args, **kwargs)  # type: ignore[arg-type]
        emulator.admin.revoke_certificate()
        emulator.admin.expire_access_tokens()
        return check

    monkeypatch.setattr(doctor, "probe_connection_deeply", check_and_revoke)
    trail = Trail(emulator)
    found = _by_id(_examine(emulator.env_of("oauth2"), tmp_path))
    assert found["sign_in"].state is State.FAILED
    assert found["sign_in"].causes[0].summary == "The certificate was revoked."
    assert 1 <= trail.refused <= 2


def test_a_second_set_is_checked_while_the_first_stays_good(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    first = emulator.env_of("oauth2")
    second = {**first, **emulator.admin.rotate_certificate()}
    assert second["NETSUITE_CERTIFICATE_ID"] != first["NETSUITE_CERTIFICATE_ID"]
    for env in (second, first):
        assert _by_id(_examine(env, tmp_path))["sign_in"].state is State.OK
