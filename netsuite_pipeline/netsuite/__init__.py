"""The client of NetSuite: sign-in, requests, limits, replies; without Dagster and DuckDB."""
