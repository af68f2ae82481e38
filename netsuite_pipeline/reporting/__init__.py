"""The report: one HTML page on the tables and syncs of the published file."""
