"""Checks of sign-in, permissions and tables: probes, findings with causes, regressions and alerts."""
