"""How many of a table's rows NetSuite lists as deleted since a time: they explain a lower count."""

from datetime import datetime, timedelta

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import PermissionDenied, QueryError
from netsuite_pipeline.netsuite.suiteql import Dialect, changed_since, counting, in_list, text_literal
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.record_types import RECORD_TYPES, TRANSACTION_TYPE_ID

_TABLE = "deletedrecord"
_WIDEST_ZONE = timedelta(hours=14)


def recorded_deletions(
    client: NetSuiteClient, table: Table, since: datetime | None, counted: int
) -> int | None:
    """Return how many rows of a table the listed deletions account for.

    For a table of lines, the deletions of its parents count with the average number of lines.

    Args:
        client: The client.
        table: The table's spec.
        since: UTC, or None.
        counted: How many rows the table has now.

    Returns:
        None where the role does not see deleted records, or without `since`.

    Raises:
        NetSuiteError: NetSuite does not answer.
    """
    if since is None:
        return None
    of_records = table.parent.table if table.parent else table.name
    deleted = _deletions(client, _condition(of_records), since)
    if not deleted or table.parent is None:
        return deleted
    parents = _number(client, counting(of_records))
    return round(deleted * counted / parents) if parents else deleted


def _deletions(client: NetSuiteClient, condition: str, since: datetime) -> int | None:
    query = counting(_TABLE)
    try:
        recent = changed_since(_TABLE, "deleteddate", since, Dialect())
        return _number(client, f"{query} WHERE {recent} AND {condition}")
    except PermissionDenied:
        return None
    except QueryError:
        # NetSuite may refuse SYS_EXTRACT_UTC: then from the earliest time that any time zone allows.
        recent = changed_since(_TABLE, "deleteddate", since - _WIDEST_ZONE, Dialect(utc=False))
    try:
        return _number(client, f"{query} WHERE {recent} AND {condition}")
    except (PermissionDenied, QueryError):
        return None


def _number(client: NetSuiteClient, sql: str) -> int:
    page = client.fetch_page(sql, limit=1)
    value = page.rows[0].get("counted") if page.rows else None
    return int(value) if value and value.isdecimal() else 0


def _condition(table: str) -> str:
    """Return the condition that a deleted record was a row of a table."""
    if table == "transaction":
        return f"recordtypeid = {TRANSACTION_TYPE_ID}"
    types = [text_literal(each) for each in RECORD_TYPES.get(table, (table,))]
    named = in_list("LOWER(scriptid)", types)
    return f"({named} OR LOWER(scriptid) LIKE '%item')" if table == "item" else named
