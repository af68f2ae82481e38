"""Settings are checked by name and value, and every variant can be reached from the command line."""

import pytest

from netsuite_pipeline.emulator.__main__ import main, parser, settings_of
from netsuite_pipeline.emulator.settings import (
    EmulatorSettings,
    SettingError,
    variant_choices,
    with_variants,
)
from netsuite_pipeline_tests.one_pass import in_one_pass

EVERY = [(name, value) for name, values in variant_choices().items() for value in values or ("2",)]


@in_one_pass(("name", "value"), EVERY)
def test_every_value_of_every_variant_is_taken(name: str, value: str) -> None:
    settings = with_variants(EmulatorSettings(), [f"{name}={value}"])
    found = {**vars(settings.variants), **vars(settings.dialect)}[name]
    assert found == {"on": True, "off": False}.get(value, value) or (name, value) == ("retry_after", "off")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nosuch=1", "There is no variant 'nosuch'; known are .*concurrency_refusal"),
        ("concurrency_refusal=500", "one of 429, 400, 401"),
        ("lock_user=maybe", "one of on, off"),
        ("retry_after=soon", "whole seconds"),
        ("lock_user", "no NAME=VALUE"),
    ],
)
def test_an_unknown_variant_is_a_clear_error(text: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        with_variants(EmulatorSettings(), [text])


def test_the_command_line_becomes_settings() -> None:
    line = (
        "--port 8123 --scale 0.5 --seed 7 --latency 250 --concurrency 9 --live 2 --account-id TSTDRV99 "
        "--date-format D.M.YYYY --time-zone Europe/Vienna --no-oneworld --without MULTIBOOK --public-host "
        "--variant count-star=off --variant concurrency_refusal=400"
    )
    found = settings_of(parser().parse_args(line.split()))
    assert (found.port, found.scale, found.seed, found.latency, found.concurrency) == (8123, 0.5, 7, 0.25, 9)
    assert (found.live, found.account_id, found.date_format) == (2, "TSTDRV99", "D.M.YYYY")
    assert found.time_zone == "Europe/Vienna"
    assert found.features_off == {"SUBSIDIARIES", "MULTIBOOK"}
    assert (found.public_host, found.dialect.count_star) == (True, False)
    assert found.variants.concurrency_refusal == "400"
    assert found.account_host == "tstdrv99.suitetalk.api.netsuite.com"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--scale 0", "--scale must be positive"),
        ("--concurrency 0", "--concurrency at least 1"),
        ("--account-id 1234567-sb1", "upper case with _"),
        ("--time-zone Mars/Phobos", "Mars/Phobos"),
        ("--port 70000", "0 to 65535"),
        ("--variant nosuch=1", "There is no variant"),
        ("--date-format nonsense --scale 0.02", "nonsense"),
    ],
)
@pytest.mark.few(4)
def test_a_setting_out_of_range_ends_with_its_reason(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    output = capsys.readouterr()
    assert words in output.err
    assert output.out == ""
