"""The data of the set-up guide: features, permissions, steps and dates, each from a YAML file beside."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from netsuite_pipeline.netsuite import menus
from netsuite_pipeline.tables.permission_levels import least_level, netsuite_permissions

ORACLE_HELP = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MENUS: Mapping[str, str] = MappingProxyType(
    {name: path for name, path in vars(menus).items() if name.isupper()}
)


# Reading
# -------------------------------------------------------------------------------------------------


class Entry(BaseModel):
    """An entry of a YAML file of this package; unknown and missing names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_E = TypeVar("_E", bound=Entry)


def read_data(package: str, name: str) -> Any:
    """Return what a YAML file of this package holds.

    Args:
        package: The package of the file, as `__package__`.
        name: The file's name.
    """
    return _LOADER(files(package).joinpath(name).read_text(encoding="utf-8")).get_single_data()


def with_menus(text: str, /, *, role: str = "", **values: object) -> str:
    """Return a text with its placeholders filled.

    Args:
        text: `{ENABLE_FEATURES}` is a menu path of `netsuite/menus.py`, `{EDIT_ROLE}` where the role is
            edited, `{permission[Lists > Items]}` how to add a permission, `{feature[Classes]}` how to switch
            a feature on.
        role: The role's name; empty where unknown.
        **values: What else the text names.

    Example:
        >>> with_menus("{EDIT_ROLE}: rename {table}.", role="Loader", table="it")
        'Setup > Users/Roles > Manage Roles > Loader > Edit: rename it.'
    """
    return text.format(
        EDIT_ROLE=menus.edit_role(role),
        permission=_Named(lambda name: permission_path(name, role)),
        feature=_Named(feature_path),
        **_MENUS,
        **values,
    )


@dataclass(frozen=True)
class _Named:
    """A placeholder with a name in brackets."""

    path: Callable[[str], str]

    def __getitem__(self, name: str) -> str:
        return self.path(name)


def _entries(name: str, model: type[_E]) -> tuple[_E, ...]:
    return _validated(read_data(__package__, name), model)


def _validated(raw: Any, model: type[_E]) -> tuple[_E, ...]:
    return tuple(model.model_validate(each) for each in raw)


Text = Annotated[str, AfterValidator(with_menus)]
"""A text whose placeholders are filled."""

Source = Annotated[str, Field(pattern=r"^[DCI](: .+)?$")]
"""The source of a fact: `D` documented, `C` seen in public code or reported by others, `I` inferred by us."""


# Features and permissions
# -------------------------------------------------------------------------------------------------


class Feature(Entry):
    """A feature that an administrator switches on at Enable Features.

    Attributes:
        name: NetSuite's name.
        subtab: Its subtab; empty where only NetSuite can enable it.
        why: What needs it.
        source: The source of these facts.
    """

    name: str
    subtab: str = ""
    why: str
    source: Source


FEATURES: Mapping[str, Feature] = MappingProxyType(
    {each.name: each for each in _entries("features.yaml", Feature)}
)
"""By name."""


def feature_path(names: str) -> str:
    """Return how to switch features on, in one sentence for each.

    Args:
        names: NetSuite's name of one, or several with commas, as `Table.feature` has them.

    Example:
        >>> feature_path("REST Web Services")
        'Setup > Company > Enable Features > SuiteCloud: switch on REST Web Services, then Save.'
    """
    return " ".join(_feature_path(each.strip()) for each in names.split(","))


def _feature_path(name: str) -> str:
    known = FEATURES.get(name)
    if known and not known.subtab:
        return f"{name}: only NetSuite's account team can enable it."
    page = f"{menus.ENABLE_FEATURES} > {known.subtab}" if known else menus.ENABLE_FEATURES
    return f"{page}: switch on {name}, then Save."


class GrantedPermission(Entry):
    """A permission as an administrator adds it to a role.

    Attributes:
        id: NetSuite's id, as in `rolepermissions.permkey`.
        why: Its purpose.
        source: The source of these facts.
        doubt: What is not known of it, or empty.
        needed: Whether nothing works without it.
    """

    id: str
    why: str
    source: Source
    doubt: str = ""
    needed: bool = False

    @property
    def name(self) -> str:
        """Return tab and name on the role."""
        return netsuite_permissions()[self.id].name

    @property
    def level(self) -> str:
        """Return the least level that works."""
        return least_level(self.name)


class Dependency(Entry):
    """A permission that shows all its rows or columns only together with others.

    Attributes:
        name: Its tab and name.
        needs: What else the role needs, in words.
        source: The source of this fact.
    """

    name: str
    needs: str
    source: Source


_PERMISSIONS = read_data(__package__, "permissions.yaml")
TRANSPORT = _validated(_PERMISSIONS["transport"], GrantedPermission)
"""What a role needs or may have besides the permissions of its tables; the needed ones first."""
INSTALLER_PERMISSIONS = _validated(_PERMISSIONS["installer"], GrantedPermission)
"""What a person without the Administrator role needs to make integration record and token."""
DEPENDENCIES = _validated(_PERMISSIONS["dependencies"], Dependency)


def permission_path(name: str, role: str = "") -> str:
    """Return how to add a permission to a role, at the least level that works.

    Args:
        name: Tab and name, as `Table.permission.name` has them; several with ` + ` between.
        role: The role's name; empty where unknown.

    Example:
        >>> permission_path("Reports > SuiteAnalytics Workbook", "Loader").partition(" > Edit > ")[2]
        'Permissions > Reports: add SuiteAnalytics Workbook (Edit), press Add, then Save.'
    """
    return " Then: ".join(menus.add_permission(each, least_level(each), role) for each in name.split(" + "))


# Steps
# -------------------------------------------------------------------------------------------------


class Note(Entry):
    """A fact about a step, with its source."""

    text: Text
    source: Source


class CopiedValue(Entry):
    """A value that NetSuite shows, and the variable for it.

    Attributes:
        shown: Its name on NetSuite's page.
        variable: The variable for it.
        once: Whether NetSuite shows it only once.
    """

    shown: str
    variable: str
    once: bool = False


class Step(Entry):
    """One page of NetSuite, and what to do there.

    Attributes:
        title: The step, as an order.
        kinds: The kinds of credentials that need it.
        who: Who can take it.
        do: What to do, one click or entry each.
        values: What to copy before leaving the page.
        notes: Facts about the step.
        table: The table beneath.
    """

    title: str
    kinds: tuple[Literal["tba", "oauth2", "nango"], ...] = ("tba", "oauth2")
    who: str
    do: tuple[Text, ...]
    values: tuple[CopiedValue, ...] = ()
    notes: tuple[Note, ...] = ()
    table: Literal["", "features", "permissions", "limits"] = ""


_STEPS = _entries("steps.yaml", Step)
STEPS_BY_KIND: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {kind: tuple(step for step in _STEPS if kind in step.kinds) for kind in ("tba", "oauth2", "nango")}
)
"""All steps for a kind of credentials, in their order."""
OAUTH2_STEPS = tuple(step for step in _STEPS if step.kinds == ("oauth2",))
"""The steps of OAuth 2.0 instead of integration record and access token."""


# Dates, answers and questions
# -------------------------------------------------------------------------------------------------


class Sunset(Entry):
    """Something that ends with a release of NetSuite.

    Attributes:
        summary: What ends, as a phrase.
        release: The release with which it ends.
        text: What that means for a user of this package.
        source: The source of these facts.
        tentative: Whether Oracle calls the release tentative.
    """

    summary: str
    release: str
    text: str
    source: Source
    tentative: bool = False

    @property
    def as_warning(self) -> str:
        """Return one line for a checklist, with the address of Oracle's page.

        Example:
            >>> SUNSETS[0].as_warning.partition(": ")[0]
            'No new token-based integrations from NetSuite 2027.1'
        """
        page = re.findall(r"NSH:(\w+)", self.source)[0]
        return f"{self.summary} from NetSuite {self.release}: {ORACLE_HELP}/{page}.html"


SUNSETS = _entries("sunsets.yaml", Sunset)
"""In the order of their releases; `doctor` warns of the first."""


class Symptom(Entry):
    """An answer of NetSuite's after an accepted sign-in, its meaning and its remedy."""

    answer: str
    meaning: str
    remedy: Text
    source: Source


SYMPTOMS = _entries("symptoms.yaml", Symptom)


class OpenQuestion(Entry):
    """A question that public sources leave open, and what the package does meanwhile."""

    question: str
    meanwhile: str


OPEN_QUESTIONS = _entries("open_questions.yaml", OpenQuestion)
