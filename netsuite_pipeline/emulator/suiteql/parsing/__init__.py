"""Tokens, syntax tree and refusals of a SuiteQL statement."""
