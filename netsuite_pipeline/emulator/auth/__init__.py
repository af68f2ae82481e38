"""Verification of the credentials that a request carries."""
