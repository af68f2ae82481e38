"""A file that a user gives and that cannot be read is named, with what is wrong with it, and exit code 2."""

from collections.abc import Callable
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.auth.certificate import read_pem
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.user_file import UnreadableFile, read_user_file
from netsuite_pipeline_tests.commands.calling import Called, call
from netsuite_pipeline_tests.netsuite.keys import pem_of

ENV = "NETSUITE_ACCOUNT_ID=1234567_SB1\nNETSUITE_TOKEN_ID=müller\n"
DEFS = "type: netsuite_pipeline.NetSuiteComponent\nattributes:\n  tables: [currency] # Währung\n"

SPOILT = [
    (lambda text: text.encode("utf-16"), "it is in UTF-16, not in UTF-8"),
    (lambda text: text.encode("utf-16-be"), "it holds NUL bytes, as text in UTF-16 does"),
    (lambda text: text.encode("utf-32"), "it is in UTF-32, not in UTF-8"),
    (lambda text: text.encode("latin-1"), "is not UTF-8 (it may be in Latin-1 or Windows-1252)"),
    (lambda text: text.encode() + b"X=a\0b\n", "it holds NUL bytes"),
]
IDS = ["utf-16", "utf-16 without a mark", "utf-32", "latin-1", "NUL"]


def by_env(folder: Path, file: Path) -> Called:
    return call(folder, "suiteql", "SELECT 1")


def by_env_file_variable(folder: Path, file: Path) -> Called:
    return call(folder, "suiteql", "SELECT 1", env={"NETSUITE_ENV_FILE": file.name})


def by_doctor(folder: Path, file: Path) -> Called:
    return call(folder, "doctor", "--env-file", file.name)


def by_connect(folder: Path, file: Path) -> Called:
    return call(folder, "connect", "--kind", "tba", "--env-file", file.name, given="1234567_SB1\n")


def by_defs(folder: Path, file: Path) -> Called:
    return call(folder, "sync", "--defs", file.name)


def by_tables(folder: Path, file: Path) -> Called:
    return call(folder, "tables", env={"NETSUITE_TABLES": file.name})


DOORS: list[tuple[str, str, Callable[[Path, Path], Called]]] = [
    (".env", ENV, by_env),
    ("own.env", ENV, by_env_file_variable),
    ("own.env", ENV, by_doctor),
    ("own.env", ENV, by_connect),
    ("defs.yaml", DEFS, by_defs),
    ("tables.yaml", DEFS, by_tables),
]


@pytest.mark.parametrize(("name", "text", "door"), DOORS, ids=[door[2].__name__ for door in DOORS])
@pytest.mark.parametrize(
    ("spoil", "why"), [SPOILT[0], SPOILT[3], SPOILT[4]], ids=["utf-16", "latin-1", "NUL"]
)
@pytest.mark.few(1)
def test_a_file_in_another_encoding_is_named_with_its_encoding(
    name: str,
    text: str,
    door: Callable[[Path, Path], Called],
    spoil: Callable[[str], bytes],
    why: str,
    tmp_path: Path,
) -> None:
    (tmp_path / name).write_bytes(spoil(text))
    called = door(tmp_path, tmp_path / name)
    assert called.code == 2, called
    assert name in called.err
    assert why in called.err
    assert "UTF-8" in called.err
    assert "Traceback" not in called.err
    assert "müller" not in called.err


@pytest.mark.parametrize(("spoil", "why"), SPOILT, ids=IDS)
def test_every_other_encoding_is_refused_by_its_name(
    spoil: Callable[[str], bytes], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(spoil(ENV))
    with pytest.raises(UnreadableFile) as raised:
        read_user_file(path)
    assert str(path) in raised.value.message
    assert why in raised.value.message
    assert "Save it as UTF-8" in raised.value.remedy


def test_a_file_with_a_byte_order_mark_of_utf_8_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(ENV.encode("utf-8-sig"))
    assert read_user_file(tmp_path / "file") == ENV
    (tmp_path / ".env").write_bytes("NETSUITE_ACCOUNT_ID=../x\n".encode("utf-8-sig"))
    assert "NETSUITE_CONSUMER_KEY" in by_env(tmp_path, tmp_path / ".env").err
    assert "NETSUITE_ACCOUNT_ID is not set" not in by_env(tmp_path, tmp_path / ".env").err


@pytest.mark.parametrize(
    ("path", "why"),
    [("none", "there is no such file"), ("folder", "it is a folder"), ("file/below", "not a directory")],
)
@pytest.mark.few(1)
def test_a_path_that_is_no_file_is_refused(path: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableFile, match=why):
        read_user_file(tmp_path / path)
    variables = {"NETSUITE_ENV_FILE": path}
    called = call(tmp_path, "suiteql", "SELECT 1", env=variables)
    assert called.code == 2
    assert path in called.err
    assert why in called.err
    called = call(tmp_path, "tables", env={"NETSUITE_TABLES": path})
    assert called.code == 2
    assert f"{path}: cannot be read ({why})" in called.err


def test_a_device_without_an_end_is_not_read_for_ever() -> None:
    with pytest.raises(UnreadableFile, match="larger than 16 MiB"):
        read_user_file(Path("/dev/zero"))


def test_a_virtual_environment_called_env_is_no_file_of_variables(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    called = call(tmp_path, "tables")
    assert called.code == 0, called


@pytest.mark.parametrize("name", ["NETSUITE_PRIVATE_KEY", "NETSUITE_CERTIFICATE"])
def test_a_key_file_that_cannot_be_used_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem_of("P-256").encode("utf-16"))
    with pytest.raises(
        ConfigurationError, match=r"key\.pem, which .* names, cannot be read: it is in UTF-16"
    ):
        read_pem(str(path), name)
    path.write_bytes(b"")
    with pytest.raises(ConfigurationError, match=r"key\.pem, which .* names, holds no PEM text"):
        read_pem(str(path), name)
    with pytest.raises(ConfigurationError, match="is a folder"):
        read_pem(str(tmp_path), name)
