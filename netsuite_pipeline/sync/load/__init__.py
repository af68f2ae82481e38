"""Loading of landed pages into the warehouse, one transaction for each table."""
