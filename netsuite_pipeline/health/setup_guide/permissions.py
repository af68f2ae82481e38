"""The permissions a role needs: what each is for, at which level, and which come along with others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netsuite_pipeline.health.setup_guide.menus import Source, permission_on_role
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.tables.permission_levels import least_level


@dataclass(frozen=True)
class GrantedPermission:
    """A permission as it is added to a role.

    Attributes:
        id: NetSuite's id of it, as in `rolepermissions.permkey`.
        name: Tab and name, as an administrator sees them on the role.
        level: The least level that is known to serve.
        why: What it is for.
        source: Where that is from.
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

    def path(self, role: str = "") -> str:
        """What to do to give it to a role.

        Example:
            >>> permission_for_id("LIST_VENDOR").path("Loader").partition(" > Edit > ")[2]
            'Permissions > Lists: add Vendors (View), press Add, then Save.'
        """
        return permission_on_role(self.name, self.level, role)


_ROLES_PAGE = Source("NSH:bridgehead_4248124361", "D")
_REST_PAGE = Source("NSH:article_5085602973", "D")

TRANSPORT = (
    GrantedPermission(
        "ADMI_RESTWEBSERVICES",
        "Setup > REST Web Services",
        "Full",
        "every request",
        _REST_PAGE,
        "Whether its loss is answered with 400 or with 403 is not known; we take both for it.",
        needed=True,
    ),
    GrantedPermission(
        "ADMI_LOGIN_OAUTH",
        "Setup > Log in using Access Tokens",
        "Full",
        "signing in with a token that somebody else made; not by OAuth 2.0",
        _ROLES_PAGE,
        "Its loss probably looks like any refused sign-in (401); one vendor says 400.",
        needed=True,
    ),
    GrantedPermission(
        "REPO_ANALYTICS",
        "Reports > SuiteAnalytics Workbook",
        "Edit",
        "SuiteQL, so every table",
        _REST_PAGE,
        "One vendor's guide names View, which a role cannot have.",
        needed=True,
    ),
    GrantedPermission(
        "ADMI_DELETEDRECORD",
        "Setup > Deleted Records",
        "Full",
        "learning of deletions at once; without it they are found by comparing keys, weekly",
        Source("NSH:section_N3497592", "D"),
    ),
    GrantedPermission(
        "ADMI_WEBSERVICES",
        "Setup > SOAP Web Services",
        "Full",
        "one check of `doctor`, which tells a broken REST from a broken sign-in; nothing else needs it",
        Source("NSH:article_5085602973", "D"),
        "Which refusal a role without it gets is not known.",
    ),
    GrantedPermission(
        "ADMI_LOGIN_OAUTH2",
        "Setup > Log in using OAuth 2.0 Access Tokens",
        "Full",
        "signing in by [OAuth 2.0](#oauth-20), instead of Log in using Access Tokens",
        Source("NSH:section_157771510070", "D"),
    ),
    GrantedPermission(
        "ADMI_AUDITLOGIN",
        "Setup > View Login Audit Trail",
        "Full",
        "letting `doctor` read in `loginaudit` why a sign-in was refused",
        Source("public code", "C"),
    ),
)
"""What a role needs or may have besides its tables; the needed ones first."""

INSTALLER_PERMISSIONS = (
    GrantedPermission(
        "ADMI_MANAGE_OAUTH_TOKENS",
        "Setup > Access Token Management",
        "Full",
        "making tokens for other users (never for administrators); does not let its holder sign in by token",
        _ROLES_PAGE,
    ),
    GrantedPermission(
        "ADMI_INTEGRAPP",
        "Setup > Integration Application",
        "Full",
        "opening the list of integrations, making integration records, and choosing one for a token",
        Source("NSH:bridgehead_4253254429", "D"),
    ),
    GrantedPermission(
        "ADMI_MANAGE_OWN_OAUTH_TOKENS",
        "Setup > User Access Tokens",
        "Full",
        "making tokens for oneself in the role one is in; also lets sign in by token, so that Log in using "
        "Access Tokens is not needed beside it",
        _ROLES_PAGE,
    ),
    GrantedPermission(
        "ADMI_MANAGE_OAUTH2",
        "Setup > OAuth 2.0 Authorized Applications Management",
        "Full",
        "mapping a certificate to user and role, and revoking it; the holder signs in with two factors",
        Source("NSH:section_157771510070", "D"),
    ),
)
"""What the person needs who makes integration record and token, if no administrator does it."""


@dataclass(frozen=True)
class Dependency:
    """A permission that shows all of its rows or columns only together with others.

    Attributes:
        name: Tab and name of it.
        needs: What else the role needs, in words.
        source: Where that is from.
    """

    name: str
    needs: str
    source: Source


DEPENDENCIES = (
    Dependency(
        "Transactions > Find Transaction",
        "opens the tables of transactions. Which transactions are seen hangs on the permission of each type "
        "as well: Transactions > Sales Order, Invoice, Customer Payment, Bills, Make Journal Entry … (View)",
        Source("NSH:section_1531766899; for the other types by analogy", "I"),
    ),
    Dependency(
        "Lists > Perform Search",
        "opens the table entity; its rows are customers, vendors, employees and contacts, each "
        "of which has a permission of its own",
        Source("Records Catalog of 2024.1", "C"),
    ),
    Dependency(
        "Lists > Customers, Vendors, Items …",
        "columns that point to subsidiaries, departments, classes, locations or currencies; give "
        "those lists (View) too, or labels of theirs may stay empty or be refused",
        Source("hotglue's tap drops such joins when they are refused", "C"),
    ),
    Dependency(
        "Lists > Employee Record",
        "opens employee; employeesubsidiaryrelationship, not in the catalogue, needs Lists > Employees",
        Source("Records Catalog of 2024.1", "C"),
    ),
    Dependency(
        "Columns with formulas, and custom fields",
        "the permission of each record that the formula or field reads",
        Source("iloveitaly/netsuite-permissions", "C"),
    ),
)


@dataclass(frozen=True)
class TablePermission:
    """One permission with the tables that it opens."""

    granted: GrantedPermission
    tables: tuple[Table, ...]


def permissions_of_tables(tables: Iterable[Table]) -> tuple[TablePermission, ...]:
    """The permissions that some tables need, by tab and name, each with its tables in their order.

    Example:
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


_BY_ID: Mapping[str, GrantedPermission] = MappingProxyType(
    {each.granted.id: each.granted for each in permissions_of_tables(standard_tables().values())}
    | {each.id: each for each in (*TRANSPORT, *INSTALLER_PERMISSIONS) if each.id}
)
_LEVELS: Mapping[str, str] = MappingProxyType(
    {each.name: each.level for each in (*TRANSPORT, *INSTALLER_PERMISSIONS)}
)


def permission_for_id(id_: str) -> GrantedPermission:
    """The permission of NetSuite's id.

    Raises:
        KeyError: No table of the standard catalogue and no sign-in needs it.

    Example:
        >>> permission_for_id("LIST_VENDOR").name
        'Lists > Vendors'
    """
    return _BY_ID[id_]


def permission_path(name: str, role: str = "") -> str:
    """Where a permission is added to a role, with the level that serves; several, with ` + ` between, one
    after the other.

    Args:
        name: Tab and name, as `Table.permission.name` has them.
        role: The role's name; empty where it is not known.

    Example:
        >>> permission_path("Reports > SuiteAnalytics Workbook", "Loader").partition(" > Edit > ")[2]
        'Permissions > Reports: add SuiteAnalytics Workbook (Edit), press Add, then Save.'
    """
    paths = [
        permission_on_role(each, _LEVELS.get(each) or least_level(each), role) for each in name.split(" + ")
    ]
    return " Then: ".join(paths)
