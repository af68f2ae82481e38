"""The warehouse as a lake: a catalogue in a file or in PostgreSQL, data as Parquet files anywhere."""
