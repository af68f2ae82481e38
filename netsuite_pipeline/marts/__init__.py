"""Finance marts: SQL models over NetSuite's tables, and what builds them."""

from netsuite_pipeline.marts.build import BuiltMart, MartsReport, build_marts, marts_schema
from netsuite_pipeline.marts.catalogue import Mart, MartColumn, marts_catalogue
from netsuite_pipeline.marts.refresh import refresh_marts

__all__ = [
    "BuiltMart",
    "Mart",
    "MartColumn",
    "MartsReport",
    "build_marts",
    "marts_catalogue",
    "marts_schema",
    "refresh_marts",
]
