"""Is what was synced what NetSuite holds? Sums that each side works out by itself, over every row and column."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.tables import Column, Table
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured

# Each row weighs differently, so that a value in the wrong row is found too.
_WEIGHT = "(1 + MOD({0}, 97))"
_TRUE = {"here": "{0}", "there": "{0} = 'T'"}
_MOMENT = {
    "here": "strftime({0}, '{1}')",
    "there": "TO_CHAR(SYS_EXTRACT_UTC({0}), '{1}')",
}
_DAY = {"here": "strftime({0}, '{1}')", "there": "TO_CHAR({0}, '{1}')"}
_FORMATS = {"here": ("%Y%m%d%H%M%S", "%Y%m%d"), "there": ("YYYYMMDDHH24MISS", "YYYYMMDD")}


def checksum_sql(table: Table, side: str) -> str:
    """The select list of a checksum in the SQL of one side: `here` is DuckDB, `there` is SuiteQL."""
    weight = _WEIGHT.format(
        "uniquekey" if "uniquekey" in {each.name for each in table.columns} else table.key[0]
    )
    sums = [
        f"SUM({_number(column, side)} * {weight}) AS s{place}" for place, column in enumerate(table.columns)
    ]
    counts = [f"COUNT({column.name}) AS c{place}" for place, column in enumerate(table.columns)]
    return ", ".join(["COUNT(*) AS n", *counts, *sums])


def _number(column: Column, side: str) -> str:
    name = column.name
    moment, day = _FORMATS[side]
    match column.type:
        case "integer" | "decimal":
            return name
        case "boolean":
            return f"CASE WHEN {_TRUE[side].format(name)} THEN 1 ELSE 0 END"
        case "datetime":
            return _cast(_MOMENT[side].format(name, moment), side)
        case "date":
            return _cast(_DAY[side].format(name, day), side)
    return f"LENGTH({name})"


def _cast(text: str, side: str) -> str:
    return f"CAST({text} AS BIGINT)" if side == "here" else f"TO_NUMBER({text})"


def verify(path: Path, table: Table, emulator: EmulatorProcess, schema: str = "netsuite") -> None:
    """Compares a published table with the emulator's.

    Raises:
        Unmeasured: They differ; the message names where.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.sql(f'SELECT {checksum_sql(table, "here")} FROM {schema}."{table.name}"')
        values = found.fetchone()
        assert values is not None
        here = dict(zip(found.columns, values, strict=True))
    with client_from_environment(emulator.env) as client:
        page = client.fetch_page(f"SELECT {checksum_sql(table, 'there')} FROM {table.name}")
    (there,) = page.rows
    wrong = [
        f"{_about(name, table)}: {here[name]} here, {there.get(name)} there"
        for name in here
        if _value(here[name]) != _value(there.get(name))
    ]
    if wrong:
        raise Unmeasured(f"{table.name} is not what NetSuite holds: {'; '.join(wrong)}")


def verify_counts(path: Path, emulator: EmulatorProcess, rows: Mapping[str, int]) -> None:
    """Compares how many rows there are of each table that a sync reported.

    Raises:
        Unmeasured: They differ; the message names where.
    """
    there = emulator.admin.tables()
    with duckdb.connect(str(path), read_only=True) as connection:
        for name, reported in rows.items():
            found = connection.sql(f'SELECT count(*) FROM netsuite."{name}"').fetchone()
            here = found[0] if found else None
            if not here == reported == there[name]:
                raise Unmeasured(f"{name}: {here} rows here, {reported} reported, {there[name]} there")


def _value(number: object) -> Decimal:
    return Decimal(str(number if number is not None else 0))


def _about(name: str, table: Table) -> str:
    return (
        "rows"
        if name == "n"
        else f"{'count' if name[0] == 'c' else 'sum'} of {table.columns[int(name[1:])].name}"
    )
