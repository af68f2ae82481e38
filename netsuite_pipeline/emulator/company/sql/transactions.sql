-- From documents to NetSuite's transactions, their lines, their postings in both books, and their links.

-- table numbered_doc: documents in the order of entry, with sparse ids and numbers. An id depends on nothing entered later.
-- Documents without consequences may be deleted.
WITH ranked AS (
    SELECT *, row_number() OVER (ORDER BY created, dk) - 1 AS rank FROM doc
), numbered AS (
    SELECT d.*, t.label, t.recordtype,
        1000 + rank * 3 + pick('gap', rank, 3) + 2500 * (rank // 150) + CASE WHEN rank >= 300 THEN 190000 ELSE 0 END AS id,
        t.prefix || (10000 + row_number() OVER (PARTITION BY d.type ORDER BY rank)) AS number
    FROM ranked d JOIN transaction_types t USING (type)
)
SELECT *, edge_case_index(rank) AS edge_case,
    CASE WHEN edge_case_index(rank) IS NULL AND u('deleted', dk) < 0.1 AND kind IN ('QUOTE', 'JRN', 'CHECK', 'ADJ')
        THEN created + to_seconds(3600 + pick('regret', dk, 86400 * 40)) END AS deleted
FROM numbered

-- table txn: everything about each transaction that is not deleted. Each event is a moment of the past or null; the latest
-- of them is the last modification. On 2026-02-01 somebody saved all transactions created before 2024-09-01 anew.
WITH paid AS (
    SELECT target, sum(amount) AS paid, sum(base_amount) AS paid_base, max(settled) AS settled FROM applied GROUP BY target
), used AS (SELECT source, sum(amount) AS used FROM applied GROUP BY source
), fate AS (
    SELECT d.*, h.famt AS total, h.namt AS total_base, h.account AS main_account, coalesce(p.paid, 0)::DECIMAL(18,2) AS paid,
        coalesce(p.paid_base, 0)::DECIMAL(18,2) AS paid_base, p.settled, o.created AS ordered, s.created AS shipped, i.created AS billed,
        CASE WHEN d.type IN ('SalesOrd', 'PurchOrd', 'VendBill', 'ExpRept')
            THEN d.created + to_seconds(7200 + pick('approve', d.dk, 36000)) END AS approved,
        CASE WHEN d.type = 'Estimate' AND d.kind = 'QUOTE' THEN d.created + to_days(60)
            WHEN d.type IN ('SalesOrd', 'PurchOrd') AND s.dk IS NULL THEN d.created + to_days(75) END AS given_up,
        CASE WHEN d.type IN ('CustPymt', 'VendPymt', 'Deposit', 'Check')
            THEN date_trunc('month', d.trandate) + to_months(1) + to_hours(114) + to_seconds(pick('reconcile', d.dk, 7200)) END
            AS reconciled,
        CASE WHEN d.created < TIMESTAMP '2024-09-01' THEN TIMESTAMP '2026-02-01 03:00:00' END AS resaved
    FROM numbered_doc d JOIN head h USING (dk)
    LEFT JOIN paid p ON p.target = d.dk
    LEFT JOIN doc o ON o.dk = CASE WHEN d.type = 'Estimate' THEN d.dk + 1 END
    LEFT JOIN doc s ON s.dk = CASE WHEN d.type IN ('SalesOrd', 'PurchOrd') THEN d.dk + 1 END
    LEFT JOIN doc i ON i.dk = CASE WHEN d.type IN ('SalesOrd', 'PurchOrd') THEN d.dk + 2 END
    WHERE d.deleted IS NULL OR d.deleted > company_now()
), past AS (
    SELECT * REPLACE (CASE WHEN approved <= company_now() THEN approved END AS approved,
        CASE WHEN given_up <= company_now() AND ordered IS NULL THEN given_up END AS given_up,
        CASE WHEN reconciled <= company_now() THEN reconciled END AS reconciled,
        CASE WHEN resaved <= company_now() THEN resaved END AS resaved)
    FROM fate
)
SELECT past.*, u.used, greatest(created, settled, ordered, shipped, billed, approved, given_up, reconciled, resaved) AS modified,
    CASE WHEN type IN ('SalesOrd', 'PurchOrd') THEN CASE WHEN billed IS NOT NULL THEN 'G' WHEN shipped IS NOT NULL THEN 'F'
            WHEN given_up IS NOT NULL THEN 'H' WHEN approved IS NULL THEN 'A' ELSE 'B' END
        WHEN type = 'Estimate' THEN CASE WHEN ordered IS NOT NULL THEN 'B' WHEN given_up IS NOT NULL THEN 'C' ELSE 'A' END
        WHEN type = 'CustInvc' THEN CASE WHEN paid = abs(total) THEN 'B' ELSE 'A' END
        WHEN type = 'VendBill' THEN CASE WHEN paid = abs(total) THEN 'B' WHEN approved IS NULL THEN 'D' ELSE 'A' END
        WHEN type = 'ExpRept' THEN CASE WHEN paid = abs(total) THEN 'I' WHEN approved IS NULL THEN 'B' ELSE 'F' END
        WHEN type = 'CashSale' THEN CASE WHEN paid > 0 THEN 'C' ELSE 'B' END
        WHEN type IN ('CustPymt', 'ItemShip') THEN 'C' WHEN type = 'VendPymt' THEN 'F'
        WHEN type IN ('CustCred', 'VendCred', 'Journal') THEN 'B' ELSE 'Y' END AS status
FROM past LEFT JOIN used u ON u.source = past.dk

-- fill transaction
SELECT id, number AS transactionnumber, type, recordtype, label || ' #' || number AS trandisplayname,
    CASE WHEN type <> 'VendBill' THEN number WHEN edge_case IS NOT NULL OR rank % 97 = 3 THEN '1e5'
        ELSE one_of('vendor number', id, ['', '0', 'R-', 'INV', 'F/']) || pick('vendor number', id, 900000) END AS tranid,
    CASE WHEN edge_case IS NOT NULL THEN e.text WHEN u('memo', id) < 0.3 THEN one_of('memo', id, words('memos'))
        WHEN kind IN ('PAYROLL', 'REMIT', 'RENT', 'DEPR', 'OPENING') THEN kind || ' ' || strftime(trandate, '%Y-%m')
        WHEN kind = 'TAX' THEN 'Tax remittance' END AS memo,
    trandate, status, one_of('by', id, clerks()) AS createdby, created AS createddate, due AS duedate,
    CASE WHEN type IN ('CustInvc', 'VendBill', 'ExpRept') AND paid = abs(total) THEN settled::DATE
        WHEN type IN ('SalesOrd', 'PurchOrd') THEN coalesce(billed, given_up)::DATE
        WHEN type IN ('CustCred', 'VendCred') THEN trandate END AS closedate,
    currency, fx AS exchangerate, total AS foreigntotal,
    CASE WHEN type IN ('CustInvc', 'VendBill', 'ExpRept') THEN paid
        WHEN type IN ('CustCred', 'VendCred') THEN coalesce(used, 0) END AS foreignamountpaid,
    CASE WHEN type IN ('CustInvc', 'VendBill', 'ExpRept') THEN abs(total) - paid
        WHEN type IN ('CustCred', 'VendCred') THEN abs(total) - coalesce(used, 0) END AS foreignamountunpaid,
    entity, one_of('modified by', id, clerks()) AS lastmodifiedby, modified AS lastmodifieddate, period_id(trandate) AS postingperiod,
    yes(type NOT IN ('Estimate', 'SalesOrd', 'PurchOrd') AND status <> 'D') AS posting, 'F' AS voided,
    CASE WHEN type IN ('SalesOrd', 'PurchOrd', 'VendBill', 'ExpRept') THEN CASE WHEN approved IS NULL THEN 1 ELSE 2 END
        WHEN type = 'Journal' THEN 2 END AS approvalstatus,
    CASE WHEN rank < CAST(floor(5500 * least(1.0, scale())) AS BIGINT) THEN NULL
        WHEN type IN ('SalesOrd', 'CustInvc', 'CashSale') AND u('po', dk // 8) < 0.7 THEN 'PO-' || pick('po', dk // 8, 100000)
        WHEN type = 'Check' THEN (20000 + rank // 10)::VARCHAR END AS otherrefnum,
    terms, CASE WHEN party_kind = 'customer' AND step < 5 THEN entity * 10 + 1 END AS shippingaddress,
    CASE WHEN party_kind = 'customer' AND step < 5 THEN entity * 10 END AS billingaddress,
    CASE WHEN party_kind IN ('customer', 'vendor') THEN subsidiary END AS nexus,
    'F' AS taxregoverride, 'F' AS taxdetailsoverride, CASE WHEN terms IS NOT NULL THEN trandate END AS taxpointdate,
    'F' AS taxpointdateoverride, 'F' AS intercoadj, 'F' AS isreversal, 'F' AS reversaldefer,
    CASE WHEN resaved IS NOT NULL THEN 'legacy' WHEN party_kind = 'customer'
        THEN one_of('channel', entity, ['web', 'phone', 'partner', 'field']) END AS custbody_channel
FROM txn LEFT JOIN edge_cases e ON e.i = txn.edge_case

-- table line: main lines and the others
SELECT t.id AS transaction, 0 AS lid, h.famt, h.namt, h.account, 'F' AS iscogs, 'F' AS taxline, t.dk FROM txn t JOIN head h USING (dk)
UNION ALL BY NAME
SELECT t.id AS transaction, b.* FROM txn t JOIN body b USING (dk)

-- fill transactionline
SELECT l.lid AS id, unique_key(t.id, l.lid) AS uniquekey, t.id AS transaction, l.lid AS linesequencenumber,
    CASE WHEN l.lid > 0 AND u('line memo', t.id * 100 + l.lid) < 0.12 THEN 'Line ' || l.lid || ' of ' || t.number END AS memo,
    CASE WHEN t.type <> 'Journal' THEN t.entity END AS entity, l.item,
    CASE WHEN l.itemtype IS NOT NULL THEN CASE l.itemtype WHEN 'InvtPart' THEN 1 WHEN 'Service' THEN 3 ELSE 2 END
        WHEN l.expenseaccount IS NOT NULL THEN one_of('class', t.id * 100 + l.lid, [1, 3, 7, 7]) END AS class,
    CASE WHEN l.itemtype IS NOT NULL THEN CASE t.subsidiary WHEN 1 THEN one_of('place', t.id, [1, 3]) WHEN 2 THEN 4
        WHEN 3 THEN 6 ELSE 7 END END AS location,
    CASE WHEN l.lid = 0 THEN NULL WHEN l.itemtype IS NOT NULL THEN 1
        WHEN l.expenseaccount IS NOT NULL THEN one_of('department', t.id * 100 + l.lid, [1, 3, 4, 5, 9, 10]) END AS department,
    t.subsidiary, yes(t.type IN ('SalesOrd', 'PurchOrd') AND t.status IN ('G', 'H')) AS isclosed,
    yes(t.type = 'ExpRept' AND l.lid > 0 AND u('billable', t.id * 100 + l.lid) < 0.2) AS isbillable, l.iscogs,
    yes(t.reconciled IS NOT NULL AND l.lid = 0) AS cleared, 'F' AS commitmentfirm, yes(l.lid = 0) AS mainline, l.taxline,
    'F' AS eliminate, l.namt AS netamount, l.famt AS foreignamount, l.quantity, l.rate, l.itemtype,
    CASE WHEN l.itemtype = 'Service' THEN 'Hr' WHEN l.itemtype IS NOT NULL THEN 'Ea' END AS units,
    CASE WHEN l.lid > 0 THEN source.id END AS createdfrom, l.expenseaccount,
    CASE WHEN l.lid = 0 AND t.type IN ('CustInvc', 'CustCred') THEN 'ACCOUNTSRECEIVABLE'
        WHEN l.lid = 0 AND t.type IN ('VendBill', 'VendCred', 'ExpRept') THEN 'ACCOUNTSPAYABLE'
        WHEN l.taxline = 'T' THEN 'TAX' WHEN l.iscogs = 'T' THEN CASE WHEN l.famt < 0 THEN 'ASSET' ELSE 'COGS' END
        WHEN l.itemtype IS NOT NULL AND t.type IN ('CustInvc', 'CashSale', 'CustCred') THEN 'INCOME'
        WHEN l.expenseaccount IS NOT NULL THEN 'EXPENSE' END AS accountinglinetype,
    CASE WHEN l.lid = 0 OR t.type IN ('SalesOrd', 'PurchOrd') THEN t.modified ELSE t.created END AS linelastmodifieddate,
    t.created AS linecreateddate, 'F' AS donotdisplayline,
    CASE WHEN t.type IN ('Estimate', 'SalesOrd', 'CustInvc', 'CashSale', 'CustCred') THEN l.pricelevel END AS price,
    CASE WHEN l.lid = 1 THEN e.text END AS custcol_note
FROM line l JOIN txn t ON t.id = l.transaction
LEFT JOIN numbered_doc source ON source.dk = CASE WHEN t.step IN (1, 2, 4) AND t.dk > 0 THEN t.dk - 1
    WHEN t.step = 3 AND t.kind IN ('SALE', 'BUY') THEN t.dk - 2 END
LEFT JOIN edge_cases e ON e.i = t.edge_case

-- fill transactionaccountingline: the statutory book capitalises research. Orders and quotes are posted nowhere (posting 'F').
WITH own AS (
    SELECT l.*, t.type, t.subsidiary, t.fx, t.paid_base, t.modified, l.lid = 0 AND t.type IN ('CustInvc', 'VendBill', 'ExpRept') AS settles,
        t.type IN ('CustPymt', 'VendPymt') AND l.lid = 1 AS pays,
        yes(t.type NOT IN ('Estimate', 'SalesOrd', 'PurchOrd') AND t.status <> 'D') AS posting
    FROM line l JOIN txn t ON t.id = l.transaction WHERE l.account IS NOT NULL
)
SELECT transaction, lid AS transactionline, book.id AS accountingbook,
    CASE WHEN book.id = 2 AND account IN (acct('6700'), acct('6710')) THEN acct('1600') ELSE account END AS account,
    namt AS amount, namt AS netamount, CASE WHEN namt > 0 THEN namt END AS debit, CASE WHEN namt < 0 THEN -namt END AS credit,
    fx AS exchangerate, CASE WHEN settles THEN paid_base END AS amountlinked, CASE WHEN settles THEN paid_base END AS amountpaid,
    CASE WHEN settles THEN abs(namt) - paid_base END AS amountunpaid, CASE WHEN pays THEN abs(namt) END AS paymentamountused,
    CASE WHEN pays THEN 0 END AS paymentamountunused, 'F' AS processedbyrevcommit, posting, modified AS lastmodifieddate
FROM own JOIN (VALUES (1), (2)) AS book(id) ON book.id = 1 OR list_contains(second_book_subsidiaries(), own.subsidiary)

-- fill nexttransactionlinelink. Steps of a case: quote 0, order 1, shipment or receipt 2, invoice or bill 3, credit 4.
WITH steps(before, after, linktype, kinds) AS (VALUES (0, 1, 'EstInvc', ['SALE']), (1, 2, 'ShipRcpt', ['SALE', 'BUY']),
    (1, 3, 'OrdBill', ['SALE', 'BUY']))
SELECT a.id AS previousdoc, j AS previousline, a.type AS previoustype, a.trandate AS previousdate, b.id AS nextdoc,
    CASE WHEN s.after = 2 THEN 2 * j - 1 ELSE j END AS nextline, b.type AS nexttype, b.trandate AS nextdate, s.linktype,
    CASE WHEN a.kind = 'BUY' THEN g.purchase ELSE g.sale END AS foreignamount, b.created AS lastmodifieddate
FROM steps s JOIN txn a ON a.step = s.before AND list_contains(s.kinds, a.kind)
JOIN txn b ON b.dk = a.dk + s.after - s.before AND b.kind = a.kind JOIN goods_line g ON g.c = a.c
UNION ALL
SELECT a.id, 0, a.type, a.trandate, b.id, CASE WHEN b.step = 4 THEN 0 ELSE 1 END, b.type, b.trandate, p.linktype, p.amount, p.settled
FROM applied p JOIN txn a ON a.dk = p.target JOIN txn b ON b.dk = p.source
