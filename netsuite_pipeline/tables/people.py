"""Which tables and columns are about people: no sample of their values is shown unless it is wanted."""

import re
from collections.abc import Iterable

from netsuite_pipeline.tables.table import Column, Table

_PEOPLE = frozenset(
    {
        "contact",
        "customer",
        "employee",
        "entity",
        "genericresource",
        "lead",
        "othername",
        "partner",
        "prospect",
        "vendor",
    }
)
_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|(?<![a-z])fax|addr|attention|firstname|middlename|lastname|first_name|last_name|"
    r"birth|socialsecurity|(?<![a-z])ssn|passport|iban|bankaccount|salutation|salary|(?<![a-z])zip|recipient"
)
_NO_WORDS = ("integer", "boolean")


def is_personal_table(name: str) -> bool:
    """Return whether a table of NetSuite's holds people, companies they work with, or addresses.

    Example:
        >>> is_personal_table("employee"), is_personal_table("entityaddress"), is_personal_table("currency")
        (True, True, False)
    """
    return name in _PEOPLE or "address" in name


def previewed_columns(table: Table) -> frozenset[str]:
    """Return the stored columns of which a few values may be shown in Dagster, which keeps them for ever.

    What `Table.preview` says holds. Where it says nothing, tables of people have no preview. Other tables
    have one without columns of people: e-mails, phones, names and addresses, and labels that name people.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> tables = standard_tables()
        >>> sorted(previewed_columns(tables["customer"]))
        []
        >>> shown = previewed_columns(tables["transaction"])
        >>> "entity" in shown, "entity_label" in shown
        (True, False)
    """
    shown = table.preview if table.preview is not None else not is_personal_table(table.name)
    return frozenset(_shown(table)) if shown else frozenset()


def _shown(table: Table) -> Iterable[str]:
    everything = table.preview is True
    for column in table.columns:
        if everything or column.name in table.hashed or not _is_personal(column):
            yield column.name
        if column.label and (everything or not _names_people(column)):
            yield f"{column.name}_label"


def _is_personal(column: Column) -> bool:
    return column.type not in _NO_WORDS and _PERSONAL.search(column.name) is not None


def _names_people(column: Column) -> bool:
    points = column.references or ""
    return is_personal_table(points) or _PERSONAL.search(column.name) is not None
