"""NetSuite's permissions and their levels, from `permissions.csv` beside this file."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

LEVELS: Mapping[str, str] = MappingProxyType({"V": "View", "C": "Create", "E": "Edit", "F": "Full"})
"""The levels of a permission by their letters, the least first."""


@dataclass(frozen=True)
class NetSuitePermission:
    """One NetSuite permission.

    Attributes:
        id: As in `rolepermissions.permkey` and in SDF.
        name: Tab and name, as on the role in NetSuite: `Setup > Deleted Records`.
        levels: Its levels, the lowest first; empty if they are not known.
    """

    id: str
    name: str
    levels: tuple[str, ...]


@cache
def netsuite_permissions() -> Mapping[str, NetSuitePermission]:
    """Return all known permissions by id.

    Example:
        >>> netsuite_permissions()["ADMI_DELETEDRECORD"]
        NetSuitePermission(id='ADMI_DELETEDRECORD', name='Setup > Deleted Records', levels=('Full',))
    """
    text = files(__package__).joinpath("permissions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType(
        {
            row["id"]: NetSuitePermission(
                row["id"],
                f"{row['tab']} > {row['name']}",
                tuple(level for letter, level in LEVELS.items() if letter in row["levels"]),
            )
            for row in rows
        }
    )


@cache
def least_level(name: str) -> str:
    """Return the lowest level of a permission, which is enough to read a table.

    Args:
        name: Tab and name. An unknown permission has the level View.

    Example:
        >>> [least_level(f"Setup > {name}") for name in ("Accounting Book", "Deleted Records")]
        ['View', 'Full']
    """
    known = next((each for each in netsuite_permissions().values() if each.name == name), None)
    return known.levels[0] if known and known.levels else "View"
