"""The sensors' cursor, regressions, retries of a refused sign-in, and alerts."""
