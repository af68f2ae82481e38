"""What is said of a look: a break once, when it is confirmed; its end once; nothing of what nobody could see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind, update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.one_pass import in_one_pass

NOON = datetime(2026, 11, 23, 12)
TICK = timedelta(minutes=5)
DAY = timedelta(hours=24)
OK, WARNING, FAILED, UNKNOWN = State.OK, State.WARNING, State.FAILED, State.UNKNOWN
FIRST, BROKE, CHANGED = ChangeKind.FIRST, ChangeKind.BROKE, ChangeKind.CHANGED
RECOVERED, NEW, HEARTBEAT = ChangeKind.RECOVERED, ChangeKind.NEW, ChangeKind.HEARTBEAT
LETTERS = {"o": OK, "w": WARNING, "f": FAILED, "u": UNKNOWN}
REVOKED = Cause("The token was revoked.", "It worked before.", "Make a new one.")
BLOCKED = Cause("The integration is blocked.", "", "Unblock it.")


def one(state: State, subject: str = "sign_in", cause: Cause = REVOKED) -> ProbeResult:
    """A look at one subject."""
    causes = (cause,) if state in (FAILED, WARNING) else ()
    return ProbeResult(
        (Finding(subject, state, f"it is {state}", causes, causes[0].remedy if causes else ""),)
    )


def lived(
    checks: Sequence[ProbeResult], every: timedelta = TICK, cursor: SensorCursor | None = None
) -> tuple[SensorCursor, list[tuple[int, Change]]]:
    """The memory after these looks, and what was said, each with the place of its look."""
    cursor = cursor or SensorCursor()
    emitted: list[tuple[int, Change]] = []
    for place, result in enumerate(checks):
        cursor, changes = update(cursor, result, NOON + place * every)
        emitted += [(place, change) for change in changes]
    return cursor, emitted


def words(states: str, subject: str = "sign_in") -> str:
    """What is said over a history of one subject: '1:broke' is a break that the second look (1) confirms."""
    _, emitted = lived([one(LETTERS[letter], subject) for letter in states])
    return " ".join(f"{place}:{change.kind}" for place, change in emitted)


@in_one_pass(
    ("states", "emitted"),
    [
        ("o", "0:first"),
        ("oo", "0:first"),
        ("f", ""),
        ("of", "0:first"),
        ("off", "0:first 2:broke"),
        ("offf", "0:first 2:broke"),
        ("offo", "0:first 2:broke 3:recovered"),
        ("offoo", "0:first 2:broke 3:recovered"),
        ("ofofofo", "0:first"),  # stray ones
        ("offofoff", "0:first 2:broke 3:recovered 7:broke"),
        ("ff", "1:broke"),  # broken from the first look on
        ("ffo", "1:broke 2:recovered"),
        ("fo", "1:first"),
        # What nobody could see neither confirms nor heals, nor lets a doubt be forgotten.
        ("ofu", "0:first"),
        ("ofuf", "0:first 3:broke"),
        ("offuuo", "0:first 2:broke 5:recovered"),
        ("ofuo", "0:first"),
        ("u", "0:first"),
        ("uuo", "0:first 2:first"),
        ("uff", "0:first 2:broke"),
        ("fu", ""),
        # A warning that was always so is no regression; one that came is.
        ("ww", "1:first"),
        ("wwo", "1:first 2:new"),
        ("oww", "0:first 2:broke"),
        ("owwo", "0:first 2:broke 3:recovered"),
        # Worse is news for people, less bad is not; the end is told once.
        ("owwff", "0:first 2:broke 4:broke"),
        ("owwffo", "0:first 2:broke 4:broke 5:recovered"),
        ("owwf", "0:first 2:broke"),
        ("offww", "0:first 2:broke 4:changed"),
        ("offwwo", "0:first 2:broke 4:changed 5:recovered"),
        ("offwfwf", "0:first 2:broke"),
        ("wwff", "1:first 3:broke"),
        ("ofw", "0:first 2:broke"),
    ],
)
def test_what_is_emitted_when(states: str, emitted: str) -> None:
    assert words(states) == emitted


def test_a_break_says_since_when_and_when_it_was_confirmed() -> None:
    _, emitted = lived([one(OK), one(OK), one(FAILED), one(FAILED)])

    change = emitted[-1][1]
    assert (change.kind, change.finding.state, change.finding.since) == (BROKE, FAILED, NOON + 2 * TICK)
    assert (change.first_seen, change.confirmed_at) == (NOON + 2 * TICK, NOON + 3 * TICK)
    assert change.last_ok == NOON + TICK
    assert change.finding.causes == (REVOKED,)


def test_a_recovery_says_how_long_it_was_broken() -> None:
    _, emitted = lived([one(OK), one(FAILED), one(FAILED), one(FAILED), one(OK)])

    change = emitted[-1][1]
    assert (change.kind, change.finding.state, change.duration) == (RECOVERED, OK, 3 * TICK)
    assert (change.first_seen, change.confirmed_at) == (NOON + TICK, NOON + 2 * TICK)


def test_a_failure_that_follows_a_warning_is_reported_since_it_failed() -> None:
    _, emitted = lived([one(OK), one(WARNING), one(WARNING), one(FAILED), one(FAILED)])

    assert emitted[-1][1].finding.since == NOON + 3 * TICK


def test_another_cause_is_shown_once_it_was_seen_twice_and_nobody_is_alerted_again() -> None:
    causes = [REVOKED, REVOKED, BLOCKED, REVOKED, Cause("The role is inactive."), BLOCKED]
    cursor, emitted = lived([one(OK), *(one(FAILED, cause=cause) for cause in causes)])
    assert [change.kind for _, change in emitted] == [FIRST, BROKE]

    cursor, changes = update(cursor, one(FAILED, cause=BLOCKED), NOON + 7 * TICK)

    assert [(change.kind, change.finding.causes, change.first_seen) for change in changes] == [
        (CHANGED, (BLOCKED,), NOON + TICK)
    ]
    assert cursor.problems() == (changes[0].finding,)


def test_other_figures_are_no_other_cause() -> None:
    ahead = [361, 362, 363, 363, 364, 364]
    checks = [one(FAILED, "clock", Cause(f"This clock is {seconds} s ahead.")) for seconds in ahead]

    _, emitted = lived(checks)

    assert [change.kind for _, change in emitted] == [BROKE]


def test_two_findings_of_one_subject_in_one_check_confirm_nothing() -> None:
    _, emitted = lived([one(OK), one(FAILED) + one(FAILED)])

    assert [change.kind for _, change in emitted] == [FIRST]


# Columns: of a table that was looked at, silence is good.


def columns(*gone: str, table: str = "customer", new: Sequence[str] = ()) -> ProbeResult:
    """A look at all columns of a table."""
    findings = [Finding(f"column:{table}.{name}", FAILED, "gone") for name in gone]
    findings += [Finding(f"column:{table}.{name}", OK, "new column") for name in new]
    return ProbeResult(tuple(findings), frozenset({table}))


def spoken(emitted: Sequence[tuple[int, Change]]) -> list[tuple[int, str, str]]:
    return [(place, str(change.kind), change.finding.id) for place, change in emitted]


def test_a_tables_columns_are_shown_as_a_whole_from_the_first_check_on() -> None:
    _, emitted = lived([columns(), columns()])

    assert spoken(emitted) == [(0, "first", "column:customer")]


def test_a_hidden_column_breaks_once_and_recovers_in_silence() -> None:
    cursor, emitted = lived(
        [columns(), columns("email"), columns("email"), columns("email"), columns(), columns()]
    )

    assert spoken(emitted) == [
        (0, "first", "column:customer"),
        (2, "broke", "column:customer.email"),
        (4, "recovered", "column:customer.email"),
    ]
    assert emitted[-1][1].finding.state is OK
    assert [each.id for each in cursor.reported()] == ["column:customer"]


def test_a_column_that_is_gone_from_the_first_check_on_is_never_shown_as_well() -> None:
    _, emitted = lived([columns("email"), columns("email"), columns()])

    assert spoken(emitted) == [
        (1, "broke", "column:customer.email"),
        (2, "first", "column:customer"),
        (2, "recovered", "column:customer.email"),
    ]


def test_a_column_that_was_away_for_one_check_is_not_worth_a_word() -> None:
    cursor, emitted = lived([columns(), columns("email"), columns(), columns("email"), columns()])

    assert spoken(emitted) == [(0, "first", "column:customer")]
    assert cursor.pending() == ()


def test_a_column_of_a_table_that_was_not_checked_stays_broken() -> None:
    elsewhere = columns(table="vendor")
    cursor, emitted = lived(
        [columns("email"), columns("email"), elsewhere, elsewhere, one(UNKNOWN, "table:customer")]
    )

    assert (RECOVERED, "column:customer.email") not in {(c.kind, c.finding.id) for _, c in emitted}
    assert [each.id for each in cursor.problems()] == ["column:customer.email"]


def test_a_new_column_is_news_once_and_then_in_its_tables_word() -> None:
    new = columns(new=["custentity_tier"])
    checks = [columns(), new, new, new, new, new, new, columns(), columns()]

    cursor, emitted = lived(checks, every=DAY / 4)

    assert spoken(emitted) == [
        (0, "first", "column:customer"),
        (1, "new", "column:customer.custentity_tier"),
        (4, "heartbeat", "column:customer"),
        (8, "heartbeat", "column:customer"),
    ]
    assert [each.id for each in cursor.reported()] == ["column:customer"]


def test_a_table_that_was_never_readable_is_no_alert_and_good_news_when_it_is() -> None:
    assert words("wwwo", "table:vendor") == "1:first 3:new"


def test_an_unknown_column_says_nothing() -> None:
    result = ProbeResult((Finding("column:customer.email", UNKNOWN, "not tried"),), frozenset({"customer"}))

    _, emitted = lived([columns(), result, result])

    assert spoken(emitted) == [(0, "first", "column:customer")]


# The heartbeat.


@pytest.mark.parametrize(
    ("checks", "kind", "state"),
    [
        ([OK, OK], HEARTBEAT, OK),
        ([FAILED, FAILED, FAILED], HEARTBEAT, FAILED),
        ([FAILED, FAILED, UNKNOWN], HEARTBEAT, FAILED),  # it stands until somebody sees it well
        ([OK, UNKNOWN], HEARTBEAT, UNKNOWN),
        ([UNKNOWN, UNKNOWN], HEARTBEAT, UNKNOWN),
    ],
)
def test_what_is_emitted_a_day_later(checks: Sequence[State], kind: ChangeKind, state: State) -> None:
    cursor, _ = lived([one(each) for each in checks[:-1]])

    _, early = update(cursor, one(checks[-1]), NOON + DAY - TICK)
    cursor, emitted = update(cursor, one(checks[-1]), NOON + DAY + TICK)

    assert early == ()
    assert [(change.kind, change.finding.state) for change in emitted] == [(kind, state)]
    assert update(cursor, one(checks[-1]), NOON + DAY + 2 * TICK)[1] == ()


def test_a_subject_unknown_for_an_hour_is_not_yet_shown_as_unknown() -> None:
    cursor, _ = lived([one(OK)])
    cursor, _ = update(cursor, one(OK), NOON + DAY - timedelta(hours=1))

    cursor, emitted = update(cursor, one(UNKNOWN), NOON + DAY)
    assert emitted == ()
    _, emitted = update(cursor, one(UNKNOWN), NOON + DAY + timedelta(hours=5))
    assert [(each.finding.state, each.first_seen) for each in emitted] == [
        (UNKNOWN, NOON + DAY - timedelta(hours=1))
    ]


def test_what_was_shown_as_unknown_is_shown_as_well_at_once() -> None:
    cursor, _ = lived([one(OK), one(UNKNOWN)], every=DAY)

    _, emitted = update(cursor, one(OK), NOON + DAY + TICK)

    assert [(change.kind, change.finding.state) for change in emitted] == [(CHANGED, OK)]


def test_a_break_that_follows_the_unknown_is_an_alert() -> None:
    cursor, _ = lived([one(OK), one(UNKNOWN)], every=DAY)

    _, emitted = lived([one(WARNING), one(WARNING)], cursor=cursor)

    assert [change.kind for _, change in emitted] == [BROKE]


# Over any history.

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


def test_a_later_check_without_a_subject_leaves_it_as_it_was() -> None:
    cursor, _ = lived([one(FAILED), one(FAILED)])

    later, emitted = update(cursor, one(OK, "table:vendor"), NOON + DAY)

    assert [change.finding.id for change in emitted] == ["table:vendor"]
    assert later.subjects["sign_in"] == cursor.subjects["sign_in"]
    assert replace(later, subjects={}) == replace(cursor, subjects={})
