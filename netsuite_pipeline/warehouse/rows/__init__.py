"""Changes to stored rows: merge, deletions, missing rows, labels."""
