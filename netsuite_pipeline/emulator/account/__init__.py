"""The emulated account: roles, permissions, credentials, edits, faults and the login audit."""
