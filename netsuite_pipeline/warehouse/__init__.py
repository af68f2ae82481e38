"""Speaks to DuckDB: opens, locks, merges, publishes. Knows no NetSuite and no Dagster."""
