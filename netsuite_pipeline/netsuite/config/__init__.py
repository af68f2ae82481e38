"""Clients and credentials from environment variables and `.env` files."""
