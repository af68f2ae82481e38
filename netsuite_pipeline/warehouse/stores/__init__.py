"""The warehouse file: location, atomic copy, memory limit."""
