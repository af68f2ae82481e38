"""From documents to NetSuite's transactions: ids, numbers, statuses, and when each was last modified."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.calendar import period_id_sql
from netsuite_pipeline.emulator.company.masterdata.edge_cases import (
    MASS_UPDATE,
    MASS_UPDATE_BEFORE,
    odd_index,
)
from netsuite_pipeline.emulator.company.masterdata.labels import PREFIXES, TRANSACTION_LABELS
from netsuite_pipeline.emulator.company.masterdata.masterdata import sql_list
from netsuite_pipeline.emulator.company.masterdata.names import MEMOS
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import store, values

NONPOSTING = ("Estimate", "SalesOrd", "PurchOrd")


def uniquekey_sql(transaction: str, line: str) -> str:
    """SQL for a line's key, unique in the whole table; it passes 2**31 early."""
    return f"(2147400000 + {transaction} * 100 + {line})"


def number_documents(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Make the working table `numbered_doc`: documents in the order they were entered, with sparse ids and
    numbers.

    An id depends on what was entered before and on nothing later. Documents of no consequence may have been
    deleted since.
    """
    kinds = values([(kind, *labels, PREFIXES[kind]) for kind, labels in TRANSACTION_LABELS.items()])
    connection.execute(f"""
        CREATE TABLE numbered_doc AS
        SELECT *, {odd_index("rank")} AS odd_number,
            CASE WHEN {odd_index("rank")} IS NULL AND u('deleted', dk) < 0.1
                    AND kind IN ('QUOTE', 'JRN', 'CHECK', 'ADJ')
                THEN created + to_seconds(3600 + pick('regret', dk, 86400 * 40)) END AS deleted
        FROM (
            SELECT doc.*, t.label, t.recordtype, 1000 + rank * 3 + pick('gap', rank, 3) + 2500 * (rank // 150)
                    + CASE WHEN rank >= 300 THEN 190000 ELSE 0 END AS id, rank,
                t.prefix || (10000 + row_number() OVER (PARTITION BY doc.type ORDER BY rank)) AS number
            FROM (SELECT *, row_number() OVER (ORDER BY created, dk) - 1 AS rank FROM doc) doc
            JOIN ({kinds}) AS t(type, label, recordtype, prefix) USING (type))
    """)


def build_transactions(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan, clerks: list[int]) -> None:
    """Make the working table `txn` (everything about each transaction that is still there) and fill
    `transaction`."""
    now = f"TIMESTAMP '{plan.now}'"
    never = "NULL::TIMESTAMP"
    # Each event is a moment of the past, or null: the latest of them is when the transaction was last
    # modified.
    connection.execute(f"""
        CREATE TABLE txn AS
        WITH paid AS (SELECT target, sum(amount) AS paid, sum(base_amount) AS paid_base, max(settled)
            AS settled
            FROM applied GROUP BY target
        ), used AS (SELECT source, sum(amount) AS used FROM applied GROUP BY source
        ), fate AS (
            SELECT d.*, h.famt AS total, h.namt AS total_base, h.account AS main_account,
                coalesce(p.paid, 0)::DECIMAL(18,2) AS paid, coalesce(p.paid_base, 0)::DECIMAL(18,2)
                    AS paid_base,
                p.settled, o.created AS ordered, s.created AS shipped, i.created AS billed,
                CASE WHEN d.type IN ('SalesOrd', 'PurchOrd', 'VendBill', 'ExpRept')
                    THEN d.created + to_seconds(7200 + pick('approve', d.dk, 36000)) END AS approved,
                CASE WHEN d.type = 'Estimate' AND d.kind = 'QUOTE' THEN d.created + to_days(60)
                    WHEN d.type IN ('SalesOrd', 'PurchOrd') AND s.dk IS NULL
                        THEN d.created + to_days(75) END AS given_up,
                CASE WHEN d.type IN ('CustPymt', 'VendPymt', 'Deposit', 'Check')
                    THEN date_trunc('month', d.trandate) + to_months(1) + to_hours(114)
                        + to_seconds(pick('reconcile', d.dk, 7200)) END AS reconciled,
                CASE WHEN d.created < {MASS_UPDATE_BEFORE} THEN {MASS_UPDATE} END AS resaved
            FROM numbered_doc d JOIN head h USING (dk)
            LEFT JOIN paid p ON p.target = d.dk
            LEFT JOIN doc o ON o.dk = CASE WHEN d.type = 'Estimate' THEN d.dk + 1 END
            LEFT JOIN doc s ON s.dk = CASE WHEN d.type IN ('SalesOrd', 'PurchOrd') THEN d.dk + 1 END
            LEFT JOIN doc i ON i.dk = CASE WHEN d.type IN ('SalesOrd', 'PurchOrd') THEN d.dk + 2 END
            WHERE d.deleted IS NULL OR d.deleted > {now}
        ), past AS (
            SELECT * REPLACE (
                CASE WHEN approved <= {now} THEN approved ELSE {never} END AS approved,
                CASE WHEN given_up <= {now} AND ordered IS NULL THEN given_up ELSE {never} END AS given_up,
                CASE WHEN reconciled <= {now} THEN reconciled ELSE {never} END AS reconciled,
                CASE WHEN resaved <= {now} THEN resaved ELSE {never} END AS resaved)
            FROM fate
        )
        SELECT past.*, u.used, greatest(created, settled, ordered, shipped, billed, approved, given_up,
            reconciled, resaved)
                AS modified,
            CASE type
                WHEN 'SalesOrd' THEN CASE WHEN billed IS NOT NULL THEN 'G' WHEN shipped IS NOT NULL THEN 'F'
                    WHEN given_up IS NOT NULL THEN 'H' WHEN approved IS NULL THEN 'A' ELSE 'B' END
                WHEN 'PurchOrd' THEN CASE WHEN billed IS NOT NULL THEN 'G' WHEN shipped IS NOT NULL THEN 'F'
                    WHEN given_up IS NOT NULL THEN 'H' WHEN approved IS NULL THEN 'A' ELSE 'B' END
                WHEN 'Estimate' THEN CASE WHEN ordered IS NOT NULL THEN 'B' WHEN given_up IS NOT NULL
                    THEN 'C' ELSE 'A' END
                WHEN 'CustInvc' THEN CASE WHEN paid = abs(total) THEN 'B' ELSE 'A' END
                WHEN 'VendBill' THEN CASE WHEN paid = abs(total) THEN 'B' WHEN approved IS NULL
                    THEN 'D' ELSE 'A' END
                WHEN 'ExpRept' THEN CASE WHEN paid = abs(total) THEN 'I' WHEN approved IS NULL
                    THEN 'B' ELSE 'F' END
                WHEN 'CashSale' THEN CASE WHEN paid > 0 THEN 'C' ELSE 'B' END
                WHEN 'CustPymt' THEN 'C' WHEN 'VendPymt' THEN 'F' WHEN 'CustCred' THEN 'B'
                    WHEN 'VendCred' THEN 'B'
                WHEN 'ItemShip' THEN 'C' WHEN 'Journal' THEN 'B' ELSE 'Y' END AS status
        FROM past LEFT JOIN used u ON u.source = past.dk
    """)
    _store_headers(connection, plan, clerks)


def _store_headers(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan, clerks: list[int]) -> None:
    settles = "type IN ('CustInvc', 'VendBill', 'ExpRept')"
    store(
        connection,
        "transaction",
        f"""
        SELECT id, number AS transactionnumber,
            CASE WHEN type <> 'VendBill' THEN number
                WHEN odd_number IS NOT NULL OR rank % 97 = 3 THEN '1e5'
                ELSE one_of('vendor number', id, ['', '0', 'R-', 'INV', 'F/']) || pick('vendor number',
                    id, 900000) END AS tranid,
            type, recordtype, label || ' #' || number AS trandisplayname,
            CASE WHEN odd_number IS NOT NULL THEN odd.text WHEN u('memo', id) < 0.3
                THEN one_of('memo', id, {sql_list(MEMOS)}) WHEN kind IN ('PAYROLL', 'REMIT', 'RENT',
                    'DEPR', 'OPENING')
                THEN kind || ' ' || strftime(trandate, '%Y-%m') WHEN kind = 'TAX'
                    THEN 'Tax remittance' END AS memo,
            trandate, status, one_of('by', id, {clerks!r}) AS createdby, created AS createddate, due
                AS duedate,
            CASE WHEN {settles} AND paid = abs(total) THEN settled::DATE
                WHEN type IN ('SalesOrd', 'PurchOrd') THEN coalesce(billed, given_up)::DATE
                WHEN type IN ('CustCred', 'VendCred') THEN trandate END AS closedate,
            currency, fx AS exchangerate, total AS foreigntotal,
            CASE WHEN {settles} THEN paid WHEN type IN ('CustCred', 'VendCred') THEN coalesce(used,
                0) END AS foreignamountpaid,
            CASE WHEN {settles} THEN abs(total) - paid
                WHEN type IN ('CustCred', 'VendCred') THEN abs(total) - coalesce(used, 0) END
                    AS foreignamountunpaid,
            entity, one_of('modified by', id, {clerks!r}) AS lastmodifiedby, modified AS lastmodifieddate,
            {period_id_sql("trandate")} AS postingperiod,
            yes(type NOT IN {NONPOSTING!r} AND status <> 'D') AS posting, 'F' AS voided,
            CASE WHEN type IN ('SalesOrd', 'PurchOrd', 'VendBill', 'ExpRept')
                THEN CASE WHEN approved IS NULL THEN 1 ELSE 2 END WHEN type = 'Journal' THEN 2 END
                    AS approvalstatus,
            CASE WHEN type IN ('SalesOrd', 'CustInvc', 'CashSale')
                AND rank >= {int(5500 * min(1.0, plan.scale))}
                AND u('po', dk // 8) < 0.7 THEN 'PO-' || pick('po', dk // 8, 100000)
                WHEN type = 'Check' AND rank >= {int(5500 * min(1.0, plan.scale))}
                    THEN (20000 + rank // 10)::VARCHAR
                END AS otherrefnum,
            terms,
            CASE WHEN party_kind = 'customer' AND step < 5 THEN entity * 10 + 1 END AS shippingaddress,
            CASE WHEN party_kind = 'customer' AND step < 5 THEN entity * 10 END AS billingaddress,
            CASE WHEN party_kind IN ('customer', 'vendor') THEN subsidiary END AS nexus,
            'F' AS taxregoverride, 'F' AS taxdetailsoverride, CASE WHEN terms IS NOT NULL
                THEN trandate END AS taxpointdate,
            'F' AS taxpointdateoverride, 'F' AS intercoadj, 'F' AS isreversal, 'F' AS reversaldefer,
            CASE WHEN resaved IS NOT NULL THEN 'legacy' WHEN party_kind = 'customer'
                THEN one_of('channel', entity, ['web', 'phone', 'partner', 'field']) END AS custbody_channel
        FROM txn LEFT JOIN odd ON odd.i = txn.odd_number
        """,
    )
