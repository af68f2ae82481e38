"""Translation of a SuiteQL statement to DuckDB SQL."""
