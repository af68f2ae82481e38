"""Sign-ins that a server accepts with oauthlib's own code, and the messages of those that it refuses."""

import secrets
import time
from pathlib import Path

import pytest
import requests
from requests_oauthlib import OAuth1

from netsuite_pipeline_tests.interoperability.running import serving, sync
from netsuite_pipeline_tests.interoperability.server.settings import Account, Habits
from netsuite_pipeline_tests.interoperability.server.signing import Gate

_ACCOUNT = Account("7654321_SB2", *(secrets.token_hex(32) for _ in range(4)))  # type: ignore[arg-type]
_URL = "http://127.0.0.1:9/services/rest/query/v1/suiteql?limit=5&offset=10"


def _signed(
    url: str = _URL, realm: str = _ACCOUNT.realm, method: str = "HMAC-SHA256", **more: str
) -> dict[str, str]:
    given = {"timestamp": f"{time.time():.0f}", "nonce": secrets.token_hex(10), **more}
    auth = OAuth1(
        _ACCOUNT.consumer_key,
        _ACCOUNT.consumer_secret,
        _ACCOUNT.token,
        _ACCOUNT.token_secret,
        signature_method=method,
        realm=realm,
        **given,
    )
    prepared = requests.Request("POST", url, auth=auth, json={"q": "SELECT id FROM customer"}).prepare()
    return {
        name: value if isinstance(value, str) else value.decode() for name, value in prepared.headers.items()
    }


def test_the_gate_lets_a_well_signed_request_in_once() -> None:
    gate, headers = Gate(_ACCOUNT), _signed()
    assert gate.admits(_URL, "POST", "", headers)
    assert not gate.admits(_URL, "POST", "", headers)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(_signed(realm="7654321-sb2"), id="realm as in the host"),
        pytest.param(_signed(method="HMAC-SHA1"), id="HMAC-SHA1"),
        pytest.param(_signed(timestamp="1508242306"), id="a clock that is off"),
        pytest.param(_signed(url=_URL.split("?")[0]), id="query not signed"),
        pytest.param({}, id="not signed at all"),
    ],
)
def test_the_gate_refuses(headers: dict[str, str]) -> None:
    assert not Gate(_ACCOUNT).admits(_URL, "POST", "", headers)


@pytest.mark.parametrize("variable", ["NETSUITE_TOKEN_SECRET", "NETSUITE_CONSUMER_KEY"])
def test_a_wrong_credential_ends_in_2_after_two_attempts(
    variable: str, small_company: Path, tmp_path: Path
) -> None:
    wrong = secrets.token_hex(32)
    with serving(small_company, Habits()) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", settings={variable: wrong})
        asked = server.asked
    assert ran.code == 2
    assert "NetSuite refuses the sign-in" in ran.err
    assert "Login Audit Trail" in ran.err
    assert wrong not in ran.out + ran.err
    assert [one.status for one in asked] == [401, 401]
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_another_spelling_of_the_account_signs_in_all_the_same(small_company: Path, tmp_path: Path) -> None:
    with serving(small_company, Habits()) as server:
        ran = sync(
            server,
            tmp_path / "warehouse.duckdb",
            "--select",
            "currency",
            settings={"NETSUITE_ACCOUNT_ID": " 7654321-sb2\n"},
        )
    assert ran.code == 0, ran.err


def test_a_missing_credential_ends_in_2_before_anything_is_sent(small_company: Path, tmp_path: Path) -> None:
    with serving(small_company, Habits()) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", settings={"NETSUITE_TOKEN_ID": ""})
        assert server.asked == []
    assert ran.code == 2
    assert "NETSUITE_TOKEN_ID is not set" in ran.err
