"""Typed staging of landed pages."""
