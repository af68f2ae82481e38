"""What is said of a look: a break once, when it is confirmed; its end once; nothing of what nobody could see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind, update
from netsuite_pipeline_tests.health.monitoring.histories import (
    BLOCKED,
    BROKE,
    CHANGED,
    DAY,
    FAILED,
    FIRST,
    HEARTBEAT,
    LETTERS,
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
from netsuite_pipeline_tests.one_pass import in_one_pass


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


def test_a_later_check_without_a_subject_leaves_it_as_it_was() -> None:
    cursor, _ = lived([one(FAILED), one(FAILED)])

    later, emitted = update(cursor, one(OK, "table:vendor"), NOON + DAY)

    assert [change.finding.id for change in emitted] == ["table:vendor"]
    assert later.subjects["sign_in"] == cursor.subjects["sign_in"]
    assert replace(later, subjects={}) == replace(cursor, subjects={})
