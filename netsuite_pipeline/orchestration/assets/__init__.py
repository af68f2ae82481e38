"""The assets, and what a run executes."""
