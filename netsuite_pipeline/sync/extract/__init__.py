"""Reading of tables from NetSuite: pages, partitions, refused columns, unreadable rows."""
