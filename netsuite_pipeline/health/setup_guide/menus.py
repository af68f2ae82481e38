"""Where things are in NetSuite: menu paths of pages, features and permissions, as every remedy names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ENABLE_FEATURES = "Setup > Company > Enable Features"
COMPANY_INFORMATION = "Setup > Company > Company Information"
MANAGE_ROLES = "Setup > Users/Roles > Manage Roles"
EMPLOYEES = "Lists > Employees > Employees"
ACCESS_TOKENS = "Setup > Users/Roles > Access Tokens"
INTEGRATIONS = "Setup > Integration > Manage Integrations"
INTEGRATION_GOVERNANCE = "Setup > Integration > Integration Governance"
CLIENT_CREDENTIALS = "Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup"

TOKEN_ROLE = "(the token's role)"


@dataclass(frozen=True)
class Source:
    """Where a fact is from, and how sure we are.

    Attributes:
        id: A page of Oracle's (`NSH:…`, see docs/netsuite-setup.md), or what else it is from.
        mark: `D` documented, `C` seen in public code or told by others, `I` inferred by us.
    """

    id: str
    mark: str


@dataclass(frozen=True)
class Feature:
    """A feature of the account, switched on at Enable Features by an administrator.

    Attributes:
        name: NetSuite's name.
        where: Subtab and section there; empty for one that only NetSuite itself can provide.
        why: What needs it.
        source: Where that is from.
    """

    name: str
    where: str
    why: str
    source: Source

    @property
    def path(self) -> str:
        """What to do to have it."""
        if not self.where:
            return f"{self.name}: not to be switched on by oneself; NetSuite's account team provides it."
        return f"{ENABLE_FEATURES} > {self.where}: switch on {self.name}, then Save."


_TBA_PAGE = Source("NSH:bridgehead_4253254429", "D")
_REST_PAGE = Source("NSH:article_5085602973", "D")
_WELL_KNOWN = Source("", "I")

FEATURES: Mapping[str, Feature] = MappingProxyType(
    {
        feature.name: feature
        for feature in (
            Feature("REST Web Services", "SuiteCloud", "every request of this package", _REST_PAGE),
            Feature("Token-based Authentication", "SuiteCloud", "signing in with a token", _TBA_PAGE),
            Feature("SuiteAnalytics Workbook", "Analytics", "SuiteQL, so every table", _REST_PAGE),
            Feature(
                "SOAP Web Services",
                "SuiteCloud",
                "nothing but one check of `doctor`; leave it off if you like",
                Source("NSH:section_N3418174", "D"),
            ),
            Feature(
                "OAuth 2.0",
                "SuiteCloud",
                "signing in with a certificate ([OAuth 2.0](#oauth-20))",
                Source("NSH:section_157771482304", "D"),
            ),
            Feature("Subsidiaries", "", "tables about subsidiaries (it is NetSuite OneWorld)", _WELL_KNOWN),
            Feature("Multi-Book Accounting", "", "accounting books beside the primary one", _WELL_KNOWN),
            Feature("Multiple Currencies", "Company", "currencies and rates", _WELL_KNOWN),
            Feature("Departments", "Company", "departments", _WELL_KNOWN),
            Feature("Classes", "Company", "classes", _WELL_KNOWN),
            Feature("Locations", "Company", "locations and stock by location", _WELL_KNOWN),
            Feature("Project Management", "Company", "projects (jobs)", _WELL_KNOWN),
        )
    }
)
"""By name. The package needs REST Web Services, SuiteAnalytics Workbook, and one of the ways to sign in."""


def feature_path(name: str) -> str:
    """Where a feature is switched on.

    Args:
        name: NetSuite's name of it, or several with commas between, as `Table.feature` has them.

    Returns:
        What an administrator does, in a sentence a feature.

    Example:
        >>> feature_path("REST Web Services")
        'Setup > Company > Enable Features > SuiteCloud: switch on REST Web Services, then Save.'
    """
    return " ".join(_feature_path(each.strip()) for each in name.split(","))


def _feature_path(name: str) -> str:
    known = FEATURES.get(name)
    return known.path if known else f"{ENABLE_FEATURES}: switch on {name}, then Save."


def permission_on_role(name: str, level: str, role: str = "") -> str:
    """Where a permission is added to a role.

    Args:
        name: Tab and name, as `Table.permission.name` has them.
        level: The level to give.
        role: The role's name; empty where it is not known.

    Example:
        >>> permission_on_role("Lists > Items", "View", "Data pipeline").partition(" > Edit > ")[2]
        'Permissions > Lists: add Items (View), press Add, then Save.'
    """
    tab, _, label = name.rpartition(" > ")
    place = f"Permissions > {tab}" if tab else "Permissions"
    return (
        f"{MANAGE_ROLES} > {role or TOKEN_ROLE} > Edit > {place}: "
        f"add {label} ({level}), press Add, then Save."
    )
