"""Which columns SuiteQL really gives, found out by asking: one row of many columns, a page of all of them."""

from collections.abc import Mapping, Sequence
from typing import Literal

from netsuite_pipeline.netsuite.errors import UNEXPECTED, NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.page import Row
from netsuite_pipeline.netsuite.suiteql import column_ref
from netsuite_pipeline.tables.custom_fields import Account

AT_ONCE = 100
"""Columns in one probe: more of them make a statement long and its refusals dear."""

Moments = Literal["datetime", "date", "empty", "neither"]
"""What a column's values are when asked as moments: some have a time of day, none has, there are none, or
NetSuite refuses to read them so."""

_PATIENCE_SECONDS = 20.0


def sampled(account: Account, table: str) -> Sequence[Row] | None:
    """A page of all columns, in no order; None where `SELECT *` is refused.

    Raises:
        PermissionDenied: The table is hidden, or there is none.
        NetSuiteError: NetSuite does not answer at all.
    """
    try:
        return account.page(f"SELECT * FROM {table}", patience_seconds=_PATIENCE_SECONDS).rows
    except (QueryError, Unavailable) as error:
        if not _about_the_statement(error):
            raise
        return None


def refused(account: Account, table: str, key: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Those columns that the account does not give, each with NetSuite's reason.

    A column that NetSuite names costs one question; one that it does not name is found by halving, and
    accused only where it is refused alone too, twice.

    Args:
        key: A column that is there; it is asked for alone first.

    Raises:
        NetSuiteError: The key alone is refused, or NetSuite does not answer at all.
    """
    account.page(f"SELECT {column_ref(table, key)} FROM {table}", limit=1, patience_seconds=_PATIENCE_SECONDS)
    found: dict[str, str] = {}
    for start in range(0, len(columns), AT_ONCE):
        _seek(account, table, list(columns[start : start + AT_ONCE]), found)
    return found


def moments(account: Account, table: str, column: str) -> Moments:
    """Whether a column holds moments, days, or neither. A raw value does not tell: NetSuite leaves out the
    time of day unless TO_CHAR asks for it."""
    ref = column_ref(table, column)
    statement = f"SELECT TO_CHAR({ref}, 'YYYY-MM-DD HH24:MI:SS') AS seen FROM {table} WHERE {ref} IS NOT NULL"
    try:
        rows = account.page(statement, patience_seconds=_PATIENCE_SECONDS).rows
    except (QueryError, Unavailable) as error:
        if not _about_the_statement(error):
            raise
        return "neither"
    values = [value for row in rows if (value := row.get("seen"))]
    if not values:
        return "empty"
    return "datetime" if any(not value.endswith(" 00:00:00") for value in values) else "date"


def counted_keys(account: Account, table: str, key: str) -> tuple[int, int] | None:
    """How many rows there are and how many values the key has; None where counting is refused."""
    statement = f"SELECT COUNT(*) AS counted, COUNT(DISTINCT {column_ref(table, key)}) AS keys FROM {table}"
    try:
        row = next(iter(account.page(statement, limit=1, patience_seconds=_PATIENCE_SECONDS).rows), {})
    except (QueryError, Unavailable) as error:
        if not _about_the_statement(error):
            raise
        return None
    counted, keys = row.get("counted"), row.get("keys")
    return (int(counted), int(keys)) if counted and keys else None


def _seek(account: Account, table: str, names: list[str], found: dict[str, str]) -> None:
    trouble = _trouble(account, table, names, found)
    left = [name for name in names if name not in found]
    if trouble is None or not left:
        return
    if len(left) == 1:
        trouble = _trouble(account, table, left, found)  # it may have been a bad moment
        if trouble is not None:
            found[left[0]] = _reason(trouble)
        return
    middle = len(left) // 2
    _seek(account, table, left[:middle], found)
    _seek(account, table, left[middle:], found)


def _trouble(
    account: Account, table: str, names: Sequence[str], found: dict[str, str]
) -> NetSuiteError | None:
    """None where the names, less those that refusals name on the way, are answered."""
    while left := [name for name in names if name not in found]:
        select = ", ".join(column_ref(table, name) for name in left)
        try:
            account.page(f"SELECT {select} FROM {table}", limit=1, patience_seconds=_PATIENCE_SECONDS)
        except (QueryError, Unavailable) as error:
            if not _about_the_statement(error):
                raise
            named = error.column if isinstance(error, QueryError) else ""
            if named not in left:
                return error
            found[named] = _reason(error)
        else:
            return None
    return None


def _about_the_statement(error: NetSuiteError) -> bool:
    return isinstance(error, QueryError) or error.code == UNEXPECTED


def _reason(error: NetSuiteError) -> str:
    if isinstance(error, QueryError) and error.column:
        return error.reason
    return "unexpected" if isinstance(error, Unavailable) else "refused"
