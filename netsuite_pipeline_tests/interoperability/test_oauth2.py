"""Assertions that our client signs are checked by joserfc, of which nothing is in client or emulator."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials
from netsuite_pipeline_tests.interoperability.comparing import assert_equal
from netsuite_pipeline_tests.interoperability.running import RunningServer, made_up_account, serving, sync
from netsuite_pipeline_tests.interoperability.server.bearing import TOKEN, NoToken, TokenDesk
from netsuite_pipeline_tests.interoperability.server.settings import Account, Habits

_URL = f"http://127.0.0.1:9{TOKEN}"


@dataclass(frozen=True)
class Pair:
    """An account with a certificate, and the variables of who has the key."""

    account: Account
    variables: dict[str, str]


@cache
def pair(kind: str) -> Pair:
    key = RSAKey.generate_key(3072) if kind == "RSA" else ECKey.generate_key(kind)
    account = replace(
        made_up_account(),
        client_id=secrets.token_hex(32),
        certificate_id=secrets.token_urlsafe(32),
        public_key=key.as_pem(private=False).decode(),
        rsa=kind == "RSA",
    )
    return Pair(
        account,
        {
            "NETSUITE_ACCOUNT_ID": account.realm,
            "NETSUITE_CLIENT_ID": account.client_id,
            "NETSUITE_CERTIFICATE_ID": account.certificate_id,
            "NETSUITE_PRIVATE_KEY": key.as_pem(private=True).decode(),
        },
    )


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "RSA"])
def test_what_we_sign_is_in_order_for_another_library(kind: str) -> None:
    mine = pair(kind)
    signed = OAuth2Credentials.from_variables(mine.variables).assertion(_URL, time.time())
    TokenDesk(mine.account, 1).check(_URL, signed)


@pytest.mark.parametrize(
    ("changed", "url", "now"),
    [
        pytest.param({"NETSUITE_CLIENT_ID": "f" * 64}, _URL, 0, id="client"),
        pytest.param({"NETSUITE_CERTIFICATE_ID": "another"}, _URL, 0, id="certificate"),
        pytest.param(
            {"NETSUITE_PRIVATE_KEY": pair("P-384").variables["NETSUITE_PRIVATE_KEY"]}, _URL, 0, id="key"
        ),
        pytest.param({}, "https://elsewhere/token", 0, id="audience"),
        pytest.param({}, _URL, -7200, id="a clock that is hours behind"),
        pytest.param({}, _URL, 7200, id="a clock that is hours ahead"),
    ],
)
def test_what_is_wrong_with_an_assertion_is_seen_there(changed: dict[str, str], url: str, now: int) -> None:
    mine = pair("P-256")
    credentials = OAuth2Credentials.from_variables({**mine.variables, **changed})
    with pytest.raises((JoseError, ValueError)):
        TokenDesk(mine.account, 1).check(_URL, credentials.assertion(url, time.time() + now))


def test_a_form_without_an_assertion_gets_no_token() -> None:
    with pytest.raises(NoToken, match="invalid_request"):
        TokenDesk(pair("P-256").account, 1).exchange(_URL, "grant_type=password")


@pytest.fixture
def forgetful(company: Path) -> Iterator[RunningServer]:
    """An account whose access tokens are refused after ten requests, though they were promised an hour."""
    with serving(company, Habits(token_uses=10), pair("P-256").account) as server:
        yield server


def _only(mine: Pair, server: RunningServer) -> dict[str, str]:
    """The variables of the certificate, without those of the token."""
    return {**dict.fromkeys(server.variables, ""), **mine.variables, "NETSUITE_BASE_URL": server.url}


def test_tokens_that_end_in_mid_sync_are_renewed_and_no_page_is_lost(
    forgetful: RunningServer, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    tables = ("transaction", "transactionline", "customer")
    selected = [word for table in tables for word in ("--select", table)]
    ran = sync(forgetful, warehouse, *selected, settings=_only(pair("P-256"), forgetful))
    assert ran.code == 0, ran.err
    assert_equal(forgetful.company, warehouse, tables)
    tokens = [one.status for one in forgetful.asked if one.path == TOKEN]
    refused = [one for one in forgetful.asked if one.status == 401]
    assert set(tokens) == {200}
    assert len(tokens) > 1
    assert refused


def test_a_key_that_is_not_the_certificates_ends_in_2_after_two_attempts(
    company: Path, tmp_path: Path
) -> None:
    mine, another = pair("P-256"), pair("P-384")
    wrong = replace(mine, variables={**another.variables, "NETSUITE_CLIENT_ID": mine.account.client_id})
    with serving(company, Habits(), mine.account) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", settings=_only(wrong, server))
        asked = server.asked
    assert ran.code == 2
    assert "NetSuite refuses the sign-in" in ran.err
    assert "PRIVATE KEY" not in ran.err
    assert 1 <= len([one for one in asked if one.path == TOKEN]) <= 2
    assert {one.path for one in asked} == {TOKEN}
