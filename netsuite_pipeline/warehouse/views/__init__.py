"""Views and comments for analysts."""
