"""`uses.yaml` names every column of NetSuite's that a mart's figures come from, so that `left_out` is right.

`python -m netsuite_pipeline_tests.marts.test_uses` prints the file.
"""

from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

import netsuite_pipeline.marts
from netsuite_pipeline.marts import Mart, marts_catalogue
from netsuite_pipeline.marts.catalogue import consequences, findings, read_sql
from netsuite_pipeline.tables import standard_tables

_FOLDER = Path(netsuite_pipeline.marts.__file__).parent
_HEAD = """\
# The columns of NetSuite's tables that each mart's figures come from. Written by
# `python -m netsuite_pipeline_tests.marts.test_uses > netsuite_pipeline/marts/uses.yaml`.
"""


# A table that is joined, and of which none of these columns is read, gives the mart nothing.
_VALUES = {"consolidatedexchangerate": {"currentrate", "averagerate", "historicalrate"}}
_SCHEMA: dict[str, object] = {
    **{
        table.name: {column.name: "VARCHAR" for column in table.columns}
        for table in standard_tables().values()
    },
    "available": {"name": "VARCHAR"},
    "build_day": {"today": "DATE"},
    "first_rebuilt": {"position": "BIGINT"},
    "absences": {"mart": "VARCHAR", "what": "VARCHAR", "consequence": "VARCHAR"},
}


def _steps() -> list[str]:
    return list(dict.fromkeys(step for mart in marts_catalogue().values() for step in mart.steps))


def _with_steps(mart: Mart) -> dict[str, str]:
    """Return the statements of the steps and marts before a mart, by name, in the order in which they run."""
    marts = marts_catalogue()
    before: dict[str, str] = {}
    for name in mart.reads:
        before |= {**_with_steps(marts[name]), name: marts[name].sql}
    return before | {step.rpartition("/")[2]: read_sql(step) for step in mart.steps}


def computed_uses(mart: Mart) -> dict[str, list[str]]:
    """Return the columns of NetSuite's tables that a mart's rows depend on.

    The steps become parts of one statement, from which everything is removed that the mart does not read.
    """
    parts = ", ".join(f"{name} AS ({sql})" for name, sql in _with_steps(mart).items())
    text = f"{'WITH ' if parts else ''}{parts} SELECT * FROM ({mart.sql}) whole"
    statement: Any = pushdown_projections(
        qualify(sqlglot.parse_one(text, dialect="duckdb"), dialect="duckdb", schema=_SCHEMA)
    )
    found: dict[str, set[str]] = {}
    for scope in traverse_scope(statement):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.name in standard_tables():
                found.setdefault(source.name, set()).add(column.name)
    return {
        table: sorted(columns)
        for table, columns in sorted(found.items())
        if columns & _VALUES.get(table, columns)
    }


def _every_use() -> dict[str, dict[str, list[str]]]:
    return {name: uses for name, mart in marts_catalogue().items() if (uses := computed_uses(mart))}


def test_uses_are_complete() -> None:
    kept = yaml.safe_load((_FOLDER / "uses.yaml").read_text(encoding="utf-8"))
    assert kept == _every_use()


def test_every_sql_file_belongs_to_a_mart() -> None:
    own = {name for name, mart in marts_catalogue().items() if not mart.open_items}
    listed = {*_steps(), *own, "aging", *findings()}
    assert {
        str(path.relative_to(_FOLDER / "sql"))[:-4] for path in (_FOLDER / "sql").rglob("*.sql")
    } == listed


def test_every_table_has_a_consequence() -> None:
    """A column's absence has a usual consequence; a table's has one of its own."""
    used = {table for mart in marts_catalogue().values() for table in mart.uses}
    assert used <= consequences().keys()
    columns = {
        f"{table}.{column}"
        for mart in marts_catalogue().values()
        for table in mart.uses
        for column in mart.uses[table]
    }
    assert {name for name in consequences() if "." in name} <= columns


if __name__ == "__main__":
    print(_HEAD + yaml.safe_dump(_every_use(), sort_keys=False, width=110, default_flow_style=None), end="")
