-- For what statements are drawn up: each subsidiary alone, and each with subsidiaries below it consolidated.
SELECT b.accounting_book, s.subsidiary, false AS is_consolidated, s.currency, s.calendar
FROM books b
CROSS JOIN subsidiaries s
UNION ALL
SELECT b.accounting_book, s.subsidiary, true, s.currency, s.calendar
FROM books b
CROSS JOIN subsidiaries s
WHERE b.consolidates AND s.subsidiary IN (SELECT subsidiary FROM group_members WHERE member <> subsidiary)
