"""The finding `credentials` of OAuth 2.0 and of Nango: what is wrong is said before NetSuite is asked."""

from datetime import datetime

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes.credentials_check import check_credentials, uses_tba
from netsuite_pipeline_tests.netsuite.keys import certificate_of, pem_of, public_pem_of

BEGINS = datetime(2026, 11, 1)
M2M = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CLIENT_ID": "c1" * 32,
    "NETSUITE_CERTIFICATE_ID": "A-certificate-id-as-NetSuite-gives-it",
    "NETSUITE_PRIVATE_KEY": pem_of("P-256"),
}
OWN, OTHERS = (certificate_of(kind, BEGINS, 365) for kind in ("P-256", "P-384"))
ENCRYPTED = pem_of("P-256", "right")

CASES = {
    "all right": ({}, State.OK, "(ES256)"),
    "its certificate": ({"NETSUITE_CERTIFICATE": OWN}, State.OK, "belongs to the key"),
    "another curve": ({"NETSUITE_PRIVATE_KEY": pem_of("P-521")}, State.OK, "(ES512)"),
    "another key certificate": ({"NETSUITE_CERTIFICATE": OTHERS}, State.WARNING, "does not belong to NETSUITE_PRIVATE_KEY"),
    "a malformed account id is a finding of its own": ({"NETSUITE_ACCOUNT_ID": "a/b"}, State.OK, "OAuth 2.0"),
    "no certificate id": ({"NETSUITE_CERTIFICATE_ID": ""}, State.FAILED, "NETSUITE_CERTIFICATE_ID is not set"),
    "client id cut": ({"NETSUITE_CLIENT_ID": "c1" * 31}, State.WARNING, "NETSUITE_CLIENT_ID has 62 characters."),
    "one pasted twice": ({"NETSUITE_CERTIFICATE_ID": "c1" * 32}, State.WARNING, "NETSUITE_CLIENT_ID and NETSUITE_CERTIFICATE_ID have the same value."),
    "the certificate as the key": ({"NETSUITE_PRIVATE_KEY": OWN}, State.FAILED, "no private key"),
    "the public key as the key": ({"NETSUITE_PRIVATE_KEY": public_pem_of("P-256")}, State.FAILED, "no private key"),
    "a file that is not there": ({"NETSUITE_PRIVATE_KEY": "nowhere/private.pem"}, State.FAILED, "no file that is there"),
    "cut": ({"NETSUITE_PRIVATE_KEY": pem_of("P-256")[:80] + "\n-----END PRIVATE KEY-----"}, State.FAILED, "no whole private key"),
    "password missing": ({"NETSUITE_PRIVATE_KEY": ENCRYPTED}, State.FAILED, "is not set"),
    "password wrong": ({"NETSUITE_PRIVATE_KEY": ENCRYPTED, "NETSUITE_PRIVATE_KEY_PASSWORD": "wrong"}, State.FAILED, "does not decrypt"),
    "RSA too short": ({"NETSUITE_PRIVATE_KEY": pem_of("2048")}, State.FAILED, "2048 bits"),
    "a curve that NetSuite does not take": ({"NETSUITE_PRIVATE_KEY": pem_of("k1")}, State.FAILED, "secp256k1"),
    "two kinds": ({"NETSUITE_TOKEN_ID": "c3" * 32}, State.FAILED, "More than one kind"),
}  # fmt: skip


def reported(finding: Finding) -> str:
    return " ".join((finding.seen, *(cause.as_text for cause in finding.causes)))


@pytest.mark.parametrize(("changed", "state", "words"), CASES.values(), ids=CASES)
def test_what_is_set_is_checked_before_it_is_used(changed: dict[str, str], state: State, words: str) -> None:
    found = check_credentials(M2M | changed)
    assert found.state is state
    assert words in reported(found)
    assert bool(found.remedy) is (state is not State.OK)
    assert not uses_tba(found)


@pytest.mark.parametrize(("changed", "state", "words"), CASES.values(), ids=CASES)
def test_no_value_is_ever_shown(changed: dict[str, str], state: State, words: str) -> None:
    values = {**M2M, **changed}
    emitted = str(check_credentials(values))
    for name in ("NETSUITE_CLIENT_ID", "NETSUITE_CERTIFICATE_ID", "NETSUITE_PRIVATE_KEY_PASSWORD"):
        assert not values.get(name) or values[name] not in emitted
    for line in values["NETSUITE_PRIVATE_KEY"].splitlines()[1:]:
        assert line not in emitted


def test_nango_is_asked_what_it_keeps(emulator: EmulatorProcess) -> None:
    by_token, by_oauth2 = (check_credentials(emulator.env_of(kind)) for kind in ("nango", "nango_oauth2"))
    assert (by_token.state, by_oauth2.state) == (State.OK, State.OK)
    assert by_token.facts["realm"] == by_oauth2.facts["realm"] == emulator.account_id
    assert uses_tba(by_token)
    assert not uses_tba(by_oauth2)


NANGO = {
    "another connection": ({"NANGO_CONNECTION_ID": "nobody"}, ("", ""), "no connection 'nobody'", "NANGO_CONNECTION_ID"),
    "another integration": ({"NANGO_PROVIDER_CONFIG_KEY": "x"}, ("", ""), "no integration 'x'", "NANGO_PROVIDER_CONFIG_KEY"),
    "another key": ({"NANGO_SECRET_KEY": "11111111-1111-4111-8111-111111111111"}, ("", ""), "refuses its secret key", "NANGO_SECRET_KEY"),
    "a key that may not read credentials": ({}, ("nango_key", "no_credentials"), "its credentials are not shown", "read_credentials"),
    "Nango down": ({}, ("nango_down", "on"), "Nango does not answer properly (503)", "NANGO_HOST"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "variant", "seen", "remedy"), NANGO.values(), ids=NANGO)
def test_what_nango_refuses_is_nango_s_and_not_netsuite_s(
    emulator: EmulatorProcess,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
    variant: tuple[str, str],
    seen: str,
    remedy: str,
) -> None:
    monkeypatch.setattr("netsuite_pipeline.netsuite.auth.nango._MAX_TRIES", 1)
    env = {**emulator.env_of("nango"), **changed}
    if variant[0]:
        emulator.admin.set_variant(*variant)
    found = check_credentials(env)
    assert found.state is State.FAILED
    assert seen in found.seen
    assert remedy in found.remedy
    assert env["NANGO_SECRET_KEY"] not in str(found)
