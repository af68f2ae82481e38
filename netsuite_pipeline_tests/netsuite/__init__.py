"""Tests of how NetSuite is spoken to, mirroring netsuite_pipeline/netsuite."""
