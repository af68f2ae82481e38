-- Customers, vendors, employees and projects, also the inactive ones.
SELECT id AS entity, 'customer' AS kind, entityid AS number,
    coalesce(nullif(trim(altname), ''), nullif(trim(companyname), ''),
        nullif(trim(concat_ws(' ', firstname, lastname)), ''), entityid) AS name,
    email, isinactive AS is_inactive
FROM customer
UNION ALL
SELECT id, 'vendor', entityid,
    coalesce(nullif(trim(altname), ''), nullif(trim(companyname), ''), entityid), email, isinactive
FROM vendor
UNION ALL
SELECT id, 'employee', entityid,
    coalesce(nullif(trim(concat_ws(' ', firstname, lastname)), ''), entityid), email, isinactive
FROM employee
UNION ALL
SELECT id, 'project', entityid, coalesce(nullif(trim(companyname), ''), entityid), NULL, isinactive
FROM job
UNION ALL
-- Where a kind's own list is missing, the list of all entities has at least number and name.
SELECT e.id, k.kind, e.entityid, coalesce(nullif(trim(e.altname), ''), nullif(trim(e.entitytitle), ''), e.entityid),
    NULL, NULL
FROM entity e
CROSS JOIN (VALUES ('customer', 'customer'), ('vendor', 'vendor'), ('employee', 'employee'), ('project', 'job'))
    k(kind, list)
WHERE CASE k.kind WHEN 'customer' THEN e.customer WHEN 'vendor' THEN e.vendor WHEN 'employee' THEN e.employee
        ELSE e.project END IS NOT NULL
    AND k.list NOT IN (SELECT name FROM available)
