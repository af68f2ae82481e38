"""Degrade a table's select list until this account answers it.

Accounts differ: a feature that is off takes its columns along, a role hides fields, and some abilities of
SuiteQL are disputed (design, section 8). The first page is queried with all columns, so an account that
offers all of them costs no extra request.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.probes.column_probe import find_refused, refusal_reason
from netsuite_pipeline.sync.planning.read_plan import ReadPlan, with_shorter_key

Ask = Callable[[ReadPlan], Page]

_MAX_RETRIES = 2
_UTC = "SYS_EXTRACT_UTC"


@dataclass(frozen=True)
class ResolvedRead:
    """A read that NetSuite answers, and its first page.

    Attributes:
        read: The read without what NetSuite refuses.
        page: Its first page.
        unavailable: Columns and labels that this account does not offer, with NetSuite's reason.
    """

    read: ReadPlan
    page: Page
    unavailable: dict[str, str]


def resolve_columns(
    read: ReadPlan, ask: Ask, utc_offset: Callable[[], timedelta] = timedelta
) -> ResolvedRead:
    """Query the first page, without what NetSuite refuses, until NetSuite answers.

    Args:
        read: The read with all columns.
        ask: Queries the first page of a read; raises as `NetSuiteClient.fetch_page` does.
        utc_offset: Measures session time minus UTC; called if SYS_EXTRACT_UTC is refused.

    Raises:
        QueryError: A key column is refused, or no smaller read is answered.
        NetSuiteError: By kind of failure.
    """
    unavailable: dict[str, str] = {}
    retries = 0
    while True:
        try:
            return ResolvedRead(read, ask(read), unavailable)
        except PermissionDenied as error:
            read, labels = _without_hidden_labels(read, error)
            unavailable.update(labels)
        except (QueryError, Unavailable) as error:
            _raise_unless_statement_error(error)
            refused = dict.fromkeys(_named(read, error), refusal_reason(error)) or _search(read, ask, error)
            if not refused and retries < _MAX_RETRIES:
                retries += 1  # every part is answered now: the failure has passed
                continue
            if refused.pop(_UTC, ""):
                dialect = replace(read.dialect, utc=False)
                read = replace(read, dialect=dialect, utc_offset=utc_offset())
                if not refused:
                    continue
            if read.table.cursor in refused and _is_answered_unfiltered(read, ask):
                # The account has the column, and refuses only the condition on it.
                del refused[read.table.cursor]
                read = _unfiltered(read)
                if not refused:
                    continue
            read, gone = _concede(read, refused, error)
            for name in gone:
                # A column takes its label along.
                unavailable[name] = refused.get(name) or refused[name.removesuffix("_label")]


def is_resolvable(read: ReadPlan, error: NetSuiteError) -> bool:
    """Return whether `resolve_columns` may find a smaller read that is answered."""
    return is_statement_error(error) or _hides_a_label(read, error)


def _hides_a_label(read: ReadPlan, error: NetSuiteError) -> bool:
    """Return whether another table is hidden, which only a label can have asked for."""
    hidden = error.table if isinstance(error, PermissionDenied) else ""
    return bool(hidden) and hidden != read.table.name and bool(read.labels)


def _without_hidden_labels(read: ReadPlan, error: PermissionDenied) -> tuple[ReadPlan, dict[str, str]]:
    """Exclude the labels that need a table which is hidden from the role; the columns themselves stay."""
    if not _hides_a_label(read, error):
        raise error
    hidden = [name for name in read.labels if read.table.column(name).references == error.table]
    gone = [f"{name}_label" for name in hidden or read.labels]
    return read.excluding(gone), dict.fromkeys(gone, f"{error.table} is hidden")


def _named(read: ReadPlan, error: NetSuiteError) -> tuple[str, ...]:
    """Return the parts of the read that the refusal itself names."""
    column = error.column if isinstance(error, QueryError) else ""
    if not column:
        return ()
    if column == "sys_extract_utc" and read.dialect.utc:
        return (_UTC,)
    if column in {"builtin", "builtin.df", "df"} and read.labels:
        return tuple(f"{name}_label" for name in read.labels)
    return (column,) if column in read.columns else ()


def _search(read: ReadPlan, ask: Ask, error: NetSuiteError) -> dict[str, str]:
    """Find what is refused, and why, where the refusal names nothing: labels, UTC, or single columns.

    Abilities are tried before columns, and both abilities together as well: a bisection of the columns while
    another cause refuses the statement would find all of them refused.
    """
    probe = _Probe(ask)
    labels = tuple(f"{name}_label" for name in read.labels)
    unlabelled = read.excluding(labels)
    utc = read.dialect.utc and _has_datetimes(read)
    if labels and probe.answers(unlabelled):
        refused = probe.refused_among(read, labels)
    # The cursor's condition uses SYS_EXTRACT_UTC too, so UTC is tried before single columns.
    elif utc and (probe.answers(_in_session(read)) or (labels and probe.answers(_in_session(unlabelled)))):
        refused = (_UTC,)
    else:
        plain = _in_session(unlabelled)
        free = tuple(name for name in plain.columns if name not in {*read.table.key, *probe.named})
        if not free or not probe.answers(_excluding(plain, free)):
            refused = _refused_key_part(_excluding(plain, free), probe, error)
        else:
            refused = probe.refused_among(plain, free)
    return {**dict.fromkeys(refused, refusal_reason(error)), **probe.named}


@dataclass(frozen=True)
class _Probe:
    """Queries that only test whether they are answered.

    Attributes:
        named: What refusals have named so far, with the reason; no later query asks for it. A named column
            costs one query, where a bisection takes several.
    """

    ask: Ask
    named: dict[str, str] = field(default_factory=dict)

    def answers(self, read: ReadPlan) -> bool:
        """Return whether the read, without what refusals name, is answered."""
        return self._refusal(read) is None

    def refused_among(self, read: ReadPlan, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some columns or labels, refused together, that are refused alone as well."""

        def refusal(kept: Sequence[str]) -> NetSuiteError | None:
            return self._refusal(_excluding(read, [name for name in names if name not in kept]))

        return tuple(find_refused(names, refusal, self.named))

    def _refusal(self, read: ReadPlan) -> NetSuiteError | None:
        while True:
            asked = _excluding(read, self.named)
            try:
                self.ask(asked)
            except (QueryError, Unavailable) as error:
                _raise_unless_statement_error(error)
                refused = _named(asked, error)
                if not refused or refused == (_UTC,):
                    return error
                _concede(asked, refused, error)
                self.named.update(dict.fromkeys(refused, refusal_reason(error)))
            else:
                return None


def _in_session(read: ReadPlan) -> ReadPlan:
    """Return the read with datetimes in the session's time zone."""
    return replace(read, dialect=replace(read.dialect, utc=False))


def _raise_unless_statement_error(error: NetSuiteError) -> None:
    if not is_statement_error(error):
        raise error


def _has_datetimes(read: ReadPlan) -> bool:
    return read.mode == "changed" or any(read.table.column(name).type == "datetime" for name in read.columns)


def _unfiltered(read: ReadPlan) -> ReadPlan:
    """Return the read of all rows, for a cursor that NetSuite refuses to filter by."""
    return replace(read, mode="full", since=None, until=None, include_null_cursor=False, unfiltered=True)


def _is_answered_unfiltered(read: ReadPlan, ask: Ask) -> bool:
    """Return whether a read of changes is answered without the condition, its cursor among the columns."""
    if read.mode != "changed" or read.since is None:
        return False
    wanted = {*read.table.key, read.table.cursor}
    columns = tuple(name for name in read.columns if name in wanted)
    return _Probe(ask).answers(replace(_unfiltered(read), columns=columns, labels=()))


def _concede(
    read: ReadPlan, refused: Collection[str], error: NetSuiteError
) -> tuple[ReadPlan, tuple[str, ...]]:
    """Return the read without the refused parts, and the result columns that it loses.

    Raises:
        NetSuiteError: Nothing is refused, or a part of the key that the table cannot be read without.
    """
    refused_key = set(refused) & set(read.table.key)
    if not refused or (refused_key and not _may_lack(read, refused_key, error)):
        raise error
    less = _excluding(read, refused)
    return less, tuple(name for name in read.result_columns if name not in less.result_columns)


def _may_lack(read: ReadPlan, names: Collection[str], error: NetSuiteError) -> bool:
    """Return whether the table may be read by the rest of its key.

    Only a full read may: stored rows may have the whole key. An inner failure may pass, so it changes no key.
    """
    left = [name for name in read.table.key if name not in names]
    parent = read.table.parent.column if read.table.parent else None
    return bool(left) and parent not in names and read.mode == "full" and isinstance(error, QueryError)


def _refused_key_part(keys: ReadPlan, probe: _Probe, error: NetSuiteError) -> tuple[str, ...]:
    """Return the one part of the key that is refused, where the refusal names none.

    Args:
        keys: The read of the key alone.
        probe: Queries the read without a part.
        error: The refusal.

    Raises:
        NetSuiteError: The key is not the cause.
    """
    for name in keys.table.key:
        if _may_lack(keys, [name], error) and probe.answers(_excluding(keys, [name])):
            return (name,)
    raise error


def _excluding(read: ReadPlan, names: Collection[str]) -> ReadPlan:
    """Return the read without some columns and labels."""
    less = with_shorter_key(read, names).excluding([*names])
    # A read by keys has no condition that could be dropped.
    if read.mode == "changed" and read.since is not None and read.table.cursor in names:
        return replace(less, mode="full", since=None)
    return less
