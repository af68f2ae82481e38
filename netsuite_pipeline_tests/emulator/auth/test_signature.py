"""Signatures are those of Oracle's worked examples, and headers are read as RFC 5849 says."""

from urllib.parse import parse_qsl

import pytest

from netsuite_pipeline.emulator.auth.request_credentials import PASSPORT_PARTS, passport_base_string
from netsuite_pipeline.emulator.auth.signature import (
    base_string,
    parse_authorization,
    sign,
    signature_matches,
)
from netsuite_pipeline.emulator.http.request import base_string_uri
from netsuite_pipeline.emulator.refusal import SignInRefused

# Oracle's own keys (NSH:section_1534941088); they open nothing.
CONSUMER_KEY = "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"
CONSUMER_SECRET = "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5"
TOKEN = "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"
TOKEN_SECRET = "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"
NONCE = "fjaLirsIcCGVZWzBX0pg"
TIMESTAMP = "1508242306"
OAUTH = {
    "oauth_consumer_key": CONSUMER_KEY,
    "oauth_token": TOKEN,
    "oauth_nonce": NONCE,
    "oauth_timestamp": TIMESTAMP,
    "oauth_signature_method": "HMAC-SHA256",
    "oauth_version": "1.0",
}
EMPLOYEE = "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40"
RESTLET = "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl"
SUITEQL = "https://123456.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql"

EXAMPLES = [
    pytest.param("GET", EMPLOYEE, "", "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY=", id="rest"),
    pytest.param(
        "POST",
        RESTLET,
        "script=6&deploy=1&customParam=someValue&testParam=someOtherValue",
        "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ=",
        id="restlet with query",
    ),
    pytest.param(
        "POST",
        SUITEQL,
        "limit=1000&offset=0",
        "K77GAJRnfr1XDIXWkDNFBb1G343XzZc397WHGpnHFF8=",
        id="suiteql with paging",
    ),
]


@pytest.mark.parametrize(("method", "uri", "query", "signature"), EXAMPLES)
def test_the_worked_examples_have_their_exact_signatures(
    method: str, uri: str, query: str, signature: str
) -> None:
    base = base_string(method, uri, [*parse_qsl(query), *OAUTH.items()])
    assert sign(base, CONSUMER_SECRET, TOKEN_SECRET) == signature
    given = OAUTH | {"realm": "123456", "oauth_signature": signature}
    secrets = {"consumer_secret": CONSUMER_SECRET, "token_secret": TOKEN_SECRET}
    assert signature_matches(given, method=method, uri=uri, query=query, **secrets)
    assert not signature_matches(given, method=method, uri=uri, query=f"{query}&x=1", **secrets)


def test_the_base_string_is_oracles_to_the_letter() -> None:
    assert base_string("GET", EMPLOYEE, OAUTH.items()) == (
        "GET&https%3A%2F%2F123456.suitetalk.api.netsuite.com%2Fservices%2Frest%2Frecord%2Fv1%2Femployee%2F40&"
        f"oauth_consumer_key%3D{CONSUMER_KEY}%26oauth_nonce%3D{NONCE}%26oauth_signature_method%3DHMAC-SHA256"
        f"%26oauth_timestamp%3D{TIMESTAMP}%26oauth_token%3D{TOKEN}%26oauth_version%3D1.0"
    )


def test_a_soap_passport_is_signed_with_the_same_key() -> None:
    values = ("123456", CONSUMER_KEY, TOKEN, NONCE, TIMESTAMP)
    base = passport_base_string(dict(zip(PASSPORT_PARTS, values, strict=False)))
    assert base == "&".join(values)
    assert sign(base, CONSUMER_SECRET, TOKEN_SECRET) == "tIcC5zyKUmycB5Ml/cNxOHDusw03Y5KPQiXVNUHHp4U="


@pytest.mark.parametrize(
    ("scheme", "host", "expected"),
    [
        ("http", "127.0.0.1:8080", "http://127.0.0.1:8080/p"),
        ("http", "Example.COM:80", "http://example.com/p"),
        ("https", "example.com:443", "https://example.com/p"),
        ("https", "example.com:80", "https://example.com:80/p"),
        ("HTTPS", "example.com", "https://example.com/p"),
    ],
)
def test_default_ports_are_dropped_from_what_is_signed(scheme: str, host: str, expected: str) -> None:
    assert base_string_uri(scheme, host, "/p") == expected


def test_equal_names_are_sorted_by_value_and_encoded_twice() -> None:
    assert base_string("get", "https://h/p", [("a", "z"), ("a", "b c"), ("A", "é")]).endswith(
        "&A%3D%25C3%25A9%26a%3Db%2520c%26a%3Dz"
    )


def header(**changed: str) -> str:
    values = {"realm": "123456", **OAUTH, "oauth_signature": "abc%3D"} | changed
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in values.items())


def test_a_header_is_taken_apart_and_decoded() -> None:
    found = parse_authorization(header())
    assert found == {"realm": "123456", **OAUTH, "oauth_signature": "abc="}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "MissingTokenPassportRequiredFields"),
        ("Bearer abc", "MissingTokenPassportRequiredFields"),
        ("OAuth ", "MissingTokenPassportRequiredFields"),
        (header(oauth_nonce=""), "MissingTokenPassportRequiredFields"),
        (header() + ', oauth_nonce="again"', "parameter_rejected"),
        (header(limit="1", offset="0"), "parameter_rejected"),
        ("OAuth realm=123456", "parameter_rejected"),
    ],
)
def test_a_header_that_is_none_says_what_it_lacks(text: str, cause: str) -> None:
    with pytest.raises(SignInRefused, match=cause):
        parse_authorization(text)
