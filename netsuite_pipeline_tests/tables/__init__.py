"""Tests of the table specs, mirroring netsuite_pipeline/tables."""
