"""What a client sees of each kind of broken account, and that it works again when repaired."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from netsuite_pipeline.emulator.account.roles import ADMINISTRATOR
from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied
from netsuite_pipeline.netsuite.probes.account_info import GovernanceLimits, TokenInfo
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.tables.catalogue import standard_tables

ONCE = ClientSettings(confirm_sign_in=False, retry_seconds=0)
Break = Callable[[AdminClient], object]


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.01, seed=5, max_seconds=3600) as running:
        yield running


@pytest.fixture
def emulator(process: EmulatorProcess) -> Iterator[EmulatorProcess]:
    process.admin.reset()
    yield process
    process.admin.reset()


@dataclass(frozen=True)
class Seen:
    """What four questions got, each of a client of its own."""

    time: str
    rest: str
    suiteql: str
    soap: str


WELL = Seen("ok", "ok", "ok", "ok")
REFUSED = Seen("SignInError", "SignInError", "SignInError", "SignInError")
NO_REST = Seen("ok", "PermissionDenied", "PermissionDenied", "ok")
BUSY = Seen("Throttled", "Throttled", "Throttled", "Throttled")
DOWN = Seen("Unavailable", "Unavailable", "Unavailable", "Unavailable")


def asked(emulator: EmulatorProcess, ask: Callable[[NetSuiteClient], object]) -> str:
    with client_from_environment(emulator.env, settings=ONCE) as client:
        try:
            ask(client)
        except NetSuiteError as error:
            return type(error).__name__
    return "ok"


def seen(emulator: EmulatorProcess) -> Seen:
    return Seen(
        time=asked(emulator, lambda client: client.server_time()),
        rest=asked(emulator, lambda client: client.probes.rest_access()),
        suiteql=asked(emulator, lambda client: client.fetch_page("SELECT 1 AS probe FROM dual")),
        soap=asked(emulator, lambda client: client.probes.soap_server_time()),
    )


def lose_login(admin: AdminClient, variant: str) -> None:
    admin.set_variant("login_missing", variant)
    admin.drop_permission("ADMI_LOGIN_OAUTH")


def lose_rest(admin: AdminClient, variant: str) -> None:
    admin.set_variant("rest_missing", variant)
    admin.drop_permission("ADMI_RESTWEBSERVICES")


def dressed_up(admin: AdminClient) -> None:
    admin.set_variant("concurrency_refusal", "401")
    admin.occupy(5)


BREAKAGES: list[tuple[str, Break, Seen]] = [
    ("token revoked", lambda admin: admin.revoke_token(), REFUSED),
    ("integration blocked", lambda admin: admin.set_integration_blocked(True), REFUSED),
    ("role inactive", lambda admin: admin.set_role_inactive(True), REFUSED),
    ("user inactive", lambda admin: admin.set_user_inactive(True), REFUSED),
    ("TBA off", lambda admin: admin.set_feature("TBA", False), REFUSED),
    ("sandbox refreshed", lambda admin: admin.revoke_all_tokens(), REFUSED),
    ("clock 6 minutes ahead", lambda admin: admin.set_clock_offset(360), REFUSED),
    ("clock 6 minutes behind", lambda admin: admin.set_clock_offset(-360), REFUSED),
    ("login permission lost, 401", lambda admin: lose_login(admin, "401"), REFUSED),
    ("login permission lost, 400", lambda admin: lose_login(admin, "400"),
     Seen("PermissionDenied", "PermissionDenied", "PermissionDenied", "PermissionDenied")),
    ("REST off", lambda admin: admin.set_feature("REST", False), NO_REST),
    ("REST permission lost, 400", lambda admin: lose_rest(admin, "400"), NO_REST),
    ("REST permission lost, 403", lambda admin: lose_rest(admin, "403"), NO_REST),
    ("Workbook lost", lambda admin: admin.drop_permission("REPO_ANALYTICS"),
     Seen("ok", "ok", "PermissionDenied", "ok")),
    ("Workbook off", lambda admin: admin.set_feature("WORKBOOK", False),
     Seen("ok", "ok", "PermissionDenied", "ok")),
    ("SOAP permission lost", lambda admin: admin.drop_permission("ADMI_WEBSERVICES"),
     Seen("ok", "ok", "ok", "PermissionDenied")),
    ("SOAP off", lambda admin: admin.set_feature("SOAP", False), Seen("ok", "ok", "ok", "PermissionDenied")),
    ("one record lost", lambda admin: admin.drop_permission("LIST_CUSTJOB"), WELL),
    ("concurrency exhausted", lambda admin: admin.occupy(5), BUSY),
    ("concurrency exhausted, as 401", dressed_up, REFUSED),
    ("down", lambda admin: admin.go_down(), DOWN),
]  # fmt: skip


@pytest.mark.parametrize(
    ("break_it", "expected"), [case[1:] for case in BREAKAGES], ids=[b[0] for b in BREAKAGES]
)
@pytest.mark.few(14)
def test_each_breakage_is_recognized_and_gone_after_a_reset(
    emulator: EmulatorProcess, break_it: Break, expected: Seen
) -> None:
    assert seen(emulator) == WELL
    break_it(emulator.admin)
    assert seen(emulator) == expected
    emulator.admin.reset()
    assert seen(emulator) == WELL


@pytest.mark.parametrize("apart", [360.0, -360.0])
def test_a_refusal_by_the_clock_names_its_offset(emulator: EmulatorProcess, apart: float) -> None:
    emulator.admin.set_clock_offset(apart)
    for ask in (NetSuiteClient.server_time, lambda client: client.probes.soap_server_time()):
        with client_from_environment(emulator.env, settings=ONCE) as client:
            with pytest.raises(NetSuiteError):
                ask(client)
            assert client.clock_offset == pytest.approx(-apart, abs=3)


def test_a_clock_that_is_right_is_read_to_the_second(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env, settings=ONCE) as client:
        client.server_time()
        assert client.clock_offset == pytest.approx(0, abs=0.5)
        client.fetch_page("SELECT 1 AS probe FROM dual")
        assert client.clock_offset == pytest.approx(0, abs=1.5)
        client.probes.soap_server_time()
        assert client.clock_offset == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("name", standard_tables())
@pytest.mark.few(4)
def test_each_table_is_hidden_without_its_permission_and_shown_with_it(
    emulator: EmulatorProcess, name: str
) -> None:
    table = standard_tables()[name]
    statement = f"SELECT {table.key[0]} FROM {name}"
    with client_from_environment(emulator.env, settings=ONCE) as client:
        client.fetch_page(statement, limit=1)
        emulator.admin.drop_permission(table.permission.id)
        with pytest.raises(PermissionDenied) as raised:
            client.fetch_page(statement, limit=1)
        assert raised.value.table == name
        emulator.admin.grant_permission(table.permission.id)
        client.fetch_page(statement, limit=1)


def test_restricted_rows_are_fewer_without_a_notice(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env, settings=ONCE) as client:
        count = "SELECT COUNT(*) AS n FROM customer"
        whole = int(str(client.fetch_page(count).rows[0]["n"]))
        emulator.admin.restrict_rows("customer", "id % 2 = 0")
        assert 0 < int(str(client.fetch_page(count).rows[0]["n"])) < whole
        emulator.admin.unrestrict_rows("customer")
        assert int(str(client.fetch_page(count).rows[0]["n"])) == whole


def test_the_login_audit_is_read_by_a_role_that_may(emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    asked(emulator, NetSuiteClient.server_time)
    emulator.admin.restore_token()
    statement = (
        "SELECT detail, oauthappname, requesturi FROM loginaudit "
        "WHERE status = 'Failure' AND detail = 'token_rejected'"
    )
    with client_from_environment(emulator.env, settings=ONCE) as client:
        logged = client.fetch_page(statement).rows
        assert "/services/rest/system/v1/serverTime" in {row["requesturi"] for row in logged}
        assert {row["oauthappname"] for row in logged} == {"Warehouse"}
        emulator.admin.drop_permission("ADMI_AUDITLOGIN")
        with pytest.raises(PermissionDenied):
            client.fetch_page(statement, limit=1)


def test_limits_are_shown_to_administrators_alone(emulator: EmulatorProcess) -> None:
    admin_env = emulator.admin.credentials(ADMINISTRATOR)
    with client_from_environment(admin_env, settings=ONCE) as client:
        assert client.probes.governance_limits() == GovernanceLimits(5, 5, "accountLimit")
    assert asked(emulator, lambda client: client.probes.governance_limits()) == "PermissionDenied"


def test_token_info_names_the_tokens_owner_where_it_is_offered(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env, settings=ONCE) as client:
        assert client.probes.token_info() == TokenInfo(
            "Sample company", "Data pipeline user", "Data pipeline"
        )
    emulator.admin.set_variant("token_info", "missing")
    assert asked(emulator, lambda client: client.probes.token_info()) == "QueryError"
