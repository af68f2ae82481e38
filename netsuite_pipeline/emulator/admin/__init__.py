"""The admin API that tests use to change the account, and its client."""
