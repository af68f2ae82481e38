-- Stock by item and location as NetSuite keeps it now; by item alone where it is not kept by location.
WITH stock AS (
    SELECT item, location, quantityonhand AS quantity_on_hand, quantityavailable AS quantity_available,
        averagecostmli AS average_cost, onhandvaluemli AS value
    FROM inventoryitemlocations
    UNION ALL
    SELECT id, NULL, totalquantityonhand, NULL, NULL, NULL
    FROM item
    WHERE NOT EXISTS (SELECT 1 FROM available WHERE name = 'inventoryitemlocations')
)
SELECT s.item, s.location, coalesce(i.itemid, i.fullname, i.displayname) AS item_name,
    coalesce(l.fullname, l.name) AS location_name, s.quantity_on_hand, s.quantity_available, s.average_cost,
    s.value
FROM stock s
LEFT JOIN item i ON i.id = s.item
LEFT JOIN location l ON l.id = s.location
WHERE s.quantity_on_hand <> 0 OR s.value <> 0
