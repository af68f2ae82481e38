"""Client credentials: the assertion, the token's reply, keys that NetSuite accepts, and the texts of refusals."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import jwt
import pytest

from netsuite_pipeline.netsuite.auth.access_token import GrantedToken, TokenReply
from netsuite_pipeline.netsuite.auth.oauth2 import TOKEN_PATH, OAuth2Credentials, lifetime, parse_token_reply
from netsuite_pipeline.netsuite.auth.signing_key import SigningKey
from netsuite_pipeline.netsuite.auth.variables import OAUTH2_VARIABLES
from netsuite_pipeline.netsuite.errors import (
    AccountIdError,
    ConfigurationError,
    NetSuiteError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import error_from_reply
from netsuite_pipeline_tests.netsuite.bodies import CONCURRENCY_BODY, LOGIN_BODY, MAINTENANCE, error_body
from netsuite_pipeline_tests.netsuite.keys import certificate_of, key_of, pem_of, public_pem_of
from netsuite_pipeline_tests.netsuite.token_server import CERTIFICATE_ID, CLIENT_ID, variables

HOST = "https://1234567-sb1.suitetalk.api.netsuite.com"
NOW = 1_700_000_000.9


def assertion_of(**changed: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    credentials = OAuth2Credentials.from_variables(variables(**changed))
    text = credentials.assertion(f"{HOST}{TOKEN_PATH}", NOW)
    key = credentials.key.key.public_key()
    claims = jwt.decode(
        text,
        key,
        algorithms=[credentials.key.algorithm],
        audience=f"{HOST}{TOKEN_PATH}",
        options={"verify_exp": False},
    )
    return jwt.get_unverified_header(text), claims


def test_the_assertion_has_the_claims_of_netsuites_help_and_no_more() -> None:
    header, claims = assertion_of()
    assert header == {"typ": "JWT", "alg": "ES256", "kid": CERTIFICATE_ID}
    assert claims == {
        "iss": CLIENT_ID,
        "scope": ["rest_webservices"],
        "aud": f"{HOST}{TOKEN_PATH}",
        "iat": 1_700_000_000,
        "exp": 1_700_000_300,
    }


@pytest.mark.parametrize(
    ("kind", "asked_for", "algorithm"),
    [
        ("P-256", "", "ES256"),
        ("P-384", "", "ES384"),
        ("P-521", "", "ES512"),
        ("3072", "", "PS256"),
        ("3072", " ps512\n", "PS512"),
        ("P-256", "es256", "ES256"),
    ],
)
def test_the_key_decides_the_algorithm(kind: str, asked_for: str, algorithm: str) -> None:
    header, _ = assertion_of(NETSUITE_PRIVATE_KEY=pem_of(kind), NETSUITE_SIGNING_ALGORITHM=asked_for)
    assert header["alg"] == algorithm


def one_line(pem: str) -> str:
    return pem.strip().replace("\n", " ")


@pytest.mark.parametrize(
    ("given", "password"),
    [
        (pem_of("P-256"), ""),
        (pem_of("P-256", form="TraditionalOpenSSL"), ""),
        (pem_of("P-256").replace("\n", "\r\n"), ""),
        (pem_of("P-256").strip().replace("\n", "\\n"), ""),
        ('"' + pem_of("P-256").replace("\n", "\\n") + '"', ""),
        (one_line(pem_of("P-256")), ""),
        (pem_of("P-256", "let me in"), "let me in"),
        (one_line(pem_of("P-256", "let me in")), "let me in"),
        (pem_of("P-256", "old form", form="TraditionalOpenSSL"), "old form"),
        (pem_of("P-256"), "not needed"),
    ],
    ids=[
        "PKCS8",
        "SEC1",
        "CRLF",
        "\\n",
        "quoted",
        "one line",
        "encrypted",
        "encrypted in one line",
        "old",
        "more",
    ],
)
def test_a_key_is_read_in_every_form(given: str, password: str, tmp_path: Path) -> None:
    wanted = key_of("P-256").private_numbers()
    assert SigningKey.read(given, password).key.private_numbers() == wanted
    file = tmp_path / "netsuite.pem"
    file.write_text(given)
    assert SigningKey.read(f" {file}\n", password).key.private_numbers() == wanted


@pytest.mark.parametrize(
    ("given", "password", "algorithm", "words"),
    [
        (pem_of("2048"), "", "", "has 2048 bits, and NetSuite takes none under 3072"),
        (pem_of("k1"), "", "", "curve secp256k1, which NetSuite does not take"),
        (pem_of("ed25519"), "", "", "neither an RSA nor an EC key"),
        (pem_of("P-256", "secret0"), "", "", "is encrypted, and NETSUITE_PRIVATE_KEY_PASSWORD is not set"),
        (pem_of("P-256", "secret0"), "wrong0", "", "NETSUITE_PRIVATE_KEY_PASSWORD does not decrypt"),
        (pem_of("P-256")[:80] + "\n-----END PRIVATE KEY-----", "", "", "no whole private key"),
        (public_pem_of("P-256"), "", "", "holds no private key in PEM but a public key"),
        (certificate_of("P-256", datetime(2026, 1, 1), 9), "", "", "but a certificate"),
        (pem_of("P-256", form="OpenSSH"), "", "", "but a openssh private key"),
        (pem_of("P-256"), "", "ES384", "'ES384', and this key signs with ES256"),
        (pem_of("3072"), "", "RS256", "'RS256', and this key signs with PS256 or PS384 or PS512"),
        ("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", "", "", "no PEM text, and its value is no file"),
        ("keys/none.pem", "", "", "'keys/none.pem' is no file that is there"),
    ],
)
def test_a_key_that_netsuite_does_not_accept_is_refused_with_the_reason(
    given: str, password: str, algorithm: str, words: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        SigningKey.read(given, password, algorithm)
    assert words in raised.value.message
    assert raised.value.remedy
    message = str(raised.value)
    secret = [*filter(None, (password, given if "BEGIN" not in given and "/" not in given else ""))]
    assert not [each for each in secret if each in message]


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        OAuth2Credentials.from_variables({"NETSUITE_CLIENT_ID": "c", "NETSUITE_PRIVATE_KEY": " \n"})
    assert raised.value.message == (
        "NETSUITE_ACCOUNT_ID, NETSUITE_CERTIFICATE_ID and NETSUITE_PRIVATE_KEY are not set "
        "(NETSUITE_CLIENT_ID is)."
    )


@pytest.mark.parametrize("name", OAUTH2_VARIABLES[1:3])
def test_a_value_with_a_blank_inside_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} has a blank") as raised:
        OAuth2Credentials.from_variables(variables(**{name: "abc hush"}))
    assert "hush" not in str(raised.value)


def test_the_account_id_is_checked_before_it_becomes_a_host() -> None:
    with pytest.raises(AccountIdError):
        OAuth2Credentials.from_variables(variables(NETSUITE_ACCOUNT_ID="evil.com/"))


def reply(status: int, body: bytes) -> TokenReply:
    failure = None if status == 200 else error_from_reply(status, body, endpoint=f"POST {TOKEN_PATH}")
    return TokenReply(status, body, failure, f"POST {TOKEN_PATH}")


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (200, b'{"token_type":"bearer"}', Unavailable, "grants no access token"),
        (200, b'{"access_token":" "}', Unavailable, "grants no access token"),
        (200, b"[]", Unavailable, "grants no access token"),
        (200, MAINTENANCE, Unavailable, "grants no access token"),
        (400, b'{"error":"invalid_grant"}', SignInError, "gives no access token: invalid_grant"),
        (401, b'{"error":"invalid_client"}', SignInError, "invalid_client"),
        (400, b'{"error":"invalid_scope","error_description":"No."}', SignInError, "invalid_scope: No."),
        (400, b'{"error":"unsupported_grant_type"}', SignInError, "unsupported_grant_type"),
        (400, b'{"error":"something_new"}', SignInError, "something_new"),
        (400, b'{"error":"temporarily_unavailable"}', Unavailable, "temporarily_unavailable"),
        (401, LOGIN_BODY, SignInError, "INVALID_LOGIN: Invalid login attempt"),
        (401, b"", SignInError, "gives no access token."),
        (403, error_body(403, "INSUFFICIENT_PERMISSION", "No."), SignInError, "INSUFFICIENT_PERMISSION"),
        (404, error_body(404, "NONEXISTENT", "No such thing."), SignInError, "NONEXISTENT"),
        (429, CONCURRENCY_BODY, Throttled, "more requests at once"),
        (429, b'{"error":"slow_down"}', Throttled, "more requests at once"),
        (500, b'{"error":"server_error"}', Unavailable, "500"),
        (503, MAINTENANCE, Unavailable, "503"),
        (302, b"", Unavailable, "redirects"),
        (400, MAINTENANCE, Unavailable, "Something other than NetSuite"),
        (403, MAINTENANCE, Unavailable, "keeps this machine out"),
    ],
)
def test_each_reply_of_the_token_endpoint_is_one_error(
    status: int, body: bytes, kind: type[NetSuiteError], words: str
) -> None:
    failure = parse_token_reply(reply(status, body))
    assert isinstance(failure, kind)
    assert words in failure.message
    assert failure.remedy
    assert (failure.status, failure.endpoint) == (status, f"POST {TOKEN_PATH}")


@pytest.mark.parametrize(
    ("code", "menu"),
    [
        ("invalid_client", "Setup > Integration > Manage Integrations"),
        ("invalid_grant", "neither revoked nor expired"),
        ("invalid_request", "clock"),
        ("invalid_scope", "check REST Web Services"),
        ("unauthorized_client", "check Client Credentials (Machine to Machine) Grant"),
        ("another", "Login Audit Trail"),
    ],
)
def test_a_refusal_names_the_likeliest_cause_and_the_others(code: str, menu: str) -> None:
    failure = parse_token_reply(reply(400, b'{"error":"%s"}' % code.encode()))
    assert isinstance(failure, SignInError)
    assert failure.code == code
    assert menu in failure.remedy
    assert "Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup" in failure.remedy
    assert "View Login Audit Trail" in failure.remedy


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        ("3600", 3600.0), (1800, 1800.0), (59.5, 59.5), (" 60 ", 60.0), (None, 3600.0), ("", 3600.0), ("soon", 3600.0),
        (0, 3600.0), (-5, 3600.0), (True, 3600.0), ({}, 3600.0), (float("nan"), 3600.0), ("inf", 3600.0),
        (10**9, 86400.0), (10**400, 3600.0),
    ],
)  # fmt: skip
def test_a_tokens_lifetime_is_expires_in_or_an_hour(expires_in: object, seconds: float) -> None:
    assert lifetime(expires_in) == seconds


def test_a_token_is_used_unchanged() -> None:
    granted = parse_token_reply(
        reply(200, b'{"access_token":" abc.def ","expires_in":60,"token_type":"bearer"}')
    )
    assert isinstance(granted, GrantedToken)
    assert (granted.value, granted.seconds) == ("abc.def", 60.0)


def test_neither_the_key_nor_an_id_is_shown() -> None:
    credentials = OAuth2Credentials.from_variables(variables(NETSUITE_PRIVATE_KEY_PASSWORD="hush0hush"))
    assert repr(credentials) == "OAuth2Credentials(account=Account(realm='1234567_SB1'))"
    assert {CLIENT_ID, CERTIFICATE_ID, pem_of("P-256"), "hush0hush"} <= set(credentials.secrets)
    shown = repr((credentials.key, credentials, credentials.sign_in_help))
    assert not [secret for secret in credentials.secrets if secret in shown]
