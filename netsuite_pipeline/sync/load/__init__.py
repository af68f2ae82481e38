"""Loading of landed pages into the warehouse, one transaction a table."""
