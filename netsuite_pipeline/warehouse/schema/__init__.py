"""Column types, casts and schema drift."""
