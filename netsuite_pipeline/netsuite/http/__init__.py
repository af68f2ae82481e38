"""Requests, replies, pages and errors on the wire."""
