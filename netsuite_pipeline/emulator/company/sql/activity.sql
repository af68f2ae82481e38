-- Edits that keep the books balanced. {id}, {like}, {line} and the other braces are numbers, moments and words of activity.py.

-- edit touch: the ledger lines and the customer's balance follow the header's date
UPDATE ns."transaction" SET lastmodifieddate = greatest(lastmodifieddate, {now}) WHERE id = {id};
UPDATE ns.transactionaccountingline SET lastmodifieddate = greatest(lastmodifieddate, {now}) WHERE transaction = {id}

-- edit rebalance
UPDATE ns.customersubsidiaryrelationship SET lastmodifieddate = greatest(lastmodifieddate, {now}),
    balance = coalesce((SELECT sum(foreignamountunpaid) FROM ns."transaction" WHERE entity = {entity} AND type = 'CustInvc'), 0),
    unbilledorders = coalesce((SELECT sum(foreigntotal) FROM ns."transaction" WHERE entity = {entity} AND type = 'SalesOrd'
        AND status IN ('A', 'B', 'F')), 0)
WHERE entity = {entity} AND isprimarysub = 'T'

-- edit annotate
UPDATE ns."transaction" SET memo = 'Edited at ' || {now} WHERE id = {id}

-- edit edit_customer
UPDATE ns.customer SET phone = '{phone}', comments = 'Called at ' || {now}, lastmodifieddate = greatest(lastmodifieddate, {now})
WHERE id = {id};
UPDATE ns.entity SET lastmodifieddate = greatest(lastmodifieddate, {now}) WHERE id = {id}

-- edit copy_sale
INSERT INTO ns."transaction" BY NAME
SELECT * REPLACE ({id} AS id, '{prefix}{id}' AS transactionnumber, '{prefix}{id}' AS tranid, '{kind}' AS type,
    '{record}' AS recordtype, '{label} #{prefix}{id}' AS trandisplayname, 'Live' AS memo, {now}::DATE AS trandate,
    '{status}' AS status, {now} AS createddate, {now} AS lastmodifieddate, {now}::DATE + 30 AS duedate, NULL AS closedate,
    {period} AS postingperiod, '{posting}' AS posting, {approval} AS approvalstatus, {now}::DATE AS taxpointdate)
FROM ns."transaction" WHERE id = {like};
INSERT INTO ns.transactionline BY NAME
SELECT * REPLACE ({id} AS transaction, 2147400000::BIGINT + {id} * 100 + id AS uniquekey, NULL AS createdfrom, {now} AS linecreateddate,
    {now} AS linelastmodifieddate, 'F' AS isclosed, quantity * {factor} AS quantity, foreignamount * {factor} AS foreignamount,
    netamount * {factor} AS netamount)
FROM ns.transactionline WHERE transaction = {like};
INSERT INTO ns.transactionaccountingline BY NAME
SELECT * REPLACE ({id} AS transaction, amount * {factor} AS amount, netamount * {factor} AS netamount, debit * {factor} AS debit,
    credit * {factor} AS credit, {now} AS lastmodifieddate, '{posting}' AS posting,
    CASE WHEN account IN ({receivable}, {unposted}) THEN {account} ELSE account END AS account)
FROM ns.transactionaccountingline WHERE transaction = {like}

-- edit reprice
UPDATE ns.transactionline SET foreignamount = foreignamount - {cents} / 100.0::DECIMAL(18,2),
    netamount = netamount - {cents} / 100.0::DECIMAL(18,2), linelastmodifieddate = {now}
WHERE transaction = {id} AND id = {line}

-- edit drop_line
DELETE FROM ns.transactionline WHERE transaction = {id} AND id = {line};
DELETE FROM ns.transactionaccountingline WHERE transaction = {id} AND transactionline = {line}

-- edit retotal: the main line, the header and the books follow the other lines, while nothing is paid
UPDATE ns.transactionline SET linelastmodifieddate = {now},
    foreignamount = -(SELECT sum(foreignamount) FROM ns.transactionline WHERE transaction = {id} AND mainline = 'F'),
    netamount = -(SELECT sum(netamount) FROM ns.transactionline WHERE transaction = {id} AND mainline = 'F')
WHERE transaction = {id} AND mainline = 'T';
UPDATE ns."transaction" SET foreigntotal = l.foreignamount, foreignamountpaid = CASE WHEN type = 'CustInvc' THEN 0 END,
    foreignamountunpaid = CASE WHEN type = 'CustInvc' THEN l.foreignamount END
FROM ns.transactionline l WHERE ns."transaction".id = {id} AND l.transaction = {id} AND l.mainline = 'T';
UPDATE ns.transactionaccountingline SET amount = l.netamount, netamount = l.netamount,
    debit = CASE WHEN l.netamount > 0 THEN l.netamount END, credit = CASE WHEN l.netamount < 0 THEN -l.netamount END,
    amountlinked = CASE WHEN l.mainline = 'T' AND t.type = 'CustInvc' THEN 0 END,
    amountpaid = CASE WHEN l.mainline = 'T' AND t.type = 'CustInvc' THEN 0 END,
    amountunpaid = CASE WHEN l.mainline = 'T' AND t.type = 'CustInvc' THEN l.netamount END
FROM ns.transactionline l JOIN ns."transaction" t ON t.id = l.transaction
WHERE ns.transactionaccountingline.transaction = {id} AND l.transaction = {id}
    AND l.id = ns.transactionaccountingline.transactionline

-- edit pay: {part} of what invoice {like} still owes
INSERT INTO ns."transaction" BY NAME
SELECT * REPLACE ({id} AS id, 'PYMT-L{id}' AS transactionnumber, 'PYMT-L{id}' AS tranid, 'CustPymt' AS type,
    'customerpayment' AS recordtype, 'Payment #PYMT-L{id}' AS trandisplayname, NULL AS memo, {now}::DATE AS trandate, 'C' AS status,
    {now} AS createddate, {now} AS lastmodifieddate, NULL AS duedate, NULL AS closedate, {part} AS foreigntotal,
    NULL AS foreignamountpaid, NULL AS foreignamountunpaid, NULL AS terms, NULL AS approvalstatus, {period} AS postingperiod,
    'T' AS posting, NULL AS taxpointdate)
FROM ns."transaction" WHERE id = {like};
INSERT INTO ns.transactionline BY NAME
SELECT l.* REPLACE (n AS id, n AS linesequencenumber, {id} AS transaction, 2147400000::BIGINT + {id} * 100 + n AS uniquekey, main AS mainline,
    {now} AS linecreateddate, {now} AS linelastmodifieddate, sign * t.foreigntotal AS foreignamount, sign * t.foreigntotal AS netamount,
    NULL AS item, NULL AS quantity, NULL AS rate, NULL AS itemtype, NULL AS units, NULL AS createdfrom, NULL AS accountinglinetype,
    NULL AS price, NULL AS memo, 'F' AS isclosed, NULL AS custcol_note)
FROM ns.transactionline l, ns."transaction" t, (VALUES (0, 'T', 1), (1, 'F', -1)) AS sides(n, main, sign)
WHERE l.transaction = {like} AND l.mainline = 'T' AND t.id = {id};
INSERT INTO ns.transactionaccountingline BY NAME
SELECT l.transaction, l.id AS transactionline, book.id AS accountingbook, CASE l.id WHEN 0 THEN CASE l.subsidiary {banks} END
    ELSE {receivable} END AS account, l.netamount AS amount, l.netamount, CASE WHEN l.netamount > 0 THEN l.netamount END AS debit,
    CASE WHEN l.netamount < 0 THEN -l.netamount END AS credit, CASE WHEN l.id = 1 THEN abs(l.netamount) END AS paymentamountused,
    CASE WHEN l.id = 1 THEN 0 END AS paymentamountunused, 1 AS exchangerate, 'F' AS processedbyrevcommit, 'T' AS posting,
    {now} AS lastmodifieddate
FROM ns.transactionline l JOIN ns.accountingbooksubsidiaries b ON b.subsidiary = l.subsidiary
JOIN ns.accountingbook book ON book.id = b.accountingbook WHERE l.transaction = {id};
INSERT INTO ns.nexttransactionlinelink BY NAME
SELECT i.id AS previousdoc, 0 AS previousline, i.type AS previoustype, i.trandate AS previousdate, p.id AS nextdoc, 1 AS nextline,
    p.type AS nexttype, p.trandate AS nextdate, 'Payment' AS linktype, p.foreigntotal AS foreignamount, {now} AS lastmodifieddate
FROM ns."transaction" i, ns."transaction" p WHERE i.id = {like} AND p.id = {id};
UPDATE ns."transaction" SET foreignamountpaid = foreignamountpaid + p.total, foreignamountunpaid = foreignamountunpaid - p.total,
    status = CASE WHEN foreignamountunpaid = p.total THEN 'B' ELSE 'A' END,
    closedate = CASE WHEN foreignamountunpaid = p.total THEN {now}::DATE END
FROM (SELECT foreigntotal AS total FROM ns."transaction" WHERE id = {id}) p WHERE id = {like};
UPDATE ns.transactionaccountingline SET amountpaid = amountpaid + p.total, amountlinked = amountlinked + p.total,
    amountunpaid = amountunpaid - p.total
FROM (SELECT foreigntotal AS total FROM ns."transaction" WHERE id = {id}) p WHERE transaction = {like} AND transactionline = 0;
UPDATE ns.transactionline SET linelastmodifieddate = {now} WHERE transaction = {like} AND mainline = 'T'

-- edit delete
INSERT INTO ns.deletedrecord BY NAME
SELECT id AS recordid, -30 AS recordtypeid, recordtype AS scriptid, split_part(trandisplayname, ' #', 1) AS type,
    trandisplayname AS name, {now} AS deleteddate, lastmodifiedby AS deletedby, 'UIF' AS context, 'F' AS iscustomlist,
    'F' AS iscustomrecord, 'F' AS iscustomtransaction
FROM ns."transaction" WHERE id = {id};
DELETE FROM ns.transactionaccountingline WHERE transaction = {id};
DELETE FROM ns.transactionline WHERE transaction = {id};
DELETE FROM ns."transaction" WHERE id = {id}
