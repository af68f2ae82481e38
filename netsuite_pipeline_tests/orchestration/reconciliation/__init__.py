"""The comparison with NetSuite in Dagster."""
