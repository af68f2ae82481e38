-- Assets, and liabilities plus equity, of each book, context and period.
SELECT concat_ws(', ', 'book ' || accounting_book, any_value(period_name), 'subsidiary ' || subsidiary,
        CASE WHEN is_consolidated THEN 'consolidated' END) AS place,
    CASE WHEN count(*) = count(amount) THEN coalesce(sum(amount) FILTER (section = 'assets'), 0) END AS figure,
    CASE WHEN count(*) = count(amount) THEN coalesce(sum(amount) FILTER (section <> 'assets'), 0) END AS other,
    if(is_consolidated, 0.005, 0) AS tolerance
FROM balance_sheet
GROUP BY accounting_book, subsidiary, is_consolidated, period
