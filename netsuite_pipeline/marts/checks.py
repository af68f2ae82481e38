"""What must hold in the marts, compared by SQL in a file that has them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import yaml

from netsuite_pipeline.marts.build import marts_schema
from netsuite_pipeline.marts.inputs import day_view
from netsuite_pipeline.marts.left_out import EMPTY
from netsuite_pipeline.warehouse.schema.schema import present_columns, quoted, text

_FOLDER = Path(__file__).parent
_MAX_LISTED = 20


@dataclass(frozen=True)
class MartCheck:
    """One thing that must hold.

    Attributes:
        name: Its name.
        mart: The mart that it is about.
        marts: All marts that its SQL reads.
        description: What must hold, as a sentence.
        sql: A SELECT of `place`, `figure`, `other` and `tolerance`, which names marts without a schema.
    """

    name: str
    mart: str
    marts: tuple[str, ...]
    description: str
    sql: str


@dataclass(frozen=True)
class Difference:
    """A place where two figures differ.

    Attributes:
        place: The book, period, subsidiary and so on.
        figure: The mart's figure; None where it is unknown.
        other: What it must equal; None where it is unknown.
    """

    place: str
    figure: Decimal | None
    other: Decimal | None


@dataclass(frozen=True)
class Comparison:
    """What the comparison of one check found.

    Attributes:
        check: The check.
        compared: How many places were compared.
        unknown: In how many of them a figure is unknown, because a rate is missing.
        differing: In how many of them the figures differ.
        differences: The largest differences, at most twenty.
        missing: The marts that do not exist, or that the account has nothing for; nothing was compared.
    """

    check: MartCheck
    compared: int = 0
    unknown: int = 0
    differing: int = 0
    differences: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all places were compared and no figures differ."""
        return not (self.missing or self.unknown or self.differing)


@cache
def mart_checks() -> Mapping[str, MartCheck]:
    """Return all checks by name; read-only.

    Example:
        >>> mart_checks()["net_income_ties"].marts
        ('balance_sheet', 'income_statement')
    """
    spec = yaml.safe_load((_FOLDER / "checks.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _check(name, fields) for name, fields in spec.items()})


def _check(name: str, fields: Mapping[str, Any]) -> MartCheck:
    sql = (_FOLDER / "checks" / f"{fields.get('file', name)}.sql").read_text(encoding="utf-8")
    if "values" in fields:
        sql = sql.format(**fields["values"])
    return MartCheck(name, fields["mart"], (fields["mart"], *fields.get("reads", ())), fields["about"], sql)


def check_marts(
    connection: duckdb.DuckDBPyConnection, connection_name: str, chosen: Mapping[str, MartCheck] | None = None
) -> Iterator[Comparison]:
    """Compare the marts of a connection in a file, which may be open for reading only.

    Args:
        connection: To the file. Its current schema is another one during the comparison.
        connection_name: The schema of NetSuite's tables.
        chosen: The mart_checks to compare, by name; by default all.

    Yields:
        A comparison for each check.

    Raises:
        duckdb.Error: DuckDB refused a statement.
    """
    schema = marts_schema(connection_name)
    row = connection.execute("SELECT current_database(), current_schema()").fetchone()
    catalog, before = row if row else ("", "main")
    empty = _empty_marts(connection, schema)
    connection.execute(day_view(_built_on(connection, connection_name)))
    try:
        for check in (mart_checks() if chosen is None else chosen).values():
            missing = tuple(
                mart for mart in check.marts if mart in empty or not present_columns(connection, schema, mart)
            )
            if missing:
                yield Comparison(check, missing=missing)
                continue
            connection.execute(f"USE {quoted(catalog)}.{quoted(schema)}")
            yield _compare(connection, check)
            connection.execute(f"USE {quoted(catalog)}.{quoted(before)}")
    finally:
        connection.execute(f"USE {quoted(catalog)}.{quoted(before)}")
        connection.execute("DROP VIEW IF EXISTS temp.build_day; DROP TABLE IF EXISTS temp.compared")


def _built_on(connection: duckdb.DuckDBPyConnection, connection_name: str) -> str:
    """Return the day of the last build as ISO text; the earliest day where the file does not say."""
    built = (
        f"SELECT max(built_at)::DATE FROM _netsuite.marts_state WHERE connection = {text(connection_name)}"
    )
    has_state = present_columns(connection, "_netsuite", "marts_state")
    row = connection.execute(built).fetchone() if has_state else None
    return str(row[0]) if row and row[0] else "-infinity"


def _empty_marts(connection: duckdb.DuckDBPyConnection, schema: str) -> frozenset[str]:
    """Return the marts that are empty because the account lacks what they are built from."""
    if not present_columns(connection, schema, "left_out"):
        return frozenset()
    statement = f"SELECT DISTINCT mart FROM {quoted(schema)}.left_out WHERE consequence = {text(EMPTY)}"
    return frozenset(mart for (mart,) in connection.execute(statement).fetchall())


def _compare(connection: duckdb.DuckDBPyConnection, check: MartCheck) -> Comparison:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE compared AS "
        "SELECT *, coalesce(abs(figure - other) > tolerance, false) AS differs, "
        f"figure IS NULL OR other IS NULL AS is_unknown FROM ({check.sql})"
    )
    counts = connection.execute(
        "SELECT count(*), count(*) FILTER (is_unknown), count(*) FILTER (differs) FROM temp.compared"
    ).fetchone()
    rows = connection.execute(
        "SELECT place, figure, other FROM temp.compared WHERE differs OR is_unknown "
        f"ORDER BY differs DESC, abs(figure - other) DESC NULLS LAST, place LIMIT {_MAX_LISTED}"
    ).fetchall()
    compared, unknown, differing = counts or (0, 0, 0)
    return Comparison(
        check, compared, unknown, differing, tuple(Difference(place, a, b) for place, a, b in rows)
    )
