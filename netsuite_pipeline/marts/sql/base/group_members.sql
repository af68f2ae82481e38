-- Which subsidiaries (members) are a subsidiary itself or lie below it, at any depth.
WITH RECURSIVE below(subsidiary, member) AS (
    SELECT id, id FROM subsidiary WHERE id IS NOT NULL
    UNION
    SELECT b.subsidiary, s.id
    FROM below b
    JOIN subsidiary s ON s.parent = b.member
)
SELECT DISTINCT subsidiary, member FROM below
