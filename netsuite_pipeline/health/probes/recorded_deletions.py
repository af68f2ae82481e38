"""How many of a table's rows NetSuite lists as deleted since a moment: fewer rows may be just that."""

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
    """How many rows of a table the deletions of records since a moment account for; of a table of lines, by
    how many lines a record has on average.

    Args:
        client: Whom to ask.
        table: Its spec.
        since: UTC, or None.
        counted: How many rows the table has now.

    Returns:
        None where the role does not see deleted records, or nobody knows since when.

    Raises:
        NetSuiteError: NetSuite does not answer.
    """
    if since is None:
        return None
    of_records = table.parent.table if table.parent else table.name
    deleted = _deletions(client, _is_of(of_records), since)
    if not deleted or table.parent is None:
        return deleted
    parents = _number(client, counting(of_records))
    return round(deleted * counted / parents) if parents else deleted


def _deletions(client: NetSuiteClient, kind: str, since: datetime) -> int | None:
    question = counting(_TABLE)
    try:
        recent = changed_since(_TABLE, "deleteddate", since, Dialect())
        return _number(client, f"{question} WHERE {recent} AND {kind}")
    except PermissionDenied:
        return None
    except QueryError:
        # SYS_EXTRACT_UTC may be refused: then from the earliest that any time zone makes of the moment.
        recent = changed_since(_TABLE, "deleteddate", since - _WIDEST_ZONE, Dialect(utc=False))
    try:
        return _number(client, f"{question} WHERE {recent} AND {kind}")
    except (PermissionDenied, QueryError):
        return None


def _number(client: NetSuiteClient, sql: str) -> int:
    page = client.fetch_page(sql, limit=1)
    told = page.rows[0].get("counted") if page.rows else None
    return int(told) if told and told.isdecimal() else 0


def _is_of(table: str) -> str:
    """The condition that a deleted record was one of a table's."""
    if table == "transaction":
        return f"recordtypeid = {TRANSACTION_TYPE_ID}"
    kinds = [text_literal(kind) for kind in RECORD_TYPES.get(table, (table,))]
    named = in_list("LOWER(scriptid)", kinds)
    return f"({named} OR LOWER(scriptid) LIKE '%item')" if table == "item" else named
