"""What an account offers is found out by asking, with few questions, and nothing readable is given up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from netsuite_pipeline.netsuite.errors import (
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.extract.column_fallback import resolve_columns
from netsuite_pipeline.sync.planning.read_plan import ReadPlan, changed_parents_plan, plan_read
from netsuite_pipeline.tables import Column
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import EARLY, TRANSACTION, a_company
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Refusal, refusal

NOW = datetime(2026, 11, 23, 12)
RECEIVED = plan_read(TRANSACTION, None, full=True, now=NOW).result_columns
STATE = TableState(EARLY, RECEIVED, (), NOW, 4, NOW)
WIDE = replace(
    TRANSACTION,
    columns=(*TRANSACTION.columns, *(Column(f"custbody_{n}", "text", "Custom.") for n in range(24))),
)
HOWS: list[Refusal] = ["named", "unnamed", "poison"]


def _read(mode: str = "full", table: Any = TRANSACTION) -> ReadPlan:
    return plan_read(table, STATE if mode == "changed" else None, full=mode == "full", now=NOW)


def _asking(fake: FakeNetSuite) -> Callable[[ReadPlan], Page]:
    return lambda read: fake.fetch_page(read.sql())


def _gone(before: ReadPlan, after: ReadPlan) -> set[str]:
    return set(before.result_columns) - set(after.result_columns)


def test_a_well_account_is_asked_once() -> None:
    fake, read = a_company(), _read()
    resolved = resolve_columns(read, _asking(fake))
    assert (resolved.read, resolved.unavailable, len(fake.asked)) == (read, {}, 1)
    assert len(resolved.page.rows) == 4


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("mode", ["full", "changed"])
@pytest.mark.parametrize(
    ("columns", "gone"),
    [
        (["memo"], {"memo"}),
        (["entity"], {"entity", "entity_label"}),
        (["total", "posting"], {"total", "posting"}),
        (["trandate", "status", "memo"], {"trandate", "status", "status_label", "memo"}),
    ],
)
@pytest.mark.few(10)
def test_refused_columns_are_left_out_and_no_others(
    columns: list[str], gone: set[str], mode: str, how: Refusal
) -> None:
    fake, read = a_company(), _read(mode)
    fake.hidden_columns = {("transaction", column): how for column in columns}
    resolved = resolve_columns(read, _asking(fake))
    assert _gone(read, resolved.read) == gone == set(resolved.unavailable)
    assert resolved.read.mode == mode
    reasons = {"named": "unknown", "unnamed": "refused", "poison": "unexpected"}
    assert set(resolved.unavailable.values()) == {reasons[how]}


def test_netsuites_own_reason_is_kept() -> None:
    fake, read = a_company(), _read()

    def refuse(sql: str) -> None:
        if "memo" in sql:
            raise refusal(
                "Field 'memo' for record 'transaction' was not found. Reason: NOT_EXPOSED - internal"
            )

    fake.before_page = refuse
    assert resolve_columns(read, _asking(fake)).unavailable == {"memo": "not_exposed"}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("mode", ["full", "changed"])
def test_where_utc_is_refused_the_session_speaks_and_its_offset_is_measured(mode: str, how: Refusal) -> None:
    fake, read = a_company(utc_offset=timedelta(hours=-8), refuses_utc=how), _read(mode)
    resolved = resolve_columns(read, _asking(fake), lambda: timedelta(hours=-8))
    assert resolved.read == replace(read, dialect=Dialect(utc=False), utc_offset=timedelta(hours=-8))
    assert resolved.unavailable == {}
    assert resolved.page.rows[0]["lastmodifieddate"] == "2026-11-01 00:30:15"


@pytest.mark.parametrize("how", HOWS)
def test_where_labels_are_refused_the_columns_stay(how: Refusal) -> None:
    fake, read = a_company(refuses_labels=how), _read()
    resolved = resolve_columns(read, _asking(fake))
    assert _gone(read, resolved.read) == {"entity_label", "status_label"} == set(resolved.unavailable)


@pytest.mark.parametrize("how", ["unnamed", "poison"])
def test_one_label_that_is_refused_is_the_only_one_left_out(how: Refusal) -> None:
    fake, read = a_company(), _read()
    fake.hidden_labels = {("transaction", "status"): how}
    assert _gone(read, resolve_columns(read, _asking(fake)).read) == {"status_label"}


@pytest.mark.parametrize("mode", ["full", "changed"])
@pytest.mark.parametrize("utc", HOWS)
@pytest.mark.parametrize("labels", [*HOWS, None])
@pytest.mark.parametrize("column", [*HOWS, None])
@pytest.mark.few(10)
def test_several_causes_at_once_are_distinguished(
    utc: Refusal, labels: Refusal | None, column: Refusal | None, mode: str
) -> None:
    fake, read = a_company(refuses_utc=utc, refuses_labels=labels), _read(mode)
    fake.hidden_columns = {("transaction", "memo"): column} if column else {}
    resolved = resolve_columns(read, _asking(fake))
    gone = ({"memo"} if column else set()) | ({"entity_label", "status_label"} if labels else set())
    assert _gone(read, resolved.read) == gone == set(resolved.unavailable)
    assert not resolved.read.dialect.utc


@pytest.mark.parametrize("how", HOWS)
def test_without_its_cursor_a_table_is_read_in_full(how: Refusal) -> None:
    fake, read = a_company(), _read("changed")
    fake.hidden_columns = {("transaction", "lastmodifieddate"): how}
    resolved = resolve_columns(read, _asking(fake))
    assert (resolved.read.mode, resolved.read.since) == ("full", None)
    assert _gone(read, resolved.read) == {"lastmodifieddate"}
    assert len(resolved.page.rows) == 4


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("also", [None, *HOWS])
@pytest.mark.few(11)
def test_a_cursor_that_cannot_be_filtered_by_keeps_its_column(how: Refusal, also: Refusal | None) -> None:
    fake, read = a_company(), _read("changed")
    fake.unfiltered = {("transaction", "lastmodifieddate"): how}
    fake.hidden_columns = {("transaction", "memo"): also} if also else {}
    resolved = resolve_columns(read, _asking(fake))
    assert (resolved.read.mode, resolved.read.since, resolved.read.unfiltered) == ("full", None, True)
    assert _gone(read, resolved.read) == ({"memo"} if also else set())
    assert "lastmodifieddate" in resolved.read.columns
    assert len(resolved.page.rows) == 4
    assert len(fake.asked) < 40


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("mode", ["full", "changed"])
def test_a_refused_key_fails_the_table(how: Refusal, mode: str) -> None:
    fake = a_company()
    fake.hidden_columns = {("transaction", "id"): how}
    with pytest.raises((QueryError, Unavailable)):
        resolve_columns(_read(mode), _asking(fake))


def test_a_refusal_for_no_column_is_raised_unchanged() -> None:
    fake = a_company()

    def refuse(sql: str) -> None:
        raise refusal("Failed to parse SQL: syntax error")

    fake.before_page = refuse
    with pytest.raises(QueryError, match="syntax error"):
        resolve_columns(_read(), _asking(fake))
    assert len(fake.asked) <= 6


def test_keys_alone_have_nothing_to_leave_out() -> None:
    fake = a_company()
    fake.hidden_columns = {("transaction", "lastmodifieddate"): "unnamed"}
    with pytest.raises(QueryError):
        resolve_columns(changed_parents_plan(TRANSACTION, EARLY, Dialect()), _asking(fake))


@pytest.mark.parametrize(
    "error",
    [SignInError("No."), PermissionDenied("No.", table="transaction"), Throttled("No."), Unavailable("No.")],
)
def test_other_failures_are_no_reason_to_ask_for_less(error: Exception) -> None:
    fake = a_company()

    def fail(sql: str) -> None:
        raise error

    fake.before_page = fail
    with pytest.raises(type(error)):
        resolve_columns(_read(), _asking(fake))
    assert len(fake.asked) == 1


def _wide_company() -> FakeNetSuite:
    fake = FakeNetSuite([WIDE])
    fake.insert("transaction", {"id": 1, "lastmodifieddate": EARLY})
    return fake


@pytest.mark.parametrize(
    ("how", "columns", "most"),
    [
        ("named", ["custbody_7"], 2),
        ("named", ["custbody_0", "custbody_7", "custbody_23"], 4),
        ("unnamed", ["custbody_7"], 13),
        ("poison", ["custbody_23"], 12),
        ("poison", ["custbody_1", "custbody_22"], 22),
    ],
)
def test_culprits_among_thirty_columns_are_found_with_few_questions(
    how: Refusal, columns: list[str], most: int
) -> None:
    fake, read = _wide_company(), _read("full", WIDE)
    fake.hidden_columns = {("transaction", column): how for column in columns}
    assert _gone(read, resolve_columns(read, _asking(fake)).read) == set(columns)
    assert len(fake.asked) <= most
