"""A week of ticks against a NetSuite with bad moments: no false alarm, and no user locked by our looking."""

import random
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import ChangeKind, update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.health.monitoring.sign_in_backoff import allowed_attempts, check_is_due

TICKS = 2_000
EVERY = timedelta(minutes=5)
START = datetime(2026, 11, 16)
TABLES_EVERY = 12  # ticks: an hour
TABLES = ("customer", "item", "transaction", "vendor")
CONNECTION = ("host", "clock", "sign_in", "rest", "suiteql", "deleted_records", "concurrency")
SHARE_OF_FAULTS = 0.05
SHARE_OF_STRAY_401S = 0.03
TRIES = 3
# Which ticks are what; all others are well.
BREAKS: Mapping[str, Sequence[range]] = {
    "revoked": (range(150, 156), range(300, 620), range(900, 903), range(1_900, 1_980)),
    "down": (range(700, 710),),
    "clock": (range(1_000, 1_050),),
    "flapping": (range(1_200, 1_300),),
    "vendor hidden": (range(1_400, 1_500),),
    "email hidden": (range(1_600, 1_700),),
}


class Down(Exception):
    """No answer, as often as it was tried."""


class Refused(Exception):
    """The sign-in was refused, as often as it may be tried."""


@dataclass
class UnreliableNetSuite:
    """A NetSuite that answers, refuses or fails as its condition and chance have it."""

    chance: random.Random
    condition: str = "well"
    refusals: list[datetime] = field(default_factory=list)
    _stray: bool = False

    def become(self, condition: str) -> None:
        """Begins a tick. In a stray one the first sign-in is refused, and the next one is let in."""
        self.condition = self.chance.choice(["revoked", "steady"]) if condition == "flapping" else condition
        self._stray = self.condition == "well" and self.chance.random() < SHARE_OF_STRAY_401S

    def request(self, now: datetime, attempts: int) -> None:
        """One request of a client that tries again what fails in passing, as ours does."""
        for _ in range(attempts):
            if self.condition == "down" or all(self.chance.random() < SHARE_OF_FAULTS for _ in range(TRIES)):
                raise Down
            stray, self._stray = self._stray, False
            if self.condition not in ("revoked", "clock") and not stray:
                return
            self.refusals.append(now)
        raise Refused


def check_connection(netsuite: UnreliableNetSuite, now: datetime, attempts: int) -> ProbeResult:
    """The findings of a connection, in their order; what comes behind a failure was not tried."""
    states = dict.fromkeys(CONNECTION, State.UNKNOWN)
    try:
        netsuite.request(now, attempts)
        states |= {"host": State.OK, "clock": State.OK, "sign_in": State.OK}
        netsuite.request(now, attempts)
        states |= dict.fromkeys(("rest", "suiteql"), State.OK)
        netsuite.request(now, attempts)
        states |= dict.fromkeys(("deleted_records", "concurrency"), State.OK)
    except Refused:
        off = netsuite.condition == "clock"
        states |= {
            "host": State.OK,
            "clock": State.FAILED if off else State.OK,
            "sign_in": State.UNKNOWN if off else State.FAILED,
        }
    except Down:
        states["host"] = State.FAILED
    return ProbeResult(tuple(Finding(name, state, str(state)) for name, state in states.items()))


def check_tables(netsuite: UnreliableNetSuite, now: datetime) -> ProbeResult:
    """The findings of all tables; once a sign-in is refused, nothing more is asked."""
    result, refused = ProbeResult(()), False
    for table in TABLES:
        state = State.UNKNOWN
        if not refused:
            try:
                netsuite.request(now, 1)
                state = State.OK
            except Refused:
                refused = True
            except Down:
                pass
        if state is State.OK and table == "vendor" and netsuite.condition == "vendor hidden":
            state = State.FAILED
        findings = [Finding(f"table:{table}", state, str(state))]
        if table == "customer" and netsuite.condition == "email hidden" and state is State.OK:
            findings.append(Finding("column:customer.email", State.FAILED, "gone"))
        result += ProbeResult(tuple(findings), frozenset({table}) if state is State.OK else frozenset())
    return result


@dataclass
class Lived:
    """What came of it.

    Attributes:
        said: Tick, kind and subject of all breaks and recoveries.
        looked: The ticks at which the connection was looked at.
        refusals: When NetSuite refused a sign-in.
    """

    emitted: list[tuple[int, ChangeKind, str]]
    checked: list[int]
    refusals: list[datetime]


def condition_at(tick: int, breaks: Mapping[str, Sequence[range]]) -> str:
    return next(
        (name for name, periods in breaks.items() if any(tick in period for period in periods)), "well"
    )


def live(
    seed: int,
    breaks: Mapping[str, Sequence[range]] = BREAKS,
    ticks: int = TICKS,
    table_checks: Callable[[UnreliableNetSuite, datetime], ProbeResult] = check_tables,
) -> Lived:
    """Both sensors, tick by tick, as the daemon runs them: the cursor is all that survives a tick."""
    chance = random.Random(seed)
    netsuite = UnreliableNetSuite(chance)
    cursors: dict[str, str | None] = {"connection": None, "tables": None}
    sign_in_is_broken = False
    lived = Lived([], [], netsuite.refusals)
    for tick in range(ticks):
        now = START + tick * EVERY + timedelta(seconds=chance.uniform(-8, 8))
        netsuite.become(condition_at(tick, breaks))
        cursor = SensorCursor.parse(cursors["connection"])
        if check_is_due(cursor, now):
            lived.checked.append(tick)
            result = check_connection(netsuite, now, allowed_attempts(cursor))
            cursor, changes = update(cursor, result, now)
            lived.emitted += [(tick, change.kind, change.finding.id) for change in changes]
            sign_in_is_broken = any(each.id == "sign_in" for each in cursor.problems())
        cursors["connection"] = cursor.serialize()
        # A table that looks different is looked at again at the next tick, as the permission sensor does.
        cursor = SensorCursor.parse(cursors["tables"])
        if not sign_in_is_broken and (tick % TABLES_EVERY == 0 or cursor.pending()):
            cursor, changes = update(cursor, table_checks(netsuite, now), now)
            lived.emitted += [(tick, change.kind, change.finding.id) for change in changes]
        cursors["tables"] = cursor.serialize()
    lived.emitted = [each for each in lived.emitted if each[1] in (ChangeKind.BROKE, ChangeKind.RECOVERED)]
    return lived


SEEDS = pytest.mark.parametrize("seed", range(5))


def no_tables(netsuite: UnreliableNetSuite, now: datetime) -> ProbeResult:
    """Nothing, for what is about the connection's sensor alone."""
    return ProbeResult(())


@SEEDS
@pytest.mark.few(1)
def test_bad_times_and_stray_401s_alert_nobody(seed: int) -> None:
    lived = live(seed, breaks={})

    assert lived.emitted == []
    assert len(lived.refusals) > TICKS * SHARE_OF_STRAY_401S / 2  # there were some to be misled by
    assert len(lived.checked) > 0.98 * TICKS


@SEEDS
@pytest.mark.few(1)
@pytest.mark.long
def test_every_break_is_reported_once_of_the_right_subject_and_its_end_once(seed: int) -> None:
    lived = live(seed)
    subjects = {
        "revoked": "sign_in",
        "down": "host",
        "clock": "clock",
        "vendor hidden": "table:vendor",
        "email hidden": "column:customer.email",
    }
    flapping = BREAKS["flapping"][0]
    emitted = [
        each for each in lived.emitted if each[0] not in range(flapping.start, flapping.stop + TABLES_EVERY)
    ]

    expected = sorted(
        (period.start, subjects[name]) for name, s in BREAKS.items() if name in subjects for period in s
    )
    assert [id_ for _, kind, id_ in emitted if kind is ChangeKind.BROKE] == [id_ for _, id_ in expected]
    assert [id_ for _, kind, id_ in emitted if kind is ChangeKind.RECOVERED] == [id_ for _, id_ in expected]


@SEEDS
@pytest.mark.few(1)
def test_a_broken_sign_in_is_flagged_within_two_ticks_and_recovered_within_two_checks(seed: int) -> None:
    lived = live(seed, table_checks=no_tables)

    for period in BREAKS["revoked"]:
        reported = next(
            tick for tick, kind, _ in lived.emitted if kind is ChangeKind.BROKE and tick >= period.start
        )
        assert reported <= period.start + 1
        recovered = next(
            tick for tick, kind, _ in lived.emitted if kind is ChangeKind.RECOVERED and tick > reported
        )
        after_the_fix = bisect_right(lived.checked, period.stop - 1)
        assert recovered in lived.checked[after_the_fix : after_the_fix + 2]


@SEEDS
@pytest.mark.parametrize("name", ["revoked", "clock", "flapping"])
@pytest.mark.few(1)
def test_fewer_than_five_sign_ins_are_refused_in_any_half_hour(seed: int, name: str) -> None:
    lived = live(
        seed, breaks={name: (range(100, 104), range(200, 203), range(300, 1_000))}, table_checks=no_tables
    )

    assert len(lived.refusals) > 60
    for first, fifth in zip(lived.refusals, lived.refusals[4:], strict=False):
        assert fifth - first > timedelta(minutes=30)


@SEEDS
@pytest.mark.few(3)
def test_a_sign_in_that_stays_broken_is_checked_once_an_hour_in_the_end(seed: int) -> None:
    lived = live(seed, breaks={"revoked": (range(1_000),)}, ticks=1_000, table_checks=no_tables)

    distances = [later - earlier for earlier, later in zip(lived.checked, lived.checked[1:], strict=False)]
    assert distances[:6] == [1, 2, 4, 6, 9, 12]
    assert set(distances[6:]) <= {
        1,
        12,
        13,
    }  # 1: NetSuite did not answer at all, and the next tick asks again
    assert distances.count(1) <= 3
