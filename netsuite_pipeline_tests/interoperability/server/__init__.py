"""A server of NetSuite's protocol on the standard library, SQLite and oauthlib: no part is the emulator's.

What an emulator and its client both get wrong, they agree on. This one is written from the same public facts
but with other tools throughout: who signs in is decided by oauthlib's own server side, HTTP is `http.server`,
SuiteQL is SQLite's SQL behind a tokenizer, the company is a page of random numbers.
"""
