"""SuiteQL over a company's tables: parsed, checked against a role, run in DuckDB, answered as JSON."""
