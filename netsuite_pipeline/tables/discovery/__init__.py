"""Discovery of custom tables, fields and column types."""
