"""What was posted, changed or deleted in closed periods since the last reconciliation."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

import duckdb

from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.differences import ClosedPeriodChange, ClosedPeriods, amount_text
from netsuite_pipeline.reconciliation.ledger.periods import posting_periods, postings_digest
from netsuite_pipeline.reconciliation.ledger.statements import LEDGER_VIEW, LedgerStatements
from netsuite_pipeline.warehouse.schema.schema import column_values, text

_KNOWN = "_netsuite.closed_documents"
_NOW = "temp.main.closed_now"
_PERIOD_ITSELF = 0  # stands for a document: the period is watched, even if nothing is posted in it
MOST_CHANGES = 1_000
"""Changes that are named."""


def watch_closed_periods(
    connection: duckdb.DuckDBPyConnection,
    statements: LedgerStatements,
    periods: ComparedTable,
    now: datetime,
) -> ClosedPeriods:
    """Compare closed periods with their documents at the last reconciliation, and keep these of now.

    A period that was open at the last reconciliation is only kept.

    Args:
        connection: To the working file, in a transaction.
        statements: The ledger's statements.
        periods: The table `accountingperiod`.
        now: UTC.

    Returns:
        What was found, with at most `MOST_CHANGES` changes.
    """
    schema = statements.postings.schema
    connection.execute(statements.our_view(whole=True))
    closed = [each.id for each in posting_periods(connection, statements, periods, now) if each.is_closed]
    of = f"connection = {text(schema)}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE closed_now AS SELECT period, document, "
        f"{postings_digest(statements)} AS digest, coalesce(sum({_debit(statements)}), 0)::DECIMAL(38,10) "
        f"AS debit FROM {LEDGER_VIEW} WHERE period IN ({_listed(closed)}) GROUP BY ALL"
    )
    watched = f"SELECT period FROM {_KNOWN} WHERE {of} AND transaction = {_PERIOD_ITSELF}"
    known = set(column_values(connection, watched)).intersection(closed)
    changes = connection.execute(
        "SELECT coalesce(k.period, n.period) AS p, coalesce(k.transaction, n.document) AS d, "
        "k.debit, n.debit "
        f"FROM (SELECT * FROM {_KNOWN} WHERE {of} AND transaction <> {_PERIOD_ITSELF} "
        f"AND period IN ({_listed(closed)})) k "
        f"FULL JOIN (SELECT * FROM {_NOW} WHERE period IN ({watched})) n "
        "ON n.period = k.period AND n.document = k.transaction "
        f"WHERE k.digest IS DISTINCT FROM n.digest ORDER BY p, d LIMIT {MOST_CHANGES}"
    ).fetchall()
    connection.execute(f"DELETE FROM {_KNOWN} WHERE {of}")
    connection.execute(
        f"INSERT INTO {_KNOWN} SELECT {text(schema)}, period, document, digest, debit FROM {_NOW}"
    )
    for period in closed:
        connection.execute(f"INSERT INTO {_KNOWN} VALUES ({text(schema)}, {period}, {_PERIOD_ITSELF}, '', 0)")
    connection.execute(f"DROP TABLE {_NOW}")
    return ClosedPeriods(len(known), len(closed) - len(known), tuple(_change(*row) for row in changes))


def _debit(statements: LedgerStatements) -> str:
    return "debit" if "debit" in statements.amounts else "greatest(amount, 0)"


def _listed(ids: Collection[int]) -> str:
    return ", ".join(map(str, ids)) or "NULL"


def _change(period: int, document: int, before: Decimal | None, now: Decimal | None) -> ClosedPeriodChange:
    change = "posted" if before is None else "deleted" if now is None else "changed"
    amounts = [None if each is None else amount_text(each) for each in (before, now)]
    return ClosedPeriodChange(period, document, change, *amounts)
