"""Which columns are offered: culprits that are named, culprits that are sought, and moments that accuse nobody."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.probes.column_probe import AvailableColumns, probe_columns

COLUMNS = ("email", "phone", "fax", "url", "terms", "comments", "altname")


class Account:
    """Answers as NetSuite does: `named` are refused by name, `poisoned` fail inside, `mute` refuse unnamed."""

    def __init__(
        self,
        named: Sequence[str] = (),
        poisoned: Sequence[str] = (),
        mute: Sequence[str] = (),
        *,
        bad_calls: Sequence[int] = (),
    ) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._named, self._poisoned, self._mute = named, poisoned, mute
        self._bad_calls = bad_calls

    def __call__(self, names: Sequence[str]) -> None:
        self.asked.append(tuple(names))
        if len(self.asked) in self._bad_calls or set(names) & set(self._poisoned):
            raise Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR")
        for name in names:
            if name in self._named:
                raise QueryError("gone", column=name, reason="not_exposed")
        if set(names) & set(self._mute):
            raise QueryError("Invalid or unsupported search", reason="unsupported")


def test_all_well_costs_one_question() -> None:
    account = Account()
    assert probe_columns(account, COLUMNS) == AvailableColumns(COLUMNS)
    assert account.asked == [COLUMNS]


def test_a_named_culprit_costs_one_question_more() -> None:
    account = Account(named=["fax", "terms"])
    found = probe_columns(account, COLUMNS)
    assert found.refused == {"fax": "not_exposed", "terms": "not_exposed"}
    assert found.columns == ("email", "phone", "url", "comments", "altname")
    assert len(account.asked) == 3


@pytest.mark.parametrize(("kind", "reason"), [("poisoned", "unexpected"), ("mute", "refused")])
@pytest.mark.parametrize("culprits", [["email"], ["altname"], ["phone", "url"], [*COLUMNS]])
def test_culprits_that_are_not_named_are_found(kind: str, reason: str, culprits: list[str]) -> None:
    found = probe_columns(Account(**{kind: culprits}), COLUMNS)  # type: ignore[arg-type]
    assert found.refused == dict.fromkeys(culprits, reason)
    assert set(found.columns) == set(COLUMNS) - set(culprits)


def test_named_and_unnamed_culprits_together_are_all_found() -> None:
    found = probe_columns(Account(named=["fax"], poisoned=["url"], mute=["email"]), COLUMNS)
    assert found.refused == {"fax": "not_exposed", "url": "unexpected", "email": "refused"}


@pytest.mark.parametrize("bad_calls", [(1,), (1, 3), (1, 4), (1, 3, 4), (1, 5)])
def test_a_passing_failure_excludes_no_column(bad_calls: tuple[int, ...]) -> None:
    assert probe_columns(Account(bad_calls=bad_calls), COLUMNS) == AvailableColumns(COLUMNS)


@given(
    st.sets(st.sampled_from(COLUMNS)),
    st.sets(st.sampled_from(COLUMNS)),
    st.integers(min_value=0, max_value=30),
)
def test_one_bad_moment_never_changes_what_is_found(named: set[str], poisoned: set[str], moment: int) -> None:
    account = Account(sorted(named), sorted(poisoned - named), bad_calls=(moment,))
    found = probe_columns(account, COLUMNS)
    assert set(found.refused) == named | poisoned
    assert found.columns == tuple(name for name in COLUMNS if name not in named | poisoned)


def test_a_refusal_of_the_key_itself_accuses_no_column() -> None:
    account = Account()

    def ask(names: Sequence[str]) -> None:
        account(names)
        raise QueryError("Invalid or unsupported search", reason="unsupported")

    with pytest.raises(QueryError):
        probe_columns(ask, COLUMNS)
    assert account.asked == [COLUMNS, ()]


@pytest.mark.parametrize(
    "error",
    [
        SignInError("refused"),
        PermissionDenied("hidden", table="vendor"),
        Throttled("busy"),
        Unavailable("down", status=503),
    ],
)
def test_what_is_not_about_the_columns_is_raised_at_once(error: NetSuiteError) -> None:
    asked: list[Sequence[str]] = []

    def ask(names: Sequence[str]) -> None:
        asked.append(names)
        raise error

    with pytest.raises(type(error)):
        probe_columns(ask, COLUMNS)
    assert len(asked) == 1


def test_a_statement_that_stays_refused_though_every_part_is_answered_is_raised_in_the_end() -> None:
    asked: list[Sequence[str]] = []

    def ask(names: Sequence[str]) -> None:
        asked.append(names)
        if len(names) == len(COLUMNS):
            raise Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR")

    with pytest.raises(Unavailable):
        probe_columns(ask, COLUMNS)
    assert len(asked) < 20
