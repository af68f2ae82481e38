"""Generators of accounts, entities, items, lists and the accounting calendar."""
