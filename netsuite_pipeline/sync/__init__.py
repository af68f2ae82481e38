"""The sync: NetSuite's tables are read, landed, loaded into DuckDB and published."""
