"""The finance marts in Dagster: assets, lineage, checks."""
