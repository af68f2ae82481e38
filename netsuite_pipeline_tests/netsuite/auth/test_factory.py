"""Credentials as people paste them, and signatures that equal Oracle's own."""

import base64
import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import TBA_VARIABLES
from netsuite_pipeline.netsuite.errors import AccountIdError, ConfigurationError
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.netsuite.keys import token_credentials
from netsuite_pipeline_tests.one_pass import in_one_pass

ORACLES = token_credentials(
    "123456",
    "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
    "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
    "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
    "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
)
REST = "https://123456.suitetalk.api.netsuite.com/services/rest"
SUITEQL = f"{REST}/query/v1/suiteql?limit=1000&offset=0"


@pytest.fixture
def oracles_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_nonce", lambda: "fjaLirsIcCGVZWzBX0pg")
    monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda: "1508242306")


def signed(
    method: str, url: str, credentials: TokenCredentials = ORACLES, json: object = None
) -> requests.PreparedRequest:
    return requests.Request(method, url, json=json, auth=credentials.signer()).prepare()


def parameters(request: requests.PreparedRequest) -> dict[str, str]:
    sent: str | bytes = request.headers["Authorization"]
    header = sent.decode() if isinstance(sent, bytes) else sent
    assert header.startswith("OAuth ")
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


@pytest.mark.usefixtures("oracles_moment")
@pytest.mark.parametrize(
    ("method", "url", "signature"),
    [
        ("GET", f"{REST}/record/v1/employee/40", "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="),
        (
            "POST",
            "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl"
            "?script=6&deploy=1&customParam=someValue&testParam=someOtherValue",
            "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ=",
        ),
        ("POST", SUITEQL, "K77GAJRnfr1XDIXWkDNFBb1G343XzZc397WHGpnHFF8="),
    ],
    ids=["REST", "RESTlet with query", "SuiteQL with limit and offset"],
)
def test_the_worked_examples_give_their_signatures(method: str, url: str, signature: str) -> None:
    assert parameters(signed(method, url))["oauth_signature"] == signature


@pytest.mark.usefixtures("oracles_moment")
def test_the_header_has_the_oauth_parameters_and_nothing_of_the_query() -> None:
    assert parameters(signed("POST", SUITEQL)) == {
        "realm": "123456",
        "oauth_consumer_key": ORACLES.consumer_key,
        "oauth_token": ORACLES.token_id,
        "oauth_nonce": "fjaLirsIcCGVZWzBX0pg",
        "oauth_timestamp": "1508242306",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_version": "1.0",
        "oauth_signature": "K77GAJRnfr1XDIXWkDNFBb1G343XzZc397WHGpnHFF8=",
    }


@pytest.mark.usefixtures("oracles_moment")
def test_the_body_is_not_signed_and_sent_untouched() -> None:
    bare = signed("POST", SUITEQL)
    full = signed("POST", SUITEQL, json={"q": "SELECT id FROM customer WHERE a = 'b&c=d'"})
    assert parameters(full) == parameters(bare)
    assert full.body == b'{"q": "SELECT id FROM customer WHERE a = \'b&c=d\'"}'
    assert full.url == SUITEQL


def test_the_realm_is_the_account_in_upper_case() -> None:
    sandbox = token_credentials("1234567-sb1", "a", "b", "c", "d")
    assert parameters(signed("GET", REST, sandbox))["realm"] == "1234567_SB1"


def test_each_call_signs_with_a_new_valid_nonce() -> None:
    request = signed("POST", SUITEQL)
    signer = ORACLES.signer()
    nonces = {parameters(signer(request.copy()))["oauth_nonce"] for _ in range(50)}
    assert len(nonces) == 50
    assert all(re.fullmatch("[A-Za-z0-9]{6,64}", nonce) for nonce in nonces)


def rfc5849_signature(method: str, url: str, header: dict[str, str], credentials: TokenCredentials) -> str:
    """The signature, made from the text of the standard alone."""

    def escaped(text: str) -> str:
        return quote(text, safe="-._~")

    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(name, value) for name, value in header.items() if name not in {"realm", "oauth_signature"}]
    joined = "&".join(f"{name}={value}" for name, value in sorted((escaped(n), escaped(v)) for n, v in pairs))
    base = "&".join(map(escaped, (method, f"{parts.scheme}://{parts.netloc}{parts.path}", joined)))
    key = f"{escaped(credentials.consumer_secret)}&{escaped(credentials.token_secret)}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha256)).decode()


visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@settings(max_examples=searches(60, 600))
@given(
    query=st.dictionaries(st.text("abcXYZ_", min_size=1, max_size=5), st.text(max_size=12), max_size=4),
    secrets=st.tuples(visible, visible, visible, visible),
)
def test_any_query_and_any_secrets_are_signed_by_the_standard(
    query: dict[str, str], secrets: tuple[str, str, str, str]
) -> None:
    credentials = token_credentials("123456", *secrets)
    request = requests.Request(
        "POST", f"{REST}/query", params=query, json={}, auth=credentials.signer()
    ).prepare()
    header = parameters(request)
    assert request.url is not None
    assert header["oauth_signature"] == rfc5849_signature("POST", request.url, header, credentials)


def variables(**changed: str) -> dict[str, str]:
    values = dict(zip(TBA_VARIABLES, ("1234567_SB1", "ck", "cs", "ti", "ts"), strict=True))
    return values | {f"NETSUITE_{name.upper()}": value for name, value in changed.items()}


def test_blanks_and_line_ends_around_pasted_values_are_dropped() -> None:
    pasted = {name: f"\t {value}\r\n" for name, value in variables().items()}
    assert TokenCredentials.from_variables(pasted) == TokenCredentials.from_variables(variables())
    assert token_credentials(" 1234567-sb1\n", "ck ", " cs", "ti\r\n", "\u00a0ts").secrets == (
        "ck",
        "cs",
        "ti",
        "ts",
    )


def test_all_missing_variables_are_named_at_once_with_those_that_are_there() -> None:
    with pytest.raises(ConfigurationError) as raised:
        TokenCredentials.from_variables({"NETSUITE_TOKEN_ID": "ti", "NETSUITE_TOKEN_SECRET": " \n"})
    assert raised.value.message == (
        "NETSUITE_ACCOUNT_ID, NETSUITE_CONSUMER_KEY, NETSUITE_CONSUMER_SECRET and NETSUITE_TOKEN_SECRET "
        "are not set (NETSUITE_TOKEN_ID is)."
    )
    assert "netsuite-pipeline emulator" in raised.value.remedy


@pytest.mark.parametrize("name", TBA_VARIABLES)
def test_a_single_missing_variable_is_named_alone(name: str) -> None:
    given = variables()
    del given[name]
    with pytest.raises(ConfigurationError, match=rf"^{name} is not set \("):
        TokenCredentials.from_variables(given)


def test_an_empty_environment_names_all_five() -> None:
    with pytest.raises(ConfigurationError) as raised:
        TokenCredentials.from_variables({})
    assert all(name in raised.value.message for name in TBA_VARIABLES)


def test_the_environment_is_read_when_no_variables_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    assert TokenCredentials.from_variables().account.realm == "1234567_SB1"


@in_one_pass("value", ["hush hush", "hush\nhush", "hush\u200bhush", "hush\u00a0hush", "hu\x00sh"])
@in_one_pass("name", TBA_VARIABLES[1:])
def test_a_blank_inside_a_secret_is_refused_without_showing_it(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        TokenCredentials.from_variables(variables() | {name: value})
    assert name in raised.value.message
    assert "hu" not in str(raised.value).replace("NetSuite", "")


def test_a_wrong_account_id_is_its_own_error() -> None:
    with pytest.raises(AccountIdError):
        TokenCredentials.from_variables(variables(account_id="evil.com/"))


def test_no_secret_is_in_any_repr() -> None:
    shown = repr((ORACLES, ORACLES.signer(), vars(ORACLES.signer()), str(ORACLES), f"{ORACLES.signer()}"))
    assert "123456" in shown
    assert not [secret for secret in ORACLES.secrets if secret in shown]
