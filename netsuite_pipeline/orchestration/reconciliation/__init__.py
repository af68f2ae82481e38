"""The comparison with NetSuite in Dagster: checks, their texts, the daily job."""
