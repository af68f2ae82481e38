"""Generators of transactions, their lines, postings and stock movements."""
