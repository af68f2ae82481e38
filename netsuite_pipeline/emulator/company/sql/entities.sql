-- Customers, vendors, employees, contacts and projects as records, with addresses, subsidiaries and balances.

-- table alive: deleted customers are left out everywhere
SELECT *, touched(created, period, company_now()) AS modified, versions(created, period, company_now()) AS version,
    CASE kind WHEN 'customer' THEN CASE WHEN is_person THEN first_name || ' ' || last_name ELSE company END
        WHEN 'vendor' THEN company WHEN 'job' THEN NULL ELSE first_name || ' ' || last_name END AS title
FROM party WHERE NOT (is_ghost AND deleted <= company_now())

-- table activity: what each entity owes and has on order, from documents that are never deleted
SELECT entity, max(modified) AS modified,
    sum(CASE WHEN type IN ('CustInvc', 'VendBill') THEN abs(total) - paid ELSE 0 END)::DECIMAL(18,2) AS balance,
    sum(CASE WHEN type = 'SalesOrd' AND status IN ('A', 'B', 'F') THEN total ELSE 0 END)::DECIMAL(18,2) AS unbilled,
    min(CASE WHEN type = 'SalesOrd' THEN trandate END) AS first_order,
    min(CASE WHEN type = 'SalesOrd' THEN created END) AS first_order_entered
FROM txn WHERE entity IS NOT NULL AND type IN ('CustInvc', 'VendBill', 'SalesOrd') GROUP BY entity

-- fill customer. Every fifth of the first customers has an edge case text, or the next one if that one gets deleted.
SELECT p.id, 'CUST' || (10000 + p.k) AS entityid, CASE WHEN p.k < 40 THEN 'legacy-' || p.k END AS externalid,
    CASE WHEN p.k % 23 = 7 THEN (SELECT any_value(q.id) FROM customer_party q WHERE q.k = 3) END AS parent,
    yes(p.is_person) AS isperson, p.inactive AS isinactive, p.title AS altname,
    CASE WHEN NOT p.is_person THEN p.company END AS companyname, CASE WHEN p.is_person THEN p.first_name END AS firstname,
    CASE WHEN p.is_person THEN p.last_name END AS lastname,
    CASE WHEN p.k % 17 <> 4 THEN 'ap' || p.k || '@customer.example' END AS email,
    CASE WHEN p.k % 19 = 5 THEN '' WHEN p.k % 7 = 1 THEN NULL
        ELSE '+1 555 01' || lpad(pick('phone', p.id + 100000 * p.version, 100)::VARCHAR, 2, '0') END AS phone,
    CASE WHEN p.k = 78 OR p.k % 800 = 30 THEN repeat('A long report about flow meters, in one paragraph;  ', 420) || p.k
        WHEN e.i IS NOT NULL THEN e.text
        WHEN p.version > 0 AND u('comment', p.id + p.version) < 0.3 THEN 'Reviewed, revision ' || p.version END AS comments,
    CASE WHEN p.k % 3 = 0 AND NOT p.is_person THEN 'https://customer' || p.k || '.example/?q=a%20b&c=%C3%A9' END AS url,
    p.id * 10 AS defaultbillingaddress, p.id * 10 + 1 AS defaultshippingaddress,
    CASE WHEN p.currency = p.base THEN acct('1100') ELSE acct('1110') END AS receivablesaccount, p.currency,
    CASE WHEN p.k = 11 THEN DATE '1900-01-01' WHEN p.k = 12 THEN DATE '1969-12-31' ELSE a.first_order END AS firstorderdate,
    p.created AS datecreated, greatest(p.modified, a.first_order_entered) AS lastmodifieddate,
    CASE WHEN p.inactive = 'T' THEN 16 WHEN a.first_order IS NULL THEN 6 ELSE 13 END AS entitystatus, p.terms,
    CASE WHEN p.k = 5 THEN 123456789012345678.123456789::DECIMAL(38,10) WHEN p.k % 4 = 0 THEN NULL
        ELSE 1000 * (1 + pick('credit limit', p.id + p.version, 200)) END AS creditlimit,
    (SELECT any_value(id) FROM employee_party WHERE k = 2 + p.k % 5) AS salesrep,
    CASE p.k WHEN 1 THEN 123456789012345678.123456789::DECIMAL(38,10) WHEN 2 THEN -0.000000001 WHEN 3 THEN -0.07 WHEN 4 THEN 0
        ELSE round(100 * u('score', p.id + 7 * p.version), 3)::DECIMAL(38,10) END AS custentity_score,
    CASE WHEN p.k < migrated('customer') // 4 THEN NULL ELSE 1 + pick('region', p.id, 7) END AS custentity_region
FROM alive p LEFT JOIN activity a ON a.entity = p.id
LEFT JOIN edge_cases e ON e.i = CASE WHEN p.k < edge_case_count() * 5
    AND (p.k % 5 = 2 OR p.k % 5 = 3 AND is_ghost((p.k - 1))) THEN p.k // 5 END
WHERE p.kind = 'customer'

-- fill vendor
SELECT id, 'VEND' || (5000 + k) AS entityid, company AS altname, company AS companyname,
    CASE WHEN k < 4 THEN 5 ELSE 1 + pick('category', id, 6) END AS category, 'orders' || k || '@vendor.example' AS email,
    CASE WHEN k % 6 <> 2 THEN '+44 20 7946 0' || lpad(pick('phone', id + version, 1000)::VARCHAR, 3, '0') END AS phone,
    currency, terms, inactive AS isinactive, 'F' AS isperson, created AS datecreated, modified AS lastmodifieddate
FROM alive WHERE kind = 'vendor'

-- fill employee
SELECT id, title || CASE WHEN count(*) OVER (PARTITION BY title ORDER BY k) > 1 THEN ' ' || k ELSE '' END AS entityid,
    first_name AS firstname, last_name AS lastname, 'person' || k || '@hartwell.example' AS email,
    one_of('title', id, words('titles')) AS title, one_of('department', id, [1, 2, 3, 4, 5, 8, 9, 10]) AS department,
    subsidiary, CASE subsidiary WHEN 1 THEN one_of('office', id, [1, 3]) WHEN 2 THEN 4 WHEN 3 THEN 6 ELSE 7 END AS location,
    7 AS class, CASE WHEN k > 0 THEN list_extract(clerks(), 1 + (pick('boss', id, least(k, len(clerks()))))) END AS supervisor,
    currency, 500 * (1 + pick('limit', id + version, 20)) AS approvallimit, 1000 AS expenselimit,
    CASE WHEN k % 5 = 0 THEN 10000 END AS purchaseorderlimit, CASE WHEN k % 5 = 0 THEN 25000.5 END AS purchaseorderapprovallimit,
    inactive AS isinactive, yes(k BETWEEN 2 AND 6) AS issalesrep, yes(k % 3 = 0) AS giveaccess,
    CASE WHEN k = 1 THEN DATE '1962-02-28' WHEN k < 6 THEN DATE '1996-02-29' + (k * 400)::INTEGER ELSE created::DATE END AS hiredate,
    1 AS employeestatus, CASE WHEN k % 9 = 4 THEN 2 ELSE 1 END AS employeetype, created AS datecreated, modified AS lastmodifieddate
FROM alive WHERE kind = 'employee'

-- table belongs: the customer of each contact and project, who existed before them and is not deleted
WITH chosen AS (
    SELECT p.id, CASE WHEN p.k < 12 THEN p.k
        ELSE pick('belongs', p.id, greatest(1, least(existing('customer', p.created::DATE), migrated('customer')))) END AS x
    FROM alive p WHERE p.kind IN ('contact', 'job')
)
SELECT s.id, c.id AS customer, c.currency
FROM (SELECT id, CASE WHEN is_ghost(x) THEN x - 1 ELSE x END AS k FROM chosen) s JOIN alive c ON c.kind = 'customer' AND c.k = s.k

-- fill contact
SELECT p.id, p.title || ' ' || p.k AS entityid, p.first_name AS firstname, p.last_name AS lastname,
    CASE WHEN p.k % 4 <> 1 THEN 'contact' || p.k || '@customer.example' END AS email,
    '+49 30 5550' || lpad(pick('phone', p.id + p.version, 100)::VARCHAR, 2, '0') AS phone,
    one_of('title', p.id, words('titles')) AS title, b.customer AS company, 'F' AS isinactive, p.created AS datecreated,
    p.modified AS lastmodifieddate
FROM alive p JOIN belongs b USING (id) WHERE p.kind = 'contact'

-- fill job
SELECT p.id, 'PROJ' || (300 + p.k) AS entityid, CASE WHEN p.k % 5 = 0 THEN 'crm-' || p.k END AS externalid,
    'Rollout ' || p.k || ' for ' || c.title AS companyname, b.customer, b.customer AS parent,
    b.customer * 10 AS defaultbillingaddress, b.customer * 10 + 1 AS defaultshippingaddress,
    CASE WHEN p.version > 0 THEN 17 ELSE 2 END AS entitystatus, 1 + p.k % 2 AS jobtype, c.currency,
    CASE WHEN p.k = 3 THEN DATE '1969-07-20' ELSE p.created::DATE + 7 END AS startdate,
    CASE WHEN p.k = 2 THEN DATE '2199-12-31' WHEN p.version > 0 THEN p.modified::DATE END AS calculatedenddate,
    'F' AS isinactive, p.created AS datecreated, p.modified AS lastmodifieddate
FROM alive p JOIN belongs b USING (id) JOIN alive c ON c.id = b.customer WHERE p.kind = 'job'

-- fill entity
SELECT id, entityid, CASE WHEN altname IS NULL OR entityid = altname THEN entityid ELSE entityid || ' ' || altname END AS entitytitle,
    altname, kind AS type, isperson, parent, datecreated, lastmodifieddate, CASE kind WHEN 'Contact' THEN id END AS contact,
    CASE kind WHEN 'CustJob' THEN id END AS customer, CASE kind WHEN 'Employee' THEN id END AS employee,
    CASE kind WHEN 'Vendor' THEN id END AS vendor, CASE kind WHEN 'Job' THEN id END AS project
FROM (
    SELECT id, entityid, altname, 'CustJob' AS kind, isperson, parent, datecreated, lastmodifieddate FROM ns.customer
    UNION ALL SELECT id, entityid, altname, 'Vendor', isperson, NULL, datecreated, lastmodifieddate FROM ns.vendor
    UNION ALL SELECT id, entityid, firstname || ' ' || lastname, 'Employee', 'T', NULL, datecreated, lastmodifieddate FROM ns.employee
    UNION ALL SELECT id, entityid, firstname || ' ' || lastname, 'Contact', 'T', company, datecreated, lastmodifieddate FROM ns.contact
    UNION ALL SELECT id, entityid, companyname, 'Job', 'F', parent, datecreated, lastmodifieddate FROM ns.job)

-- fill entityaddress
WITH sided AS (
    SELECT p.*, p.id * 10 + side AS nkey, side, one_of('city', p.id, words('cities_' || p.subsidiary)) AS place
    FROM alive p, (VALUES (0), (1)) AS sides(side) WHERE p.kind = 'customer' OR p.kind = 'vendor' AND side = 0
), addressed AS (
    SELECT nkey, 1 + pick('house', nkey, 200) || ' ' || one_of('street', nkey, words('streets')) AS addr1,
        CASE WHEN k % 9 = 4 THEN 'c/o "Receiving", Gate ' || side END AS addr2, title AS addressee, split_part(place, '|', 1) AS city,
        split_part(place, '|', 2) AS state, split_part(place, '|', 3) AS zip,
        CASE subsidiary WHEN 1 THEN 'US' WHEN 2 THEN 'GB' WHEN 3 THEN 'DE' ELSE 'CA' END AS country, created AS lastmodifieddate
    FROM sided
)
SELECT *, state AS dropdownstate, addressee || chr(10) || addr1 || chr(10) || coalesce(addr2 || chr(10), '') || city || ' ' || zip
    || chr(10) || country AS addrtext
FROM addressed

-- table relationship: a tenth of the customers and vendors also deal with the parent company
SELECT p.kind, p.k, p.id * 10 + CASE WHEN s.id = p.subsidiary THEN 0 ELSE s.id END AS id, p.id AS entity, s.id AS subsidiary,
    s.id = p.subsidiary AS is_primary, p.currency AS primarycurrency, p.title || ' - ' || s.name AS name,
    greatest(p.created, a.modified) AS lastmodifieddate, CASE WHEN is_primary THEN coalesce(a.balance, 0) ELSE 0 END AS balance,
    CASE WHEN is_primary THEN coalesce(a.unbilled, 0) ELSE 0 END AS unbilled
FROM alive p JOIN ns.subsidiary s ON s.id = p.subsidiary OR s.id = 1 AND p.k % 10 = 6 LEFT JOIN activity a ON a.entity = p.id
WHERE p.kind IN ('customer', 'vendor')

-- fill customersubsidiaryrelationship
SELECT * EXCLUDE (kind, k, is_primary, unbilled), yes(is_primary) AS isprimarysub, unbilled AS unbilledorders
FROM relationship WHERE kind = 'customer'

-- fill vendorsubsidiaryrelationship
SELECT * EXCLUDE (kind, k, is_primary, unbilled), yes(is_primary) AS isprimarysub, CASE WHEN k % 4 = 1 THEN 50000 END AS creditlimit
FROM relationship WHERE kind = 'vendor'
