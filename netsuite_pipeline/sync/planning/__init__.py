"""Which rows and columns of a table a sync reads."""
