"""Lines as NetSuite keeps them, what they do to the accounts in each accounting book, and how documents are
linked."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.accounts import acct
from netsuite_pipeline.emulator.company.storage import store
from netsuite_pipeline.emulator.company.transactions.transactions import uniquekey_sql

# The local statutory book capitalises what the primary book expenses as research.
SECOND_BOOK_ACCOUNTS = {acct("6700"): acct("1600"), acct("6710"): acct("1600")}
SECOND_BOOK_SUBSIDIARIES = (2, 3)


def build_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill transactionline, transactionaccountingline and nexttransactionlinelink from `txn`, `head` and
    `body`."""
    connection.execute("""
        CREATE TABLE line AS
        SELECT t.id AS transaction, 0 AS lid, h.famt, h.namt, h.account, NULL::BIGINT AS item, NULL
            AS itemtype,
            NULL::DECIMAL(18,4) AS quantity, NULL::DECIMAL(18,2) AS rate, NULL::BIGINT AS pricelevel,
            NULL::BIGINT AS expenseaccount, 'F' AS iscogs, 'F' AS taxline, t.dk
        FROM txn t JOIN head h USING (dk)
        UNION ALL BY NAME
        SELECT t.id AS transaction, b.* FROM txn t JOIN body b USING (dk)
    """)
    store(
        connection,
        "transactionline",
        f"""
        SELECT l.lid AS id, {uniquekey_sql("t.id", "l.lid")} AS uniquekey, t.id AS transaction, l.lid
            AS linesequencenumber,
            CASE WHEN l.lid > 0 AND u('line memo', t.id * 100 + l.lid) < 0.12
                THEN 'Line ' || l.lid || ' of ' || t.number END AS memo,
            CASE WHEN t.type <> 'Journal' THEN t.entity END AS entity, l.item,
            CASE WHEN l.itemtype IS NOT NULL THEN CASE l.itemtype WHEN 'InvtPart' THEN 1
                WHEN 'Service' THEN 3 ELSE 2 END
                WHEN l.expenseaccount IS NOT NULL THEN one_of('class', t.id * 100 + l.lid, [1, 3, 7,
                    7]) END AS class,
            CASE WHEN l.itemtype IS NOT NULL THEN CASE t.subsidiary WHEN 1 THEN one_of('place', t.id, [1,
                3]) WHEN 2 THEN 4
                WHEN 3 THEN 6 ELSE 7 END END AS location,
            t.subsidiary, CASE WHEN l.lid = 0 THEN NULL WHEN l.itemtype IS NOT NULL THEN 1
                WHEN l.expenseaccount IS NOT NULL THEN one_of('department', t.id * 100 + l.lid, [1, 3, 4,
                    5, 9, 10]) END AS department,
            yes(t.type IN ('SalesOrd', 'PurchOrd') AND t.status IN ('G', 'H')) AS isclosed,
            yes(t.type = 'ExpRept' AND l.lid > 0 AND u('billable', t.id * 100 + l.lid) < 0.2)
                AS isbillable, l.iscogs,
            yes(t.reconciled IS NOT NULL AND l.lid = 0) AS cleared, 'F' AS commitmentfirm,
                yes(l.lid = 0) AS mainline, l.taxline,
            'F' AS eliminate, l.namt AS netamount, l.famt AS foreignamount, l.quantity, l.rate, l.itemtype,
            CASE WHEN l.itemtype = 'Service' THEN 'Hr' WHEN l.itemtype IS NOT NULL THEN 'Ea' END AS units,
            CASE WHEN l.lid > 0 THEN source.id END AS createdfrom, l.expenseaccount,
            CASE WHEN l.lid = 0 AND t.type IN ('CustInvc', 'CustCred') THEN 'ACCOUNTSRECEIVABLE'
                WHEN l.lid = 0 AND t.type IN ('VendBill', 'VendCred', 'ExpRept') THEN 'ACCOUNTSPAYABLE'
                WHEN l.taxline = 'T' THEN 'TAX' WHEN l.iscogs = 'T' THEN CASE WHEN l.famt < 0
                    THEN 'ASSET' ELSE 'COGS' END
                WHEN l.itemtype IS NOT NULL AND t.type IN ('CustInvc', 'CashSale', 'CustCred') THEN 'INCOME'
                WHEN l.expenseaccount IS NOT NULL THEN 'EXPENSE' END AS accountinglinetype,
            CASE WHEN l.lid = 0 OR t.type IN ('SalesOrd', 'PurchOrd') THEN t.modified
                ELSE t.created END AS linelastmodifieddate,
            t.created AS linecreateddate, 'F' AS donotdisplayline,
            CASE WHEN t.type IN ('Estimate', 'SalesOrd', 'CustInvc', 'CashSale', 'CustCred')
                THEN l.pricelevel END AS price,
            CASE WHEN l.lid = 1 THEN odd.text END AS custcol_note
        FROM line l JOIN txn t ON t.id = l.transaction
        LEFT JOIN numbered_doc source ON source.dk = CASE
            WHEN t.step IN (1, 2, 4) AND t.dk > 0 THEN t.dk - 1 WHEN t.step = 3 AND t.kind IN ('SALE',
                'BUY') THEN t.dk - 2 END
        LEFT JOIN odd ON odd.i = t.odd_number
        """,
    )
    _accounting_lines(connection)
    _links(connection)


def _accounting_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Both books; orders and quotes have rows too, posted nowhere (posting 'F'), on their non-posting
    accounts."""
    mapped = " ".join(f"WHEN {source} THEN {target}" for source, target in SECOND_BOOK_ACCOUNTS.items())
    own = "l.lid = 0 AND t.type IN ('CustInvc', 'VendBill', 'ExpRept')"
    store(
        connection,
        "transactionaccountingline",
        f"""
        SELECT l.transaction, l.lid AS transactionline, book.id AS accountingbook,
            CASE WHEN book.id = 2 THEN CASE l.account {mapped} ELSE l.account END ELSE l.account END
                AS account,
            l.namt AS amount, l.namt AS netamount, CASE WHEN l.namt > 0 THEN l.namt END AS debit,
            CASE WHEN l.namt < 0 THEN -l.namt END AS credit, t.fx AS exchangerate,
            CASE WHEN {own} THEN t.paid_base END AS amountlinked, CASE WHEN {own} THEN t.paid_base END
                AS amountpaid,
            CASE WHEN {own} THEN abs(l.namt) - t.paid_base END AS amountunpaid,
            CASE WHEN t.type IN ('CustPymt', 'VendPymt') AND l.lid = 1 THEN abs(l.namt) END
                AS paymentamountused,
            CASE WHEN t.type IN ('CustPymt', 'VendPymt') AND l.lid = 1 THEN 0 END AS paymentamountunused,
            'F' AS processedbyrevcommit, yes(t.type NOT IN ('Estimate', 'SalesOrd', 'PurchOrd')
                AND t.status <> 'D') AS posting,
            t.modified AS lastmodifieddate
        FROM line l JOIN txn t ON t.id = l.transaction
        JOIN (VALUES (1), (2)) AS book(id) ON book.id = 1 OR t.subsidiary IN {SECOND_BOOK_SUBSIDIARIES!r}
        WHERE l.account IS NOT NULL
        """,
    )


def _links(connection: duckdb.DuckDBPyConnection) -> None:
    # Steps of a case: quote 0, order 1, shipment or receipt 2, invoice or bill 3, credit 4.
    steps = (
        (0, 1, "j", "j", "EstInvc", "('SALE')"),
        (1, 2, "j", "2 * j - 1", "ShipRcpt", "('SALE', 'BUY')"),
        (1, 3, "j", "j", "OrdBill", "('SALE', 'BUY')"),
    )
    goods = " UNION ALL ".join(
        f"""
        SELECT a.id AS previousdoc, {line} AS previousline, a.type AS previoustype,
            a.trandate AS previousdate,
            b.id AS nextdoc, {next_line} AS nextline, b.type AS nexttype, b.trandate AS nextdate,
                '{link}' AS linktype,
            CASE WHEN a.kind = 'BUY' THEN g.purchase ELSE g.sale END AS foreignamount, b.created
                AS lastmodifieddate
        FROM txn a JOIN txn b ON b.dk = a.dk + {after - before} JOIN goods_line g ON g.c = a.c
        WHERE a.step = {before} AND a.kind IN {kinds} AND b.kind = a.kind"""
        for before, after, line, next_line, link, kinds in steps
    )
    store(
        connection,
        "nexttransactionlinelink",
        f"""{goods} UNION ALL
        SELECT a.id, 0, a.type, a.trandate, b.id, CASE WHEN b.step = 4 THEN 0 ELSE 1 END, b.type,
            b.trandate, p.linktype,
            p.amount, p.settled FROM applied p JOIN txn a ON a.dk = p.target JOIN txn b ON b.dk = p.source""",
    )
