"""The token passport by Oracle's own worked example, and the reading of SOAP's replies and faults."""

from datetime import datetime
from xml.etree import ElementTree

import pytest

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.probes.soap import (
    Fault,
    fault_error,
    read_server_time,
    server_time_request,
    signature,
    without,
)
from netsuite_pipeline_tests.netsuite.keys import token_credentials

# Oracle's keys and the signature that follows from them: NSH:section_1534941088, checked in facts 1.3 (3).
ORACLES = token_credentials(
    "123456",
    "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
    "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
    "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
    "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
)
NONCE, STAMP = "fjaLirsIcCGVZWzBX0pg", "1508242306"
SIGNATURE = "tIcC5zyKUmycB5Ml/cNxOHDusw03Y5KPQiXVNUHHp4U="

DATE = datetime(2025, 3, 26, 16, 21)


def reply(inside: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soapenv:Body>{inside}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def time_reply(server_time: str) -> bytes:
    return reply(
        '<getServerTimeResponse xmlns="urn:messages_2025_2.platform.webservices.netsuite.com">'
        '<p:getServerTimeResult xmlns:p="urn:core_2025_2.platform.webservices.netsuite.com">'
        f'<p:status isSuccess="true"/><p:serverTime>{server_time}</p:serverTime>'
        "</p:getServerTimeResult></getServerTimeResponse>"
    )


def fault_reply(kind: str, code: str, text: str) -> bytes:
    detail = (
        f'<f:{kind} xmlns:f="urn:faults_2025_2.platform.webservices.netsuite.com">'
        f"<f:code>{code}</f:code><f:message>{text}</f:message></f:{kind}>"
    )
    return reply(
        "<soapenv:Fault><faultcode>soapenv:Server.userException</faultcode>"
        f"<faultstring>{text}</faultstring><detail>{detail if kind else ''}"
        '<ns1:hostname xmlns:ns1="http://xml.apache.org/axis/">partners030</ns1:hostname>'
        "</detail></soapenv:Fault>"
    )


def test_the_signature_is_oracles() -> None:
    assert signature(ORACLES, NONCE, STAMP) == SIGNATURE


def test_the_passport_has_its_parts_in_oracles_order_and_nothing_secret() -> None:
    body = server_time_request(ORACLES, NONCE, STAMP)
    header, asked = ElementTree.fromstring(body)
    assert [each.tag.rpartition("}")[2] for each in header] == ["tokenPassport"]
    parts = [(each.tag.rpartition("}")[2], each.text) for each in header[0]]
    assert parts == [
        ("account", "123456"),
        ("consumerKey", ORACLES.consumer_key),
        ("token", ORACLES.token_id),
        ("nonce", NONCE),
        ("timestamp", STAMP),
        ("signature", SIGNATURE),
    ]
    assert header[0][-1].attrib == {"algorithm": "HMAC-SHA256"}
    assert asked[0].tag == "{urn:messages_2025_2.platform.webservices.netsuite.com}getServerTime"
    assert ORACLES.consumer_secret.encode() not in body
    assert ORACLES.token_secret.encode() not in body


@pytest.mark.parametrize(
    "server_time", ["2025-03-26T09:21:00.000-07:00", "2025-03-26T16:21:00.000Z", " 2025-03-26T16:21:00 "]
)
def test_a_time_in_any_zone_is_read_as_utc(server_time: str) -> None:
    assert read_server_time(200, time_reply(server_time)) == DATE


REFUSALS = [
    ("invalidCredentialsFault", "USER_ERROR", "Invalid login attempt.", SignInError),
    ("", "", "Invalid login attempt.", SignInError),
    ("invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS", "No.", SignInError),
    ("insufficientPermissionFault", "INSUFFICIENT_PERMISSION", "No.", PermissionDenied),
    ("insufficientPermissionFault", "ROLE_REQUIRED", "No.", PermissionDenied),
    # open question 6: with which kind of fault these codes come
    ("invalidCredentialsFault", "WS_PERMISSION_REQD", "No.", PermissionDenied),
    ("invalidCredentialsFault", "WS_FEATURE_REQD", "No.", PermissionDenied),
    ("exceededConcurrentRequestLimitFault", "WS_REQUEST_BLOCKED", "No.", Throttled),
    ("exceededRequestLimitFault", "USER_ERROR", "No.", Throttled),
    ("unexpectedErrorFault", "UNEXPECTED_ERROR", "An unexpected error occurred.", Unavailable),
    ("", "", "Ambiguous authentication", QueryError),
]


@pytest.mark.parametrize(("kind", "code", "text", "expected"), REFUSALS)
def test_a_fault_is_raised_by_its_kind(
    kind: str, code: str, text: str, expected: type[NetSuiteError]
) -> None:
    with pytest.raises(NetSuiteError) as raised:
        read_server_time(500, fault_reply(kind, code, text), date=DATE)
    assert type(raised.value) is expected
    assert (raised.value.code, raised.value.detail, raised.value.date) == (code, text, DATE)
    assert raised.value.endpoint == "POST /services/NetSuitePort_2025_2 getServerTime"


@pytest.mark.parametrize(
    ("code", "words"), [("WS_FEATURE_REQD", "Enable Features"), ("INSUFFICIENT_PERMISSION", "Manage Roles")]
)
def test_a_missing_feature_and_a_missing_permission_are_fixed_in_their_own_menus(
    code: str, words: str
) -> None:
    error = fault_error(Fault("insufficientPermissionFault", code, "No."), status=500)
    assert words in error.remedy


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html><body>Log in</body></html>", Unavailable),
        (200, b"no xml", Unavailable),
        (200, b"", Unavailable),
        (200, time_reply("soon"), Unavailable),
        (503, b"<html>Maintenance</html>", Unavailable),
        (404, b'{"title":"Not Found","o:errorDetails":[{"detail":"x","o:errorCode":"NONEXISTENT_ID"}]}', QueryError),
        (401, b"", SignInError),
        (302, b"", Unavailable),
    ],
)  # fmt: skip
def test_a_reply_without_soap_is_raised_by_its_http_status(
    status: int, body: bytes, expected: type[NetSuiteError]
) -> None:
    with pytest.raises(NetSuiteError) as raised:
        read_server_time(status, body)
    assert type(raised.value) is expected


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "16:21">]>' + time_reply("2025-03-26T&b;:00")
    with pytest.raises(Unavailable):
        read_server_time(200, bomb)


def test_a_page_that_repeats_the_passport_shows_nothing_of_it() -> None:
    echo = f"<html>You sent {ORACLES.token_id} and {SIGNATURE}.</html>".encode()
    with pytest.raises(NetSuiteError) as raised:
        read_server_time(403, without(echo, ORACLES.secrets))
    assert "You sent (left out) and (left out)" in raised.value.detail
    for secret in (*ORACLES.secrets, SIGNATURE):
        assert secret not in str(raised.value) + raised.value.detail
