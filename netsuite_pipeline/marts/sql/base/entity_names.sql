-- One name for each entity, of whatever kind.
WITH names AS (
    SELECT id, coalesce(nullif(trim(altname), ''), nullif(trim(entitytitle), ''), entityid) AS name, 1 AS choice
    FROM entity
    UNION ALL
    SELECT id, coalesce(nullif(trim(altname), ''), nullif(trim(companyname), ''),
        nullif(trim(concat_ws(' ', firstname, lastname)), ''), entityid), 2
    FROM customer
    UNION ALL
    SELECT id, coalesce(nullif(trim(altname), ''), nullif(trim(companyname), ''), entityid), 3 FROM vendor
    UNION ALL
    SELECT id, coalesce(nullif(trim(concat_ws(' ', firstname, lastname)), ''), entityid), 4 FROM employee
    UNION ALL
    SELECT id, coalesce(nullif(trim(companyname), ''), entityid), 5 FROM job
)
SELECT id AS entity, arg_min(name, choice) AS entity_name
FROM names
WHERE name IS NOT NULL
GROUP BY id
