"""Tests of the warehouse, mirroring netsuite_pipeline/warehouse."""
