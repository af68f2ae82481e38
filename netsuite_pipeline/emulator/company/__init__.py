"""The sample company of the emulator: its records, its books and its activity."""
