"""Counts of rows of the pipeline's own tables by table, counted once a connection to the working file."""

from dataclasses import dataclass

import duckdb

from netsuite_pipeline.warehouse.schema.schema import StoredTable, of_table


@dataclass(frozen=True)
class CountsByTable:
    """The counts of one table of `_netsuite`, kept as a temporary table: a lake answers each question slowly.

    Only a sync writes these tables, and one sync runs at a time. Every statement that changes the table is
    followed by `forget`, in the same transaction.

    Attributes:
        name: The name of the temporary table.
        source: The counted table.
        counts: The counts as SQL, with their names.
    """

    name: str
    source: str
    counts: str

    def count(self, connection: duckdb.DuckDBPyConnection, column: str, table: StoredTable) -> int:
        """Return one count of a table; 0 where nothing was counted.

        Args:
            connection: To the working file.
            column: The name of the count.
            table: The table whose rows are counted.
        """
        statement = f"SELECT {column} FROM {self._ref} WHERE {of_table(table.schema, table.name)}"
        try:
            row = connection.execute(statement).fetchone()
        except duckdb.CatalogException:
            connection.execute(
                f"CREATE TEMP TABLE {self.name} AS SELECT connection, table_name, {self.counts} "
                f"FROM {self.source} GROUP BY ALL"
            )
            row = connection.execute(statement).fetchone()
        return int(row[0]) if row else 0

    def forget(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Count anew at the next question."""
        connection.execute(f"DROP TABLE IF EXISTS {self._ref}")

    @property
    def _ref(self) -> str:
        return f"temp.main.{self.name}"
