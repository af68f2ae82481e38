"""The matrix: each way in which NetSuite stops working as before, and all that must be said of it.

The emulator runs in a process of its own, the sensors are the real ones, only their clock is a test's.
"""

import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from _pytest.mark import ParameterSet

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes.connection_probe import probing_settings
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.permission_levels import least_level
from netsuite_pipeline_tests.orchestration.scenario import (
    SEVERITIES,
    Scenario,
    World,
    answered,
    host_known_again,
    host_unknown,
    new_token,
    no_slot_left_as_400,
)
from netsuite_pipeline_tests.orchestration.ticking import Ticks

TABLES = standard_tables()
PERMISSION_IDS = sorted({table.permission.id for table in TABLES.values()})
UI = "http://dagster.example.com"
HOUR = timedelta(hours=1)
SECRETS = (
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
    "NETSUITE_EMULATOR_ADMIN",
)


@pytest.fixture
def world_with(
    tmp_path: Path, emulator: EmulatorProcess, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., World]:
    """Makes an account that is well, as both sensors have seen."""
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    monkeypatch.setenv("NETSUITE_DAGSTER_URL", UI)
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.RETRY_SECONDS", 0.3)

    def made(tables: tuple[str, ...] = ("vendor", "customer"), synced: bool = False) -> World:
        ticks = Ticks(tmp_path, instance, tables)
        monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticks.alerts.append(alert))
        world = World(ticks, emulator, monkeypatch)
        world.signs_in_with(emulator.env)
        if synced:
            _sync(world)
        ticks.tick(ticks.permission)
        ticks.clock.now += timedelta(minutes=55)  # so that the next tick begins a pass over all tables
        ticks.tick(ticks.connection)
        assert world.red() == {}
        assert ticks.passes("sign_in")
        assert all(ticks.passes("readable", table) for table in tables)
        return world

    return made


def _sync(world: World) -> None:
    warehouse = WarehouseResource(path=str(world.ticks.folder / "warehouse.duckdb"))
    location = build_netsuite_definitions(tables=list(world.ticks.tables), warehouse=warehouse)
    assert location.resolve_job_def("netsuite_sync").execute_in_process(instance=world.ticks.instance).success


# What must be said of it

REVOKED = "The access token is revoked"
REFRESHED = "The sandbox was refreshed"
NOT_PERMITTED = "The user or the role may not sign in with a token."
BLOCKED = "The integration is blocked."
TBA_OFF = "Token-based Authentication is switched off"
SIGN_IN = (
    REVOKED,
    REFRESHED,
    NOT_PERMITTED,
    BLOCKED,
    TBA_OFF,
    "A secret does not belong to its key.",
    "The user is locked for 30 minutes",
    "NETSUITE_BASE_URL does not lead directly to the account's own host.",
    "The account had too many concurrent requests",
)
REST = ("The role lacks Setup > REST Web Services.", "The feature REST Web Services is switched off.")
LOG_IN = ("The role lacks Setup > Log in using Access Tokens.", *REST)
WORKBOOK = (
    "The role lacks Reports > SuiteAnalytics Workbook.",
    "The feature SuiteAnalytics Workbook is switched off.",
)
CLOCK = ("The clock of this machine differs from NetSuite's by more than 5 minutes.",)
BUSY = ("Other integrations use all the concurrent requests", "A sync of this pipeline is running")
DOWN = ("NetSuite is down or under maintenance.", "NETSUITE_BASE_URL does not lead directly")
MISTYPED = "The account id is mistyped, or the account was renamed"
NO_NAMES = "This machine cannot resolve host names"
INTERNAL = "NetSuite no longer exposes this field to SuiteQL"
ACCESS = "The role lost a permission that shows the field."
FIELD_FEATURE = "The feature that provides the field was switched off."
FIELD_GONE = "The field was deleted, or its id has changed."
RESTRICTED = "The role was restricted to some subsidiaries"

TOKENS_MENU = "Setup > Users/Roles > Access Tokens: is the token there and active?"
ROLE_MENU = "Setup > Users/Roles > Manage Roles > (the token's role) > Edit"
REST_MENU = f"{ROLE_MENU} > Permissions > Setup: add REST Web Services (Full), press Add, then Save."
LOG_IN_MENU = f"{ROLE_MENU} > Permissions > Setup: add Log in using Access Tokens (Full)"
WORKBOOK_MENU = f"{ROLE_MENU} > Permissions > Reports: add SuiteAnalytics Workbook (Edit)"
GOVERNANCE_MENU = "Setup > Integration > Integration Governance"
NTP_MENU = "Set the clock of this machine by a time server (NTP)."

BELOW_SUITEQL = ("deleted_records",)
BELOW_REST = ("suiteql", *BELOW_SUITEQL)
BELOW_SIGN_IN = ("rest", *BELOW_REST)

SIGN_IN_ALERTS = ("sign-in refused", "sign-in works again")
REST_ALERTS = ("REST web services refused", "REST web services work again")
SUITEQL_ALERTS = ("SuiteQL refused", "SuiteQL works again")
CLOCK_ALERTS = ("this machine's clock is wrong", "this machine's clock is right again")
BUSY_ALERTS = ("no free concurrent requests", "concurrent requests are free again")
HOST_ALERTS = ("does not answer", "answers again")


def sign_in_is_refused(name: str, breaks: Callable[[World], object], truth: str = "") -> Scenario:
    """All of these give the same reply: only the Login Audit Trail names the cause."""
    return Scenario(
        name, breaks, "sign_in", "connection:sign_in", SIGN_IN, TOKENS_MENU, SIGN_IN_ALERTS, truth, unknown=BELOW_SIGN_IN
    )  # fmt: skip


SCENARIOS = [
    sign_in_is_refused("token revoked", lambda world: world.admin.revoke_token()),
    sign_in_is_refused("integration blocked", lambda world: world.admin.set_integration_blocked(True), BLOCKED),
    sign_in_is_refused("role inactive", lambda world: world.admin.set_role_inactive(True), NOT_PERMITTED),
    sign_in_is_refused("user inactive", lambda world: world.admin.set_user_inactive(True), NOT_PERMITTED),
    sign_in_is_refused("TBA feature off", lambda world: world.admin.set_feature("TBA", False), TBA_OFF),
    sign_in_is_refused("Log in using Access Tokens lost (401)", answered("login_missing", "401", "ADMI_LOGIN_OAUTH"), NOT_PERMITTED),
    Scenario("sandbox refreshed", lambda world: world.admin.revoke_all_tokens(), "sign_in", "connection:sign_in", SIGN_IN, "New Access Token", SIGN_IN_ALERTS, REFRESHED, fixes=new_token, unknown=BELOW_SIGN_IN),
    Scenario("Log in using Access Tokens lost (400)", answered("login_missing", "400", "ADMI_LOGIN_OAUTH"), "rest", "connection:rest", LOG_IN, LOG_IN_MENU, REST_ALERTS, unknown=("sign_in", *BELOW_REST)),
    Scenario("REST permission lost (400)", answered("rest_missing", "400", "ADMI_RESTWEBSERVICES"), "rest", "connection:rest", REST, REST_MENU, REST_ALERTS, unknown=BELOW_REST),
    Scenario("REST permission lost (403)", answered("rest_missing", "403", "ADMI_RESTWEBSERVICES"), "rest", "connection:rest", REST, REST_MENU, REST_ALERTS, unknown=BELOW_REST),
    Scenario("REST feature off", lambda world: world.admin.set_feature("REST", False), "rest", "connection:rest", REST, REST_MENU, REST_ALERTS, REST[1], unknown=BELOW_REST),
    Scenario("Workbook lost (400)", answered("workbook_missing", "400", "REPO_ANALYTICS"), "suiteql", "connection:suiteql", WORKBOOK, WORKBOOK_MENU, SUITEQL_ALERTS, unknown=BELOW_SUITEQL),
    Scenario("Workbook lost (403)", answered("workbook_missing", "403", "REPO_ANALYTICS"), "suiteql", "connection:suiteql", WORKBOOK, WORKBOOK_MENU, SUITEQL_ALERTS, unknown=BELOW_SUITEQL),
    Scenario("Deleted Records lost", lambda world: world.admin.drop_permission("ADMI_DELETEDRECORD"), "deleted_records", "connection:deleted_records", ("The role lacks Setup > Deleted Records.",), "Permissions > Setup: add Deleted Records (Full)", ("deletions cannot be read", "deletions can be read again"), state=State.WARNING),
    Scenario("clock 6 minutes behind", lambda world: world.admin.set_clock_offset(360), "clock", "connection:clock", CLOCK, NTP_MENU, CLOCK_ALERTS, seen="apart, this machine's clock is behind", unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("clock 6 minutes ahead", lambda world: world.admin.set_clock_offset(-360), "clock", "connection:clock", CLOCK, NTP_MENU, CLOCK_ALERTS, seen="apart, this machine's clock is ahead", unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("concurrency exhausted by others", lambda world: world.admin.occupy(5), "concurrency", "connection:concurrency", BUSY, GOVERNANCE_MENU, BUSY_ALERTS, unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("concurrency exhausted by others (400)", no_slot_left_as_400, "concurrency", "connection:concurrency", BUSY, GOVERNANCE_MENU, BUSY_ALERTS, unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("NetSuite down", lambda world: world.admin.go_down(), "host", "connection:host", DOWN, "status.netsuite.com", HOST_ALERTS, unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("DNS unknown", host_unknown(socket.EAI_NONAME, "Name or service not known"), "host", "connection:host", (MISTYPED, NO_NAMES), "Setup > Company > Company Information > Account ID", HOST_ALERTS, fixes=host_known_again, unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("DNS does not answer", host_unknown(socket.EAI_AGAIN, "Temporary failure in name resolution"), "host", "connection:host", (NO_NAMES, MISTYPED), "DNS servers of this machine", HOST_ALERTS, fixes=host_known_again, unknown=("sign_in", *BELOW_SIGN_IN)),
    Scenario("vendor's permission lost", lambda world: world.admin.drop_permission("LIST_VENDOR"), "table:vendor", "vendor:readable", ("The role lost Lists > Vendors (LIST_VENDOR).",), f"{ROLE_MENU} > Permissions > Lists: add Vendors (View)", ("vendor cannot be read", "vendor can be read again")),
    Scenario("transaction's permission lost after a sync", lambda world: world.admin.drop_permission("TRAN_FIND"), "table:transaction", "transaction:readable", ("The role lost Transactions > Find Transaction (TRAN_FIND).",), "Permissions > Transactions: add Find Transaction (View)", ("transaction cannot be read", "transaction can be read again"), tables=("transaction", "customer"), synced=True),
    Scenario("a table's feature off", lambda world: world.admin.set_feature("SUBSIDIARIES", False), "table:subsidiary", "subsidiary:readable", ("The role lost Lists > Subsidiaries (LIST_SUBSIDIARY).", "The feature Subsidiaries is switched off."), "Permissions > Lists: add Subsidiaries (View)", ("subsidiary cannot be read", "subsidiary can be read again"), "The feature Subsidiaries", tables=("subsidiary", "accounttype")),
    Scenario("a column hidden", lambda world: world.admin.hide_column("customer", "email"), "column:customer.email", "customer:columns", (INTERNAL, ACCESS, FIELD_FEATURE), f"If administrators still see the field: {ROLE_MENU}", ("customer.email is hidden", "customer.email is available again")),
    Scenario("a column removed, after a sync", lambda world: world.admin.hide_column("vendor", "email", "REMOVED"), "column:vendor.email", "vendor:columns", ("The field was removed from the account.", FIELD_FEATURE), "list it under `leave_out`", ("vendor.email is hidden", "vendor.email is available again"), synced=True),
    Scenario("a column unknown", lambda world: world.admin.hide_column("customer", "email", "UNKNOWN"), "column:customer.email", "customer:columns", (FIELD_FEATURE, ACCESS, FIELD_GONE), "Setup > Company > Enable Features", ("customer.email is hidden", "customer.email is available again")),
    Scenario("rows restricted", lambda world: world.admin.restrict_rows("transaction", "id % 2 = 0"), "rows:transaction", "transaction:rows", (RESTRICTED, "The role lost the permission for some types", "The rows were deleted"), f"{ROLE_MENU}: restore Subsidiary Restrictions", ("rows of transaction are no longer visible", "rows of transaction are visible again"), tables=("transaction", "customer"), synced=True),
]  # fmt: skip


# One of each check and of each kind of cause; the others are variants that the emulator makes differently.
ONE_OF_EACH = {
    "token revoked", "sandbox refreshed", "Log in using Access Tokens lost (400)", "REST permission lost (403)",
    "Workbook lost (400)", "Deleted Records lost", "clock 6 minutes behind", "concurrency exhausted by others",
    "NetSuite down", "DNS unknown", "vendor's permission lost", "a table's feature off", "a column hidden",
    "rows restricted",
}  # fmt: skip


def _tiers(scenarios: Sequence[Scenario]) -> list[ParameterSet]:
    """Return the scenarios as parameters, those that are not one of each marked as long."""
    return [
        pytest.param(each, id=str(each), marks=() if each.name in ONE_OF_EACH else pytest.mark.long)
        for each in scenarios
    ]


@pytest.mark.parametrize("scenario", _tiers(SCENARIOS))
@pytest.mark.few(1)
def test_what_breaks_is_flagged_within_two_ticks_with_all_that_fixes_it_and_healed_within_two(
    scenario: Scenario, world_with: Callable[..., World]
) -> None:
    world = world_with(scenario.tables, scenario.synced)
    ticks, sensor = world.ticks, world.sensor(scenario.finding)

    scenario.breaks(world)
    ticks.tick(sensor)
    assert (world.red(), world.alerts) == ({}, [])  # nobody has confirmed it yet
    first_seen = f"{ticks.clock.now:%H:%M} UTC"
    words = str(ticks.tick(sensor).skip_message)
    assert scenario.finding in words
    assert ". ." not in words
    assert [name for name in scenario.unknown if name not in _message_as_not_known(words)] == []

    assert world.red() == {scenario.check: SEVERITIES[scenario.state]}
    (finding,) = world.broken(sensor)
    _says_all(finding, scenario)
    asset, _, check = scenario.check.partition(":")
    outcome = ticks.outcome(check, asset)
    assert outcome is not None
    for phrase in (f"Most likely: {finding.causes[0].summary}", f"To fix: {finding.remedy}", "First seen "):
        assert phrase in outcome.description
    assert outcome.metadata["causes"].value.startswith(f"1. {finding.causes[0].as_text}")

    (broke,) = world.alerts
    title = f"{scenario.alerts[0]} since {first_seen}"
    assert (title in broke.title, broke.failed) == (True, True)
    for phrase in (
        "To fix",
        finding.causes[0].remedy,
        f"More: {UI}/assets/netsuite/{asset}?",
    ):
        assert phrase in broke.body

    # Whatever else looks now finds no fault of its own.
    ticks.tick(world.other_sensor(scenario.finding))
    assert world.red() == {scenario.check: SEVERITIES[scenario.state]}
    assert world.alerts == [broke]

    scenario.fixes(world)
    ticks.until(sensor, lambda: world.red() == {}, most=2)
    assert world.broken(sensor) == ()
    _, healed = world.alerts
    assert not healed.failed
    assert healed.title.startswith(f"NetSuite 1234567_SB1: {scenario.alerts[1]} (")
    message = [outcome.description, *(f"{each.title} {each.body}" for each in world.alerts)]
    assert not [name for name in SECRETS for text in message if world.emulator.env[name] in text]


def _message_as_not_known(words: str) -> list[str]:
    _, _, listed = words.partition(" not checked: ")
    return listed.partition(" (")[0].replace(" and ", ", ").split(", ")


def _says_all(finding: Finding, scenario: Scenario) -> None:
    assert (finding.id, finding.state) == (scenario.finding, scenario.state)
    whats = [cause.summary for cause in finding.causes]
    assert len(whats) == len(scenario.causes), whats
    for what, phrase in zip(whats, scenario.causes, strict=True):
        assert phrase in what
    assert any(scenario.truth in what for what in whats)
    assert scenario.menu in finding.remedy
    assert scenario.seen in finding.seen


# No fault of the role's or the token's

ELSEWHERE = [each for each in SCENARIOS if each.finding in ("host", "concurrency", "clock")]
PERMISSIONS = {"sign_in", "rest", "suiteql", "deleted_records"}


def test_clock_concurrency_outage_and_unknown_host_are_all_in_the_matrix() -> None:
    assert {each.finding for each in ELSEWHERE} == {"host", "concurrency", "clock"}


@pytest.mark.long
@pytest.mark.parametrize("scenario", ELSEWHERE, ids=str)
def test_what_is_no_fault_of_role_or_token_is_never_called_one(
    scenario: Scenario, world_with: Callable[..., World]
) -> None:
    world = world_with()
    scenario.breaks(world)
    for _ in range(3):
        world.ticks.clock.now += HOUR
        world.ticks.tick(world.ticks.connection)
        world.ticks.tick(world.ticks.permission)
    assert world.red() == {scenario.check: dg.AssetCheckSeverity.ERROR}
    assert all(world.ticks.passes(check) for check in PERMISSIONS)
    (alert,) = world.alerts
    assert "refused" not in alert.title
    for words in ("Manage Roles", "Access Token", "Permissions >"):
        assert words not in alert.body


# Nothing, and two things


def _refused_once(world: World) -> None:
    world.admin.add_fault("sign_in", count=1)


def _unavailable_once(world: World) -> None:
    world.admin.add_fault("unavailable", count=1)


@pytest.mark.parametrize("stray", [_refused_once, _unavailable_once, lambda world: world.admin.go_down()], ids=["401", "503", "one look of 503s"])  # fmt: skip
@pytest.mark.parametrize("name", ["connection", "permission"])
@pytest.mark.few(1)
def test_a_stray_refusal_and_a_stray_outage_give_nothing(
    name: str, stray: Callable[[World], None], world_with: Callable[..., World]
) -> None:
    world = world_with()
    ticks, sensor = world.ticks, getattr(world.ticks, name)
    struck = world.struck
    stray(world)
    assert not ticks.tick(sensor).asset_events
    assert world.struck > struck
    world.admin.clear_faults()
    for _ in range(3):
        assert not ticks.tick(sensor).asset_events
        ticks.clock.now += HOUR
    assert (world.red(), world.alerts) == ({}, [])
    assert world.broken(sensor) == ()


def _drifts_and_loses_deletions(world: World) -> None:
    world.admin.set_clock_offset(200)
    world.admin.drop_permission("ADMI_DELETEDRECORD")


def _loses_a_table_and_a_column(world: World) -> None:
    world.admin.drop_permission("LIST_VENDOR")
    world.admin.hide_column("customer", "email")


WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.mark.parametrize(
    ("name", "breaks", "red", "phrases"),
    [
        ("connection", _drifts_and_loses_deletions, {"connection:clock": WARN, "connection:deleted_records": WARN}, ("this machine's clock is wrong", "deletions cannot be read")),
        ("permission", _loses_a_table_and_a_column, {"vendor:readable": ERROR, "customer:columns": ERROR}, ("vendor cannot be read", "customer.email is hidden")),
    ],
)  # fmt: skip
@pytest.mark.few(1)
def test_two_things_that_break_at_once_are_one_alert_and_one_when_they_heal(
    name: str,
    breaks: Callable[[World], None],
    red: dict[str, dg.AssetCheckSeverity],
    phrases: tuple[str, str],
    world_with: Callable[..., World],
) -> None:
    world = world_with()
    ticks, sensor = world.ticks, getattr(world.ticks, name)
    breaks(world)
    ticks.tick(sensor)
    ticks.tick(sensor)
    assert world.red() == red
    (broke,) = world.alerts
    assert "2 problems since" in broke.title
    for phrase in phrases:
        assert phrase in broke.title
    assert broke.body.count("To fix") == 2
    world.admin.reset()
    ticks.tick(sensor)
    assert world.red() == {}
    _, healed = world.alerts
    assert "2 checks pass again" in healed.title


@pytest.mark.long
def test_a_role_that_loses_every_table_is_one_alert_within_two_ticks_and_one_when_it_heals(
    world_with: Callable[..., World],
) -> None:
    world = world_with(tuple(TABLES))
    ticks = world.ticks
    for permission in PERMISSION_IDS:
        world.admin.drop_permission(permission)
    ticks.tick(ticks.permission)
    ticks.tick(ticks.permission)
    assert world.red() == {f"{name}:readable": ERROR for name in TABLES}
    (broke,) = world.alerts
    causes = {world.broken(ticks.permission)[place].causes[0].summary for place in range(len(TABLES))}
    assert f"{len(causes)} problems since" in broke.title
    world.admin.reset()
    ticks.tick(ticks.permission)
    assert world.red() == {}
    _, healed = world.alerts
    assert f"{len(TABLES)} checks pass again" in healed.title


# Each table's permission


@pytest.mark.parametrize("permission", PERMISSION_IDS)
@pytest.mark.few(7)
def test_a_lost_permission_is_shown_of_each_table_that_needs_it_and_of_no_other(
    permission: str, emulator: EmulatorProcess
) -> None:
    emulator.admin.drop_permission(permission)
    with client_from_environment(emulator.env, probing_settings(attempts=1)) as client:
        for table in TABLES.values():
            every = [column.name for column in table.columns]
            look = probe_table(client, table, None, baseline=every)
            found = {each.id: each for each in look.findings}[f"table:{table.name}"]
            if table.permission.id != permission:
                assert found.state is State.OK, found
                continue
            tab, _, label = table.permission.name.rpartition(" > ")
            assert found.state is State.FAILED, found
            assert found.causes[0].summary == f"The role lost {table.permission.name} ({permission})."
            assert (
                f"{ROLE_MENU} > Permissions > {tab}: add {label} ({least_level(table.permission.name)})"
                in found.remedy
            )
