"""Specs of NetSuite's tables, without Dagster and DuckDB."""

from netsuite_pipeline.tables.catalogue import choose_tables, standard_tables, tables_from_environment
from netsuite_pipeline.tables.spec.parser import parse_tables
from netsuite_pipeline.tables.table import (
    GROUPS,
    Column,
    ColumnType,
    Parent,
    Permission,
    Table,
    TableSpecError,
)

__all__ = [
    "GROUPS",
    "Column",
    "ColumnType",
    "Parent",
    "Permission",
    "Table",
    "TableSpecError",
    "choose_tables",
    "parse_tables",
    "standard_tables",
    "tables_from_environment",
]
