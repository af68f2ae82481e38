-- The reported posting periods in order: from the first with postings to the last that has begun or has some.
WITH ordered AS (
    SELECT p.id AS period, p.periodname AS period_name, p.startdate AS period_start, p.enddate AS period_end,
        coalesce(p.isadjust, false) AS is_adjustment, p.closed AS is_closed,
        row_number() OVER (ORDER BY p.enddate, coalesce(p.isadjust, false), p.startdate, p.id) AS place,
        coalesce(p.startdate <= (SELECT today FROM build_day), false) AS has_begun,
        p.id IN (SELECT DISTINCT period FROM movements WHERE period IS NOT NULL) AS has_postings
    FROM accountingperiod p
    WHERE p.isposting IS TRUE AND p.isquarter IS NOT TRUE AND p.isyear IS NOT TRUE
)
SELECT period, period_name, period_start, period_end, is_adjustment, is_closed, place AS position
FROM ordered
WHERE place >= (SELECT min(place) FROM ordered WHERE has_postings)
    AND place <= (SELECT max(place) FROM ordered WHERE has_postings OR has_begun)
