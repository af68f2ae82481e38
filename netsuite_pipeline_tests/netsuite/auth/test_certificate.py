"""A certificate's validity, as NetSuite counts it."""

from datetime import datetime
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity, read_certificate
from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline_tests.netsuite.keys import certificate_of, pem_of
from netsuite_pipeline_tests.netsuite.token_server import variables

BEGINS = datetime(2026, 1, 31, 12)
PEM = certificate_of("P-256", BEGINS, 365)


@pytest.mark.parametrize("given", [PEM, PEM.strip().replace("\n", "\\n"), PEM.strip().replace("\n", " ")])
def test_it_is_read_from_text_and_from_a_file(given: str, tmp_path: Path) -> None:
    wanted = CertificateValidity("CN=warehouse", BEGINS, datetime(2027, 1, 31, 12))
    file = tmp_path / "netsuite.crt"
    file.write_text(given)
    assert read_certificate(given) == read_certificate(str(file)) == wanted
    assert wanted.ends == wanted.not_after


@pytest.mark.parametrize(
    ("begins", "days", "ends"),
    [
        (BEGINS, 365, datetime(2027, 1, 31, 12)),
        (BEGINS, 3650, datetime(2028, 1, 31, 12)),
        (datetime(2024, 2, 29), 3650, datetime(2026, 2, 28)),
    ],
)
def test_netsuite_accepts_a_certificate_for_two_years_at_most(
    begins: datetime, days: int, ends: datetime
) -> None:
    assert read_certificate(certificate_of("P-256", begins, days)).ends == ends


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (pem_of("P-256"), "holds no certificate but a private key"),
        (PEM[:200] + "\n-----END CERTIFICATE-----", "no whole certificate"),
        ("none.pem", "'none.pem' is no file that is there"),
        ("f" * 64, "its value is no file"),
    ],
)
def test_what_is_no_certificate_is_refused_without_being_shown(given: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_certificate(given)
    assert words in raised.value.message
    assert "NETSUITE_CERTIFICATE" in raised.value.message
    assert "f" * 64 not in str(raised.value)
    assert pem_of("P-256").splitlines()[1] not in str(raised.value)


def test_a_file_without_pem_text_and_one_that_is_too_long_are_refused(tmp_path: Path) -> None:
    for name, held in (("a.pem", b"\x30\x82"), ("b.pem", b"-----BEGIN" + b"x" * 200_000)):
        (tmp_path / name).write_bytes(held)
        with pytest.raises(ConfigurationError, match="holds no PEM text"):
            read_certificate(str(tmp_path / name))


def test_credentials_have_the_certificate_that_is_set() -> None:
    assert OAuth2Credentials.from_variables(variables()).certificate is None
    known = OAuth2Credentials.from_variables(variables(NETSUITE_CERTIFICATE=PEM)).certificate
    assert known is not None
    assert known.ends == datetime(2027, 1, 31, 12)
