"""Every switch does what it says while requests go on, and only for who holds the admin token."""

import re
from collections.abc import Callable

import pytest
import requests

from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline.emulator.admin.switches import Switches
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline_tests.emulator.rest_client import RestClient, refusal

ONE = "SELECT 1 AS probe FROM dual"


def count(client: RestClient, table: str) -> int:
    return int(client.items(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


def test_nothing_is_shown_without_the_admin_token(admin: AdminClient) -> None:
    for headers in ({}, {"X-Emulator-Admin": "wrong"}):
        for switch in ("state", "tables", "credentials", "nosuch"):
            answer = requests.get(f"{admin.base_url}/admin/{switch}", headers=headers, timeout=100)
            assert answer.status_code == 403
    assert requests.post(f"{admin.base_url}/admin/reset", timeout=100).status_code == 403
    with pytest.raises(AdminError, match="token"):
        AdminClient(admin.base_url, "wrong").state()


def test_a_client_without_an_emulator_says_so() -> None:
    with pytest.raises(AdminError, match="No emulator answers at"):
        AdminClient("http://127.0.0.1:9", "x").state()


def test_every_switch_of_the_client_runs_in_the_emulator(admin: AdminClient) -> None:
    switches = {name for name in vars(Switches) if not name.startswith("_")}
    assert switches == {name for name in vars(AdminClient) if not name.startswith("_")} - {"ask"}
    assert not vars(admin).keys() - {"base_url", "token"}


@pytest.mark.parametrize(
    ("switch", "values", "message"),
    [
        ("nosuch", {}, "There is no switch 'nosuch'"),
        ("revoke_tokn", {}, "did you mean 'revoke_token'"),
        ("_switch", {}, "There is no switch"),
        ("occupy", {"slot": 1}, "occupy has no argument 'slot'; known are slots."),
        ("set_role_inactive", {"inactive": True, "rol": "x"}, "known are inactive, role."),
        ("reset", {"x": 1}, "reset has no argument 'x'; known are none."),
        ("occupy", {}, "occupy lacks the argument 'slots'; known are slots."),
        ("occupy", {"slots": 1.5}, "slots must be a whole number."),
        ("occupy", {"slots": True}, "slots must be a whole number."),
        ("set_latency", {"milliseconds": "5"}, "milliseconds must be a number."),
        ("set_feature", {"feature": "TBA", "on": 1}, "on must be true or false."),
        ("restrict_subsidiaries", {"subsidiaries": ["1"]}, "subsidiaries must be a list of whole numbers or null."),
        ("change_rows", {"table": "vendor", "condition": "TRUE", "values": {"email": []}}, "an object of texts, numbers"),
    ],
)  # fmt: skip
def test_an_unknown_switch_or_argument_is_refused_with_the_known_ones(
    admin: AdminClient, switch: str, values: dict[str, object], message: str
) -> None:
    with pytest.raises(AdminError, match=re.escape(message)):
        admin.ask(switch, **values)


@pytest.mark.parametrize("body", ["[]", "1", "{", "null"])
def test_a_body_that_is_no_object_is_refused(admin: AdminClient, body: str) -> None:
    answer = requests.post(
        f"{admin.base_url}/admin/reset",
        data=body,
        headers={"X-Emulator-Admin": admin.token},
        timeout=100,
    )
    assert answer.status_code == 400
    assert "The body" in answer.json()["error"]


def test_no_secret_is_in_the_state(admin: AdminClient) -> None:
    output = str(admin.state())
    for name, value in admin.credentials().items():
        if "SECRET" in name or "TOKEN" in name or "KEY" in name:
            assert value not in output
    assert admin.token not in repr(admin)


def test_a_revoked_token_can_be_given_back(client: RestClient, admin: AdminClient) -> None:
    admin.revoke_token()
    assert client.suiteql(ONE).status_code == 401
    assert RestClient(admin.credentials("Administrator")).suiteql(ONE).status_code == 200
    admin.restore_token()
    assert client.suiteql(ONE).status_code == 200


def test_after_a_sandbox_refresh_a_new_token_is_needed(client: RestClient, admin: AdminClient) -> None:
    admin.revoke_all_tokens()
    new = admin.issue_token()
    assert new["NETSUITE_TOKEN_ID"] != client.env["NETSUITE_TOKEN_ID"]
    assert RestClient(new).suiteql(ONE).status_code == 200
    assert client.suiteql(ONE).status_code == 401


def test_a_second_role_sees_less(admin: AdminClient) -> None:
    analyst = RestClient(admin.credentials("Sales analyst"))
    assert count(analyst, "customer") > 0
    assert "Record 'vendor' was not found" in refusal(analyst.suiteql("SELECT id FROM vendor"))[2]


PAIRS: list[object] = [
    pytest.param(
        lambda admin: admin.set_role_inactive(True), lambda admin: admin.set_role_inactive(False), id="role"
    ),
    pytest.param(
        lambda admin: admin.set_user_inactive(True), lambda admin: admin.set_user_inactive(False), id="user"
    ),
    pytest.param(
        lambda admin: admin.set_integration_blocked(True),
        lambda admin: admin.set_integration_blocked(False),
        id="integration",
    ),
    pytest.param(
        lambda admin: admin.drop_permission("LIST_VENDOR"),
        lambda admin: admin.grant_permission("LIST_VENDOR", level=1),
        id="permission",
    ),
    pytest.param(
        lambda admin: admin.hide_column("vendor", "email"),
        lambda admin: admin.show_column("vendor", "email"),
        id="column",
    ),
    pytest.param(
        lambda admin: admin.set_feature("REST", False),
        lambda admin: admin.set_feature("REST", True),
        id="rest",
    ),
]


@pytest.mark.parametrize(("off", "on"), PAIRS)
def test_a_switch_breaks_and_repairs(
    client: RestClient,
    admin: AdminClient,
    off: Callable[[AdminClient], None],
    on: Callable[[AdminClient], None],
) -> None:
    query = "SELECT id, email FROM vendor"
    assert client.suiteql(query).status_code == 200
    off(admin)
    assert client.suiteql(query).status_code >= 400
    on(admin)
    assert client.suiteql(query).status_code == 200


def test_a_reset_puts_every_switch_back(client: RestClient, admin: AdminClient) -> None:
    before = admin.state()
    admin.set_feature("SUBSIDIARIES", False)
    admin.hide_column("vendor", "email")
    admin.restrict_rows("vendor", "id < 0")
    admin.set_concurrency(2)
    admin.set_latency(1)
    admin.set_clock_offset(5)
    admin.set_variant("lower_keys", "off")
    admin.fail_next(3)
    assert admin.state() != before
    admin.reset()
    assert {key: value for key, value in admin.state().items() if key != "faults_struck"} == {
        key: value for key, value in before.items() if key != "faults_struck"
    }
    assert client.suiteql(ONE).status_code == 200


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("NOT_EXPOSED", 400, "Reason: NOT_EXPOSED - Field is marked as internal for channel SEARCH"),
        ("REMOVED", 400, "Reason: REMOVED - Field is removed"),
        ("UNKNOWN", 400, "Unknown identifier 'email'"),
        ("POISON", 500, "An unexpected error occurred. Error ID: "),
    ],
)
def test_a_hidden_column_is_refused_in_its_way(
    client: RestClient, admin: AdminClient, state: str, status: int, words: str
) -> None:
    admin.hide_column("customer", "email", state)
    found = refusal(client.suiteql("SELECT id, email FROM customer"))
    assert found[0] == status
    assert words in found[2]
    assert count(client, "customer") > 0


def test_a_role_sees_only_the_rows_it_is_restricted_to(client: RestClient, admin: AdminClient) -> None:
    everything = count(client, "transaction")
    lines = count(client, "transactionline")
    admin.restrict_rows("transaction", "id % 2 = 0")
    assert 0 < count(client, "transaction") < everything
    assert 0 < count(client, "transactionline") < lines
    odd = client.items("SELECT id FROM transaction WHERE MOD(id, 2) = 1")
    assert odd == []
    boss = RestClient(admin.credentials("Administrator"))
    assert count(boss, "transaction") == everything
    admin.unrestrict_rows("transaction")
    assert count(client, "transaction") == everything


def test_a_role_sees_only_the_subsidiaries_it_is_restricted_to(
    client: RestClient, admin: AdminClient
) -> None:
    lines = count(client, "transactionline")
    chosen = client.items(
        "SELECT subsidiary, COUNT(*) AS n FROM transactionline GROUP BY subsidiary ORDER BY subsidiary"
    )[0]
    admin.restrict_subsidiaries([int(chosen["subsidiary"])])
    assert [item["id"] for item in client.items("SELECT id FROM subsidiary")] == [chosen["subsidiary"]]
    assert count(client, "transactionline") == int(chosen["n"]) < lines
    for table in ("transaction", "customer", "item", "transactionaccountingline"):
        assert client.suiteql(f"SELECT * FROM {table}").status_code == 200
    admin.restrict_subsidiaries(None)
    assert count(client, "transactionline") == lines


@pytest.mark.parametrize(
    "condition", ["nosuch = 1", "id = 1; DROP TABLE ns.vendor", "(", "read_text('/x') > ''"]
)
def test_a_condition_that_is_none_is_refused(admin: AdminClient, condition: str) -> None:
    with pytest.raises(AdminError):
        admin.restrict_rows("vendor", condition)


def test_the_tables_can_be_compared_row_by_row(client: RestClient, admin: AdminClient) -> None:
    counts = admin.tables()
    assert set(counts) == set(RECORDS)
    for name in ("customer", "transactionline", "accountingperiod"):
        dump = admin.table(name)
        assert len(dump.rows) == counts[name] == count(client, name)
        assert len(dump.columns) == len(dump.types)
    dump = admin.table("customer")
    first = dict(zip(dump.columns, dump.rows[0], strict=True))
    asked = client.items(
        'SELECT id, entityid, TO_CHAR(SYS_EXTRACT_UTC(datecreated), \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') '
        f"AS created FROM customer WHERE id = {first['id']}"
    )[0]
    assert asked["id"] == str(first["id"])
    assert asked["entityid"] == first["entityid"]
    assert asked["created"] == first["datecreated"]


def test_an_unknown_table_role_or_token_is_named(admin: AdminClient) -> None:
    for ask_for, name in (
        (admin.table, "nosuch"),
        (admin.credentials, "nosuch"),
        (admin.revoke_token, "nosuch"),
        (lambda name: admin.set_role_inactive(True, role=name), "nosuch"),
        (lambda name: admin.set_feature(name, True), "nosuch"),
        (lambda name: admin.set_variant(name, "on"), "nosuch"),
    ):
        with pytest.raises(AdminError, match="nosuch"):
            ask_for(name)


def test_values_out_of_range_are_refused(admin: AdminClient) -> None:
    with pytest.raises(AdminError, match="at least 1"):
        admin.set_concurrency(0)
    with pytest.raises(AdminError, match="at least 0"):
        admin.set_latency(-1)
    with pytest.raises(AdminError, match="0 \\(None\\) to 4"):
        admin.grant_permission("LIST_VENDOR", level=9)
    with pytest.raises(AdminError, match="Administrator cannot be changed"):
        admin.drop_permission("LIST_VENDOR", role="Administrator")


def test_a_variant_changes_while_it_runs(client: RestClient, admin: AdminClient) -> None:
    query = "SELECT id AS MyId FROM customer WHERE ROWNUM <= 1"
    assert "myid" in client.items(query)[0]
    admin.set_variant("string_numbers", "off")
    assert isinstance(client.items(query)[0]["myid"], int)
    admin.set_variant("sys_extract_utc", "off")
    assert client.suiteql("SELECT SYS_EXTRACT_UTC(datecreated) FROM customer").status_code == 400


def test_roles_and_their_permissions_are_tables(client: RestClient, admin: AdminClient) -> None:
    admin.drop_permission("LIST_VENDOR")
    found = client.items(
        "SELECT rp.permkey, rp.permlevel, rp.name FROM rolepermissions rp JOIN role r ON r.id = rp.role "
        "WHERE r.name = 'Data pipeline'"
    )
    levels = {item["permkey"]: item["permlevel"] for item in found}
    assert levels["ADMI_RESTWEBSERVICES"] == "4"
    assert levels["REPO_ANALYTICS"] == "3"
    assert "LIST_VENDOR" not in levels


def test_processor_time_and_pages_are_counted(client: RestClient, admin: AdminClient) -> None:
    client.items("SELECT id FROM transaction")
    stats = admin.stats()
    assert (stats.pages, stats.requests) == (1, 1)
    assert stats.rows == min(1000, admin.tables()["transaction"])
    assert stats.cpu_seconds > 0
    assert 0 <= stats.mean_in_use < 1


@pytest.mark.parametrize(
    ("ask_for", "words"),
    [
        (lambda admin: admin.drop_permission("LIST_VENDR"), "no permission 'LIST_VENDR'; did you mean 'LIST_VENDOR'"),
        (lambda admin: admin.grant_permission("list_vendor"), "did you mean 'LIST_VENDOR'"),
        (lambda admin: admin.drop_permission("LIST_VENDOR", role="Data pipline"), "did you mean 'Data pipeline'"),
        (lambda admin: admin.set_feature("SUBSIDIARY", False), "no feature 'SUBSIDIARY'; did you mean 'SUBSIDIARIES'"),
        (lambda admin: admin.hide_column("vendr", "email"), "no table 'vendr'; did you mean 'vendor'"),
        (lambda admin: admin.hide_column("vendor", "emial"), "no column of vendor 'emial'; did you mean 'email'"),
        (lambda admin: admin.show_column("vendor", "emial"), "did you mean 'email'"),
        (lambda admin: admin.restrict_rows("vendors", "id > 1"), "did you mean 'vendor'"),
        (lambda admin: admin.unrestrict_rows("vendors"), "did you mean 'vendor'"),
        (lambda admin: admin.restrict_subsidiaries([1, 99]), "no subsidiary '99'"),
        (lambda admin: admin.delete_rows("vendors", "id > 1"), "did you mean 'vendor'"),
        (lambda admin: admin.change_rows("vendor", "id > 1", {"emial": "x"}), "did you mean 'email'"),
        (lambda admin: admin.insert_like("vendor", "id > 1", {"emial": "x"}), "did you mean 'email'"),
        (lambda admin: admin.table("vendr"), "did you mean 'vendor'"),
        (lambda admin: admin.revoke_token("Data pipelin"), "did you mean 'Data pipeline'"),
        (lambda admin: admin.set_variant("server_tim", "open"), "did you mean 'server_time'"),
        (lambda admin: admin.set_variant("server_time", "opn"), "one of open"),
        (lambda admin: admin.fail_next(kind="unexpected_eror"), "There is no fault 'unexpected_eror'"),
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_refused_with_what_comes_close(
    admin: AdminClient, ask_for: Callable[[AdminClient], object], words: str
) -> None:
    before = {name: value for name, value in admin.state().items() if name != "stats"}
    with pytest.raises(AdminError, match=words):
        ask_for(admin)
    assert {name: value for name, value in admin.state().items() if name != "stats"} == before
