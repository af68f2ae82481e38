"""What was deleted over time: the rows of deletedrecord."""

import duckdb

from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import store

TRANSACTION_TYPE_ID = -30
CUSTOMER_TYPE_ID = -2


def build_deletions(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan, clerks: list[int]) -> None:
    """Fill deletedrecord with the transactions, customers and machines deleted up to now."""
    store(
        connection,
        "deletedrecord",
        f"""
        SELECT *, 'F' AS iscustomlist, 'F' AS iscustomtransaction, one_of('deleted by', recordid,
            {clerks!r}) AS deletedby,
            one_of('context', recordid, ['UIF', 'UIF', 'CSV', 'WBS']) AS context
        FROM (
            SELECT id AS recordid, {TRANSACTION_TYPE_ID} AS recordtypeid, recordtype AS scriptid, label
                AS type,
                label || ' #' || number AS name, deleted AS deleteddate, 'F' AS iscustomrecord
            FROM numbered_doc WHERE deleted IS NOT NULL
            UNION ALL
            SELECT id, {CUSTOMER_TYPE_ID}, 'customer', 'Customer', 'CUST' || (10000 + k), deleted, 'F'
            FROM party WHERE is_ghost
            UNION ALL SELECT 150, 31, 'customrecord_machine', 'Machine', 'Prototype',
                TIMESTAMP '2024-01-01 18:00:00', 'T'
        ) WHERE deleteddate <= TIMESTAMP '{plan.now}'
        """,
    )
