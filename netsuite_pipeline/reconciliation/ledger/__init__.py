"""The ledger of each posting period against NetSuite's own sums."""
