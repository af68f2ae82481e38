"""`lineage.json` names the columns that each column of a mart comes from.

`python -m netsuite_pipeline_tests.marts.test_lineage > netsuite_pipeline/marts/lineage.json` writes the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlglot import exp
from sqlglot.lineage import Node, lineage

import netsuite_pipeline.marts
from netsuite_pipeline.marts import column_lineage, marts_catalogue
from netsuite_pipeline.marts.catalogue import read_sql
from netsuite_pipeline.tables import standard_tables

_FILE = Path(netsuite_pipeline.marts.__file__).parent / "lineage.json"
# What a build creates beside its steps says nothing of a column's origin.
_NO_SOURCE = frozenset({"available", "build_day", "first_rebuilt", "absences"})
Sources = dict[str, list[str]]


def _schema() -> dict[str, Mapping[str, str]]:
    """Return the columns of NetSuite's tables, of the marts, and of what a build creates beside its steps."""
    tables = {
        table.name: {column.name: "VARCHAR" for column in table.columns}
        for table in standard_tables().values()
    }
    marts = {
        mart.name: {column.name: column.type for column in mart.columns}
        for mart in marts_catalogue().values()
    }
    return {
        **tables,
        **marts,
        "available": {"name": "VARCHAR"},
        "build_day": {"today": "DATE"},
        "first_rebuilt": {"position": "BIGINT"},
        "absences": {"mart": "VARCHAR", "what": "VARCHAR", "consequence": "VARCHAR"},
    }


def _leaves(node: Node) -> set[str]:
    found = {
        f"{each.expression.name}.{each.name.rpartition('.')[2]}"
        for each in node.walk()
        if not each.downstream and isinstance(each.expression, exp.Table)
    }
    return {leaf.lower().replace('"', "") for leaf in found}


def column_sources(sql: str, schema: Mapping[str, Mapping[str, str]]) -> Sources:
    """Return the columns (`table.column`) that each column of a statement comes from."""
    nested: dict[str, object] = {name: dict(columns) for name, columns in schema.items()}
    nodes: Any = lineage(None, sql, schema=nested, dialect="duckdb")
    return {column: sorted(_leaves(node)) for column, node in nodes.items()}


def computed_lineage() -> dict[str, Sources]:
    """Return what `lineage.json` must hold: sources are columns of NetSuite's tables and of other marts."""
    schema = _schema()
    steps = dict.fromkeys(step for mart in marts_catalogue().values() for step in mart.steps)
    of_steps: dict[str, Sources] = {}
    found: dict[str, Sources] = {}
    for name in [*steps, *marts_catalogue()]:
        short = name.rpartition("/")[2]
        sql = marts_catalogue()[name].sql if name in marts_catalogue() else read_sql(name)
        direct = column_sources(sql, schema)
        sources = {column: _expanded(each, of_steps) for column, each in direct.items()}
        if name in marts_catalogue():
            found[name] = {
                column.name: sources.get(column.name, []) for column in marts_catalogue()[name].columns
            }
        else:
            of_steps[short] = sources
            schema.setdefault(short, dict.fromkeys(sources, "VARCHAR"))
    return {
        mart: {column: each for column, each in columns.items() if each} for mart, columns in found.items()
    }


def _expanded(sources: list[str], of_steps: Mapping[str, Sources]) -> list[str]:
    """Return the sources with those of a step in the place of its columns."""
    found: set[str] = set()
    for source in sources:
        table, _, column = source.partition(".")
        if table in of_steps:
            found.update(of_steps[table].get(column, ()))
        elif table not in _NO_SOURCE:
            found.add(source)
    return sorted(found)


def test_lineage_is_complete() -> None:
    assert json.loads(_FILE.read_text(encoding="utf-8")) == computed_lineage()


def test_every_source_exists() -> None:
    marts = {name: {column.name for column in mart.columns} for name, mart in marts_catalogue().items()}
    tables = {name: {column.name for column in table.columns} for name, table in standard_tables().items()}
    for mart in marts:
        for sources in column_lineage(mart).values():
            for table, column in sources:
                assert column in (marts.get(table) or tables[table]), f"{mart}: {table}.{column}"


def test_a_figure_comes_from_the_ledger_and_its_rates() -> None:
    assert ("transactionaccountingline", "debit") in column_lineage("general_ledger")["debit"]
    assert ("consolidatedexchangerate", "currentrate") in column_lineage("balance_sheet")["amount"]


if __name__ == "__main__":
    lines = (f" {json.dumps(mart)}: {json.dumps(columns)}" for mart, columns in computed_lineage().items())
    print("{", ",\n".join(lines), "}", sep="\n")
