"""Checks that query NetSuite, Dagster's files or this machine."""
