-- The accounting books of the other marts: which of them is primary, and which stands on another one.
SELECT b.accounting_book, a.name AS book_name, b.is_primary, b.consolidates AS is_consolidated, b.base_book
FROM books b
LEFT JOIN accountingbook a ON a.id = b.accounting_book
