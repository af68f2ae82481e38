-- One row a book. `base_book` is set for a book that holds only adjustments.
WITH listed AS (
    SELECT id, isprimary IS TRUE AS is_primary, isconsolidated IS TRUE AS consolidates,
        isadjustmentonly IS TRUE AS is_adjustment_only, basebook
    FROM accountingbook
    WHERE id IS NOT NULL
), posted AS (
    SELECT DISTINCT accountingbook AS id
    FROM transactionaccountingline
    WHERE accountingbook IS NOT NULL
), primary_book AS (
    -- Book 1 is usually the primary one (https://docs.oracle.com documents no number).
    SELECT coalesce(
        (SELECT min(id) FROM listed WHERE is_primary),
        (SELECT min(id) FROM (SELECT id FROM listed UNION SELECT id FROM posted) WHERE id = 1),
        (SELECT min(id) FROM posted),
        (SELECT min(id) FROM listed),
        1
    ) AS id
), every_book AS (
    SELECT id FROM listed UNION SELECT id FROM posted UNION SELECT id FROM primary_book
)
SELECT b.id AS accounting_book, b.id = p.id AS is_primary,
    b.id = p.id OR coalesce(l.consolidates, false) AS consolidates,
    CASE WHEN l.is_adjustment_only AND b.id <> p.id THEN coalesce(l.basebook, p.id) END AS base_book
FROM every_book b
CROSS JOIN primary_book p
LEFT JOIN listed l ON l.id = b.id
