"""Tables and columns with personal data: Dagster shows no sample of their values by default."""

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
    """Return whether a NetSuite table holds people, companies they work with, or addresses.

    Example:
        >>> is_personal_table("employee"), is_personal_table("entityaddress"), is_personal_table("currency")
        (True, True, False)
    """
    return name in _PEOPLE or "address" in name


def previewed_columns(table: Table) -> frozenset[str]:
    """Return the stored columns whose values may be shown in Dagster, which stores them forever.

    `Table.preview` decides if it is set. Otherwise tables of people have no preview, and other tables have
    one without e-mails, phones, names, addresses and labels that name people.

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
