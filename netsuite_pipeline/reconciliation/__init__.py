"""NetSuite's own sums and checksums, compared with the stored tables; what differs is named and repaired."""
