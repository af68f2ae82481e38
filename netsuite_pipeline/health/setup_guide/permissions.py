"""The permissions that a role needs: the purpose and level of each, and permissions that depend on others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netsuite_pipeline.health.setup_guide.features import Source
from netsuite_pipeline.netsuite.menus import add_permission
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.permission_levels import least_level, netsuite_permissions


@dataclass(frozen=True)
class GrantedPermission:
    """A permission as an administrator adds it to a role.

    Attributes:
        id: NetSuite's id, as in `rolepermissions.permkey`.
        name: Tab and name on the role.
        level: The least level that works.
        why: Its purpose.
        source: The source of these facts.
        doubt: What is not known of it, or empty.
        needed: Whether nothing works without it.
    """

    id: str
    name: str
    level: str
    why: str
    source: Source
    doubt: str = ""
    needed: bool = False


_ROLES_PAGE = Source("NSH:bridgehead_4248124361", "D")
_REST_PAGE = Source("NSH:article_5085602973", "D")


def _granted(
    id_: str, why: str, source: Source, doubt: str = "", *, needed: bool = False
) -> GrantedPermission:
    """Return a permission under its name, at its lowest level in NetSuite's list."""
    name = netsuite_permissions()[id_].name
    return GrantedPermission(id_, name, least_level(name), why, source, doubt, needed)


TRANSPORT = (
    _granted(
        "ADMI_RESTWEBSERVICES",
        "every request",
        _REST_PAGE,
        "NetSuite refuses a role without it with 400 or with 403; the pipeline recognises both.",
        needed=True,
    ),
    _granted(
        "ADMI_LOGIN_OAUTH",
        "signing in with a token that another person made; not with OAuth 2.0",
        _ROLES_PAGE,
        "Without it NetSuite probably answers like any refused sign-in (401); one vendor reports 400.",
        needed=True,
    ),
    _granted(
        "REPO_ANALYTICS",
        "SuiteQL, so every table",
        _REST_PAGE,
        "One vendor's guide names View, which NetSuite does not offer.",
        needed=True,
    ),
    _granted(
        "ADMI_DELETEDRECORD",
        "finding deletions at every sync; without it a weekly comparison of keys finds them",
        Source("NSH:section_N3497592", "D"),
    ),
    _granted(
        "ADMI_WEBSERVICES",
        "one check of `doctor`, which distinguishes a broken REST from a broken sign-in; no other use",
        Source("NSH:article_5085602973", "D"),
        "Which refusal a role without it gets is not known.",
    ),
    _granted(
        "ADMI_LOGIN_OAUTH2",
        "signing in with [OAuth 2.0](#oauth-20), instead of Log in using Access Tokens",
        Source("NSH:section_157771510070", "D"),
    ),
    _granted(
        "ADMI_AUDITLOGIN",
        "lets `doctor` read in `loginaudit` why a sign-in was refused",
        Source("public code", "C"),
    ),
)
"""What a role needs or may have besides the permissions of its tables; the needed ones first."""

INSTALLER_PERMISSIONS = (
    _granted(
        "ADMI_MANAGE_OAUTH_TOKENS",
        "making tokens for other users (never for administrators); it does not allow signing in with a token",
        _ROLES_PAGE,
    ),
    _granted(
        "ADMI_INTEGRAPP",
        "opening the list of integrations, making integration records, and choosing one for a token",
        Source("NSH:bridgehead_4253254429", "D"),
    ),
    _granted(
        "ADMI_MANAGE_OWN_OAUTH_TOKENS",
        "making tokens for oneself in the current role; it also allows signing in with a token, so Log in "
        "using Access Tokens is not needed beside it",
        _ROLES_PAGE,
    ),
    _granted(
        "ADMI_MANAGE_OAUTH2",
        "mapping a certificate to user and role, and revoking it; it requires two-factor sign-in",
        Source("NSH:section_157771510070", "D"),
    ),
)
"""What a person without the Administrator role needs to make integration record and token."""


@dataclass(frozen=True)
class Dependency:
    """A permission that shows all its rows or columns only together with others.

    Attributes:
        name: Its tab and name.
        needs: What else the role needs, in words.
        source: The source of this fact.
    """

    name: str
    needs: str
    source: Source


DEPENDENCIES = (
    Dependency(
        "Transactions > Find Transaction",
        "opens the tables of transactions. Which transactions are visible depends on the permission of each "
        "type too: Transactions > Sales Order, Invoice, Customer Payment, Bills, Make Journal Entry … (View)",
        Source("NSH:section_1531766899; for the other types by analogy", "I"),
    ),
    Dependency(
        "Lists > Perform Search",
        "opens the table entity. Its rows are customers, vendors, employees and contacts, each with a "
        "permission of its own",
        Source("Records Catalog of 2024.1", "C"),
    ),
    Dependency(
        "Lists > Customers, Vendors, Items …",
        "have columns that point to subsidiaries, departments, classes, locations or currencies. Give those "
        "lists (View) too, or their labels may stay empty or be refused",
        Source("hotglue's tap drops such joins when they are refused", "C"),
    ),
    Dependency(
        "Lists > Employee Record",
        "opens employee. The table employeesubsidiaryrelationship, not in the catalogue, needs Lists > "
        "Employees",
        Source("Records Catalog of 2024.1", "C"),
    ),
    Dependency(
        "Columns with formulas, and custom fields",
        "need the permission of each record that the formula or field reads",
        Source("iloveitaly/netsuite-permissions", "C"),
    ),
)


@dataclass(frozen=True)
class TablePermission:
    """One permission with the tables that it opens."""

    granted: GrantedPermission
    tables: tuple[Table, ...]


def permissions_of_tables(tables: Iterable[Table]) -> tuple[TablePermission, ...]:
    """Return the permissions that some tables need, sorted by tab and name, each with its tables.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> [each.granted.id for each in permissions_of_tables([standard_tables()["vendor"]])]
        ['LIST_VENDOR']
    """
    opened: dict[tuple[str, str], list[Table]] = {}
    for table in tables:
        opened.setdefault((table.permission.name, table.permission.id), []).append(table)
    return tuple(
        TablePermission(_for_tables(id_, name, members), tuple(members))
        for (name, id_), members in sorted(opened.items())
    )


def _for_tables(id_: str, name: str, tables: list[Table]) -> GrantedPermission:
    why = ", ".join(table.name for table in tables)
    return GrantedPermission(id_, name, least_level(name), why, Source("Records Catalog of 2024.1", "C"))


_LEVELS: Mapping[str, str] = MappingProxyType(
    {each.name: each.level for each in (*TRANSPORT, *INSTALLER_PERMISSIONS)}
)


def permission_path(name: str, role: str = "") -> str:
    """Return how to add a permission to a role, at the least level that works.

    Args:
        name: Tab and name, as `Table.permission.name` has them; several with ` + ` between.
        role: The role's name; empty where unknown.

    Example:
        >>> permission_path("Reports > SuiteAnalytics Workbook", "Loader").partition(" > Edit > ")[2]
        'Permissions > Reports: add SuiteAnalytics Workbook (Edit), press Add, then Save.'
    """
    paths = [add_permission(each, _LEVELS.get(each) or least_level(each), role) for each in name.split(" + ")]
    return " Then: ".join(paths)
