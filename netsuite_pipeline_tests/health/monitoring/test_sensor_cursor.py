"""A sensor's memory: written and read as it was, clean where it cannot be read, small whatever happens."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.health.findings import Cause, Finding, Look, State
from netsuite_pipeline.health.monitoring.regression import look_is_due, remember
from netsuite_pipeline.health.monitoring.sensor_cursor import Memory, Subject
from netsuite_pipeline_tests.lengths import searches

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456)
TELLING = Finding(
    "table:vendor",
    State.FAILED,
    "Record 'vendor' was not found. – \ud83d",
    (Cause("The role lost Lists > Vendors.", "", "Add it."), Cause("Its feature is off.")),
    "Add it.",
    NOON,
    {"rows": 0, "share": 0.5, "code": ""},
)
FULL = Memory(
    subjects={
        "table:vendor": Subject(TELLING, NOON, NOON, NOON, NOON, None, True),
        "clock": Subject(suspect="failed x", suspect_at=NOON),
    },
    baseline={"customer": ("id", "email")},
    next_look_at=NOON,
    refused_looks=2,
    refused_at=(NOON, NOON),
    place=7,
)


def test_a_memory_is_read_as_it_was_written() -> None:
    assert Memory.read(FULL.write()) == FULL
    assert Memory.read(Memory().write()) == Memory()


def test_an_absent_cursor_is_a_clean_memory_without_a_word() -> None:
    for cursor in (None, ""):
        assert Memory.read(cursor) == Memory()
        assert Memory.read(cursor).note == ""


def _with(**changed: object) -> str:
    return json.dumps({**json.loads(FULL.write()), **changed})


@pytest.mark.parametrize(
    "cursor",
    [
        "{",
        "[]",
        "null",
        "7",
        '"text"',
        "{}",
        FULL.write()[:-20],
        '{"version":99}',
        "[" * 100_000,
        '{"version":1,"packed":"%%%"}',
        '{"version":1,"packed":"aGVsbG8="}',
        _with(place="7"),
        _with(place=-1),
        _with(refused_looks=-3),
        _with(refused_looks=None),
        _with(next_look_at="soon"),
        _with(next_look_at="2026-11-23T12:00:00+01:00"),
        _with(refused_at="2026"),
        _with(subjects=[]),
        _with(subjects={"clock": None}),
        _with(subjects={"clock": {"told": {"state": "purple"}}}),
        _with(subjects={"clock": {"told": {"state": "ok", "facts": {"a": []}}}}),
        _with(subjects={"clock": {"told": {"state": "ok", "causes": ["ab"]}}}),
        _with(subjects={"clock": {"alarmed": "yes"}}),
        _with(baseline={"customer": "id"}),
    ],
)
def test_a_broken_cursor_starts_clean_and_says_so(cursor: str) -> None:
    memory = Memory.read(cursor)

    assert memory == Memory()
    assert memory.note == "What the sensor remembered could not be read: it starts anew."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-11-23T12:00:00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["told", "state", "subjects", "baseline", "causes", "said_at", "suspect", "clock"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=searches(150, 1500), deadline=None)
@given(
    st.dictionaries(st.sampled_from(["subjects", "baseline", "refused_at", "next_look_at", "place"]), JSON)
)
def test_whatever_is_in_a_cursor_the_next_look_works(raw: dict[str, object]) -> None:
    memory = Memory.read(json.dumps({"version": 1, **raw}))

    look = Look(
        (Finding("clock", State.FAILED, ""), Finding("sign_in", State.FAILED, "")), frozenset({"vendor"})
    )
    look_is_due(memory, NOON)
    memory, _ = remember(memory, look, NOON)
    assert Memory.read(memory.write()) == memory


@settings(max_examples=searches(70, 700), deadline=None)
@given(st.text())
def test_whatever_text_a_cursor_is_it_can_be_read(cursor: str) -> None:
    assert isinstance(Memory.read(cursor), Memory)


def _wide_look(state: State) -> Look:
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
                Cause(f"Reason {each} for {table}.{number}.", "How to tell.", remedy) for each in range(3)
            )
            findings.append(
                Finding(f"column:{table}.custbody_a_rather_long_name_{number}", state, "gone", causes, remedy)
            )
    return Look(tuple(findings), frozenset(tables))


@pytest.mark.parametrize("state", [State.OK, State.FAILED])
def test_sixty_tables_of_sixty_columns_stay_a_small_cursor(state: State) -> None:
    look = _wide_look(state)
    memory = Memory()
    for table in look.tables:
        memory = memory.with_columns(table, [f"custbody_a_rather_long_name_{number}" for number in range(60)])
    for tick in range(2):
        memory, _ = remember(memory, look, NOON + tick * timedelta(hours=1))

    cursor = memory.write()

    assert len(cursor) < 200_000
    assert Memory.read(cursor) == memory
    assert len(memory.broken()) == (3600 if state is State.FAILED else 0)


def test_tables_that_are_no_longer_extracted_are_forgotten() -> None:
    memory = replace(
        FULL, subjects={**FULL.subjects, "column:customer.email": Subject(), "rows:item": Subject()}
    )

    kept = memory.only(["customer"])

    assert set(kept.subjects) == {"clock", "column:customer.email"}
    assert kept.baseline == FULL.baseline
    assert memory.only(["vendor"]).baseline == {}


def test_the_baseline_keeps_every_column_that_was_ever_shown() -> None:
    memory = Memory().with_columns("customer", ["id", "email"]).with_columns("customer", ["id", "phone"])

    assert memory.baseline == {"customer": ("id", "email", "phone")}
