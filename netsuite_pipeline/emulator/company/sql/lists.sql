-- Lists that are set up once: subsidiaries, departments, terms, prices, labels, accounts and periods.

-- fill subsidiary
SELECT *, 'F' AS isinactive, CASE WHEN id = 2 THEN 2 ELSE 1 END AS fiscalcalendar,
    CASE WHEN id < 7 THEN 'finance' || id || '@hartwell.example' END AS email, set_up() AS lastmodifieddate
FROM subsidiaries

-- fill department
FROM tree('departments', 'dep-')

-- fill classification
FROM tree('classes', 'cla-')

-- fill location
SELECT *, id + 800000 AS mainaddress, CASE WHEN id = 2 THEN 2 ELSE 1 END AS locationtype FROM tree('locations', 'loc-')

-- fill locationmainaddress
SELECT *, state AS dropdownstate, 'Goods In' AS addressee, set_up() AS lastmodifieddate,
    addr1 || chr(10) || city || ' ' || zip || chr(10) || country AS addrtext
FROM location_addresses

-- fill accountingbooksubsidiaries
SELECT 1 AS accountingbook, id AS subsidiary, 'ACTIVE' AS status FROM subsidiaries
UNION ALL SELECT 2, unnest(second_book_subsidiaries()), 'ACTIVE'

-- fill term
SELECT *, 'F' AS datedriven, 'F' AS isinactive, set_up() AS lastmodifieddate FROM terms

-- fill pricelevel
SELECT *, 'F' AS isinactive, 'F' AS updateexistingprices, set_up() AS lastmodifieddate FROM price_levels

-- fill vendorcategory
SELECT *, 'F' AS isinactive, set_up() AS lastmodifieddate FROM vendor_categories

-- fill customlist_region
FROM regions

-- fill customrecordtype
SELECT 31 AS internalid, 'CUSTOMRECORD_MACHINE' AS scriptid, 'Machine' AS name, 'F' AS isinactive,
    'Instruments installed at customers' AS description, set_up() AS lastmodifieddate

-- fill customlist
SELECT 412 AS internalid, 'CUSTOMLIST_REGION' AS scriptid, 'Region' AS name, 'F' AS isinactive,
    'Where a customer is' AS description, set_up() AS lastmodifieddate

-- fill customfield
SELECT *, 'F' AS ismandatory, 'T' AS isstored, 'F' AS isinactive, set_up() AS lastmodifieddate FROM custom_fields

-- fill transactionstatus
SELECT s.id, s.trantype, s.name, t.label || ' : ' || s.name AS fullname
FROM transaction_statuses s JOIN transaction_types t ON t.type = s.trantype

-- run
INSERT INTO ns_lists.options
FROM options UNION ALL SELECT 'transactiontype', type, label FROM transaction_types
UNION ALL SELECT 'transactionstatus', trantype || ':' || id, fullname FROM ns.transactionstatus

-- fill accounttype
SELECT *, row_number() OVER (ORDER BY id) AS seqnum, row_number() OVER (ORDER BY id) AS internalid FROM account_types

-- fill account
WITH RECURSIVE named AS (
    SELECT number, name AS fullname FROM chart WHERE parent IS NULL
    UNION ALL SELECT c.number, n.fullname || ' : ' || c.name FROM chart c JOIN named n ON n.number = c.parent
)
SELECT c.id, c.number AS acctnumber, c.type AS accttype, acct(c.parent) AS parent, n.fullname,
    c.number || ' ' || c.name AS accountsearchdisplayname, c.number || ' ' || c.name AS accountsearchdisplaynamecopy,
    c.special AS sspecacct, c.currency, t.defaultcashflowratetype AS cashflowrate, t.defaultgeneralratetype AS generalrate,
    yes(c.summary) AS issummary, yes(c.eliminate) AS eliminate, 'T' AS includechildren, yes(c.number = '2060') AS isinactive,
    CASE WHEN c.summary THEN c.name || ', all subsidiaries' END AS description,
    CASE WHEN c.number < '2000' THEN 'coa-' || c.number END AS externalid
FROM chart c JOIN named n USING (number) JOIN account_types t ON t.id = c.type

-- fill accountsubsidiarymap
SELECT a.id AS account, s.id AS subsidiary FROM ns.account a, ns.subsidiary s
WHERE CASE a.acctnumber WHEN '1010' THEN s.id = 1 WHEN '1020' THEN s.id = 2 WHEN '1030' THEN s.id = 3
    WHEN '1040' THEN s.id = 4 ELSE TRUE END

-- fill accountingperiod
WITH years AS (
    SELECT y, year_period_id(y) AS first, CASE WHEN y > 2024 THEN make_timestamp(y, 1, 1, 0, 0, 0) ELSE TIMESTAMP '2023-12-05 18:00:00' END
        AS created
    FROM (SELECT unnest(range(2024, year(company_now()) + 1)) AS y)
), periods(id, periodname, parent, startdate, enddate, kind, created) AS (
    SELECT first, 'FY ' || y, NULL, make_date(y, 1, 1), make_date(y, 12, 31), 'year', created FROM years
    UNION ALL SELECT first + 1 + q * 4, 'Q' || (q + 1) || ' ' || y, first, make_date(y, q * 3 + 1, 1),
        last_day(make_date(y, q * 3 + 3, 1)), 'quarter', created FROM years, range(4) quarters(q)
    UNION ALL SELECT period_id(make_date(y, m, 1)), strftime(make_date(y, m, 1), '%b %Y'), first + 1 + (m - 1) // 3 * 4,
        make_date(y, m, 1), last_day(make_date(y, m, 1)), 'month', created FROM years, range(1, 13) months(m)
    UNION ALL SELECT first + 17, 'Adjust ' || y, first + 13, make_date(y, 12, 31), make_date(y, 12, 31), 'adjustment', created
        FROM years
), dated AS (
    SELECT *, enddate + INTERVAL (24 + 138) HOUR AS ap, enddate + INTERVAL (24 + 186) HOUR AS ar,
        enddate + INTERVAL (24 + 308) HOUR AS shut
    FROM periods
), locked AS (
    SELECT * REPLACE (CASE WHEN ap <= company_now() THEN ap END AS ap, CASE WHEN ar <= company_now() THEN ar END AS ar,
        CASE WHEN shut <= company_now() THEN shut END AS shut)
    FROM dated
)
SELECT id, periodname, parent, startdate, enddate, yes(kind = 'year') AS isyear, yes(kind = 'quarter') AS isquarter,
    yes(kind = 'adjustment') AS isadjust, yes(kind IN ('month', 'adjustment')) AS isposting, 'F' AS isinactive,
    'T' AS allownonglchanges, yes(ap IS NOT NULL) AS aplocked, yes(ar IS NOT NULL) AS arlocked, yes(shut IS NOT NULL) AS alllocked,
    yes(shut IS NOT NULL) AS closed, shut AS closedondate, greatest(created, ap, ar, shut) AS lastmodifieddate
FROM locked

-- fill fiscalcalendar
FROM (VALUES (1, 'Standard Fiscal Calendar', 'JAN', 'T', NULL), (2, 'UK Fiscal Calendar', 'JAN', 'F', 'uk'))
    AS c(id, name, fiscalmonth, isdefault, externalid)

-- fill accountingperiodfiscalcalendars
SELECT p.id AS accountingperiod, c.id AS fiscalcalendar, p.parent,
    coalesce(g.periodname || ' : ', '') || coalesce(q.periodname || ' : ', '') || p.periodname AS fullname
FROM ns.accountingperiod p CROSS JOIN ns.fiscalcalendar c
LEFT JOIN ns.accountingperiod q ON q.id = p.parent LEFT JOIN ns.accountingperiod g ON g.id = q.parent

-- fill accountingbook
SELECT *, 'F' AS contingentrevenuehandling, 'F' AS isadjustmentonly, 'F' AS isconsolidated, 'F' AS twosteprevenueallocation,
    period_id(DATE '2024-01-01') AS effectiveperiod, set_up() AS lastmodifieddate
FROM (VALUES (1, 'Primary Accounting Book', NULL, 'T', '1, 2, 3, 4, 7'), (2, 'Local Statutory Book', 1, 'F', '2, 3'))
    AS b(id, name, basebook, isprimary, subsidiariesstring)
