"""Measurements to run by hand."""
