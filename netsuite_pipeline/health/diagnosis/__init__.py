"""Findings and their ranked causes."""
