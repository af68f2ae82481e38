"""Finds out by asking what of a select list this account offers: what NetSuite names, or halving finds.

Accounts differ: a feature that is off takes its columns along, a role hides fields, and some abilities of
SuiteQL are disputed (design, section 8). The first page is asked for as if all were well, so a well account
costs no extra request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from netsuite_pipeline.netsuite.errors import NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.page import Page
from netsuite_pipeline.netsuite.suiteql import Speech
from netsuite_pipeline.sync.plan import Read

Ask = Callable[[Read], Page]


@dataclass(frozen=True)
class Settled:
    """A read that NetSuite answers, and its first page.

    Attributes:
        read: What is asked for from now on.
        page: The first page of it.
        left_out: Columns and labels that this account does not offer, with NetSuite's reason.
    """

    read: Read
    page: Page
    left_out: dict[str, str]


def settle(read: Read, ask: Ask, behind_utc: Callable[[], timedelta] = timedelta) -> Settled:
    """Asks for the first page, leaving out what NetSuite refuses until it answers.

    Args:
        read: What is wanted.
        ask: Asks for the first page of a read; raises as `NetSuiteClient.page` does.
        behind_utc: Measures how far the session's clock is behind UTC; called if SYS_EXTRACT_UTC is refused.

    Raises:
        QueryError: A key column is refused, or nothing that could be left out helps.
        NetSuiteError: By kind of failure.
    """
    left_out: dict[str, str] = {}
    while True:
        try:
            return Settled(read, ask(read), left_out)
        except (QueryError, Unavailable) as error:
            if isinstance(error, Unavailable) and error.code != "UNEXPECTED_ERROR":
                raise
            culprits = _named(read, error) or _sought(read, ask, error)
            if culprits == _UTC:
                speech = replace(read.speech, utc=False)
                read = replace(read, speech=speech, behind_utc=behind_utc())
                continue
            read, gone = _conceded(read, culprits, error)
            left_out.update(dict.fromkeys(gone, _reason(error)))


_UTC = ("SYS_EXTRACT_UTC",)


def _named(read: Read, error: NetSuiteError) -> tuple[str, ...]:
    """What the refusal itself names, if it names something that was asked for."""
    column = error.column if isinstance(error, QueryError) else ""
    if not column:
        return ()
    if column == "sys_extract_utc" and read.speech.utc:
        return _UTC
    if column in {"builtin", "builtin.df", "df"} and read.labels:
        return tuple(f"{name}_label" for name in read.labels)
    return (column,) if column in read.columns else ()


def _sought(read: Read, ask: Ask, error: NetSuiteError) -> tuple[str, ...]:
    """What must be at fault when the refusal names nothing: labels, then UTC, then single columns."""
    labels = tuple(f"{name}_label" for name in read.labels)
    if labels and _answers(read.without(labels), ask):
        return _culprits(
            labels, lambda kept: read.without([name for name in labels if name not in kept]), ask
        )
    # The cursor's condition uses SYS_EXTRACT_UTC too, so this is asked before columns are tried one by one.
    session = replace(read, speech=Speech(utc=False, labels=read.speech.labels))
    if read.speech.utc and _has_moments(read) and _answers(session, ask):
        return _UTC
    free = tuple(name for name in read.columns if name not in read.table.key)
    bare = read.without([*free, *labels])
    if not free or not _answers(bare, ask):
        raise error
    return _culprits(
        (*free, *labels),
        lambda kept: read.without([name for name in (*free, *labels) if name not in kept]),
        ask,
    )


def _culprits(names: Sequence[str], keeping: Callable[[frozenset[str]], Read], ask: Ask) -> tuple[str, ...]:
    """Those names that are refused even when asked for alone, found by halving."""
    if _answers(keeping(frozenset(names)), ask):
        return ()
    if len(names) == 1:
        return tuple(names)
    middle = len(names) // 2
    return _culprits(names[:middle], keeping, ask) + _culprits(names[middle:], keeping, ask)


def _answers(read: Read, ask: Ask) -> bool:
    try:
        ask(read)
    except QueryError:
        return False
    except Unavailable as error:
        if error.code != "UNEXPECTED_ERROR":
            raise
        return False
    return True


def _has_moments(read: Read) -> bool:
    moments = {column.name for column in read.table.columns if column.type == "datetime"}
    return read.mode == "changed" or bool(moments & set(read.columns))


def _conceded(read: Read, culprits: tuple[str, ...], error: NetSuiteError) -> tuple[Read, tuple[str, ...]]:
    """The read without the culprits, and what is gone by that."""
    if not culprits or set(culprits) & set(read.table.key):
        raise error
    less = read.without(culprits)
    if read.mode == "changed" and read.table.cursor in culprits:
        less = replace(less, mode="full", since=None)
    return less, tuple(name for name in read.received if name not in less.received)


def _reason(error: NetSuiteError) -> str:
    if isinstance(error, QueryError) and error.column:
        return error.reason
    return "unexpected" if isinstance(error, Unavailable) else "refused"
