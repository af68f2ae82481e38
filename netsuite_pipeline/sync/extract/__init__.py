"""Extraction of a table's pages from NetSuite."""
