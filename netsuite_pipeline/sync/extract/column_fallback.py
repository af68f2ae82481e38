"""Finds out by asking what of a select list this account offers: what NetSuite names, or halving finds.

Accounts differ: a feature that is off takes its columns along, a role hides fields, and some abilities of
SuiteQL are disputed (design, section 8). The first page is asked for as if all were well, so a well account
costs no extra request.
"""

from collections.abc import Callable, Collection
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
from netsuite_pipeline.sync.planning.read_plan import ReadPlan, with_shorter_key

Ask = Callable[[ReadPlan], Page]


@dataclass(frozen=True)
class ResolvedRead:
    """A read that NetSuite answers, and its first page.

    Attributes:
        read: What is asked for from now on.
        page: The first page of it.
        unavailable: Columns and labels that this account does not offer, with NetSuite's reason.
    """

    read: ReadPlan
    page: Page
    unavailable: dict[str, str]


def resolve_columns(
    read: ReadPlan, ask: Ask, utc_offset: Callable[[], timedelta] = timedelta
) -> ResolvedRead:
    """Asks for the first page, leaving out what NetSuite refuses until it answers.

    Args:
        read: What is wanted.
        ask: Asks for the first page of a read; raises as `NetSuiteClient.fetch_page` does.
        utc_offset: Measures how far the session's clock is behind UTC; called if SYS_EXTRACT_UTC is refused.

    Raises:
        QueryError: A key column is refused, or nothing that could be left out helps.
        NetSuiteError: By kind of failure.
    """
    unavailable: dict[str, str] = {}
    healed = 0
    while True:
        try:
            return ResolvedRead(read, ask(read), unavailable)
        except PermissionDenied as error:
            read, labels = _less_labels(read, error)
            unavailable.update(labels)
        except (QueryError, Unavailable) as error:
            _raise_unless_about_the_statement(error)
            culprits = dict.fromkeys(_named(read, error), _reason(error)) or _sought(read, ask, error)
            if not culprits and healed < _MOST_HEALED:
                healed += 1  # every part is answered now: it was NetSuite's bad moment
                continue
            if culprits.pop(_UTC, ""):
                dialect = replace(read.dialect, utc=False)
                read = replace(read, dialect=dialect, utc_offset=utc_offset())
                if not culprits:
                    continue
            if read.table.cursor in culprits and _is_answered_unfiltered(read, ask):
                # The column is there, and only its condition is refused.
                del culprits[read.table.cursor]
                read = _unfiltered(read)
                if not culprits:
                    continue
            read, gone = _conceded(read, culprits, error)
            for name in gone:
                # A column takes its label along.
                unavailable[name] = culprits.get(name) or culprits[name.removesuffix("_label")]


_MOST_HEALED = 2
_UTC = "SYS_EXTRACT_UTC"


def is_resolvable(read: ReadPlan, error: NetSuiteError) -> bool:
    """Whether `resolve_columns` may find a smaller read that is answered."""
    return is_statement_error(error) or _hides_a_label(read, error)


def _hides_a_label(read: ReadPlan, error: NetSuiteError) -> bool:
    """Whether it is another table that is hidden, which only a label can have asked for."""
    hidden = error.table if isinstance(error, PermissionDenied) else ""
    return bool(hidden) and hidden != read.table.name and bool(read.labels)


def _less_labels(read: ReadPlan, error: PermissionDenied) -> tuple[ReadPlan, dict[str, str]]:
    """Without the labels that need a table which is hidden from the role; the columns themselves stay."""
    if not _hides_a_label(read, error):
        raise error
    guilty = [name for name in read.labels if read.table.column(name).references == error.table]
    gone = [f"{name}_label" for name in guilty or read.labels]
    return read.excluding(gone), dict.fromkeys(gone, f"{error.table} is hidden")


def _named(read: ReadPlan, error: NetSuiteError) -> tuple[str, ...]:
    """What the refusal itself names, if it names something that was asked for."""
    column = error.column if isinstance(error, QueryError) else ""
    if not column:
        return ()
    if column == "sys_extract_utc" and read.dialect.utc:
        return (_UTC,)
    if column in {"builtin", "builtin.df", "df"} and read.labels:
        return tuple(f"{name}_label" for name in read.labels)
    return (column,) if column in read.columns else ()


def _sought(read: ReadPlan, ask: Ask, error: NetSuiteError) -> dict[str, str]:
    """What must be at fault, and why, when the refusal names nothing: labels, UTC, or single columns.

    Abilities come before columns, and both of them together as well: halving columns while another cause
    refuses the statement would accuse all of them.
    """
    probes = _Probes(ask)
    labels = tuple(f"{name}_label" for name in read.labels)
    unlabelled = read.excluding(labels)
    utc = read.dialect.utc and _has_moments(read)
    if labels and probes.answer(unlabelled):
        culprits = probes.culprits(labels, _only(read, labels))
    # The cursor's condition uses SYS_EXTRACT_UTC too, so this is asked before columns are tried one by one.
    elif utc and (probes.answer(_in_session(read)) or (labels and probes.answer(_in_session(unlabelled)))):
        culprits = (_UTC,)
    else:
        plain = _in_session(unlabelled)
        free = tuple(name for name in plain.columns if name not in {*read.table.key, *probes.named})
        if not free or not probes.answer(_less(plain, free)):
            culprits = _key_culprits(_less(plain, free), probes, error)
        else:
            culprits = probes.culprits(free, _only(plain, free))
    return {**dict.fromkeys(culprits, _reason(error)), **probes.named}


@dataclass(frozen=True)
class _Probes:
    """Questions asked only to see whether they are answered.

    Attributes:
        named: Culprits that refusals named on the way, with the reason. No later question has them in it:
            one refusal a culprit is the least there is, where halving takes several.
    """

    ask: Ask
    named: dict[str, str] = field(default_factory=dict)

    def answer(self, read: ReadPlan) -> bool:
        """Whether the read is answered, once what refusals name is left out of it."""
        while True:
            asked = _less(read, self.named)
            try:
                self.ask(asked)
            except (QueryError, Unavailable) as error:
                _raise_unless_about_the_statement(error)
                culprits = _named(asked, error)
                if not culprits or culprits == (_UTC,):
                    return False
                _conceded(asked, culprits, error)
                self.named.update(dict.fromkeys(culprits, _reason(error)))
            else:
                return True

    def culprits(
        self, names: tuple[str, ...], keeping: Callable[[tuple[str, ...]], ReadPlan]
    ) -> tuple[str, ...]:
        """Those of names, refused together, that are refused even when asked for alone; found by halving.

        Args:
            names: Columns or labels.
            keeping: The read with these of the names and no others.
        """
        names = tuple(name for name in names if name not in self.named)
        if len(names) <= 1:
            # Nobody is accused unasked: the refusal may have been NetSuite's bad moment.
            return names if names and not self.answer(keeping(names)) else ()
        first, second = names[: len(names) // 2], names[len(names) // 2 :]
        if self.answer(keeping(first)):
            return self.culprits(second, keeping)  # then it is in the other half
        also = () if self.answer(keeping(second)) else self.culprits(second, keeping)
        return self.culprits(first, keeping) + also


def _only(read: ReadPlan, names: tuple[str, ...]) -> Callable[[tuple[str, ...]], ReadPlan]:
    """The read with some of these names and without the others."""
    return lambda kept: _less(read, [name for name in names if name not in kept])


def _in_session(read: ReadPlan) -> ReadPlan:
    return replace(read, dialect=replace(read.dialect, utc=False))


def _raise_unless_about_the_statement(error: NetSuiteError) -> None:
    if not is_statement_error(error):
        raise error


def _has_moments(read: ReadPlan) -> bool:
    return read.mode == "changed" or any(_is_moment(read, name) for name in read.columns)


def _is_moment(read: ReadPlan, name: str) -> bool:
    return read.table.column(name).type == "datetime"


def _unfiltered(read: ReadPlan) -> ReadPlan:
    """The read of all rows, where NetSuite refuses to filter by the cursor."""
    return replace(read, mode="full", since=None, until=None, include_null_cursor=False, unfiltered=True)


def _is_answered_unfiltered(read: ReadPlan, ask: Ask) -> bool:
    """Whether a read of changes is answered without the condition, its cursor among the columns."""
    if read.mode != "changed" or read.since is None:
        return False
    return _Probes(ask).answer(replace(_unfiltered(read), columns=_key_and_cursor(read), labels=()))


def _key_and_cursor(read: ReadPlan) -> tuple[str, ...]:
    """The columns that tell whether the cursor can be selected."""
    wanted = {*read.table.key, read.table.cursor}
    return tuple(name for name in read.columns if name in wanted)


def _conceded(
    read: ReadPlan, culprits: Collection[str], error: NetSuiteError
) -> tuple[ReadPlan, tuple[str, ...]]:
    """The read without the culprits, and what is gone by that."""
    refused_key = set(culprits) & set(read.table.key)
    if not culprits or (refused_key and not _may_lack(read, refused_key, error)):
        raise error
    less = _less(read, culprits)
    return less, tuple(name for name in read.result_columns if name not in less.result_columns)


def _may_lack(read: ReadPlan, names: Collection[str], error: NetSuiteError) -> bool:
    """Whether a table may be read by what is left of its key: only all of it, since stored rows may have the
    whole key. An inner failure may pass, so it changes no key."""
    left = [name for name in read.table.key if name not in names]
    parent = read.table.parent.column if read.table.parent else None
    return bool(left) and parent not in names and read.mode == "full" and isinstance(error, QueryError)


def _key_culprits(keys: ReadPlan, probes: "_Probes", error: NetSuiteError) -> tuple[str, ...]:
    """The one part of the key that is refused, where the refusal names none.

    Args:
        keys: The read of the key alone.
        probes: Ask.
        error: The refusal, which is raised where the key is not the cause.
    """
    for name in keys.table.key:
        if _may_lack(keys, [name], error) and probes.answer(_less(keys, [name])):
            return (name,)
    raise error


def _less(read: ReadPlan, culprits: Collection[str]) -> ReadPlan:
    less = with_shorter_key(read, culprits).excluding([*culprits])
    # Rows that are asked for by their keys have no condition that could be dropped.
    if read.mode == "changed" and read.since is not None and read.table.cursor in culprits:
        return replace(less, mode="full", since=None)
    return less


def _reason(error: NetSuiteError) -> str:
    if isinstance(error, QueryError) and error.column:
        return error.reason
    return "unexpected" if isinstance(error, Unavailable) else "refused"
