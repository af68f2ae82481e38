"""Tests of a table's journey, mirroring netsuite_pipeline/sync."""
