"""Builds the sample company: every table of `ns`, from a plan and the scripts in `sql`."""

import duckdb

from netsuite_pipeline.emulator.company.data import load_data, read_script, read_text
from netsuite_pipeline.emulator.company.macros import plan_macros
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import create_empty, create_schemas, store

_WORKSHOP = "ns_workshop"
_SCRIPTS = ("lists", "parties", "cases", "lines", "settlement", "transactions", "entities", "stock")
_LEFT_EMPTY = ("role", "rolepermissions", "loginaudit")
"""Tables that the account fills, not the company."""


def build_company(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Fill the schemas `ns` and `ns_lists` of an in-memory database with the company of `plan`.

    The result depends on the plan alone. Existing tables are replaced; working tables are dropped at the end.

    Example:
        >>> from datetime import datetime
        >>> connection = duckdb.connect()
        >>> build_company(connection, CompanyPlan(seed=1, scale=0.02, now=datetime(2026, 11, 1, 12)))
    """
    work = connection.cursor()  # its own search path
    create_schemas(work)
    work.execute(f"DROP SCHEMA IF EXISTS {_WORKSHOP} CASCADE; CREATE SCHEMA {_WORKSHOP}")
    work.execute(f"SET schema = '{_WORKSHOP}'")
    try:
        load_data(work)
        for macro in plan_macros(plan):
            work.execute(macro)
        work.execute(read_text("sql/macros.sql"))
        for script in _SCRIPTS:
            for action, table, sql in read_script(script):
                _run(work, action, table, sql)
        for name in _LEFT_EMPTY:
            create_empty(work, name)
    finally:
        work.execute("SET schema = 'main'")
        work.execute(f"DROP SCHEMA {_WORKSHOP} CASCADE")
        work.close()


def _run(work: duckdb.DuckDBPyConnection, action: str, table: str, sql: str) -> None:
    if action == "fill":
        store(work, table, sql)
    else:
        work.execute(f"CREATE TABLE {table} AS {sql}" if action == "table" else sql)
