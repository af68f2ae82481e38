"""The report: what the syncs noted in the published file, as one HTML page for people."""
