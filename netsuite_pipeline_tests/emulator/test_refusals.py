"""What NetSuite refuses is refused, with a body of its shape that names what was wrong."""

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline_tests.emulator.rest_client import RECORD, SERVER_TIME, SUITEQL, RestClient, refusal

ONE = "SELECT 1 AS probe FROM dual"
GOVERNANCE = "/services/rest/system/v1/governanceLimits"


@pytest.mark.parametrize("prefer", ["", "respond-async", "transient2"])
def test_prefer_transient_is_required(client: RestClient, prefer: str) -> None:
    answer = client.suiteql(ONE, headers={"Prefer": prefer})
    assert refusal(answer)[0] == 400
    assert answer.json()["o:errorDetails"][0]["o:errorHeader"] == "Prefer"


@pytest.mark.parametrize(
    ("paging", "parameter"),
    [
        ("?limit=1001", "limit"),
        ("?limit=0", "limit"),
        ("?limit=-5", "limit"),
        ("?limit=x", "limit"),
        ("?limit=5&offset=7", "offset"),
        ("?offset=500", "offset"),
        ("?limit=5&offset=-5", "offset"),
        ("?limit=1000&offset=100000", "offset"),
        ("?limit=10&offset=10000", "offset"),
    ],
)
def test_paging_out_of_bounds_names_its_parameter(client: RestClient, paging: str, parameter: str) -> None:
    answer = client.suiteql(ONE, paging=paging)
    assert refusal(answer)[:2] == (400, "INVALID_PARAMETER")
    assert answer.json()["o:errorDetails"][0]["o:errorQueryParam"] == parameter


def test_the_last_offset_below_the_ceiling_is_answered(client: RestClient) -> None:
    answer = client.suiteql(ONE, paging="?limit=1000&offset=99000")
    assert answer.status_code == 200
    assert answer.json()["items"] == []


def test_an_offset_too_deep_may_be_an_empty_page(client: RestClient, admin: AdminClient) -> None:
    admin.set_variant("deep_offset", "empty")
    answer = client.suiteql(ONE, paging="?limit=1000&offset=100000")
    assert answer.status_code == 200
    assert (answer.json()["items"], answer.json()["hasMore"]) == ([], False)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "INVALID_REQUEST"),
        (b"{", 400, "INVALID_REQUEST"),
        (b"\xff\xfe", 400, "INVALID_REQUEST"),
        (b"[]", 400, "INVALID_CONTENT"),
        (b"{}", 400, "INVALID_CONTENT"),
        (b'{"q": ""}', 400, "INVALID_CONTENT"),
        (b'{"q": "  "}', 400, "INVALID_CONTENT"),
        (b'{"q": 5}', 400, "INVALID_CONTENT"),
        (b'{"q": "SELECT 1 FROM dual", "params": "x"}', 400, "INVALID_CONTENT"),
        (b'{"q": "SELECT 1 FROM dual", "params": [{}]}', 400, "INVALID_CONTENT"),
    ],
)
def test_a_body_that_is_no_query_is_refused(client: RestClient, data: bytes, status: int, code: str) -> None:
    assert refusal(client.suiteql("", data=data))[:2] == (status, code)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(client: RestClient, content_type: str) -> None:
    answer = client.suiteql(ONE, headers={"Content-Type": content_type})
    assert refusal(answer)[0] == 415


def test_bind_parameters_are_taken_from_the_body(client: RestClient) -> None:
    query = "SELECT id FROM customer WHERE id = ? OR id = ?"
    wanted = sorted(item["id"] for item in client.items("SELECT id FROM customer WHERE ROWNUM <= 2"))
    found = client.items(query, params=[wanted[0], int(wanted[1])])
    assert sorted(item["id"] for item in found) == wanted


def test_other_methods_and_addresses_are_refused(client: RestClient) -> None:
    assert refusal(client.get(SUITEQL))[0] == 405
    for path in ("/services/rest/query/v1/other", "/services/rest/query/v1/suiteql/", "/x", "/"):
        assert refusal(client.get(path)) == (404, "NONEXISTENT_ID", "Record does not exist.")


def test_nothing_is_ever_redirected(client: RestClient) -> None:
    for path in (SERVER_TIME + "/", SUITEQL + "/", "//", "/services/rest/record/v1/"):
        assert not 300 <= client.get(path).status_code < 400


def test_what_suiteql_refuses_keeps_its_words(client: RestClient) -> None:
    status, code, detail = refusal(client.suiteql("SELECT nosuch FROM customer"))
    assert (status, code) == (400, "INVALID_PARAMETER")
    assert detail == (
        "Invalid search query. Detailed unprocessed description follows. Search error occurred: "
        "Unknown identifier 'nosuch'. Available identifiers are: {customer=customer}."
    )


@pytest.mark.parametrize(
    ("permission", "variant", "status"),
    [
        ("ADMI_RESTWEBSERVICES", ("rest_missing", "400"), 400),
        ("ADMI_RESTWEBSERVICES", ("rest_missing", "403"), 403),
        ("REPO_ANALYTICS", ("workbook_missing", "400"), 400),
        ("REPO_ANALYTICS", ("workbook_missing", "403"), 403),
    ],
)
def test_a_missing_transport_permission_is_answered_as_the_variant_says(
    client: RestClient, admin: AdminClient, permission: str, variant: tuple[str, str], status: int
) -> None:
    admin.set_variant(*variant)
    admin.drop_permission(permission)
    found = refusal(client.suiteql(ONE))
    assert found[0] == status
    assert found[2] == "Your current role does not have permission to perform this action."
    assert (found[1] == "USER_ERROR") == (status == 400)
    # Server time needs no permission (NSH:article_0528010158).
    assert client.get(SERVER_TIME).status_code == 200


def test_without_workbook_records_by_id_are_still_answered(client: RestClient, admin: AdminClient) -> None:
    first = client.items("SELECT id FROM customer WHERE ROWNUM <= 1")[0]["id"]
    admin.drop_permission("REPO_ANALYTICS")
    assert refusal(client.get(f"{RECORD}/customer"))[:2] == (400, "USER_ERROR")
    assert client.get(f"{RECORD}/customer/{first}").status_code == 200
    assert client.get(f"{RECORD}/metadata-catalog").status_code == 200


@pytest.mark.parametrize(
    ("permission", "level", "exists"),
    [("REPO_ANALYTICS", 1, "Edit"), ("ADMI_DELETEDRECORD", 1, "Full"), ("LIST_FIND", 3, "View and Full")],
)
def test_a_role_cannot_have_a_permission_at_a_level_that_does_not_exist(
    permission: str, level: int, exists: str, admin: AdminClient
) -> None:
    with pytest.raises(AdminError, match=f"it exists as {exists}"):
        admin.grant_permission(permission, level=level)


def test_a_permission_is_granted_at_its_highest_level_where_none_is_named(
    client: RestClient, admin: AdminClient
) -> None:
    admin.drop_permission("REPO_ANALYTICS")
    admin.grant_permission("REPO_ANALYTICS")
    assert client.suiteql(ONE).status_code == 200


@pytest.mark.parametrize("feature", ["REST", "WORKBOOK"])
def test_a_feature_switched_off_refuses_like_its_permission(
    client: RestClient, admin: AdminClient, feature: str
) -> None:
    admin.set_feature(feature, False)
    assert refusal(client.suiteql(ONE))[:2] == (400, "USER_ERROR")


def test_server_time_is_utc_and_may_be_missing(client: RestClient, admin: AdminClient) -> None:
    answer = client.get(SERVER_TIME)
    assert list(answer.json()) == ["serverTime"]
    assert len(answer.json()["serverTime"]) == len("2025-03-26T16:21:00.000Z")
    admin.set_variant("server_time", "missing")
    assert client.get(SERVER_TIME).status_code == 404
    admin.set_variant("server_time", "needs_rest")
    admin.drop_permission("ADMI_RESTWEBSERVICES")
    assert client.get(SERVER_TIME).status_code == 400


def test_limits_are_shown_to_administrators_only(client: RestClient, admin: AdminClient) -> None:
    assert refusal(client.get(GOVERNANCE))[:2] == (403, "INSUFFICIENT_PERMISSION")
    boss = RestClient(admin.credentials("Administrator"))
    assert boss.get(GOVERNANCE).json()["accountConcurrencyLimit"] == 5


def test_error_types_are_as_seen_or_as_documented(client: RestClient, admin: AdminClient) -> None:
    assert (
        client.suiteql("SELECT").json()["type"]
        == "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1"
    )
    admin.set_variant("error_types", "documented")
    assert client.suiteql("SELECT").json()["type"].startswith("https://www.w3.org/Protocols/rfc2616/")
