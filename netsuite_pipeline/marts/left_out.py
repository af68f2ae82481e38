"""What the marts leave out because the account or the selection of tables lacks it."""

from collections.abc import Iterable, Iterator

import duckdb

from netsuite_pipeline.marts.catalogue import Mart, consequences
from netsuite_pipeline.marts.inputs import Available
from netsuite_pipeline.warehouse.schema.schema import literal

EMPTY = "The mart is empty: it cannot be built without this."
"""The consequence of what a mart cannot be built without."""
_USUAL = "What is taken from this column is NULL."


def absence_rows(marts: Iterable[Mart], available: Available) -> Iterator[tuple[str, str, str]]:
    """Yield a row of `left_out` for each mart and each missing table or column that the mart would use.

    Args:
        marts: The marts.
        available: What the connection has.

    Yields:
        The mart, what is missing (`account`, or `account.generalrate`), and the consequence.

    Example:
        >>> from netsuite_pipeline.marts.catalogue import marts_catalogue
        >>> rows = absence_rows([marts_catalogue()["trial_balance"]], Available({}))
        >>> next(rows)
        ('trial_balance', 'account', 'The mart is empty: it cannot be built without this.')
    """
    for mart in marts:
        wanted = {*mart.needs, *(need.partition(".")[0] for need in mart.needs)}
        for name in available.absent(mart.uses):
            yield mart.name, name, EMPTY if name in wanted else consequences().get(name, _USUAL)


def insert_rows(connection: duckdb.DuckDBPyConnection, rows: Iterable[tuple[str, str, str]]) -> None:
    """Create the temporary table `absences`, which the SQL of `left_out` reads, with some rows."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE absences (mart VARCHAR, what VARCHAR, consequence VARCHAR)"
    )
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    if values:
        connection.execute(f"INSERT INTO absences VALUES {values}")
