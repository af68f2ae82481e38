"""OAuth 2.0 client credentials: every wrong claim is refused, and only the Login Audit Trail says which."""

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
import requests
from joserfc.jwk import ECKey, OctKey, RSAKey

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.emulator.assertions import (
    Key,
    access_token,
    assertion,
    endpoint,
    request_token,
    with_bearer,
)
from netsuite_pipeline_tests.emulator.rest_client import (
    SERVER_TIME,
    SIGN_IN_BODY,
    SUITEQL,
    RestClient,
    refusal,
)
from netsuite_pipeline_tests.emulator.soap_client import envelope, fault, post

NOW = int(time.time())


@pytest.fixture
def env(emulator: EmulatorProcess) -> Mapping[str, str]:
    return emulator.env_of("oauth2")


@cache
def another_key() -> ECKey:
    return ECKey.generate_key("P-256")


@cache
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(3072)


def last_failure(admin: AdminClient) -> Mapping[str, Any]:
    return [login for login in admin.login_audit() if login["status"] == "Failure"][-1]


def status_and_error(answer: requests.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"error"}, "the cause is never sent"
    return answer.status_code, str(answer.json()["error"])


def test_an_assertion_is_exchanged_for_a_token_that_lets_in(env: Mapping[str, str]) -> None:
    answer = request_token(env, assertion(env))
    assert answer.status_code == 200
    given = answer.json()
    assert (given["expires_in"], given["token_type"]) == ("3600", "bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    found = requests.post(
        env["NETSUITE_BASE_URL"] + SUITEQL,
        json={"q": "SELECT 1 AS probe FROM dual"},
        headers={"Prefer": "transient", "Authorization": f"Bearer {given['access_token']}"},
        timeout=200,
    )
    assert found.json()["items"] == [{"links": [], "probe": "1"}]


@pytest.mark.parametrize(
    "scope", ["rest_webservices", ["rest_webservices"]], ids=["as the page says", "as its example"]
)
def test_both_spellings_of_the_scope_are_taken(env: Mapping[str, str], scope: object) -> None:
    assert request_token(env, assertion(env, scope=scope)).status_code == 200


def test_an_hour_is_the_longest_that_an_assertion_may_be_good(env: Mapping[str, str]) -> None:
    now = int(time.time())
    assert request_token(env, assertion(env, iat=now, exp=now + 3600)).status_code == 200
    assert status_and_error(request_token(env, assertion(env, iat=now, exp=now + 3601))) == (
        400,
        "invalid_grant",
    )


WRONG_CLAIMS = [
    pytest.param({"aud": "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"}, "invalid_grant", "InvalidAudience", id="another host"),
    pytest.param({"aud": None}, "invalid_grant", "InvalidAudience", id="no audience"),
    pytest.param({"exp": NOW - 1}, "invalid_grant", "AssertionExpired", id="expired"),
    pytest.param({"exp": None}, "invalid_grant", "MissingTime", id="no end"),
    pytest.param({"iat": None}, "invalid_grant", "MissingTime", id="no beginning"),
    pytest.param({"iat": NOW + 5000, "exp": NOW + 5300}, "invalid_grant", "IssuedInTheFuture", id="a clock that is ahead"),
    pytest.param({"scope": "restlets"}, "invalid_scope", "ScopeMismatched", id="a scope that the integration has not"),
    pytest.param({"scope": ""}, "invalid_scope", "InvalidScope", id="no scope"),
    pytest.param({"scope": 7}, "invalid_scope", "InvalidScope", id="a scope that is none"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "error", "cause"), WRONG_CLAIMS)
def test_a_wrong_claim_is_refused(
    env: Mapping[str, str], admin: AdminClient, changed: dict[str, Any], error: str, cause: str
) -> None:
    assert status_and_error(request_token(env, assertion(env, **changed))) == (400, error)
    assert last_failure(admin)["detail"] == cause
    assert last_failure(admin)["user"] is not None


def test_an_unknown_client_is_refused_with_another_word(env: Mapping[str, str], admin: AdminClient) -> None:
    assert status_and_error(request_token(env, assertion(env, iss="f" * 64))) == (401, "invalid_client")
    assert last_failure(admin)["detail"] == "InvalidIntegration"


WRONG_SIGNATURES = [
    pytest.param({"kid": "nosuch"}, None, "CertificateUnknown", id="unknown certificate"),
    pytest.param({}, another_key, "InvalidSignature", id="another key"),
    pytest.param({"alg": "PS256"}, rsa_key, "InvalidSignature", id="an algorithm that the key does not fit"),
    pytest.param({"alg": "RS256"}, rsa_key, "UnknownAlgorithm", id="RS256"),
    pytest.param({"alg": "HS256"}, lambda: OctKey.import_key("k" * 64), "UnknownAlgorithm", id="HS256"),
    pytest.param({"typ": "at+jwt"}, None, "UnknownAlgorithm", id="another type"),
]


@pytest.mark.parametrize(("header", "key", "cause"), WRONG_SIGNATURES)
def test_a_wrong_signature_is_refused(
    env: Mapping[str, str],
    admin: AdminClient,
    header: dict[str, str],
    key: Callable[[], Key] | None,
    cause: str,
) -> None:
    signed = assertion(env, key() if key else None, header)
    assert status_and_error(request_token(env, signed)) == (400, "invalid_grant")
    assert last_failure(admin)["detail"] == cause


def test_a_changed_claim_breaks_the_signature(env: Mapping[str, str], admin: AdminClient) -> None:
    header, _, signature = assertion(env).split(".")
    claims = assertion(env, exp=int(time.time()) + 301).split(".")[1]
    assert status_and_error(request_token(env, f"{header}.{claims}.{signature}")) == (400, "invalid_grant")
    assert last_failure(admin)["detail"] == "InvalidSignature"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion": "a.b"}, "invalid_request"),
        ({"client_assertion": "a.b.c"}, "invalid_request"),
        ({"client_assertion": "W10.W10.W10"}, "invalid_request"),
    ],
)
def test_a_form_that_is_none_is_refused(env: Mapping[str, str], form: dict[str, str], error: str) -> None:
    assert status_and_error(request_token(env, assertion(env), **form)) == (400, error)


def test_only_a_form_is_taken(env: Mapping[str, str]) -> None:
    sent = {"grant_type": "client_credentials", "client_assertion": assertion(env)}
    assert status_and_error(requests.post(endpoint(env), json=sent, timeout=200)) == (400, "invalid_request")
    assert requests.get(endpoint(env), timeout=200).status_code == 405


BROKEN = [
    pytest.param(lambda admin: admin.revoke_certificate(), "invalid_grant", "CertificateRevoked", "CertificateRevoked", id="certificate revoked"),
    pytest.param(lambda admin: admin.revoke_all_tokens(), "invalid_grant", "CertificateRevoked", "TokenRejected", id="sandbox refreshed"),
    pytest.param(lambda admin: admin.set_integration_blocked(True), "invalid_client", "IntegrationBlocked", "IntegrationBlocked", id="integration blocked"),
    pytest.param(lambda admin: admin.set_feature("OAUTH2", False), "invalid_grant", "FeatureDisabled", "FeatureDisabled", id="feature off"),
    pytest.param(lambda admin: admin.set_role_inactive(True), "invalid_grant", "EntityOrRoleDisabled", "EntityOrRoleDisabled", id="role inactive"),
    pytest.param(lambda admin: admin.set_user_inactive(True), "invalid_grant", "EntityOrRoleDisabled", "EntityOrRoleDisabled", id="user inactive"),
    pytest.param(lambda admin: admin.drop_permission("ADMI_LOGIN_OAUTH2"), "invalid_grant", "permission_denied", "permission_denied", id="permission lost"),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "error", "at_the_endpoint", "with_a_token"), BROKEN)
def test_what_ends_the_sign_in_ends_tokens_given_out_too(
    env: Mapping[str, str],
    admin: AdminClient,
    break_it: Callable[[AdminClient], None],
    error: str,
    at_the_endpoint: str,
    with_a_token: str,
) -> None:
    token = access_token(env)
    assert with_bearer(env, SERVER_TIME, token).status_code == 200
    break_it(admin)
    answer = with_bearer(env, SERVER_TIME, token)
    assert (answer.status_code, answer.json()) == (401, SIGN_IN_BODY)
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="1234567_SB1", error="invalid_token", error_description="Invalid login attempt."'
    )
    assert last_failure(admin)["detail"] == with_a_token
    status = 401 if error == "invalid_client" else 400
    assert status_and_error(request_token(env, assertion(env))) == (status, error)
    assert last_failure(admin)["detail"] == at_the_endpoint


def test_without_the_grants_box_nobody_gets_a_token(env: Mapping[str, str], admin: AdminClient) -> None:
    admin.set_client_credentials(False)
    assert status_and_error(request_token(env, assertion(env))) == (401, "invalid_client")


def test_an_expired_certificate_gives_no_tokens_and_ends_none(
    env: Mapping[str, str], admin: AdminClient
) -> None:
    token = access_token(env)
    admin.expire_certificate(-1)
    assert status_and_error(request_token(env, assertion(env))) == (400, "invalid_grant")
    assert last_failure(admin)["detail"] == "CertificateExpired"
    assert with_bearer(env, SERVER_TIME, token).status_code == 200


def test_revoking_may_spare_the_tokens_given_out(env: Mapping[str, str], admin: AdminClient) -> None:
    admin.set_variant("revoked_certificate", "spares_tokens")
    token = access_token(env)
    admin.revoke_certificate()
    assert with_bearer(env, SERVER_TIME, token).status_code == 200
    admin.set_variant("assertion_refused", "invalid_client")
    assert status_and_error(request_token(env, assertion(env))) == (401, "invalid_client")


def test_a_token_ends_by_time_and_by_hand(env: Mapping[str, str], admin: AdminClient) -> None:
    admin.set_access_token_seconds(60)
    answer = request_token(env, assertion(env)).json()
    assert answer["expires_in"] == "60"
    admin.set_clock_offset(61)
    assert with_bearer(env, SERVER_TIME, answer["access_token"]).status_code == 401
    assert last_failure(admin)["detail"] == "AccessTokenExpired"
    admin.set_clock_offset(0)
    assert with_bearer(env, SERVER_TIME, answer["access_token"]).status_code == 200
    admin.expire_access_tokens()
    assert with_bearer(env, SERVER_TIME, answer["access_token"]).status_code == 401
    assert with_bearer(env, SERVER_TIME, access_token(env)).status_code == 200


def test_a_bearer_has_the_mapped_roles_permissions_and_slots(
    env: Mapping[str, str], admin: AdminClient
) -> None:
    token = access_token(env)
    admin.drop_permission("ADMI_RESTWEBSERVICES")
    limits = "/services/rest/system/v1/governanceLimits"
    assert refusal(with_bearer(env, limits, token))[:2] == (400, "USER_ERROR")
    admin.occupy(5)
    assert with_bearer(env, SERVER_TIME, token).status_code == 429


def test_tba_goes_on_without_oauth2_and_the_other_way_round(
    env: Mapping[str, str], client: RestClient, admin: AdminClient
) -> None:
    admin.set_feature("OAUTH2", False)
    assert client.get(SERVER_TIME).status_code == 200
    admin.set_feature("OAUTH2", True)
    admin.set_feature("TBA", False)
    assert with_bearer(env, SERVER_TIME, access_token(env)).status_code == 200


def test_soap_and_restlets_take_no_token_of_this_scope(env: Mapping[str, str], admin: AdminClient) -> None:
    token = access_token(env)
    answer = with_bearer(env, "/rest/tokeninfo", token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_LOGIN_ATTEMPT")
    assert last_failure(admin)["detail"] == "ScopeMismatched"
    assert (
        fault(post(env, envelope(""), {"Authorization": f"Bearer {token}"})).kind == "invalidCredentialsFault"
    )


def test_the_token_endpoint_can_be_made_to_fail(env: Mapping[str, str], admin: AdminClient) -> None:
    admin.fail_next(1, "unavailable", "oauth2")
    admin.add_fault("throttled", matching="oauth2")
    assert [request_token(env, assertion(env)).status_code for _ in range(3)] == [503, 429, 200]


def test_failures_lock_the_user_where_the_account_counts_them(
    env: Mapping[str, str], admin: AdminClient
) -> None:
    admin.set_variant("lock_user", "on")
    for _ in range(5):
        request_token(env, assertion(env, aud="https://elsewhere"))
    assert status_and_error(request_token(env, assertion(env))) == (400, "invalid_grant")
    assert last_failure(admin)["detail"] == "temporary_locked"
