"""Keys that NetSuite accepts, certificates of the longest validity, files that only their owner may read."""

import os
import stat
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509

from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.netsuite.auth.key_pair import (
    KEY_TYPES,
    key_files,
    latest_key_files,
    make_key_pair,
    unused_key_files,
    write_key_pair,
)
from netsuite_pipeline.netsuite.auth.signing_key import SigningKey
from netsuite_pipeline.netsuite.errors import ConfigurationError

ALGORITHMS = {
    "ec-p256": "ES256",
    "ec-p384": "ES384",
    "ec-p521": "ES512",
    "rsa-3072": "PS256",
    "rsa-4096": "PS256",
}


@pytest.mark.parametrize(
    "key_type", [each for each in KEY_TYPES if each != "rsa-4096"]
)  # seconds, now and then
def test_the_key_is_one_that_we_sign_with_and_the_certificate_is_its_own(key_type: str) -> None:
    pair = make_key_pair(key_type, "warehouse")
    key = SigningKey.read(pair.private_key)
    assert key.algorithm == ALGORITHMS[key_type]
    certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
    assert certificate.public_key() == key.key.public_key()
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == "CN=warehouse"
    assert pair.private_key not in repr(pair)


@pytest.mark.parametrize("now", [datetime(2026, 11, 24, 12), datetime(2028, 2, 29, 12)])
def test_the_certificate_is_valid_for_two_years_less_a_day_and_from_now_on_by_a_clock_that_is_behind(
    now: datetime,
) -> None:
    validity = read_certificate(make_key_pair("ec-p256", "warehouse", now).certificate)
    assert validity.not_before < now
    assert 728 <= (validity.not_after - now).days <= 730
    assert validity.ends == validity.not_after  # NetSuite has nothing to shorten


def test_another_type_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="rsa-2048"):
        make_key_pair("rsa-2048", "warehouse")


def test_only_the_owner_may_read_the_key_and_enter_its_folder(tmp_path: Path) -> None:
    files = key_files(tmp_path / "keys")
    before = os.umask(0o000)
    try:
        write_key_pair(make_key_pair("ec-p256", "warehouse"), files)
    finally:
        os.umask(before)
    assert stat.S_IMODE(files.private_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.private_key.parent.stat().st_mode) == 0o700
    assert sorted(each.name for each in files.private_key.parent.iterdir()) == [
        "certificate.pem",
        "private_key.pem",
    ]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    files = key_files(tmp_path)
    write_key_pair(make_key_pair("ec-p256", "one"), files)
    held = files.private_key.read_text()
    with pytest.raises(ConfigurationError, match="is there already"):
        write_key_pair(make_key_pair("ec-p256", "two"), files)
    assert files.private_key.read_text() == held
    assert read_certificate(str(files.certificate)).subject == "CN=one"


def test_no_certificate_stays_without_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: str, target: Path) -> None:
        if "private" in target.name:
            raise KeyboardInterrupt
        os.rename(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(KeyboardInterrupt):
        write_key_pair(make_key_pair("ec-p256", "one"), key_files(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_second_pair_gets_names_of_its_own_and_is_the_latest(tmp_path: Path) -> None:
    assert latest_key_files(tmp_path, "sandbox") is None
    names = []
    for _ in range(3):
        files = unused_key_files(tmp_path, "sandbox")
        write_key_pair(make_key_pair("ec-p256", "sandbox"), files)
        assert latest_key_files(tmp_path, "sandbox") == files
        names.append(files.private_key.name)
    assert names == ["sandbox_private_key.pem", "sandbox_2_private_key.pem", "sandbox_3_private_key.pem"]
