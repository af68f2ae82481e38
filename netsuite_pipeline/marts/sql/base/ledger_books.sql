-- Which books' postings make up the ledger of a book: its own (depth 0) and, for an adjustment-only book,
-- those of its base book (depth 1, 2, ...).
WITH RECURSIVE chain(accounting_book, source_book, depth) AS (
    SELECT accounting_book, accounting_book, 0 FROM books
    UNION ALL
    SELECT c.accounting_book, b.base_book, c.depth + 1
    FROM chain c
    JOIN books b ON b.accounting_book = c.source_book
    WHERE b.base_book IS NOT NULL AND c.depth < 10
)
SELECT accounting_book, source_book, min(depth) AS depth,
    count(*) OVER (PARTITION BY accounting_book) > 1 AS has_base
FROM chain
GROUP BY accounting_book, source_book
