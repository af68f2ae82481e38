"""Requests, replies and connection faults of the emulator."""
