"""The sensors of a connection: sign-in, permissions, failed runs."""
