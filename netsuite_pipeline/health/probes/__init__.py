"""Checks that ask NetSuite, Dagster or this machine one question each."""
