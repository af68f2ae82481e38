"""Features of the account that the package needs, and where an administrator switches them on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netsuite_pipeline.netsuite.menus import ENABLE_FEATURES


@dataclass(frozen=True)
class Source:
    """The source of a fact.

    Attributes:
        id: A page of Oracle's (`NSH:…`), or what else the fact is from.
        mark: `D` documented, `C` seen in public code or reported by others, `I` inferred by us.
    """

    id: str
    mark: str


@dataclass(frozen=True)
class Feature:
    """A feature that an administrator switches on at Enable Features.

    Attributes:
        name: NetSuite's name.
        where: Its subtab; empty where only NetSuite can enable it.
        why: What needs it.
        source: The source of these facts.
    """

    name: str
    where: str
    why: str
    source: Source

    @property
    def path(self) -> str:
        """Return how to switch the feature on."""
        if not self.where:
            return f"{self.name}: only NetSuite's account team can enable it."
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
                "one check of `doctor` only; it may stay off",
                Source("NSH:section_N3418174", "D"),
            ),
            Feature(
                "OAuth 2.0",
                "SuiteCloud",
                "signing in with a certificate ([OAuth 2.0](#oauth-20))",
                Source("NSH:section_157771482304", "D"),
            ),
            Feature("Subsidiaries", "", "tables of subsidiaries (NetSuite OneWorld)", _WELL_KNOWN),
            Feature("Multi-Book Accounting", "", "accounting books beside the primary one", _WELL_KNOWN),
            Feature("Multiple Currencies", "Company", "currencies and rates", _WELL_KNOWN),
            Feature("Departments", "Company", "departments", _WELL_KNOWN),
            Feature("Classes", "Company", "classes", _WELL_KNOWN),
            Feature("Locations", "Company", "locations and stock by location", _WELL_KNOWN),
            Feature("Project Management", "Company", "projects (jobs)", _WELL_KNOWN),
        )
    }
)
"""By name. The package needs REST Web Services, SuiteAnalytics Workbook, and one way to sign in."""


def feature_path(name: str) -> str:
    """Return how to switch a feature on, in one sentence for each feature.

    Args:
        name: NetSuite's name of it, or several with commas, as `Table.feature` has them.

    Example:
        >>> feature_path("REST Web Services")
        'Setup > Company > Enable Features > SuiteCloud: switch on REST Web Services, then Save.'
    """
    return " ".join(_feature_path(each.strip()) for each in name.split(","))


def _feature_path(name: str) -> str:
    known = FEATURES.get(name)
    return known.path if known else f"{ENABLE_FEATURES}: switch on {name}, then Save."
