"""Finance marts: SQL models over NetSuite's tables, and what builds them."""

from netsuite_pipeline.marts.build import BuiltMart, MartsReport, build_marts, marts_schema
from netsuite_pipeline.marts.catalogue import Mart, MartColumn, marts_catalogue
from netsuite_pipeline.marts.checks import Comparison, MartCheck, check_marts, mart_checks
from netsuite_pipeline.marts.lineage import column_lineage
from netsuite_pipeline.marts.refresh import refresh_marts

__all__ = [
    "BuiltMart",
    "Comparison",
    "Mart",
    "MartCheck",
    "MartColumn",
    "MartsReport",
    "build_marts",
    "check_marts",
    "column_lineage",
    "mart_checks",
    "marts_catalogue",
    "marts_schema",
    "refresh_marts",
]
