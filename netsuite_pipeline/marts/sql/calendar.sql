-- One row a day, with the ordinary posting period, the quarter and the fiscal year that it lies in.
WITH top_calendar AS (
    -- The calendar of the top subsidiary, the lowest id of several.
    SELECT arg_min(calendar, coalesce(subsidiary, 0)) AS calendar
    FROM subsidiaries
    WHERE top = subsidiary OR is_only_one
), days AS (
    SELECT unnest(generate_series(period_start, period_end, INTERVAL 1 DAY))::DATE AS day, period, period_name,
        period_start, period_end, is_closed, position
    FROM periods
    WHERE NOT is_adjustment AND period_start <= period_end
)
SELECT DISTINCT ON (d.day) d.day, d.period, d.period_name, d.period_start, d.period_end, y.quarter, y.fiscal_year,
    y.year_start AS fiscal_year_start, y.year_end AS fiscal_year_end, d.is_closed
FROM days d
CROSS JOIN top_calendar t
LEFT JOIN fiscal_years y ON y.period = d.period AND y.calendar IS NOT DISTINCT FROM t.calendar
ORDER BY d.day, d.position
