"""`uses.yaml` names every column of NetSuite's that an SQL file reads, so that `left_out` is complete.

`python -m netsuite_pipeline_tests.marts.test_uses` prints the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

import netsuite_pipeline.marts
from netsuite_pipeline.marts import marts_catalogue
from netsuite_pipeline.marts.catalogue import findings
from netsuite_pipeline.tables import standard_tables

_FOLDER = Path(netsuite_pipeline.marts.__file__).parent
_HEAD = """\
# Which columns of NetSuite's tables each SQL file reads. Written by
# `python -m netsuite_pipeline_tests.marts.test_uses > netsuite_pipeline/marts/uses.yaml`.
"""


def _own_tables() -> dict[str, dict[str, str]]:
    """The columns of the marts and of what a build creates beside its steps."""
    tables = {
        mart.name: {column.name: column.type for column in mart.columns}
        for mart in marts_catalogue().values()
    }
    tables["available"] = {"name": "VARCHAR"}
    tables["build_day"] = {"today": "DATE"}
    tables["absences"] = {"mart": "VARCHAR", "what": "VARCHAR", "consequence": "VARCHAR"}
    return tables


def _steps() -> list[str]:
    return list(dict.fromkeys(step for mart in marts_catalogue().values() for step in mart.steps))


def _netsuite_tables() -> dict[str, dict[str, str]]:
    return {
        table.name: {column.name: "VARCHAR" for column in table.columns}
        for table in standard_tables().values()
    }


def read_columns(sql: str, schema: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the columns that a statement reads from NetSuite's tables, and the columns of its result."""
    statement: Any = qualify(
        sqlglot.parse_one(sql, dialect="duckdb"),
        dialect="duckdb",
        schema={name: dict(columns) for name, columns in schema.items()},
    )
    found: dict[str, set[str]] = {}
    for scope in traverse_scope(statement):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.name in standard_tables():
                found.setdefault(source.name, set()).add(column.name)
    return {table: sorted(columns) for table, columns in sorted(found.items())}, statement.named_selects


def computed_uses() -> dict[str, dict[str, list[str]]]:
    """Return what `uses.yaml` must hold."""
    schema = {**_netsuite_tables(), **_own_tables()}
    uses: dict[str, dict[str, list[str]]] = {}
    for name in [*_steps(), *marts_catalogue()]:
        sql = (_FOLDER / "sql" / f"{name}.sql").read_text(encoding="utf-8")
        uses[name], columns = read_columns(sql, schema)
        schema.setdefault(name.rpartition("/")[2], dict.fromkeys(columns, "VARCHAR"))
    return {name: each for name, each in uses.items() if each}


def test_uses_are_complete() -> None:
    kept = yaml.safe_load((_FOLDER / "uses.yaml").read_text(encoding="utf-8"))
    assert kept == computed_uses()


def test_every_sql_file_belongs_to_a_mart() -> None:
    macros = [mart.macro for mart in marts_catalogue().values() if mart.macro]
    listed = {*_steps(), *marts_catalogue(), *macros, *findings()}
    assert {
        str(path.relative_to(_FOLDER / "sql"))[:-4] for path in (_FOLDER / "sql").rglob("*.sql")
    } == listed


if __name__ == "__main__":
    print(_HEAD + yaml.safe_dump(computed_uses(), sort_keys=False, width=110), end="")
