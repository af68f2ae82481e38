"""What holds for the reports over any history of checks."""

from datetime import timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind, update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline_tests.health.monitoring.histories import (
    BLOCKED,
    BROKE,
    CHANGED,
    DAY,
    FAILED,
    HEARTBEAT,
    LETTERS,
    NEW,
    NOON,
    OK,
    RECOVERED,
    REVOKED,
    TICK,
    UNKNOWN,
    WARNING,
    columns,
    lived,
    one,
)
from netsuite_pipeline_tests.lengths import searches

STATES = st.sampled_from([OK, OK, WARNING, FAILED, FAILED, UNKNOWN])
SUBJECTS = st.sampled_from(["sign_in", "table:vendor", "rows:vendor"])
CHECKS = st.lists(
    st.builds(
        lambda findings, gone, tables: ProbeResult(
            tuple(findings) + (columns(*gone).findings if tables else ()), tables
        ),
        st.lists(
            st.builds(
                lambda subject, state, cause: one(state, subject, cause).findings[0],
                SUBJECTS,
                STATES,
                st.sampled_from([REVOKED, BLOCKED]),
            ),
            unique_by=lambda finding: finding.id,
            max_size=3,
        ),
        st.sets(st.sampled_from(["email", "phone"])),
        st.sampled_from([frozenset(), frozenset({"customer"})]),
    ),
    max_size=40,
)
EVERY = st.sampled_from([TICK, timedelta(hours=1), timedelta(hours=7), DAY])


@settings(max_examples=searches(100, 1000))
@given(st.text("ofu", max_size=60))
def test_every_confirmed_break_is_reported_once_and_every_end_of_one_once(states: str) -> None:
    _, emitted = lived([one(LETTERS[letter]) for letter in states])
    seen = [(place, letter) for place, letter in enumerate(states) if letter != "u"]
    expected: list[tuple[int, ChangeKind]] = []
    reported = False
    for letter, run in groupby(seen, key=lambda each: each[1]):
        places = [place for place, _ in run]
        if letter == "f" and len(places) > 1:
            expected.append((places[1], BROKE))
            reported = True
        elif letter == "o" and reported:
            expected.append((places[0], RECOVERED))
            reported = False

    assert [
        (place, change.kind) for place, change in emitted if change.kind in (BROKE, RECOVERED)
    ] == expected


@settings(max_examples=searches(100, 1000))
@given(CHECKS, EVERY)
def test_nothing_recovers_that_was_not_reported_and_what_is_reported_again_is_worse(
    checks: list[ProbeResult], every: timedelta
) -> None:
    _, emitted = lived(checks, every)

    standing: dict[str, State] = {}
    for _, change in emitted:
        id_, state = change.finding.id, change.finding.state
        assert change.first_seen <= change.confirmed_at
        if change.kind is BROKE:
            assert state in (WARNING, FAILED)
            assert standing.get(id_) in (None, WARNING)
            assert state is FAILED or id_ not in standing
            standing[id_] = state
        elif change.kind is RECOVERED:
            assert state is OK
            assert standing.pop(id_, None) is not None
        elif change.kind is CHANGED and id_ in standing:
            standing[id_] = state


@settings(max_examples=searches(100, 1000))
@given(CHECKS, EVERY, st.data())
def test_what_nobody_could_see_changes_nothing(
    checks: list[ProbeResult], every: timedelta, data: st.DataObject
) -> None:
    blind = ProbeResult(
        tuple(Finding(each, UNKNOWN, "not tried") for each in ("sign_in", "table:vendor", "rows:vendor"))
    )
    cursor, now = SensorCursor(), NOON
    blind_cursor, kinds, blind_kinds = SensorCursor(), [], []
    for result in checks:
        now += every
        for _ in range(data.draw(st.integers(0, 2))):
            blind_cursor, changes = update(blind_cursor, blind, now - timedelta(minutes=1))
            blind_kinds += [(change.kind, change.finding.id) for change in changes]
        cursor, changes = update(cursor, result, now)
        kinds += [(change.kind, change.finding.id) for change in changes]
        blind_cursor, changes = update(blind_cursor, result, now)
        blind_kinds += [(change.kind, change.finding.id) for change in changes]
        assert blind_cursor.problems() == cursor.problems()
        assert blind_cursor.pending() == cursor.pending()

    alarms = [(kind, id_) for kind, id_ in kinds if kind in (BROKE, RECOVERED, NEW)]
    assert [(kind, id_) for kind, id_ in blind_kinds if kind in (BROKE, RECOVERED, NEW)] == alarms


@settings(max_examples=searches(70, 700))
@given(CHECKS, CHECKS, EVERY)
def test_a_cursor_that_was_written_and_read_goes_on_as_if_it_had_not_been(
    before: list[ProbeResult], after: list[ProbeResult], every: timedelta
) -> None:
    cursor, _ = lived(before, every)
    again = SensorCursor.parse(cursor.serialize())

    assert again == cursor
    assert lived(after, every, again) == lived(after, every, cursor)


@settings(max_examples=searches(100, 1000))
@given(CHECKS, EVERY)
def test_a_heartbeat_comes_at_most_once_a_day_and_repeats_what_was_reported(
    checks: list[ProbeResult], every: timedelta
) -> None:
    _, emitted = lived(checks, every)

    last: dict[str, tuple[int, Change]] = {}
    for place, change in emitted:
        if change.kind is HEARTBEAT:
            earlier, before = last[change.finding.id]
            assert (place - earlier) * every >= DAY
            assert change.finding.state in (before.finding.state, UNKNOWN)
        last[change.finding.id] = (place, change)


@settings(max_examples=searches(100, 1000))
@given(CHECKS, EVERY)
def test_what_stands_is_what_was_emitted_last(checks: list[ProbeResult], every: timedelta) -> None:
    cursor, emitted = lived(checks, every)

    last = {change.finding.id: change.finding for _, change in emitted}
    assert all(last[each.id] == each for each in cursor.reported())
    assert all(
        each.id in {s.id for s in cursor.reported()}
        for each in last.values()
        if each.state in (FAILED, WARNING)
    )
    assert all(each.since is not None for each in cursor.reported())
