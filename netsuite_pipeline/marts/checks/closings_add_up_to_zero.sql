-- The closings of each book, context and period, which must add up to zero; openings are earlier closings.
SELECT concat_ws(', ', 'book ' || accounting_book, any_value(period_name), 'subsidiary ' || subsidiary,
        CASE WHEN is_consolidated THEN 'consolidated' END) AS place,
    CASE WHEN count(*) = count(closing) THEN sum(closing) END AS figure, 0 AS other,
    if(is_consolidated, 0.005, 0) AS tolerance
FROM trial_balance
GROUP BY accounting_book, subsidiary, is_consolidated, period
