"""NetSuite's record types behind its tables, as `deletedrecord` lists them."""

from collections.abc import Mapping
from types import MappingProxyType

TRANSACTION_TYPE_ID = "-30"
"""The `recordtypeid` of transactions of every type."""

_CUSTOMERS = ("customer", "lead", "prospect")
_JOBS = ("job", "project")

RECORD_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "customer": _CUSTOMERS,
        "job": _JOBS,
        "entity": (
            *_CUSTOMERS,
            *("vendor", "employee", "contact", "partner"),
            *_JOBS,
            *("othername", "genericresource", "entitygroup", "competitor"),
        ),
        # Every type that ends in `item` is one too.
        "item": ("item", "itemgroup"),
    }
)
"""The record types of a table's rows, by table; other tables have the type of their own name."""
