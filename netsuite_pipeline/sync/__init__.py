"""One table's journey from NetSuite to DuckDB, and the conducting of many."""
