"""Settings are checked by name and value, and every one can be reached from the command line."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner

from netsuite_pipeline.commands import emulator as commands
from netsuite_pipeline.emulator.__main__ import main
from netsuite_pipeline.emulator.settings import (
    EmulatorSettings,
    SettingError,
    Variants,
    variant_choices,
    with_variants,
)
from netsuite_pipeline_tests.one_pass import in_one_pass

EVERY = [(name, value) for name, values in variant_choices().items() for value in values or ("2",)]


@in_one_pass(("name", "value"), EVERY)
def test_every_value_of_every_variant_is_taken(name: str, value: str) -> None:
    found = vars(with_variants(Variants(), {name: value}))[name]
    assert found == {"on": True, "off": False}.get(value, value) or (name, value) == ("retry_after", "off")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("nosuch", "1", "There is no variant 'nosuch'; known are .*concurrency_refusal"),
        ("concurrency_refusal", "500", "one of 429, 400, 401"),
        ("lock_user", "maybe", "one of on, off"),
        ("retry_after", "soon", "whole seconds"),
    ],
)
def test_an_unknown_variant_is_a_clear_error(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        EmulatorSettings(variants={name: value})


class _Started(Exception):
    """The settings of a start that is only pretended."""


def started_with(line: str, monkeypatch: pytest.MonkeyPatch) -> EmulatorSettings:
    """Return the settings that the command `netsuite-pipeline emulator` starts an emulator with."""
    found: list[EmulatorSettings] = []

    @contextmanager
    def emulator(**settings: Any) -> Iterator[None]:
        found.append(EmulatorSettings(**json.loads(json.dumps(settings))))
        raise _Started
        yield

    monkeypatch.setattr(commands, "emulator", emulator)
    CliRunner().invoke(commands.command, shlex.split(line))
    return found[0]


def test_the_command_line_becomes_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    line = (
        "--port 8123 --scale 0.5 --seed 7 --latency 250 --concurrency 9 --live 2 --account-id TSTDRV99 "
        "--date-format D.M.YYYY --time-zone Europe/Vienna --no-oneworld --without MULTIBOOK --public-host "
        "--variant count-star=off --variant concurrency_refusal=400"
    )
    found = started_with(line, monkeypatch)
    assert (found.port, found.scale, found.seed, found.latency, found.concurrency) == (8123, 0.5, 7, 250, 9)
    assert (found.live, found.account_id, found.date_format) == (2, "TSTDRV99", "D.M.YYYY")
    assert (found.time_zone, found.public_host, found.max_seconds) == ("Europe/Vienna", True, None)
    assert (found.oneworld, list(found.without)) == (False, ["MULTIBOOK"])
    assert found.variants == {"count-star": "off", "concurrency_refusal": "400"}
    assert found.account_host == "tstdrv99.suitetalk.api.netsuite.com"


def test_without_options_the_command_line_has_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    found, standard = started_with("", monkeypatch), EmulatorSettings()
    assert {**vars(found), "without": ()} == vars(standard)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scale": 0}, "--scale must be positive"),
        ({"concurrency": 0}, "--concurrency at least 1"),
        ({"account_id": "1234567-sb1"}, "upper case with _"),
        ({"time_zone": "Mars/Phobos"}, "Mars/Phobos"),
        ({"port": 70000}, "0 to 65535"),
        ({"variants": {"nosuch": "1"}}, "There is no variant"),
        ({"without": ["MULTIBOOKS"]}, "did you mean 'MULTIBOOK'"),
        ({"sclae": 1}, "sclae"),
        ({"date_format": "nonsense", "scale": 0.02}, "nonsense"),
    ],
)
@pytest.mark.few(4)
def test_a_setting_out_of_range_ends_with_its_reason(
    settings: dict[str, object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([json.dumps(settings), "1"]) == 2
    output = capsys.readouterr()
    assert words in output.err
    assert output.out == ""
