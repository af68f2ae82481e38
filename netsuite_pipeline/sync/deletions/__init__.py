"""Rows that were deleted or are missing in NetSuite."""
