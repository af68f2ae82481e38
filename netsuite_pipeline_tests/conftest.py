"""What many tests share: one running emulator, reset after each test, and a clean environment."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline_tests.lengths import register_profiles

_VARIABLES = ("NETSUITE_", "NANGO_", "DAGSTER_HOME")
_ROOT = "netsuite_pipeline_tests/"
# Subjects of `make test-long`: other processes, other tools, long histories.
_LONG = tuple(
    _ROOT + name
    for name in ("benchmarks/", "browser/", "interoperability/", "survival/", "sync/histories/", "test_dbt")
)
# Modules that take half a minute or more; the longest ones at the head.
_FIRST = (
    *(_ROOT + name for name in ("test_extras", "commands/test_demo", "orchestration/assets/test_runs")),
    *(*_LONG, _ROOT + "orchestration/sensors/"),
)
_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Place the tests' folders in memory where there is room: thousands of small files need no disk."""
    register_profiles()
    if config.option.collectonly:
        config.option.warn_unused_snapshots = True  # a mere collection uses none, which is no failure
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    room = os.statvfs(_MEMORY)
    if room.f_bavail * room.f_frsize >= _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # it is found out anew, here and by every process that is started


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as long the folders of `make test-long`, and give each case of a test with `few` its tier."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("few"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
        if item.nodeid.startswith(_LONG):
            item.add_marker(pytest.mark.long)
    for variants in cases.values():
        _assign_tiers(variants)


def _assign_tiers(cases: list[pytest.Item]) -> None:
    """Leave `few` cases as they are, mark twice as many as long and the others as nightly, each spread evenly.

    A long test has no further cases in `make test-long`.
    """
    marker = cases[0].get_closest_marker("few")
    assert marker is not None
    count = marker.args[0]
    kept = set(_spread(len(cases), count))
    long = set() if cases[0].get_closest_marker("long") else set(_spread(len(cases), 3 * count)) - kept
    for index, case in enumerate(cases):
        if index not in kept:
            case.add_marker(pytest.mark.long if index in long else pytest.mark.nightly)


def _spread(length: int, count: int) -> list[int]:
    return [length * index // count for index in range(count)]


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)
def pytest_order(items: list[pytest.Item]) -> None:
    """Let what takes long begin first, so that no worker is left alone with it in the end."""

    def place(item: pytest.Item) -> int:
        return next(
            (place for place, prefix in enumerate(_FIRST) if item.nodeid.startswith(prefix)), len(_FIRST)
        )

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own credentials must not decide what a test does."""
    for name in list(os.environ):
        if name.startswith(_VARIABLES):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[EmulatorProcess]:
    """A small sample company, in a process of its own, for the whole session."""
    with start_emulator(scale=0.02, max_seconds=7200) as process:
        yield process


@pytest.fixture
def emulator(running_emulator: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """The shared emulator; every switch that a test turned is turned back."""
    yield running_emulator
    running_emulator.admin.reset()
