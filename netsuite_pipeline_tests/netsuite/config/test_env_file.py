"""A file `.env`: other lines stay, writing is atomic, and NETSUITE_ENV_FILE is read again by each sync."""

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from netsuite_pipeline.netsuite.config.env_file import is_whole, read_text, values_in, with_values, write_text
from netsuite_pipeline.netsuite.config.env_reload import ENV_FILE, current_variables, load_env_file
from netsuite_pipeline.netsuite.errors import ConfigurationError

PEM = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        ("", {"A": "1"}, "A=1\n"),
        ("# ours\nA=1\n\nB=2", {"C": "3"}, "# ours\nA=1\n\nB=2\nC=3\n"),
        ("A=old # why\nB=2\n", {"A": "new"}, "A=new\nB=2\n"),
        ("export A=old\n", {"A": "new"}, "export A=new\n"),
        ("A=1\nA=2\nB=3\n", {"A": "4"}, "A=4\nB=3\n"),
        ("# a\n\nA=1\n# b\nB=2\n", {"A": None}, "# a\n\n# b\nB=2\n"),
        ("A='two\nlines'\nB=2\n", {"A": "one"}, "A=one\nB=2\n"),
        ("AB=1\nA=2\n", {"A": "3"}, "AB=1\nA=3\n"),
        ("no sense at all\nA=1\n", {"A": "2"}, "no sense at all\nA=2\n"),
    ],
)
def test_a_value_is_replaced_and_all_other_lines_stay(
    before: str, values: dict[str, str | None], after: str
) -> None:
    assert with_values(before, values) == after


@pytest.mark.parametrize(
    "value", ["it's", "two words", 'say "a"', "back\\slash", "a#b", "=", "ä€", "$HOME", PEM]
)
def test_a_value_is_read_as_it_was_written(value: str) -> None:
    assert values_in(with_values("B=1\n", {"A": value})) == {"B": "1", "A": value}


@pytest.mark.parametrize("value", ["${HOME}", "a${B:-c}"])
def test_a_value_that_would_be_read_otherwise_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="value of A cannot be written"):
        with_values("B=1\n", {"A": value})


def test_a_new_line_that_a_file_cut_short_would_swallow_is_refused() -> None:
    assert not is_whole("B='1")
    with pytest.raises(ConfigurationError):
        with_values("B='1", {"A": "it's"})


def test_the_file_is_its_owners_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=old\n")
    path.chmod(0o644)
    write_text(path, "A=new\n")
    assert read_text(path) == "A=new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_a_file_that_cannot_be_replaced_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("A=old\n")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "A=new\n")
    assert path.read_text() == "A=old\n"
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("A=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "there")
    write_text(tmp_path / ".env", "A=2\n")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "there").read_text() == "A=2\n"


# New values


def _written(folder: Path, text: str) -> None:
    """Write a file as an editor left it a minute ago."""
    path = folder / "our.env"
    path.write_text(text)
    os.utime(path, (path.stat().st_mtime - 60,) * 2)


def _environment(folder: Path, text: str, **environment: str) -> dict[str, str]:
    _written(folder, text)
    return {ENV_FILE: str(folder / "our.env"), **environment}


def _current(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in current_variables(environment).items() if name != ENV_FILE}


def test_the_named_file_overrides_the_environment_each_time_anew(tmp_path: Path) -> None:
    environment = _environment(tmp_path, "T=of the file\n", T="of the shell", HOME="/h")
    assert _current(environment) == {"T": "of the file", "HOME": "/h"}
    _written(tmp_path, "T=new\n")
    assert _current(environment) == {"T": "new", "HOME": "/h"}


def test_without_a_named_file_the_environment_is_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("T=new\n")
    assert _current({"T": "old"}) == {"T": "old"}


def test_another_kind_of_credentials_in_the_file_replaces_the_one_before(tmp_path: Path) -> None:
    environment = _environment(tmp_path, "NETSUITE_TOKEN_ID=t\nX=1\n")
    load_env_file(environment)
    assert environment["NETSUITE_TOKEN_ID"] == "t"
    _written(tmp_path, "NETSUITE_CLIENT_ID=c\nX=2\n")
    assert _current(environment) == {"NETSUITE_CLIENT_ID": "c", "X": "2"}


def test_a_run_begins_with_the_file_s_values_so_that_env_var_gives_them(tmp_path: Path) -> None:
    environment = _environment(tmp_path, "NETSUITE_CLIENT_ID=c\n", NETSUITE_TOKEN_ID="t", HOME="/h")
    load_env_file(environment)
    assert {name: environment[name] for name in environment if name != ENV_FILE} == {
        "NETSUITE_CLIENT_ID": "c",
        "HOME": "/h",
    }


@pytest.mark.parametrize(
    ("spoil", "warning"),
    [
        (lambda path: path.unlink(), "no such file"),
        (lambda path: path.write_text(""), "no variables"),
        (lambda path: path.write_text("T='newes"), "cut short"),
        (lambda path: path.write_bytes(b"T=\xff\xfe\n"), "not UTF-8"),
    ],
    ids=["gone", "empty", "cut short", "binary"],
)
def test_while_the_file_cannot_be_read_its_last_good_values_stay(
    spoil: Callable[[Path], object], warning: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = _environment(tmp_path, "T=secret-new\n", T="secret-old")
    assert _current(environment) == {"T": "secret-new"}
    spoil(tmp_path / "our.env")
    with caplog.at_level(logging.WARNING):
        assert _current(environment) == {"T": "secret-new"}
    assert warning in caplog.text
    assert "secret" not in caplog.text.replace(str(tmp_path), "")


def test_a_file_that_is_being_written_is_read_when_it_is_stable(tmp_path: Path) -> None:
    environment = _environment(tmp_path, "T=old\n")
    path = tmp_path / "our.env"
    path.write_text("")  # an editor has just begun
    Timer(0.05, lambda: path.write_text("T=new\n")).start()
    assert _current(environment) == {"T": "new"}


def test_a_named_file_that_was_never_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=ENV_FILE):
        current_variables({ENV_FILE: str(tmp_path / "none")})
