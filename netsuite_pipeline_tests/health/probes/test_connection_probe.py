"""The look at the connection, at the emulator in a process of its own: every way it breaks, and what is said."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, ProbeResult, State, worst
from netsuite_pipeline.health.probes.connection_probe import (
    probe_connection,
    probe_connection_deeply,
    probing_settings,
)
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import SignInError

WORKED = datetime(2026, 11, 22, 23, 40)
IDS = ("host", "clock", "sign_in", "rest", "suiteql", "deleted_records", "concurrency", "certificate")
RIGHTS = ("sign_in", "rest", "suiteql", "deleted_records")

Connect = Callable[..., NetSuiteClient]


@pytest.fixture
def connect(emulator: EmulatorProcess) -> Iterator[Connect]:
    """Makes clients as patient as a look's, but for the waiting."""
    with ExitStack() as stack:

        def connected(env: Mapping[str, str] = emulator.env, attempts: int = 1) -> NetSuiteClient:
            settings = probing_settings(attempts=attempts)
            quick = replace(settings, retry_seconds=1.0, sign_in_pause_seconds=0.05)
            return stack.enter_context(client_from_environment(env, quick))

        yield connected


def by_id(result: ProbeResult) -> dict[str, Finding]:
    return {finding.id: finding for finding in result.findings}


def refusals(admin: AdminClient) -> int:
    return sum(login["status"] == "Failure" for login in admin.login_audit())


@dataclass(frozen=True)
class Case:
    """One way of breaking: what is turned at the emulator, and what the look must make of it."""

    name: str
    turn: Callable[[AdminClient], object]
    id: str
    state: State
    cause: str
    remedy: str
    unknown: tuple[str, ...] = ()
    last_good: datetime | None = WORKED

    def __str__(self) -> str:
        return self.name


TOKENS = "Setup > Users/Roles > Access Tokens"
TRAIL = "View Login Audit Trail"
AFTER_SIGN_IN = ("rest", "suiteql", "deleted_records", "concurrency")
CASES = [
    Case("token revoked", lambda admin: admin.revoke_token(), "sign_in", State.FAILED, "access token is revoked", TOKENS, AFTER_SIGN_IN),
    Case("sandbox refreshed", lambda admin: admin.revoke_all_tokens(), "sign_in", State.FAILED, "access token is revoked", "New Access Token", AFTER_SIGN_IN),
    Case("integration blocked", lambda admin: admin.set_integration_blocked(True), "sign_in", State.FAILED, "access token is revoked", TRAIL, AFTER_SIGN_IN),
    Case("role inactive", lambda admin: admin.set_role_inactive(True), "sign_in", State.FAILED, "access token is revoked", TRAIL, AFTER_SIGN_IN),
    Case("user inactive", lambda admin: admin.set_user_inactive(True), "sign_in", State.FAILED, "access token is revoked", TRAIL, AFTER_SIGN_IN),
    Case("TBA feature off", lambda admin: admin.set_feature("TBA", False), "sign_in", State.FAILED, "access token is revoked", TRAIL, AFTER_SIGN_IN),
    Case("Log in using Access Tokens lost", lambda admin: admin.drop_permission("ADMI_LOGIN_OAUTH"), "sign_in", State.FAILED, "access token is revoked", TRAIL, AFTER_SIGN_IN),
    Case("never worked", lambda admin: admin.revoke_token(), "sign_in", State.FAILED, "A secret does not belong", "NETSUITE_CONSUMER_SECRET", AFTER_SIGN_IN, last_good=None),
    Case("REST permission lost", lambda admin: admin.drop_permission("ADMI_RESTWEBSERVICES"), "rest", State.FAILED, "The role lacks Setup > REST Web Services", "Permissions > Setup: add REST Web Services (Full), press Add, then Save.", ("suiteql", "deleted_records")),
    Case("REST feature off", lambda admin: admin.set_feature("REST", False), "rest", State.FAILED, "The role lacks Setup > REST Web Services", "Permissions > Setup: add REST Web Services", ("suiteql", "deleted_records")),
    Case("Workbook lost", lambda admin: admin.drop_permission("REPO_ANALYTICS"), "suiteql", State.FAILED, "The role lacks Reports > SuiteAnalytics Workbook.", "Permissions > Reports: add SuiteAnalytics Workbook (Edit), press Add, then Save.", ("deleted_records",)),
    Case("Workbook feature off", lambda admin: admin.set_feature("WORKBOOK", False), "suiteql", State.FAILED, "The role lacks Reports > SuiteAnalytics Workbook.", "SuiteAnalytics Workbook (Edit)", ("deleted_records",)),
    Case("Deleted Records lost", lambda admin: admin.drop_permission("ADMI_DELETEDRECORD"), "deleted_records", State.WARNING, "The role lacks Setup > Deleted Records.", "Permissions > Setup: add Deleted Records (Full), press Add, then Save."),
    Case("clock 6 minutes off", lambda admin: admin.set_clock_offset(360), "clock", State.FAILED, "The clock of this machine differs from NetSuite's", "time server", RIGHTS),
    Case("clock 6 minutes off, the other way", lambda admin: admin.set_clock_offset(-360), "clock", State.FAILED, "The clock of this machine", "time server", RIGHTS),
    Case("NetSuite down", lambda admin: admin.add_fault("unavailable", count=None), "host", State.FAILED, "NetSuite is down or under maintenance", "status.netsuite.com", (*RIGHTS, "concurrency")),
    Case("NetSuite fails inside", lambda admin: admin.add_fault("unexpected_error", count=None), "host", State.FAILED, "NetSuite is down", "status.netsuite.com", RIGHTS),
    Case("connections reset", lambda admin: admin.add_fault("reset", count=None), "host", State.FAILED, "Nothing answers at 127.0.0.1", "NETSUITE_BASE_URL", RIGHTS),
    Case("no request left", lambda admin: admin.add_fault("throttled", count=None), "concurrency", State.FAILED, "Other integrations use all the concurrent requests", "Integration Governance", RIGHTS),
    Case("no request left, as 400", lambda admin: admin.add_fault("throttled_400", count=None), "concurrency", State.FAILED, "Other integrations use all the concurrent requests", "Integration Governance", RIGHTS),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_breaks_is_named_with_cause_and_remedy_and_nothing_else_is_accused(
    case: Case, connect: Connect, admin: AdminClient
) -> None:
    case.turn(admin)
    found = by_id(probe_connection(connect(), last_good=case.last_good))
    finding = found[case.id]
    assert finding.state is case.state, finding
    assert case.cause in finding.causes[0].summary, finding.causes
    assert case.remedy in finding.remedy
    assert {id_ for id_, each in found.items() if each.state is State.UNKNOWN} >= set(case.unknown)
    for id_, each in found.items():
        if id_ != case.id:
            assert each.state in {State.OK, State.UNKNOWN}, each


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_fixed_is_well_again(case: Case, connect: Connect, admin: AdminClient) -> None:
    case.turn(admin)
    probe_connection(connect(), last_good=case.last_good)
    admin.reset()
    found = by_id(probe_connection(connect(), last_good=case.last_good))
    assert {id_: each.state for id_, each in found.items()} == dict.fromkeys(IDS, State.OK)


def test_all_well_costs_three_requests(connect: Connect, admin: AdminClient) -> None:
    admin.reset_stats()
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert tuple(found) == IDS
    assert worst(each.state for each in found.values()) is State.OK
    assert admin.stats().requests == 3


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_refused_sign_in_is_tried_as_often_as_the_client_may(
    attempts: int, connect: Connect, admin: AdminClient
) -> None:
    admin.revoke_token()
    before = refusals(admin)
    probe_connection(connect(attempts=attempts), last_good=WORKED)
    assert refusals(admin) - before == attempts


@pytest.mark.parametrize(
    ("code", "words", "cause"),
    [
        (socket.EAI_NONAME, "Name or service not known", "The account id is mistyped"),
        (socket.EAI_AGAIN, "Temporary failure in name resolution", "This machine cannot resolve host names"),
    ],
)
def test_an_unknown_host_is_no_sign_in_problem(
    code: int,
    words: str,
    cause: str,
    emulator: EmulatorProcess,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*asked: object, **more: object) -> None:
        raise socket.gaierror(code, words)

    env = {name: value for name, value in emulator.env.items() if name != "NETSUITE_BASE_URL"}
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)
        found = by_id(probe_connection(connect(env), last_good=WORKED))
    assert found["host"].state is State.FAILED
    assert found["host"].causes[0].summary.startswith(cause)
    assert all(found[id_].state is State.UNKNOWN for id_ in IDS if id_ not in {"host", "certificate"})
    assert found["sign_in"].seen == "not checked (the account must answer first)"


def test_slots_that_others_hold_are_no_sign_in_problem(connect: Connect, admin: AdminClient) -> None:
    admin.occupy(5)
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert found["concurrency"].state is State.FAILED
    assert all(found[id_].state is State.UNKNOWN for id_ in RIGHTS)
    assert found["host"].state is State.OK
    admin.occupy(0)
    assert worst(each.state for each in probe_connection(connect()).findings) is State.OK


def test_a_busy_moment_is_no_finding(connect: Connect, admin: AdminClient) -> None:
    admin.add_fault("throttled", count=1)
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert worst(each.state for each in found.values()) is State.OK
    assert found["concurrency"].facts["rejections"] == 1


@pytest.mark.parametrize(
    ("variant", "value", "turn"),
    [
        ("rest_missing", "403", lambda admin: admin.drop_permission("ADMI_RESTWEBSERVICES")),
        ("server_time", "needs_rest", lambda admin: admin.drop_permission("ADMI_RESTWEBSERVICES")),
        ("login_missing", "400", lambda admin: admin.drop_permission("ADMI_LOGIN_OAUTH")),
    ],
)
def test_however_a_missing_permission_is_answered_it_is_rest_that_is_reported(
    variant: str, value: str, turn: Callable[[AdminClient], object], connect: Connect, admin: AdminClient
) -> None:
    admin.set_variant(variant, value)
    turn(admin)
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert found["rest"].state is State.FAILED
    assert any("REST Web Services" in cause.summary for cause in found["rest"].causes)
    assert found["sign_in"].state in {State.OK, State.UNKNOWN}
    assert {found[id_].state for id_ in ("suiteql", "deleted_records")} == {State.UNKNOWN}


def test_where_even_the_clock_is_denied_the_sign_in_s_permission_is_the_first_cause(
    connect: Connect, admin: AdminClient
) -> None:
    admin.set_variant("login_missing", "400")
    admin.drop_permission("ADMI_LOGIN_OAUTH")
    rest = by_id(probe_connection(connect(), last_good=WORKED))["rest"]
    assert rest.causes[0].summary == "The role lacks Setup > Log in using Access Tokens."


def test_an_account_without_server_time_is_checked_by_its_date_header(
    connect: Connect, admin: AdminClient
) -> None:
    admin.set_variant("server_time", "missing")
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert {id_: each.state for id_, each in found.items()} == dict.fromkeys(IDS, State.OK)
    assert abs(float(found["clock"].facts["clock_off_seconds"])) < 5


def test_a_clock_that_drifts_is_warned_of_while_signing_in_still_works(
    connect: Connect, admin: AdminClient
) -> None:
    admin.set_clock_offset(-200)
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert found["clock"].state is State.WARNING
    assert found["sign_in"].state is State.OK


def test_the_remedy_names_the_role_where_it_is_known(connect: Connect, admin: AdminClient) -> None:
    admin.drop_permission("REPO_ANALYTICS")
    found = by_id(probe_connection(connect(), last_good=WORKED, role="Data pipeline"))
    assert "Manage Roles > Data pipeline > Edit" in found["suiteql"].remedy


# The deep look


def deep(connect: Connect, **more: Any) -> dict[str, Finding]:
    return by_id(probe_connection_deeply(connect, last_good=WORKED, pause=lambda seconds: None, **more))


def test_the_deep_check_reports_user_role_integration_and_soap(connect: Connect, admin: AdminClient) -> None:
    admin.grant_permission("ADMI_WEBSERVICES")
    found = deep(connect)
    assert found["sign_in"].facts["role"] == "Data pipeline"
    assert found["sign_in"].facts["integration"] == "Warehouse"
    assert found["soap"].state is State.OK
    assert worst(each.state for each in found.values()) is State.OK


def test_missing_soap_is_a_warning_and_says_that_nothing_needs_it(
    connect: Connect, admin: AdminClient
) -> None:
    admin.drop_permission("ADMI_WEBSERVICES")
    soap = deep(connect)["soap"]
    assert soap.state is State.WARNING
    assert "The pipeline does not need SOAP" in soap.seen
    assert "add SOAP Web Services (Full)" in soap.remedy


def test_a_revoked_token_costs_two_refused_sign_ins_one_of_them_by_soap(
    connect: Connect, admin: AdminClient
) -> None:
    admin.revoke_token()
    before = refusals(admin)
    found = deep(connect)
    assert refusals(admin) - before == 2
    assert found["sign_in"].state is State.FAILED
    assert "SOAP refuses it too" in found["sign_in"].seen
    assert found["soap"].state is State.UNKNOWN


def test_a_rest_that_refuses_what_soap_lets_in_points_at_what_is_in_between(
    connect: Connect, admin: AdminClient
) -> None:
    admin.grant_permission("ADMI_WEBSERVICES")
    admin.add_fault("sign_in", count=None, matching="GET /services/rest/system")
    before = refusals(admin)
    found = deep(connect)
    assert refusals(admin) - before == 2
    assert found["sign_in"].state is State.FAILED
    assert "SOAP accepts the same token" in found["sign_in"].seen
    assert "A proxy changes the request" in found["sign_in"].causes[0].summary
    assert found["soap"].state is State.OK


def test_one_stray_refusal_is_a_warning_with_the_trail_s_word_where_the_role_may_read_it(
    connect: Connect, admin: AdminClient
) -> None:
    admin.grant_permission("ADMI_WEBSERVICES")
    admin.grant_permission("ADMI_AUDITLOGIN")
    admin.add_fault("sign_in", count=1, matching="serverTime")
    found = deep(connect)
    assert found["sign_in"].state is State.WARNING
    assert (
        "revoked" in found["sign_in"].causes[0].summary
    )  # the emulator notes such a fault as token_rejected
    assert {found[id_].state for id_ in ("host", "clock", *AFTER_SIGN_IN)} == {State.OK}


def test_more_requests_than_granted_are_warned_of_where_the_role_may_read_the_limit(
    emulator: EmulatorProcess, connect: Connect, admin: AdminClient
) -> None:
    env = {**emulator.env, **admin.credentials("Administrator"), "NETSUITE_CONCURRENCY": "9"}
    found = by_id(probe_connection_deeply(lambda: connect(env), pause=lambda seconds: None))
    assert found["concurrency"].state is State.WARNING
    assert found["concurrency"].causes[0].remedy.startswith("Set NETSUITE_CONCURRENCY to 5")


def test_a_wrong_clock_costs_one_refused_sign_in_and_no_question_to_soap(
    connect: Connect, admin: AdminClient
) -> None:
    admin.set_clock_offset(400)
    before = refusals(admin)
    found = deep(connect)
    assert refusals(admin) - before == 1
    assert found["clock"].state is State.FAILED
    assert found["sign_in"].state is State.UNKNOWN


def test_a_check_never_asks_with_a_client_that_was_refused(connect: Connect, admin: AdminClient) -> None:
    client = connect()
    admin.revoke_token()
    probe_connection(client)
    admin.restore_token()
    with pytest.raises(SignInError):
        client.server_time()
    assert by_id(probe_connection(client))["sign_in"].state is State.FAILED


def test_fullness_that_is_dressed_up_as_a_refused_sign_in_is_among_the_causes(
    connect: Connect, admin: AdminClient
) -> None:
    admin.set_variant("concurrency_refusal", "401")
    admin.occupy(5)
    found = by_id(probe_connection(connect(), last_good=WORKED))
    assert any("too many concurrent requests" in cause.summary for cause in found["sign_in"].causes)
