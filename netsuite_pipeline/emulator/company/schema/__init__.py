"""The record types as text files, read by records.py; nothing but data lives here."""
