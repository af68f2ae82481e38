"""Which columns of a table an account offers: what is refused is left out, by its name or by seeking it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    QueryError,
    Unavailable,
    is_statement_error,
)

Ask = Callable[[Sequence[str]], object]

_MOST_ROUNDS = 3


@dataclass(frozen=True)
class AvailableColumns:
    """What was found.

    Attributes:
        columns: Those that are answered, all together, in their order.
        refused: The others, each with NetSuite's reason: `unknown`, `not_exposed`, `removed`, `unexpected`
            (it fails inside over it) or `refused` (NetSuite names no column, or gives an unknown reason).
        words: NetSuite's own words about those that are `refused`.
    """

    columns: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


def probe_columns(ask: Ask, columns: Sequence[str]) -> AvailableColumns:
    """Asks for all columns at once, and leaves out what is refused until the rest is answered.

    A column that NetSuite names costs one question. One that it does not name is found by halving, and is
    accused only when it is refused alone as well: NetSuite's bad moment accuses nobody.

    Args:
        ask: Asks for one row of some columns (of none of them: of the key alone); raises as
            `NetSuiteClient.fetch_page` does.
        columns: Which ones; the key is not among them.

    Raises:
        NetSuiteError: It is not about the columns: the key alone is refused too, the table is hidden, the
            sign-in is refused, NetSuite is busy or down.

    Example:
        >>> def ask(names):
        ...     if "fax" in names:
        ...         raise QueryError("NetSuite knows no column 'fax' here.", column="fax", reason="unknown")
        >>> probe_columns(ask, ["email", "fax", "phone"])
        AvailableColumns(columns=('email', 'phone'), refused={'fax': 'unknown'})
    """
    search = _Search(ask)
    rounds = 0
    while (trouble := search.trouble_with(columns)) is not None:
        rounds += 1
        if rounds > _MOST_ROUNDS:
            raise trouble
        _ask_for_the_key(ask)  # where this is not answered either, it is not about the columns
        search.seek(columns)
    left = tuple(name for name in columns if name not in search.refused)
    return AvailableColumns(left, dict(search.refused), dict(search.words))


def _ask_for_the_key(ask: Ask) -> None:
    try:
        ask(())
    except Unavailable as error:
        if not is_statement_error(error):
            raise
        ask(())  # it may have been a bad moment


class _Search:
    """The questions asked so far have found these columns to be refused."""

    def __init__(self, ask: Ask) -> None:
        self.refused: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self._ask = ask

    def trouble_with(self, names: Collection[str]) -> NetSuiteError | None:
        """None where names, but for those known to be refused, are answered; else the refusal, which names
        none of them."""
        while True:
            left = [name for name in names if name not in self.refused]
            try:
                self._ask(left)
            except (QueryError, Unavailable) as error:
                if not is_statement_error(error):
                    raise
                named = error.column if isinstance(error, QueryError) else ""
                if named not in left:
                    return error
                self.refused[named] = _reason(error)
            else:
                return None

    def seek(self, names: Sequence[str]) -> None:
        """Finds those of names, refused together, that are refused alone."""
        left = [name for name in names if name not in self.refused]
        if not left:
            return
        if len(left) == 1:
            trouble = self.trouble_with(left)
            if trouble is not None:
                self.refused[left[0]] = reason = _reason(trouble)
                if reason == "refused":
                    self.words[left[0]] = trouble.detail or trouble.message
            return
        middle = len(left) // 2
        for half in (left[:middle], left[middle:]):
            if self.trouble_with(half) is not None:
                self.seek(half)


def _reason(error: NetSuiteError) -> str:
    if isinstance(error, QueryError) and error.column:
        return error.reason
    return "unexpected" if isinstance(error, Unavailable) else "refused"
