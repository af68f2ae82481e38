"""Builds the sample company: every table of `ns`, from a plan alone, in a few set-based steps."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.accounts import build_accounts
from netsuite_pipeline.emulator.company.masterdata.calendar import build_calendar
from netsuite_pipeline.emulator.company.masterdata.edge_cases import define_odd
from netsuite_pipeline.emulator.company.masterdata.entities import build_entities
from netsuite_pipeline.emulator.company.masterdata.lists import build_lists
from netsuite_pipeline.emulator.company.masterdata.masterdata import build_item_stock, build_parties
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline.emulator.company.sql_macros import define_macros
from netsuite_pipeline.emulator.company.storage import build_deletions, create_empty, create_schemas
from netsuite_pipeline.emulator.company.transactions.business_cases import build_cases
from netsuite_pipeline.emulator.company.transactions.documents import build_documents
from netsuite_pipeline.emulator.company.transactions.ledger import build_ledger
from netsuite_pipeline.emulator.company.transactions.lines import build_lines
from netsuite_pipeline.emulator.company.transactions.settlement import build_settlement
from netsuite_pipeline.emulator.company.transactions.stock import build_rates, build_stock
from netsuite_pipeline.emulator.company.transactions.transactions import build_transactions, number_documents

__all__ = ["CompanyPlan", "build_company"]

_WORKSHOP = "ns_workshop"
_CLERKS = 8
# Filled by whoever runs the company's server, because they are its business.
_LEFT_EMPTY = ("role", "rolepermissions", "loginaudit")


def build_company(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Fill the schemas `ns` and `ns_lists` of an in-memory database with the company of `plan`.

    The result depends on the plan alone. Tables that were there are replaced; working tables are dropped at
    the end.

    Example:
        >>> from datetime import datetime
        >>> connection = duckdb.connect()
        >>> build_company(connection, CompanyPlan(seed=1, scale=0.02, now=datetime(2026, 11, 1, 12)))
    """
    work = connection.cursor()  # its own search path
    create_schemas(work)
    work.execute(f"DROP SCHEMA IF EXISTS {_WORKSHOP} CASCADE")
    work.execute(f"CREATE SCHEMA {_WORKSHOP}")
    work.execute(f"SET schema = '{_WORKSHOP}'")
    try:
        define_macros(work, plan)
        define_odd(work)
        build_lists(work)
        build_accounts(work)
        build_calendar(work, plan)
        build_parties(work, plan)
        build_item_stock(work, plan)
        clerks = _clerks(work)
        build_cases(work, plan)
        build_documents(work, plan)
        build_lines(work, plan)
        build_settlement(work, plan)
        number_documents(work, plan)
        build_transactions(work, plan, clerks)
        build_ledger(work)
        build_entities(work, plan, clerks)
        build_stock(work, plan)
        build_rates(work, plan)
        build_deletions(work, plan, clerks)
        for name in _LEFT_EMPTY:
            create_empty(work, name)
    finally:
        work.execute("SET schema = 'main'")
        work.execute(f"DROP SCHEMA {_WORKSHOP} CASCADE")
        work.close()
    _check_complete(connection)


def _clerks(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """The employees who enter things: among the first, so that they were always there."""
    rows = connection.execute("SELECT id FROM employee_party ORDER BY k LIMIT ?", [_CLERKS]).fetchall()
    return [int(row[0]) for row in rows]


def _check_complete(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'ns'").fetchall()
    missing = set(RECORDS) - {str(row[0]) for row in rows}
    if missing:
        raise AssertionError(f"tables without a builder: {', '.join(sorted(missing))}")
