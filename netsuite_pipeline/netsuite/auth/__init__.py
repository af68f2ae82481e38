"""Credentials and how each kind signs a request."""
