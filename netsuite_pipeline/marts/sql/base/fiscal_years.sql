-- The quarter and the fiscal year of each period in each calendar: its ancestors with isquarter and isyear.
-- Statements may be rebuilt from a period on (first_rebuilt). What earlier periods moved is then added up by fiscal
-- year, in the last of them: `carried_to`. Otherwise that is the period's own position.
WITH RECURSIVE calendars AS (
    SELECT DISTINCT calendar FROM subsidiaries
), parents AS (
    SELECT c.calendar, p.id AS period, coalesce(min(f.parent), any_value(p.parent)) AS parent
    FROM calendars c
    CROSS JOIN accountingperiod p
    LEFT JOIN accountingperiodfiscalcalendars f ON f.accountingperiod = p.id AND f.fiscalcalendar = c.calendar
    GROUP BY ALL
), ancestors(calendar, period, ancestor, height) AS (
    SELECT p.calendar, p.period, p.parent, 1
    FROM parents p
    SEMI JOIN periods r ON r.period = p.period
    WHERE p.parent IS NOT NULL
    UNION ALL
    SELECT a.calendar, a.period, p.parent, a.height + 1
    FROM ancestors a
    JOIN parents p ON p.period = a.ancestor AND p.calendar IS NOT DISTINCT FROM a.calendar
    WHERE p.parent IS NOT NULL AND a.height < 10
), nearest AS (
    SELECT a.calendar, a.period,
        arg_min(p.id, a.height) FILTER (p.isyear IS TRUE) AS fiscal_year_id,
        arg_min(p.id, a.height) FILTER (p.isquarter IS TRUE) AS quarter_id
    FROM ancestors a
    JOIN accountingperiod p ON p.id = a.ancestor
    GROUP BY ALL
)
SELECT c.calendar, r.period, n.fiscal_year_id, y.periodname AS fiscal_year, y.startdate AS year_start,
    y.enddate AS year_end, q.periodname AS quarter,
    CASE
        WHEN r.position >= b.position THEN r.position
        ELSE max(r.position) FILTER (WHERE r.position < b.position) OVER (
            PARTITION BY c.calendar, n.fiscal_year_id)
    END AS carried_to
FROM calendars c
CROSS JOIN periods r
CROSS JOIN first_rebuilt b
LEFT JOIN nearest n ON n.period = r.period AND n.calendar IS NOT DISTINCT FROM c.calendar
LEFT JOIN accountingperiod y ON y.id = n.fiscal_year_id
LEFT JOIN accountingperiod q ON q.id = n.quarter_id
