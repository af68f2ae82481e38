-- One row a subsidiary, those of the lines included that the list lacks. An account without subsidiaries has
-- one row, with NULL.
WITH posted AS (
    SELECT DISTINCT coalesce(l.subsidiary, t.subsidiary) AS subsidiary
    FROM transaction t
    LEFT JOIN transactionline l ON l.transaction = t.id
    WHERE t.posting IS TRUE
    UNION
    -- A posting whose line is missing has the document's.
    SELECT subsidiary FROM transaction WHERE posting IS TRUE
), listed AS (
    SELECT s.id AS subsidiary, s.currency AS currency_id, s.fiscalcalendar AS calendar,
        coalesce(s.fullname, s.name) AS subsidiary_name,
        -- The top of the tree: the one above that has no parent in the list.
        (SELECT min(g.subsidiary) FROM group_members g JOIN subsidiary u ON u.id = g.subsidiary
         WHERE g.member = s.id AND (u.parent IS NULL OR u.parent NOT IN (SELECT id FROM subsidiary))
        ) AS top
    FROM subsidiary s
    WHERE s.id IS NOT NULL
), every_one AS (
    SELECT subsidiary, currency_id, calendar, subsidiary_name, top, true AS is_listed FROM listed
    UNION ALL
    -- Of a subsidiary that the list lacks, the top is that of the list.
    SELECT p.subsidiary, NULL, NULL, NULL, (SELECT min(top) FROM listed HAVING count(DISTINCT top) = 1), false
    FROM posted p
    WHERE NOT EXISTS (SELECT 1 FROM listed l WHERE l.subsidiary IS NOT DISTINCT FROM p.subsidiary)
), default_calendar AS (
    SELECT coalesce(
        (SELECT min(id) FROM fiscalcalendar WHERE isdefault),
        (SELECT min(fiscalcalendar) FROM accountingperiodfiscalcalendars
         HAVING count(DISTINCT fiscalcalendar) = 1)
    ) AS calendar
), company AS (
    -- An account without subsidiaries has one base currency, and its postings need no translation.
    SELECT NOT EXISTS (SELECT 1 FROM every_one WHERE subsidiary IS NOT NULL) AS is_only_one,
        (SELECT min(id) FROM currency WHERE isbasecurrency IS TRUE HAVING count(*) = 1) AS currency_id
)
SELECT e.subsidiary, e.subsidiary_name,
    CASE WHEN o.is_only_one THEN o.currency_id ELSE e.currency_id END AS currency_id,
    e.top, e.is_listed,
    coalesce(e.calendar, t.calendar, d.calendar) AS calendar,
    CASE WHEN (SELECT count(*) > 1 FROM currency) THEN c.symbol END AS currency, o.is_only_one
FROM every_one e
CROSS JOIN default_calendar d
CROSS JOIN company o
LEFT JOIN listed t ON t.subsidiary = e.top
LEFT JOIN currency c ON c.id = CASE WHEN o.is_only_one THEN o.currency_id ELSE e.currency_id END
