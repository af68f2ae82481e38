"""Find the columns that an account refuses: by the name in NetSuite's refusal, or by bisection."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    QueryError,
    Unavailable,
    is_statement_error,
)

Ask = Callable[[Sequence[str]], object]

_MAX_ROUNDS = 3


@dataclass(frozen=True)
class AvailableColumns:
    """The columns that an account offers.

    Attributes:
        columns: The columns that are answered, all together, in their order.
        refused: The others, each with NetSuite's reason: `unknown`, `not_exposed`, `removed`, `unexpected`
            (NetSuite fails inside) or `refused` (NetSuite names no column, or gives an unknown reason).
        words: NetSuite's own words about the columns that are `refused`.
    """

    columns: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


def probe_columns(ask: Ask, columns: Sequence[str]) -> AvailableColumns:
    """Query all columns at once, and exclude refused columns until the rest is answered.

    A column that NetSuite names costs one query. A column that it does not name is found by bisection, and
    counts as refused only if it is refused alone as well: a passing failure excludes no column.

    Args:
        ask: Queries one row of some columns (the key alone if there are none); raises as
            `NetSuiteClient.fetch_page` does.
        columns: The columns, without the key's.

    Raises:
        NetSuiteError: The columns are not the cause: the key alone is refused too, the table is hidden, the
            sign-in is refused, NetSuite is busy or down.

    Example:
        >>> def ask(names):
        ...     if "fax" in names:
        ...         raise QueryError("NetSuite knows no column 'fax' here.", column="fax", reason="unknown")
        >>> probe_columns(ask, ["email", "fax", "phone"])
        AvailableColumns(columns=('email', 'phone'), refused={'fax': 'unknown'})
    """
    refused: dict[str, str] = {}
    words: dict[str, str] = {}

    refusal = partial(_refusal, ask, refused)
    rounds = 0
    while (error := refusal(columns)) is not None:
        rounds += 1
        if rounds > _MAX_ROUNDS:
            raise error
        _query_key(ask)  # a refused key shows that the columns are not the cause
        for name, alone in find_refused(columns, refusal, refused).items():
            refused[name] = refusal_reason(alone)
            if refused[name] == "refused":
                words[name] = alone.detail or alone.message
    left = tuple(name for name in columns if name not in refused)
    return AvailableColumns(left, refused, words)


def _refusal(ask: Ask, refused: dict[str, str], names: Collection[str]) -> NetSuiteError | None:
    """Return the refusal of some columns that names none of them; record those that NetSuite names."""
    while True:
        left = [name for name in names if name not in refused]
        try:
            ask(left)
        except (QueryError, Unavailable) as error:
            if not is_statement_error(error):
                raise
            named = error.column if isinstance(error, QueryError) else ""
            if named not in left:
                return error
            refused[named] = refusal_reason(error)
        else:
            return None


def find_refused(
    names: Sequence[str],
    refusal: Callable[[Sequence[str]], NetSuiteError | None],
    known: Container[str] = (),
) -> dict[str, NetSuiteError]:
    """Find by bisection which of some names, refused together, are refused alone as well.

    Args:
        names: Columns or labels.
        refusal: Queries some names and returns the refusal that names none of them; None if answered.
        known: Names that are known to be refused and are skipped; `refusal` may add names to it.

    Example:
        >>> error = QueryError("An unexpected error has occurred.")
        >>> list(find_refused("abcdefg", lambda names: error if {"b", "f"} & set(names) else None))
        ['b', 'f']
    """
    names = [name for name in names if name not in known]
    if len(names) <= 1:
        return {name: error for name in names if (error := refusal([name])) is not None}
    first, second = names[: len(names) // 2], names[len(names) // 2 :]
    if refusal(first) is None:
        return find_refused(second, refusal, known)  # the cause is in the other half
    also = {} if refusal(second) is None else find_refused(second, refusal, known)
    return {**find_refused(first, refusal, known), **also}


def refusal_reason(error: NetSuiteError) -> str:
    """Return why a column is refused, in the words of `AvailableColumns.refused`.

    Example:
        >>> refusal_reason(QueryError("NetSuite knows no column 'fax' here.", column="fax", reason="unknown"))
        'unknown'
    """
    if isinstance(error, QueryError) and error.column:
        return error.reason
    return "unexpected" if isinstance(error, Unavailable) else "refused"


def _query_key(ask: Ask) -> None:
    """Query the key alone, twice where NetSuite fails inside: that may pass."""
    try:
        ask(())
    except Unavailable as error:
        if not is_statement_error(error):
            raise
        ask(())
