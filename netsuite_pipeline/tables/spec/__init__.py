"""The YAML form of a table's spec."""
