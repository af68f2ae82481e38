"""The sample company behind the emulator: its records, its books and the life that goes on in it."""
