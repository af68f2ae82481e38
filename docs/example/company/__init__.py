"""A company's Dagster project."""
