"""A diagnosis as text, from findings made by hand."""

from datetime import datetime
from typing import Any

import pytest

from netsuite_pipeline.commands.doctor_output import diagnosis_lines, finding_lines, summary
from netsuite_pipeline.health.doctor import Diagnosis
from netsuite_pipeline.health.findings import Cause, Finding, State

_OK, _WARNING, _FAILED, _UNKNOWN = State.OK, State.WARNING, State.FAILED, State.UNKNOWN


def _lines(*findings: Finding, **rest: Any) -> list[str]:
    return diagnosis_lines(Diagnosis(findings, **rest), 80)


_ONE = {
    "well": (Finding("clock", _OK, "0.4 s apart"), ["  ✓ Clock           0.4 s apart"]),
    "one cause": (
        Finding("suiteql", _FAILED, "refused", (Cause("The role lacks X.", "REST answers.", "Add X."),), "Add X."),
        ["  ✗ SuiteQL         refused", "                    Most likely: The role lacks X. REST answers.", "                    To fix: Add X."],
    ),
    "many causes": (
        Finding("sign_in", _FAILED, "refused", (Cause("Revoked.", "", "Renew."), Cause("Blocked.", "It says so.")), "Look at the trail."),
        [
            "  ✗ Sign-in         refused",
            "                    Possible causes, the likeliest first:",
            "                    1. Revoked.",
            "                       → Renew.",
            "                    2. Blocked. It says so.",
            "                    To fix: Look at the trail.",
        ],
    ),
    "a remedy that a cause has already": (
        Finding("rest", _FAILED, "no", (Cause("A.", "", "Do a."), Cause("B.", "", "Do b.")), "Do a."),
        [
            "  ✗ REST            no",
            "                    Possible causes, the likeliest first:",
            "                    1. A.",
            "                       → Do a.",
            "                    2. B.",
            "                       → Do b.",
        ],
    ),
    "since": (
        Finding("column:customer.email", _FAILED, "gone", since=datetime(2026, 11, 23, 9, 55)),
        ["  ✗ customer.email  gone", "                    Since 2026-11-23 09:55 UTC."],
    ),
    "a long name": (
        Finding("table:customersubsidiaryrelationship", _WARNING, "hidden"),
        ["  ! customersubsidiaryrelationship", "                    hidden"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("finding", "lines"), _ONE.values(), ids=_ONE)
def test_one_finding(finding: Finding, lines: list[str]) -> None:
    assert finding_lines(finding, 80) == lines


def test_long_texts_are_wrapped_beside_the_name_and_paths_stay_whole() -> None:
    path = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql"
    lines = finding_lines(Finding("host", _FAILED, f"{'word ' * 20}{path}"), 80)
    assert all(line.startswith(" " * 20) for line in lines[1:])
    assert any(path in line for line in lines)
    assert all(len(line) <= 80 or path in line for line in lines)


def test_tables_that_are_well_are_one_line_and_the_others_are_reported_singly() -> None:
    lines = _lines(
        Finding("deleted_records", _OK, "readable"),
        Finding("table:customer", _OK, "readable"),
        Finding("column:customer.email", _OK, "new column"),
        Finding("rows:customer", _OK, "2"),
        Finding("table:vendor", _FAILED, "hidden"),
        Finding("rows:vendor", _UNKNOWN, "not counted: it is hidden"),
        Finding("warehouse", _OK, "there"),
    )
    assert lines[2:-2] == [
        "  ✓ Deleted records readable",
        "  ✓ Tables          1 table readable",
        "  ✗ vendor          hidden",
        "  ✓ Columns         1 new column: customer.email",
        "  ✓ Row counts      1 table counted; no rows are missing",
        "  – Row counts      1 table (vendor) not counted: it is hidden",
        "  ✓ Warehouse       there",
    ]


def test_causes_that_several_tables_have_in_common_are_reported_once() -> None:
    def fewer(table: str) -> Finding:
        causes = (
            Cause("The role was restricted.", "", "Lift it."),
            Cause("They were deleted.", "", f"--accept-shrink {table}"),
        )
        return Finding(f"rows:{table}", State.FAILED, f"{table} has fewer rows.", causes)

    diagnosis = Diagnosis(tuple(map(fewer, ("transaction", "transactionline"))))
    lines = diagnosis_lines(diagnosis, 100)
    assert sum("The role was restricted." in line for line in lines) == 1
    beneath = lines[next(number for number, line in enumerate(lines) if "✗ transactionline" in line) :]
    assert "Causes and remedies: see transaction." in " ".join(beneath)


def test_what_was_not_tried_is_one_line_a_reason() -> None:
    findings = [
        Finding(f"table:t{place}", _UNKNOWN, "not checked (sign-in must work first)") for place in range(5)
    ]
    lines = _lines(*findings, Finding("table:u", _UNKNOWN, "took too long"))
    assert lines[2:-2] == [
        "  – Tables          5 tables not checked (sign-in must work first)",
        "  – Tables          1 table (u): took too long",
    ]


def test_head_sunset_and_what_was_detected() -> None:
    lines = _lines(
        Finding("clock", _OK, "right"),
        account="1234567",
        role="Data pipeline",
        user="Robot",
        capabilities=("COUNT works.",),
        sunsets=("No more from 2027.1",),
    )
    assert lines == [
        'NetSuite account 1234567 · role "Data pipeline" · user Robot',
        "",
        "  ✓ Clock           right",
        "  ! TBA             No more from 2027.1",
        "",
        "Capabilities of this account:",
        "  · COUNT works.",
        "",
        "1 warning. Exit 0.",
    ]


def test_the_count_at_the_end_counts_every_line_above_it() -> None:
    findings = [
        Finding("rest", _WARNING, "It is slow."),
        Finding("soap", _FAILED, "It is refused."),
        Finding("clock", _UNKNOWN, "not tried"),
        *(Finding(f"table:t{place}", _FAILED, "It is gone.") for place in range(2)),
        *(Finding(f"column:u.c{place}", _WARNING, "It is gone.") for place in range(3)),
        Finding("rows:v", _WARNING, "Some are gone."),
        Finding("warehouse", _WARNING, "It is old."),
    ]
    lines = _lines(*findings, sunsets=("No more from 2027.1", "No more from 2028.2"))
    problems = sum(line.startswith("  ✗ ") for line in lines)
    warnings = sum(line.startswith("  ! ") for line in lines)
    assert lines[-1] == f"{problems} problems, {warnings} warnings. Exit 1."
    assert (problems, warnings) == (3, 8)


_SUMMARIES = {
    "well": ([_OK, _UNKNOWN], "No problem. Exit 0."),
    "warnings": ([_WARNING, _OK], "1 warning. Exit 0."),
    "problems": ([_FAILED, _FAILED, _WARNING], "2 problems, 1 warning. Exit 1."),
}


@pytest.mark.parametrize(("states", "words"), _SUMMARIES.values(), ids=_SUMMARIES)
@pytest.mark.few(1)
def test_the_last_line_counts_and_says_how_it_exits(states: list[State], words: str) -> None:
    assert summary(Diagnosis(tuple(Finding("x", state, "") for state in states))) == words
