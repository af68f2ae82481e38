"""Every failed sign-in gets the same words; only the Login Audit Trail knows why."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline_tests.emulator.rest_client import (
    SERVER_TIME,
    SIGN_IN_BODY,
    SUITEQL,
    RestClient,
    refusal,
)

ONE = "SELECT 1 AS probe FROM dual"
Prepare = Callable[[AdminClient], None]


def now() -> int:
    return int(time.time())


def last_failure(admin: AdminClient) -> str:
    failures = [login for login in admin.login_audit() if login["status"] == "Failure"]
    return str(failures[-1]["detail"])


def test_a_signed_request_is_let_in(client: RestClient) -> None:
    assert client.items(ONE) == [{"links": [], "probe": "1"}]


def test_query_parameters_are_part_of_the_signature(client: RestClient) -> None:
    assert client.suiteql(ONE, paging="?limit=5&offset=0").status_code == 200
    header = client.authorization("POST", f"{client.base_url}{SUITEQL}?limit=5&offset=0")
    tampered = client.suiteql(ONE, paging="?limit=6&offset=0", headers={"Authorization": header})
    assert tampered.json() == SIGN_IN_BODY


def test_a_nonce_is_accepted_once(client: RestClient, admin: AdminClient) -> None:
    stamp = str(now())
    once: dict[str, Any] = {"nonce": f"nonce{time.time_ns()}", "timestamp": stamp}
    assert client.suiteql(ONE, **once).status_code == 200
    assert client.suiteql(ONE, **once).json() == SIGN_IN_BODY
    assert last_failure(admin) == "NonceUsed"
    assert client.suiteql(ONE, nonce=once["nonce"], timestamp=str(int(stamp) - 1)).status_code == 200


def test_a_refused_signature_does_not_use_its_nonce_up(client: RestClient) -> None:
    once: dict[str, Any] = {"nonce": f"nonce{time.time_ns()}", "timestamp": str(now())}
    assert client.suiteql(ONE, resource_owner_secret="wrong", **once).status_code == 401
    assert client.suiteql(ONE, **once).status_code == 200


def test_a_nonce_is_the_users_own_unless_the_variant_says_otherwise(
    client: RestClient, admin: AdminClient
) -> None:
    other = RestClient(admin.credentials("Administrator"))
    once: dict[str, Any] = {"nonce": f"nonce{time.time_ns()}", "timestamp": str(now())}
    assert client.suiteql(ONE, **once).status_code == 200
    assert other.suiteql(ONE, **once).status_code == 200
    admin.set_variant("nonce_scope", "account")
    again: dict[str, Any] = {"nonce": f"nonce{time.time_ns()}", "timestamp": str(now())}
    assert client.suiteql(ONE, **again).status_code == 200
    assert other.suiteql(ONE, **again).status_code == 401


@pytest.mark.parametrize(("apart", "status"), [(299, 200), (-299, 200), (302, 401), (-301, 401)])
def test_a_timestamp_may_be_five_minutes_apart(
    client: RestClient, admin: AdminClient, apart: int, status: int
) -> None:
    assert client.suiteql(ONE, timestamp=str(now() + apart)).status_code == status
    if status == 401:
        assert last_failure(admin) == "InvalidTimestamp"


def test_the_accounts_clock_moves_time_check_and_date_together(
    client: RestClient, admin: AdminClient
) -> None:
    admin.set_clock_offset(3600)
    assert client.suiteql(ONE).json() == SIGN_IN_BODY
    url = client.base_url + SERVER_TIME
    ahead = client.authorization("GET", url, timestamp=str(now() + 3600))
    answer = requests.get(url, headers={"Authorization": ahead}, timeout=200)
    hour = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + 3600))
    assert answer.json()["serverTime"].startswith(hour)
    assert time.strftime("%d %b %Y %H", time.gmtime(time.time() + 3600)) in answer.headers["Date"]


WRONG = [
    pytest.param({"resource_owner_secret": "wrong"}, "InvalidSignature", id="token secret"),
    pytest.param({"client_secret": "wrong"}, "InvalidSignature", id="consumer secret"),
    pytest.param({"client_key": "f" * 64}, "consumer_key_unknown", id="consumer key"),
    pytest.param({"resource_owner_key": "f" * 64}, "token_rejected", id="token"),
    pytest.param({"signature_method": "HMAC-SHA1"}, "UnknownAlgorithm", id="SHA-1"),
    pytest.param({"timestamp": "12x"}, "InvalidTimestamp", id="timestamp no number"),
    pytest.param({"realm": "1234567_sb1"}, "realm_of_another_account", id="realm in lower case"),
    pytest.param({"realm": "1234567-SB1"}, "realm_of_another_account", id="realm with hyphen"),
    pytest.param({"realm": None}, "realm_of_another_account", id="no realm"),
]


@pytest.mark.parametrize(("changed", "cause"), WRONG)
def test_a_wrong_credential_gets_the_one_body_and_its_own_cause(
    client: RestClient, admin: AdminClient, changed: dict[str, Any], cause: str
) -> None:
    answer = client.suiteql(ONE, **changed)
    assert answer.status_code == 401
    assert answer.json() == SIGN_IN_BODY
    assert last_failure(admin) == cause


EDITED = [
    pytest.param(r'oauth_version="1.0"', 'oauth_version="2.0"', "VersionRejected", id="version"),
    pytest.param(
        r'oauth_nonce="[^"]*"', 'oauth_nonce=""', "MissingTokenPassportRequiredFields", id="empty nonce"
    ),
    pytest.param(r'oauth_timestamp="[^"]*", ', "", "MissingTokenPassportRequiredFields", id="no timestamp"),
    pytest.param(r'oauth_token="', 'oauth_token="x", oauth_token="', "parameter_rejected", id="twice"),
    pytest.param(r"OAuth ", 'OAuth limit="1", offset="0", ', "parameter_rejected", id="query in header"),
    pytest.param(r"OAuth .*", "", "MissingTokenPassportRequiredFields", id="no header"),
    pytest.param(r"OAuth .*", "Bearer abc", "TokenRejected", id="bearer"),
]


@pytest.mark.parametrize(("pattern", "put", "cause"), EDITED)
def test_a_malformed_header_gets_the_one_body_and_its_own_cause(
    client: RestClient, admin: AdminClient, pattern: str, put: str, cause: str
) -> None:
    header = re.sub(pattern, put, client.authorization("POST", client.base_url + SUITEQL), count=1)
    answer = client.suiteql(ONE, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json() == SIGN_IN_BODY
    assert last_failure(admin) == cause


STATES: list[object] = [
    pytest.param(lambda admin: admin.revoke_token(), "token_rejected", id="token revoked"),
    pytest.param(lambda admin: admin.revoke_all_tokens(), "token_rejected", id="sandbox refreshed"),
    pytest.param(
        lambda admin: admin.set_integration_blocked(True), "consumer_key_refused", id="integration blocked"
    ),
    pytest.param(lambda admin: admin.set_role_inactive(True), "permission_denied", id="role inactive"),
    pytest.param(lambda admin: admin.set_user_inactive(True), "permission_denied", id="user inactive"),
    pytest.param(lambda admin: admin.set_feature("TBA", False), "FeatureDisabled", id="feature off"),
    pytest.param(
        lambda admin: admin.drop_permission("ADMI_LOGIN_OAUTH"), "permission_denied", id="may not log in"
    ),
]


@pytest.mark.parametrize(("prepare", "cause"), STATES)
def test_what_an_administrator_does_gets_the_one_body_and_its_own_cause(
    client: RestClient, admin: AdminClient, prepare: Prepare, cause: str
) -> None:
    prepare(admin)
    answer = client.suiteql(ONE)
    assert answer.status_code == 401
    assert answer.json() == SIGN_IN_BODY
    assert last_failure(admin) == cause


def test_user_access_tokens_also_lets_a_role_log_in(client: RestClient, admin: AdminClient) -> None:
    admin.drop_permission("ADMI_LOGIN_OAUTH")
    admin.grant_permission("ADMI_MANAGE_OWN_OAUTH_TOKENS")
    assert client.suiteql(ONE).status_code == 200


def test_a_role_that_may_not_log_in_may_get_a_400(client: RestClient, admin: AdminClient) -> None:
    admin.set_variant("login_missing", "400")
    admin.drop_permission("ADMI_LOGIN_OAUTH")
    assert refusal(client.suiteql(ONE))[:2] == (400, "USER_ERROR")


def test_the_trail_can_be_read_by_suiteql(client: RestClient, admin: AdminClient) -> None:
    assert client.suiteql(ONE, resource_owner_secret="wrong").status_code == 401
    found = client.items("SELECT status, detail, requesturi FROM loginaudit WHERE detail IS NOT NULL")
    assert {"links": [], "status": "Failure", "detail": "InvalidSignature", "requesturi": SUITEQL} in found
    assert all(each["detail"] != "realm_of_another_account" for each in found)
    admin.drop_permission("ADMI_AUDITLOGIN")
    assert "Record 'loginaudit' was not found" in refusal(client.suiteql("SELECT detail FROM loginaudit"))[2]


def test_five_failures_lock_the_user_where_the_variant_is_on(client: RestClient, admin: AdminClient) -> None:
    admin.set_variant("lock_user", "on")
    for _ in range(5):
        assert client.suiteql(ONE, resource_owner_secret="wrong").status_code == 401
    assert client.suiteql(ONE).json() == SIGN_IN_BODY
    assert last_failure(admin) == "temporary_locked"
    admin.set_clock_offset(31 * 60)
    assert client.suiteql(ONE, timestamp=str(now() + 31 * 60)).status_code == 200


def test_failures_lock_nobody_by_default(client: RestClient) -> None:
    for _ in range(6):
        assert client.suiteql(ONE, resource_owner_secret="wrong").status_code == 401
    assert client.suiteql(ONE).status_code == 200


def test_a_challenge_comes_only_where_the_variant_is_on(client: RestClient, admin: AdminClient) -> None:
    assert "WWW-Authenticate" not in client.suiteql(ONE, realm="X").headers
    admin.set_variant("www_authenticate", "on")
    assert client.suiteql(ONE, realm="X").headers["WWW-Authenticate"] == 'OAuth realm="1234567_SB1"'
