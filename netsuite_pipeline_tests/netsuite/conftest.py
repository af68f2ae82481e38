"""What several of these tests need: scripted servers, clients for them, and a clock that costs no time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Protocol

import pytest

from netsuite_pipeline.netsuite import base_client as asking_module
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.keys import token_credentials
from netsuite_pipeline_tests.netsuite.scripted import Script, ScriptedServer

CREDENTIALS = token_credentials("1234567-sb1", "consumer0key", "consumer0secret", "token0id", "token0secret")


class FakeClock:
    """Time passes only by sleeping. What was slept is in `waits`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Connect(Protocol):
    def __call__(
        self, server: ScriptedServer, settings: ClientSettings = ..., sleep: Callable[[float], None] = ...
    ) -> NetSuiteClient: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    fake = FakeClock()
    monkeypatch.setattr(asking_module, "time", SimpleNamespace(monotonic=fake.monotonic))
    return fake


@pytest.fixture
def serve() -> Iterator[Callable[[Script], ScriptedServer]]:
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(ScriptedServer(script))


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:

        def connected(
            server: ScriptedServer,
            settings: ClientSettings | None = None,
            sleep: Callable[[float], None] = lambda seconds: None,
        ) -> NetSuiteClient:
            return stack.enter_context(
                NetSuiteClient(CREDENTIALS, base_url=server.url, settings=settings, sleep=sleep)
            )

        yield connected
