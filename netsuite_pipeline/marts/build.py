"""Build the marts of a connection into a DuckDB file."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from netsuite_pipeline.marts.catalogue import Mart, findings, marts_catalogue, read_sql
from netsuite_pipeline.marts.inputs import Available, create_inputs, day_view, drop_inputs
from netsuite_pipeline.marts.left_out import absence_rows, insert_rows
from netsuite_pipeline.warehouse.schema.schema import quoted, scalar_count, text


@dataclass(frozen=True)
class BuiltMart:
    """One mart as it was built.

    Attributes:
        name: Its name.
        rows: How many rows it has.
        seconds: How long its SQL took, without the steps before.
        is_empty_for_want: Whether it is empty because a table or column is missing that it cannot do without.
    """

    name: str
    rows: int
    seconds: float
    is_empty_for_want: bool = False


@dataclass(frozen=True)
class MartsReport:
    """What one build did.

    Attributes:
        schema: The schema of the marts.
        marts: The marts in the order in which they were built.
        seconds: How long the whole build took.
    """

    schema: str
    marts: tuple[BuiltMart, ...]
    seconds: float


def marts_schema(connection_name: str) -> str:
    """Return the schema of a connection's marts.

    Example:
        >>> marts_schema("netsuite"), marts_schema("sandbox")
        ('marts', 'sandbox_marts')
    """
    return "marts" if connection_name == "netsuite" else f"{connection_name}_marts"


def build_marts(connection: duckdb.DuckDBPyConnection, connection_name: str, today: date) -> MartsReport:
    """Replace all marts of a connection by what its tables say now.

    Temporary views named after NetSuite's tables exist during the build and are gone after it.

    Args:
        connection: To the working file, inside a transaction of the caller: if the build fails, the caller
            rolls back, and all marts stay unchanged.
        connection_name: The schema of NetSuite's tables.
        today: The day up to which periods have begun, and before which they have ended.

    Returns:
        The marts with their row counts.

    Raises:
        duckdb.Error: DuckDB refused a statement.

    Example:
        >>> connection = duckdb.connect()
        >>> report = build_marts(connection, "netsuite", date(2026, 1, 31))
        >>> [mart.rows for mart in report.marts if mart.name == "trial_balance"]
        [0]
    """
    return _Build(connection, connection_name, marts_catalogue()).run(today)


class _Build:
    """One build: inputs, then each mart after the steps that it reads."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, connection_name: str, marts: Mapping[str, Mart]
    ) -> None:
        self.connection = connection
        self.source = connection_name
        self.schema = marts_schema(connection_name)
        self.marts = marts
        self.steps: list[str] = []
        self.built: set[str] = set()

    def run(self, today: date) -> MartsReport:
        started = time.monotonic()
        tables = tuple(sorted({table for mart in self.marts.values() for table in mart.uses}))
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")
        available = create_inputs(self.connection, self.source, tables)
        self.connection.execute(day_view(today.isoformat()))
        self.connection.execute("CREATE OR REPLACE TEMP VIEW first_rebuilt AS SELECT 0 AS position")
        self._create_absences(available)
        built = tuple(self._mart(mart, available) for mart in self.marts.values())
        for step in self.steps:
            self.connection.execute(f"DROP TABLE temp.{quoted(step)}")
        self.connection.execute("".join(f"DROP VIEW temp.{quoted(name)}; " for name in self.marts))
        self.connection.execute(
            "DROP VIEW temp.build_day; DROP VIEW temp.first_rebuilt; DROP TABLE temp.absences"
        )
        drop_inputs(self.connection, tables)
        return MartsReport(self.schema, built, time.monotonic() - started)

    def _create_absences(self, available: Available) -> None:
        """Create what the account lacks as rows for the mart `left_out`."""
        insert_rows(self.connection, absence_rows(self.marts.values(), available))

    def _mart(self, mart: Mart, available: Available) -> BuiltMart:
        missing = [need for need in mart.needs if not available.has(need)]
        if not missing:
            for step in mart.steps:
                self._step(step)
        started = time.monotonic()
        ref = f"{quoted(self.schema)}.{quoted(mart.name)}"
        columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in mart.columns)
        self.connection.execute(f"CREATE OR REPLACE TABLE {ref} ({columns})")
        if mart.name == "left_out":
            self._add_findings()
        if not missing:
            self.connection.execute(f"INSERT INTO {ref} BY NAME {mart.sql}")
        # Later SQL files name a mart without its schema.
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(mart.name)} AS FROM {ref}")
        self.connection.execute(_comments(ref, mart))
        if mart.macro:
            self.connection.execute(mart.macro_sql(self.schema))
        if not missing:
            self.built.add(mart.name)
        rows = scalar_count(self.connection, f"SELECT count(*) FROM {ref}")
        return BuiltMart(mart.name, rows, time.monotonic() - started, bool(missing))

    def _add_findings(self) -> None:
        for name, mart in findings().items():
            if mart in self.built:
                self.connection.execute(f"INSERT INTO absences {read_sql(name)}")

    def _step(self, step: str) -> None:
        name = step.rpartition("/")[2]
        if name not in self.steps:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {read_sql(step)}")
            self.steps.append(name)


def _comments(ref: str, mart: Mart) -> str:
    comments = [f"COMMENT ON TABLE {ref} IS {text(mart.description)}"]
    comments += [
        f"COMMENT ON COLUMN {ref}.{quoted(column.name)} IS {text(column.description)}"
        for column in mart.columns
    ]
    return "; ".join(comments)
