-- The last days of the ordinary posting periods that have ended.
SELECT DISTINCT period_end AS day
FROM periods
WHERE NOT is_adjustment AND period_end < (SELECT today FROM build_day)
