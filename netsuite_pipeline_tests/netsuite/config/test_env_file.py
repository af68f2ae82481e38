"""A file `.env`: every other line stays, it is written whole, and its new values are taken without a restart."""

import logging
import os
import stat
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.config.env_file import is_whole, read_text, values_in, with_values, write_text
from netsuite_pipeline.netsuite.config.env_reload import (
    ENV_FILE,
    NOTE,
    explicit_values,
    fresh_variables,
    note_env_file,
)
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
    """As an editor leaves it, a while ago."""
    path = folder / ".env"
    path.write_text(text)
    os.utime(path, (path.stat().st_mtime - 60,) * 2)


def _noted(folder: Path, text: str, **environment: str) -> dict[str, str]:
    _written(folder, text)
    note_env_file(environment, folder)
    return environment


def _told(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fresh_variables(environment).items() if name != NOTE}


def test_a_variable_that_came_from_the_file_follows_it(tmp_path: Path) -> None:
    environment = _noted(tmp_path, "T=old\n", T="old", HOME="/h")
    _written(tmp_path, "T=new\n")
    assert _told(environment) == {"T": "new", "HOME": "/h"}


def test_a_value_of_the_shell_wins_over_the_file(tmp_path: Path) -> None:
    environment = _noted(tmp_path, "T=of the file\nU=old\n", T="of the shell", U="old")
    _written(tmp_path, "T=new\nU=new\n")
    assert _told(environment) == {"T": "of the shell", "U": "new"}


def test_a_variable_that_was_set_to_something_else_on_the_way_is_the_files_no_more(tmp_path: Path) -> None:
    environment = _noted(tmp_path, "T=old\n", T="old")
    environment["T"] = "an emulator's"
    _written(tmp_path, "T=new\n")
    assert _told(environment) == {"T": "an emulator's"}


def test_another_kind_of_credentials_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    environment = _noted(tmp_path, "NETSUITE_TOKEN_ID=t\nX=1\n", NETSUITE_TOKEN_ID="t", X="1")
    _written(tmp_path, "NETSUITE_CLIENT_ID=c\nX=1\n")
    assert _told(environment) == {"NETSUITE_CLIENT_ID": "c", "X": "1"}


def test_a_file_that_nobody_read_into_the_environment_is_left_alone(tmp_path: Path) -> None:
    environment = _noted(tmp_path, "T=1\n")
    _written(tmp_path, "T=2\n")
    assert _told(environment) == {}


def test_a_file_that_is_made_later_counts(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    note_env_file(environment, tmp_path)
    assert _told(environment) == {}
    _written(tmp_path, "T=1\n")
    assert _told(environment) == {"T": "1"}


def test_a_projects_own_file_counts_where_dagster_reads_that_one(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    _written(tmp_path / "project", "T=old\n")
    environment = {"T": "old", "DAGSTER_PROJECT_ENV_FILE_PATHS": '{"code": "project"}'}
    note_env_file(environment, tmp_path)
    _written(tmp_path / "project", "T=new\n")
    assert fresh_variables(environment)["T"] == "new"


def test_a_run_begins_with_the_new_values_so_that_env_var_gives_them(tmp_path: Path) -> None:
    environment = _noted(tmp_path, "T=old\nU=1\n", T="old", U="1")
    _written(tmp_path, "T=new\nU=1\n")
    run = dict(environment)
    note_env_file(run, Path("/"))
    assert run["T"] == "new"
    _written(tmp_path, "T=newest\nU=1\n")
    assert _told(run) == {"T": "newest", "U": "1"}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "it is gone"),
        (lambda path: path.write_text(""), "no variables"),
        (lambda path: path.write_text("T='newes"), "cut short"),
        (lambda path: path.write_bytes(b"T=\xff\xfe\n"), "not UTF-8"),
    ],
    ids=["gone", "empty", "cut short", "binary"],
)
def test_a_file_that_cannot_be_read_leaves_the_values_that_were_good_last(
    spoil: object, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = _noted(tmp_path, "T=secret-old\n", T="secret-old")
    _written(tmp_path, "T=secret-new\n")
    assert _told(environment) == {"T": "secret-new"}
    spoil(tmp_path / ".env")
    with caplog.at_level(logging.WARNING):
        assert _told(environment) == {"T": "secret-new"}
    assert said in caplog.text
    assert "secret" not in caplog.text.replace(str(tmp_path), "")


def test_the_file_that_is_named_wins_over_everything(tmp_path: Path) -> None:
    _written(tmp_path, "T=of the file\n")
    environment = {"T": "of the shell", ENV_FILE: str(tmp_path / ".env")}
    assert fresh_variables(environment)["T"] == "of the file"
    _written(tmp_path, "T=new\n")
    assert fresh_variables(environment)["T"] == "new"


def test_a_named_file_that_was_never_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=ENV_FILE):
        explicit_values({ENV_FILE: str(tmp_path / "none")})
