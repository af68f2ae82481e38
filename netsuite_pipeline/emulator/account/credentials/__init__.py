"""The account's tokens, access tokens and certificates."""
