"""The Dagster component and its YAML."""
