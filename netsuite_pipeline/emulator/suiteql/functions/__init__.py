"""SuiteQL's functions, translated to DuckDB."""
