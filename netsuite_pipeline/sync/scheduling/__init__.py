"""The order in which tables are read and committed."""
