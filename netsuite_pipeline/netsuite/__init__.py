"""Speaks to NetSuite: signs, asks, understands what comes back. Knows no Dagster and no DuckDB."""
