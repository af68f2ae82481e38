"""Which columns SuiteQL really gives, found out by asking: one row of many columns, a page of all of them."""

from collections.abc import Mapping, Sequence
from typing import Literal

from netsuite_pipeline.netsuite.errors import QueryError, Unavailable, is_statement_error
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.netsuite.probes.column_probe import probe_columns
from netsuite_pipeline.netsuite.suiteql import column_ref, table_source
from netsuite_pipeline.tables.discovery.custom_fields import Account

AT_ONCE = 100
"""Columns in one probe: more of them make a statement long and its refusals dear."""

Moments = Literal["datetime", "date", "empty", "neither"]
"""What a column's values are when asked as moments: some have a time of day, none has, there are none, or
NetSuite refuses to read them so."""

_RETRY_SECONDS = 20.0


def sampled(account: Account, table: str) -> Sequence[Row] | None:
    """A page of all columns, in no order; None where `SELECT *` is refused.

    Raises:
        PermissionDenied: The table is hidden, or there is none.
        NetSuiteError: NetSuite does not answer at all.
    """
    try:
        return account.fetch_page(f"SELECT * FROM {table}", retry_seconds=_RETRY_SECONDS).rows
    except (QueryError, Unavailable) as error:
        if not is_statement_error(error):
            raise
        return None


def refused(account: Account, table: str, key: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Those columns that the account does not give, each with NetSuite's reason.

    Args:
        key: A column that is there; it is asked for alone first.

    Raises:
        NetSuiteError: The key alone is refused, or NetSuite does not answer at all.
    """

    def ask(names: Sequence[str]) -> object:
        select = ", ".join(column_ref(table, name) for name in names or [key])
        return account.fetch_page(
            f"SELECT {select} FROM {table_source(table)}", limit=1, retry_seconds=_RETRY_SECONDS
        )

    ask(())
    found: dict[str, str] = {}
    for start in range(0, len(columns), AT_ONCE):
        found |= probe_columns(ask, columns[start : start + AT_ONCE]).refused
    return found


def moments(account: Account, table: str, column: str) -> Moments:
    """Whether a column holds moments, days, or neither. A raw value does not tell: NetSuite leaves out the
    time of day unless TO_CHAR asks for it.
    """
    ref = column_ref(table, column)
    seen = f"TO_CHAR({ref}, 'YYYY-MM-DD HH24:MI:SS') AS seen"
    statement = f"SELECT {seen} FROM {table_source(table)} WHERE {ref} IS NOT NULL"
    try:
        rows = account.fetch_page(statement, retry_seconds=_RETRY_SECONDS).rows
    except (QueryError, Unavailable) as error:
        if not is_statement_error(error):
            raise
        return "neither"
    values = [value for row in rows if (value := row.get("seen"))]
    if not values:
        return "empty"
    return "datetime" if any(not value.endswith(" 00:00:00") for value in values) else "date"


def count_keys(account: Account, table: str, key: str) -> tuple[int, int] | None:
    """How many rows there are and how many values the key has; None where counting is refused."""
    keys = f"COUNT(DISTINCT {column_ref(table, key)}) AS keys"
    statement = f"SELECT COUNT(*) AS counted, {keys} FROM {table_source(table)}"
    try:
        row = next(iter(account.fetch_page(statement, limit=1, retry_seconds=_RETRY_SECONDS).rows), {})
    except (QueryError, Unavailable) as error:
        if not is_statement_error(error):
            raise
        return None
    counted, different = row.get("counted"), row.get("keys")
    return (int(counted), int(different)) if counted and different else None
