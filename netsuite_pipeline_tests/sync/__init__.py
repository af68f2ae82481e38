"""Tests of the sync of a table, mirroring netsuite_pipeline/sync."""
