"""Certificates: made up from the seed, rotated, uploaded, ended; each signs in as NetSuite's would."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.jwk import ECKey, RSAKey

from netsuite_pipeline.emulator.account.credentials.certificates import (
    made_up_key,
    private_pem,
    read_certificate,
    self_signed,
)
from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.emulator.assertions import access_token, assertion, request_token, with_bearer
from netsuite_pipeline_tests.emulator.rest_client import SERVER_TIME

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem(key: Private) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def certificate(key: Private, days: int = 365) -> str:
    """A certificate as openssl would make it, begun an hour ago."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pipeline")])
    begin = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def ends(env: Mapping[str, str]) -> datetime:
    return x509.load_pem_x509_certificate(env["NETSUITE_CERTIFICATE"].encode()).not_valid_after_utc


def test_the_same_words_give_the_same_key_and_others_another() -> None:
    same = [private_pem(made_up_key("1", "1234567_SB1")) for _ in range(2)]
    assert same[0] == same[1] != private_pem(made_up_key("2", "1234567_SB1"))


def test_a_made_up_certificate_belongs_to_its_key_and_says_when_it_ends() -> None:
    key = made_up_key("1")
    read = read_certificate(self_signed(key, "pipeline", 1_800_000_000, 1_810_000_000))
    assert read.public_key == key.public_key()
    assert (read.not_before, read.not_after) == (1_800_000_000, 1_810_000_000)


def test_the_emulators_own_is_good_for_a_year_from_its_start(emulator: EmulatorProcess) -> None:
    env = emulator.env_of("oauth2")
    assert list(env) == [
        "NETSUITE_ACCOUNT_ID", "NETSUITE_CLIENT_ID", "NETSUITE_CERTIFICATE_ID", "NETSUITE_PRIVATE_KEY",
        "NETSUITE_CERTIFICATE", "NETSUITE_BASE_URL", "NETSUITE_EMULATOR_ADMIN",
    ]  # fmt: skip
    assert timedelta(days=364) < ends(env) - datetime.now(UTC) <= timedelta(days=365)
    assert len(env["NETSUITE_CERTIFICATE_ID"]) == 43


def test_an_end_that_is_moved_is_in_the_certificate_and_the_key_stays(emulator: EmulatorProcess) -> None:
    before = emulator.env_of("oauth2")
    emulator.admin.expire_certificate(20)
    after = emulator.env_of("oauth2")
    assert timedelta(days=19) < ends(after) - datetime.now(UTC) <= timedelta(days=20)
    kept = {name: value for name, value in before.items() if name != "NETSUITE_CERTIFICATE"}
    assert kept == {name: value for name, value in after.items() if name != "NETSUITE_CERTIFICATE"}
    access_token(after)


def test_after_a_rotation_both_sign_in_until_the_first_is_revoked(
    emulator: EmulatorProcess, admin: AdminClient
) -> None:
    first = emulator.env_of("oauth2")
    second = admin.rotate_certificate()
    assert second["NETSUITE_PRIVATE_KEY"] != first["NETSUITE_PRIVATE_KEY"]
    assert second["NETSUITE_CERTIFICATE_ID"] == emulator.env_of("oauth2")["NETSUITE_CERTIFICATE_ID"]
    access_token(first)
    access_token(second)
    admin.revoke_certificate(first["NETSUITE_CERTIFICATE_ID"])
    assert request_token(first, assertion(first)).json() == {"error": "invalid_grant"}
    access_token(second)
    admin.restore_certificate(first["NETSUITE_CERTIFICATE_ID"])
    access_token(first)


UPLOADED = [
    pytest.param(lambda: ec.generate_private_key(ec.SECP256R1()), "ES256", id="P-256"),
    pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), "ES384", id="P-384"),
    pytest.param(lambda: ec.generate_private_key(ec.SECP521R1()), "ES512", id="P-521"),
    pytest.param(lambda: rsa_key(3072), "PS256", id="RSA with SHA-256"),
    pytest.param(lambda: rsa_key(3072), "PS384", id="RSA with SHA-384"),
    pytest.param(lambda: rsa_key(3072), "PS512", id="RSA with SHA-512"),
]


@pytest.mark.parametrize(("make", "algorithm"), UPLOADED)
@pytest.mark.few(3)
def test_an_uploaded_certificate_signs_in_with_its_algorithm_alone(
    admin: AdminClient, make: Callable[[], Private], algorithm: str
) -> None:
    made = make()
    env = admin.upload_certificate(certificate(made))
    kind = RSAKey if isinstance(made, rsa.RSAPrivateKey) else ECKey
    key = kind.import_key(pem(made))
    answer = request_token(env, assertion(env, key, {"alg": algorithm}))
    assert answer.status_code == 200, answer.text
    assert with_bearer(env, SERVER_TIME, answer.json()["access_token"]).status_code == 200
    stranger = RSAKey.import_key(pem(rsa_key(2048)))
    refused = request_token(env, assertion(env, stranger, {"alg": "PS256"}))
    assert refused.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(lambda: certificate(rsa_key(2048)), "3072 or 4096", id="RSA of 2048 bits"),
        pytest.param(
            lambda: certificate(ec.generate_private_key(ec.SECP256K1())), "P-256", id="another curve"
        ),
        pytest.param(lambda: certificate(ed25519.Ed25519PrivateKey.generate()), "P-256", id="Ed25519"),
        pytest.param(
            lambda: certificate(ec.generate_private_key(ec.SECP256R1()), 800), "two years", id="too long"
        ),
        pytest.param(lambda: pem(rsa_key(2048)), "none in PEM", id="a key"),
        pytest.param(lambda: "", "none in PEM", id="nothing"),
    ],
)
def test_a_certificate_that_netsuite_would_not_take_is_refused(
    admin: AdminClient, made: Callable[[], str], words: str
) -> None:
    with pytest.raises(AdminError, match=words):
        admin.upload_certificate(made())


def test_a_certificate_signs_in_the_role_that_it_is_mapped_to(admin: AdminClient) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    env = admin.upload_certificate(certificate(made), "Sales analyst")
    # That role may not sign in with OAuth 2.0 until somebody lets it.
    refused = request_token(env, assertion(env, ECKey.import_key(pem(made))))
    assert refused.json() == {"error": "invalid_grant"}
    admin.grant_permission("ADMI_LOGIN_OAUTH2", role="Sales analyst")
    assert request_token(env, assertion(env, ECKey.import_key(pem(made)))).status_code == 200
    assert admin.login_audit()[-1]["role"] == 1013


def test_the_state_names_certificates_and_no_key(emulator: EmulatorProcess, admin: AdminClient) -> None:
    env = emulator.env_of("oauth2")
    state = admin.state()
    assert [each["certificate_id"] for each in state["certificates"]] == [env["NETSUITE_CERTIFICATE_ID"]]
    assert "PRIVATE" not in str(state)


def test_an_unknown_certificate_or_kind_is_named(emulator: EmulatorProcess) -> None:
    with pytest.raises(AdminError, match="There is no certificate 'nosuch'"):
        emulator.admin.revoke_certificate("nosuch")
    with pytest.raises(AdminError, match="There is no kind 'saml'; known kinds are tba, oauth2, nango"):
        emulator.env_of("saml")
    with pytest.raises(AdminError, match="at least 1"):
        emulator.admin.set_access_token_seconds(0)
