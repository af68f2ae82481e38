"""All kinds of credentials against the emulator, which verifies what they sign by code of its own."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import SignInError
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.keys import pem_of

SQL = "SELECT id FROM customer ORDER BY id"
KINDS = ("tba", "oauth2", "nango", "nango_oauth2")
SETTINGS = ClientSettings(sign_in_pause_seconds=0.05)


def client_for(env: Mapping[str, str], **changed: str) -> NetSuiteClient:
    return client_from_environment({**env, **changed}, SETTINGS)


def refusals(emulator: EmulatorProcess) -> int:
    return sum(login["status"] == "Failure" for login in emulator.admin.login_audit())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_signs_in_and_uses_soap_if_it_has_a_passport(emulator: EmulatorProcess, kind: str) -> None:
    with client_for(emulator.env_of(kind)) as client:
        assert client.credentials.kind == kind.split("_")[0]
        assert client.account.realm == emulator.env["NETSUITE_ACCOUNT_ID"]
        assert client.fetch_page(SQL, limit=5).rows
        if client.credentials.passport is None:
            assert kind in {"oauth2", "nango_oauth2"}
        else:
            apart = client.probes.soap_server_time() - client.server_time()
            assert abs(apart) < timedelta(seconds=60)


@pytest.mark.parametrize("kind", ["oauth2", "nango_oauth2"])
def test_access_tokens_that_expire_during_a_sync_lose_no_page(emulator: EmulatorProcess, kind: str) -> None:
    with ExitStack() as stack:
        client = stack.enter_context(client_for(emulator.env_of(kind)))
        pool = stack.enter_context(ThreadPoolExecutor(8))
        wanted = client.fetch_page(SQL).rows
        emulator.admin.set_latency(10)
        futures = [pool.submit(client.fetch_page, SQL) for _ in range(80)]
        for place in (20, 50):
            futures[place].result(20)
            emulator.admin.expire_access_tokens()
        assert [future.result(20).rows for future in futures] == [wanted] * 80


def test_a_revoked_certificate_is_refused_at_most_twice(emulator: EmulatorProcess) -> None:
    env = emulator.env_of("oauth2")
    emulator.admin.revoke_certificate()
    before = refusals(emulator)
    with client_for(env) as client, ThreadPoolExecutor(8) as pool:
        errors = [future.exception(20) for future in [pool.submit(client.fetch_page, SQL) for _ in range(16)]]
    assert {type(error) for error in errors} == {SignInError}
    assert refusals(emulator) - before <= 2


@pytest.mark.parametrize(
    "changed",
    [
        {"NETSUITE_CERTIFICATE_ID": "another"},
        {"NETSUITE_CLIENT_ID": "f" * 64},
        {"NETSUITE_PRIVATE_KEY": pem_of("P-256")},
        {"NETSUITE_PRIVATE_KEY": pem_of("P-384")},
    ],
    ids=["certificate id", "client id", "key", "algorithm"],
)
def test_whatever_is_wrong_is_a_refused_sign_in_with_oauths_word(
    emulator: EmulatorProcess, changed: dict[str, str]
) -> None:
    with client_for(emulator.env_of("oauth2"), **changed) as client, pytest.raises(SignInError) as raised:
        client.fetch_page(SQL)
    assert raised.value.code.startswith("invalid_")
    assert "M2M" in raised.value.remedy
    assert raised.value.date is not None


@pytest.mark.parametrize("seconds", [-1200, 1200])
def test_a_wrong_clock_is_refused_and_measured(emulator: EmulatorProcess, seconds: int) -> None:
    emulator.admin.set_clock_offset(seconds)
    with client_for(emulator.env_of("oauth2")) as client:
        with pytest.raises(SignInError):
            client.fetch_page(SQL)
        assert client.clock_offset == pytest.approx(-seconds, abs=5)


def test_a_token_that_was_rotated_in_nango_is_used_during_a_sync(emulator: EmulatorProcess) -> None:
    with client_for(emulator.env_of("nango")) as client:
        assert client.fetch_page(SQL, limit=5).rows
        emulator.admin.rotate_token()
        assert client.fetch_page(SQL, limit=5).rows
