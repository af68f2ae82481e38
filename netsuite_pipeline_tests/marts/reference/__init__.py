"""The marts computed a second time, in plain Python, from the words of docs/marts.md alone."""
