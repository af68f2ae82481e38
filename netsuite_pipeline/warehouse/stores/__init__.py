"""The warehouse file: location, atomic copy."""
