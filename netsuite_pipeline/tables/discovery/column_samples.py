"""Probes of the columns that SuiteQL really exposes: one row of many columns, one page of all columns."""

from collections.abc import Mapping, Sequence
from typing import Literal

from netsuite_pipeline.netsuite.client import PAGE_ROWS
from netsuite_pipeline.netsuite.errors import QueryError, Unavailable, is_statement_error
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.netsuite.probes.column_probe import probe_columns
from netsuite_pipeline.netsuite.suiteql import column_ref, table_source
from netsuite_pipeline.tables.discovery.custom_fields import Account

AT_ONCE = 100
"""Columns in one probe: with more, statements are long and refusals costly."""

DatetimeProbe = Literal["datetime", "date", "empty", "neither"]
"""The result of the datetime probe.

Some values have a time of day, none has, there are no values, or NetSuite refuses to format datetimes.
"""

_RETRY_SECONDS = 20.0


def sample_rows(account: Account, table: str) -> Sequence[Row] | None:
    """Return one page of all columns, unordered; None if NetSuite refuses `SELECT *`.

    Raises:
        PermissionDenied: The table is hidden or does not exist.
        NetSuiteError: NetSuite does not answer.
    """
    return _rows(account, f"SELECT * FROM {table}")


def refused_columns(account: Account, table: str, key: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Return the columns that the account does not expose, each with NetSuite's reason.

    Args:
        account: The account.
        table: The table.
        key: A column that exists; it is queried alone first.
        columns: The columns to probe.

    Raises:
        NetSuiteError: The key alone is refused, or NetSuite does not answer.
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


def probe_datetimes(account: Account, table: str, column: str) -> DatetimeProbe:
    """Return whether a column holds datetimes, dates or neither.

    A raw value does not show it: NetSuite omits the time of day unless TO_CHAR formats it.
    """
    ref = column_ref(table, column)
    seen = f"TO_CHAR({ref}, 'YYYY-MM-DD HH24:MI:SS') AS seen"
    statement = f"SELECT {seen} FROM {table_source(table)} WHERE {ref} IS NOT NULL"
    rows = _rows(account, statement)
    if rows is None:
        return "neither"
    values = [value for row in rows if (value := row.get("seen"))]
    if not values:
        return "empty"
    return "datetime" if any(not value.endswith(" 00:00:00") for value in values) else "date"


def count_keys(account: Account, table: str, key: str) -> tuple[int, int] | None:
    """Return the number of rows and of different keys; None if NetSuite refuses to count."""
    keys = f"COUNT(DISTINCT {column_ref(table, key)}) AS keys"
    statement = f"SELECT COUNT(*) AS counted, {keys} FROM {table_source(table)}"
    rows = _rows(account, statement, limit=1)
    row = rows[0] if rows else {}
    counted, different = row.get("counted"), row.get("keys")
    return (int(counted), int(different)) if counted and different else None


def _rows(account: Account, statement: str, limit: int = PAGE_ROWS) -> Sequence[Row] | None:
    """Return the rows of a statement; None if NetSuite refuses the statement."""
    try:
        return account.fetch_page(statement, limit=limit, retry_seconds=_RETRY_SECONDS).rows
    except (QueryError, Unavailable) as error:
        if not is_statement_error(error):
            raise
        return None
