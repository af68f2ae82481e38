"""The rows of each table against NetSuite's counts and checksums of key ranges."""
