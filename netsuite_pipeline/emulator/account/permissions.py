"""NetSuite's permissions and features by id, read from permissions.yaml."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import yaml

REST_WEB_SERVICES = "ADMI_RESTWEBSERVICES"
LOG_IN_WITH_TOKENS = "ADMI_LOGIN_OAUTH"
LOG_IN_WITH_OAUTH2 = "ADMI_LOGIN_OAUTH2"
MANAGE_OWN_TOKENS = "ADMI_MANAGE_OWN_OAUTH_TOKENS"
WORKBOOK = "REPO_ANALYTICS"
SOAP_WEB_SERVICES = "ADMI_WEBSERVICES"

TBA_FEATURE = "TBA"
OAUTH2_FEATURE = "OAUTH2"
REST_FEATURE = "REST"
SOAP_FEATURE = "SOAP"
WORKBOOK_FEATURE = "WORKBOOK"

_DATA = yaml.safe_load((files("netsuite_pipeline.emulator.account") / "permissions.yaml").read_text("utf-8"))

NAMES: Mapping[str, str] = MappingProxyType({id: each["name"] for id, each in _DATA["permissions"].items()})
"""Name of each permission."""

LEVELS_OF: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {id: tuple(each["levels"]) for id, each in _DATA["permissions"].items() if "levels" in each}
)
"""The levels of each permission that has not all four."""

FEATURES: Mapping[str, str] = MappingProxyType(_DATA["features"])
"""Name of each feature."""

LEVELS: Mapping[str, int] = MappingProxyType({"none": 0, "view": 1, "create": 2, "edit": 3, "full": 4})

TRANSPORT: Mapping[str, int] = MappingProxyType({REST_WEB_SERVICES: 4, LOG_IN_WITH_TOKENS: 4, WORKBOOK: 3})
"""The permissions, with levels, that a role needs before any table (NSH:bridgehead_4248124361)."""

TAB_OF_PREFIX: Mapping[str, str] = MappingProxyType(
    {"ADMI": "Setup", "LIST": "Lists", "TRAN": "Transactions", "REPO": "Reports"}
)
"""The tab of Permissions that NetSuite shows an id under, by the id's prefix."""


def levels_of(permission: str) -> tuple[int, ...]:
    """Return the levels that a role can have a permission at, lowest first."""
    return LEVELS_OF.get(permission, (1, 2, 3, 4))


def menu_name(permission: str) -> str:
    """Return a permission's name in NetSuite's violation messages, e.g. `Lists -> Items`."""
    tab = TAB_OF_PREFIX.get(permission.partition("_")[0], "Setup")
    return f"{tab} -> {NAMES.get(permission, permission)}"
