"""A sensor's memory: written and read as it was, clean where it cannot be read, small whatever happens."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.health.monitoring.sign_in_backoff import check_is_due
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.one_pass import in_one_pass

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456)
REPORTING = Finding(
    "table:vendor",
    State.FAILED,
    "Record 'vendor' was not found. – \ud83d",
    (Cause("The role lost Lists > Vendors.", "", "Add it."), Cause("Its feature is off.")),
    "Add it.",
    NOON,
    {"rows": 0, "share": 0.5, "code": ""},
)
FULL = SensorCursor(
    subjects={
        "table:vendor": SubjectState(REPORTING, NOON, NOON, NOON, NOON, None, True),
        "clock": SubjectState(pending="failed x", pending_since=NOON),
        "rest": SubjectState(Finding("rest", State.OK, "", (Cause(""),))),
    },
    baseline={"customer": ("id", "email")},
    next_check_at=NOON,
    refused_checks=2,
    refused_at=(NOON, NOON),
    next_index=7,
)


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert SensorCursor.parse(FULL.serialize()) == FULL
    assert SensorCursor.parse(SensorCursor().serialize()) == SensorCursor()
    clock = SubjectState(Finding("clock", State.OK, ""))
    assert SensorCursor.parse(_with(subjects={"clock": {"reported": OK}})).subjects == {"clock": clock}


def test_an_absent_cursor_is_a_clean_cursor_without_a_word() -> None:
    for cursor in (None, ""):
        assert SensorCursor.parse(cursor) == SensorCursor()
        assert SensorCursor.parse(cursor).note == ""


OK = {"id": "clock", "state": "ok", "seen": ""}


def _with(**changed: object) -> str:
    return json.dumps({**json.loads(FULL.serialize()), **changed})


@in_one_pass(
    "cursor",
    [
        "{",
        "[]",
        "null",
        "7",
        '"text"',
        "{}",
        FULL.serialize()[:-20],
        '{"version":99}',
        "[" * 100_000,
        '{"version":3,"packed":"%%%"}',
        '{"version":3,"packed":"aGVsbG8="}',
        _with(next_index="7"),
        _with(next_index=-1),
        _with(refused_checks=-3),
        _with(refused_checks=None),
        _with(next_check_at="soon"),
        _with(next_check_at="2026-11-23T12:00:00+01:00"),
        _with(refused_at="2026"),
        _with(subjects=[]),
        _with(subjects={"clock": None}),
        _with(subjects={"clock": {"reported": {**OK, "state": "purple"}}}),
        _with(subjects={"clock": {"reported": {**OK, "facts": {"a": []}}}}),
        _with(subjects={"clock": {"reported": {**OK, "causes": ["ab"]}}}),
        _with(subjects={"clock": {"reported": {**OK, "since": "2026-11-23T12:00:00+01:00"}}}),
        _with(subjects={"clock": {"reported": {"state": "ok"}}}),
        _with(subjects={"clock": {"alerted": "yes"}}),
        _with(baseline={"customer": "id"}),
    ],
)
def test_a_broken_cursor_starts_clean_and_says_so(cursor: str) -> None:
    parsed = SensorCursor.parse(cursor)

    assert parsed == SensorCursor()
    assert parsed.note == "The sensor's cursor could not be read. The sensor starts without it."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-11-23T12:00:00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "reported", "state", "seen", "since", "causes", "reported_at", "pending", "clock"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=searches(150, 1500))
@given(
    st.dictionaries(
        st.sampled_from(["subjects", "baseline", "refused_at", "next_check_at", "next_index"]), JSON
    )
)
def test_whatever_is_in_a_cursor_the_next_check_works(raw: dict[str, object]) -> None:
    cursor = SensorCursor.parse(json.dumps({"version": 3, **raw}))

    check = ProbeResult(
        (Finding("clock", State.FAILED, ""), Finding("sign_in", State.FAILED, "")), frozenset({"vendor"})
    )
    check_is_due(cursor, NOON)
    cursor, _ = update(cursor, check, NOON)
    assert SensorCursor.parse(cursor.serialize()) == cursor


@settings(max_examples=searches(70, 700))
@given(st.text())
def test_whatever_text_a_cursor_is_it_can_be_read(cursor: str) -> None:
    assert isinstance(SensorCursor.parse(cursor), SensorCursor)


def _wide_check(state: State) -> ProbeResult:
    """Sixty tables of sixty columns, every column in this state, each in other words."""
    findings: list[Finding] = []
    tables = [f"customrecord_table_{number}" for number in range(60)]
    for table in tables:
        findings += [
            Finding(f"{kind}:{table}", State.OK, f"{table} has 12,345 rows") for kind in ("table", "rows")
        ]
        for number in range(60):
            remedy = f"Customization > Fields > {table}.custbody_a_rather_long_name_{number}: give the role access."
            causes = tuple(
                Cause(f"Reason {each} for {table}.{number}.", "How to confirm.", remedy) for each in range(3)
            )
            findings.append(
                Finding(f"column:{table}.custbody_a_rather_long_name_{number}", state, "gone", causes, remedy)
            )
    return ProbeResult(tuple(findings), frozenset(tables))


@pytest.mark.parametrize("state", [State.OK, State.FAILED])
@pytest.mark.few(1)
def test_sixty_tables_of_sixty_columns_stay_a_small_cursor(state: State) -> None:
    check = _wide_check(state)
    cursor = SensorCursor()
    for table in check.tables:
        cursor = cursor.with_columns(table, [f"custbody_a_rather_long_name_{number}" for number in range(60)])
    for tick in range(2):
        cursor, _ = update(cursor, check, NOON + tick * timedelta(hours=1))

    text = cursor.serialize()

    assert len(text) < 200_000
    assert SensorCursor.parse(text) == cursor
    assert len(cursor.problems()) == (3600 if state is State.FAILED else 0)


def test_tables_that_are_no_longer_extracted_are_forgotten() -> None:
    cursor = replace(
        FULL, subjects={**FULL.subjects, "column:customer.email": SubjectState(), "rows:item": SubjectState()}
    )

    kept = cursor.for_tables(["customer"])

    assert set(kept.subjects) == {"clock", "rest", "column:customer.email"}
    assert kept.baseline == FULL.baseline
    assert cursor.for_tables(["vendor"]).baseline == {}


def test_the_baseline_keeps_every_column_that_was_ever_shown() -> None:
    cursor = (
        SensorCursor().with_columns("customer", ["id", "email"]).with_columns("customer", ["id", "phone"])
    )

    assert cursor.baseline == {"customer": ("id", "email", "phone")}
