"""Random ledgers: companies with everything that NetSuite allows, and accounts that lack some of it."""
