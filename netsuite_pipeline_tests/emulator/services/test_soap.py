"""SOAP: a passport is checked as strictly as a header, and refused in faults."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.emulator.rest_client import SERVER_TIME, RestClient
from netsuite_pipeline_tests.emulator.soap_client import CORE, Fault, envelope, fault, passport, post

BAD_LOGIN = Fault("invalidCredentialsFault", "USER_ERROR", "Invalid login attempt.")


def last_failure(admin: AdminClient) -> str:
    return str([login for login in admin.login_audit() if login["status"] == "Failure"][-1]["detail"])


@pytest.mark.parametrize("algorithm", ["HMAC-SHA256", "HMAC_SHA256"])
def test_a_passport_is_accepted_and_answered_with_the_time_and_its_offset(
    emulator: EmulatorProcess, algorithm: str
) -> None:
    answer = post(emulator.env, envelope(passport(emulator.env, algorithm=algorithm)))
    assert answer.status_code == 200
    received = ElementTree.fromstring(answer.content).findtext(f".//{{{CORE}}}serverTime")
    moment = datetime.fromisoformat(str(received))
    assert moment.utcoffset() is not None
    assert abs(moment.timestamp() - time.time()) < 60


WRONG = [
    pytest.param({"signed_with": "wrong"}, "InvalidSignature", id="token secret"),
    pytest.param({"consumerKey": "f" * 64}, "consumer_key_unknown", id="consumer key"),
    pytest.param({"token": "f" * 64}, "token_rejected", id="token"),
    pytest.param({"account": "1234567_sb1"}, "realm_of_another_account", id="account in lower case"),
    pytest.param({"algorithm": "HMAC-SHA1"}, "UnknownAlgorithm", id="SHA-1"),
    pytest.param({"timestamp": str(int(time.time()) - 3600)}, "InvalidTimestamp", id="an hour ago"),
    pytest.param({"nonce": ""}, "MissingTokenPassportRequiredFields", id="no nonce"),
]


@pytest.mark.parametrize(("changed", "cause"), WRONG)
def test_a_wrong_passport_gets_the_one_fault_and_its_own_cause(
    emulator: EmulatorProcess, changed: dict[str, str], cause: str
) -> None:
    assert fault(post(emulator.env, envelope(passport(emulator.env, **changed)))) == BAD_LOGIN
    assert last_failure(emulator.admin) == cause


def test_a_request_without_a_passport_is_a_bad_login(emulator: EmulatorProcess) -> None:
    assert fault(post(emulator.env, envelope(""))) == BAD_LOGIN
    assert last_failure(emulator.admin) == "MissingTokenPassportRequiredFields"


def test_a_nonce_is_good_once_by_whichever_way(emulator: EmulatorProcess, client: RestClient) -> None:
    once: dict[str, Any] = {"nonce": f"nonce{time.time_ns()}"[:20], "timestamp": str(int(time.time()))}
    text = envelope(passport(emulator.env, **once))
    assert post(emulator.env, text).status_code == 200
    assert fault(post(emulator.env, text)) == BAD_LOGIN
    assert last_failure(emulator.admin) == "NonceUsed"
    assert client.suiteql("SELECT 1 AS probe FROM dual", **once).status_code == 401


AMBIGUOUS = [
    pytest.param(lambda one, other: one + other, {}, id="two passports"),
    pytest.param(lambda one, other: one + "<m:passport/>", {}, id="a password's passport"),
    pytest.param(lambda one, other: one + "<m:applicationInfo/>", {}, id="application info"),
    pytest.param(lambda one, other: one, {"Cookie": "JSESSIONID=abc"}, id="a session"),
    pytest.param(lambda one, other: one, {"Authorization": "OAuth realm"}, id="a header"),
]


@pytest.mark.parametrize(("header", "headers"), AMBIGUOUS)
def test_two_ways_to_sign_in_are_ambiguous(
    emulator: EmulatorProcess, header: Callable[[str, str], str], headers: dict[str, str]
) -> None:
    text = envelope(header(passport(emulator.env), passport(emulator.env)))
    assert fault(post(emulator.env, text, headers)) == Fault("", "", "Ambiguous authentication")


@pytest.mark.parametrize("code", ["INSUFFICIENT_PERMISSION", "WS_PERMISSION_REQD", "ROLE_REQUIRED"])
def test_a_role_without_the_permission_is_refused_soap_and_nothing_else(
    emulator: EmulatorProcess, client: RestClient, code: str
) -> None:
    emulator.admin.set_variant("soap_missing", code)
    emulator.admin.drop_permission("ADMI_WEBSERVICES")
    received = fault(post(emulator.env, envelope(passport(emulator.env))))
    assert (received.kind, received.code) == ("insufficientPermissionFault", code)
    assert client.get(SERVER_TIME).status_code == 200


def test_the_feature_off_is_a_fault_of_its_own(emulator: EmulatorProcess) -> None:
    emulator.admin.set_feature("SOAP", False)
    received = fault(post(emulator.env, envelope(passport(emulator.env))))
    assert (received.kind, received.code) == ("insufficientPermissionFault", "WS_FEATURE_REQD")


def test_without_a_slot_soap_faults_too(emulator: EmulatorProcess) -> None:
    emulator.admin.occupy(5)
    received = fault(post(emulator.env, envelope(passport(emulator.env))))
    assert (received.kind, received.code) == ("exceededConcurrentRequestLimitFault", "WS_REQUEST_BLOCKED")
    emulator.admin.set_variant("concurrency_refusal", "401")
    assert fault(post(emulator.env, envelope(passport(emulator.env)))) == BAD_LOGIN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no xml", "SAXParseException"),
        ("<a/>", "no SOAP envelope"),
    ],
)
def test_what_is_no_envelope_is_a_fault(emulator: EmulatorProcess, text: str, words: str) -> None:
    assert words in fault(post(emulator.env, text)).text


def test_another_operation_is_not_offered(emulator: EmulatorProcess) -> None:
    received = fault(post(emulator.env, envelope(passport(emulator.env), "<m:getAll/>")))
    assert received == Fault("", "", "No such operation 'getAll'")


def test_token_info_has_company_role_and_user(client: RestClient, admin: AdminClient) -> None:
    received = client.get("/rest/tokeninfo").json()
    assert (received["companyId"], received["roleName"], received["userName"]) == (
        "1234567_SB1",
        "Data pipeline",
        "Data pipeline user",
    )
    admin.set_variant("token_info", "missing")
    assert client.get("/rest/tokeninfo").status_code == 404
    admin.set_variant("token_info", "offered")
    admin.revoke_token()
    refused = client.get("/rest/tokeninfo")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "INVALID_LOGIN_ATTEMPT")
    admin.restore_token()
    admin.occupy(5)
    assert client.get("/rest/tokeninfo").json()["error"]["code"] == "SSS_REQUEST_LIMIT_EXCEEDED"
