"""One way in which NetSuite stops working as before, what must be said of it, and the account it happens to."""

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.monitoring.alert_messages import Alert
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.check_specs import CONNECTION_CHECKS, PROBED_CHECKS
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline_tests.orchestration.ticking import Ticks

SEVERITIES = {State.FAILED: dg.AssetCheckSeverity.ERROR, State.WARNING: dg.AssetCheckSeverity.WARN}


@dataclass
class World:
    """An account that is well, and both of its sensors, which have seen it so."""

    ticks: Ticks
    emulator: EmulatorProcess
    patch: pytest.MonkeyPatch

    @property
    def admin(self) -> AdminClient:
        return self.emulator.admin

    @property
    def alerts(self) -> list[Alert]:
        return self.ticks.alerts

    @property
    def struck(self) -> int:
        """How many requests met a planned fault."""
        return sum(self.admin.state()["faults_struck"].values())

    def signs_in_with(self, variables: Mapping[str, str]) -> None:
        """Lets the pipeline have these from now on."""
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def sensor(self, finding_id: str) -> dg.SensorDefinition:
        """The one that looks at it."""
        return self.ticks.permission if ":" in finding_id else self.ticks.connection

    def other_sensor(self, finding_id: str) -> dg.SensorDefinition:
        return self.ticks.connection if ":" in finding_id else self.ticks.permission

    def broken(self, sensor: dg.SensorDefinition) -> tuple[Finding, ...]:
        """Return the problems that a sensor has reported."""
        return SensorCursor.parse(self.ticks.cursors[sensor.name]).problems()

    def red(self) -> dict[str, dg.AssetCheckSeverity]:
        """The checks that do not pass, as `asset:check`, each with its severity."""
        outcome = last_evaluations(self.ticks.instance, self._checks())
        return {
            f"{key.asset_key.path[-1]}:{key.name}": message.event.severity
            for key, message in outcome.items()
            if not message.passed
        }

    def _checks(self) -> Iterator[dg.AssetCheckKey]:
        checks = {"connection": CONNECTION_CHECKS, **dict.fromkeys(self.ticks.tables, PROBED_CHECKS)}
        for asset, names in checks.items():
            for name in names:
                yield dg.AssetCheckKey(dg.AssetKey(["netsuite", asset]), name)


def _reset(world: World) -> None:
    world.admin.reset()


@dataclass(frozen=True)
class Scenario:
    """One row of the matrix.

    Attributes:
        name: What happens.
        breaks: Makes it happen.
        finding: The finding it must give, and no other.
        check: The check that must turn red, and no other: `asset:check`.
        causes: The causes, each by a phrase of it: all of them, the likeliest first.
        menu: A phrase of the remedy: where to go in NetSuite, or on this machine.
        alerts: The alerts' titles when it breaks and when it is well again, without account and time.
        truth: A phrase of the cause that it really is; empty where that is the first one.
        seen: A phrase of what was seen.
        unknown: What the tick must say is not known, as something else comes first.
        state: How bad it is.
        fixes: Repairs the break.
        tables: Those that the sensors look at.
        synced: Whether a sync has read them before.
    """

    name: str
    breaks: Callable[[World], object]
    finding: str
    check: str
    causes: tuple[str, ...]
    menu: str
    alerts: tuple[str, str]
    truth: str = ""
    seen: str = ""
    unknown: tuple[str, ...] = ()
    state: State = State.FAILED
    fixes: Callable[[World], object] = _reset
    tables: tuple[str, ...] = ("vendor", "customer")
    synced: bool = False

    def __str__(self) -> str:
        return self.name


# What happens to it


def host_unknown(code: int, words: str) -> Callable[[World], None]:
    """No name server knows the account's own host, or none answers."""

    def breaks(world: World) -> None:
        def unknown(host: object, *more: Any, **named: Any) -> object:
            if host == "127.0.0.1":
                return known(host, *more, **named)
            raise socket.gaierror(code, words)

        known = socket.getaddrinfo
        world.patch.setattr(socket, "getaddrinfo", unknown)
        world.patch.setenv("no_proxy", "*")
        world.patch.delenv("NETSUITE_BASE_URL")

    return breaks


def host_known_again(world: World) -> None:
    """An address is found again."""
    world.patch.setenv("NETSUITE_BASE_URL", world.emulator.base_url)


def answered(variant: str, value: str, permission: str) -> Callable[[World], None]:
    """The role loses a permission, and NetSuite answers that in one of the ways that are an open question."""

    def breaks(world: World) -> None:
        world.admin.set_variant(variant, value)
        world.admin.drop_permission(permission)

    return breaks


def no_slot_left_as_400(world: World) -> None:
    """Others hold all slots, and NetSuite says so in the rarer way."""
    world.admin.set_variant("concurrency_refusal", "400")
    world.admin.occupy(5)


def new_token(world: World) -> None:
    """Repair a refreshed sandbox: none of its tokens comes back."""
    world.signs_in_with(world.admin.issue_token())
