"""Tables that are defined by a SuiteQL query."""
