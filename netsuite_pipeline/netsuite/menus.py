"""NetSuite's menu paths, as errors and remedies name them."""

ENABLE_FEATURES = "Setup > Company > Enable Features"
COMPANY_INFORMATION = "Setup > Company > Company Information"
MANAGE_ROLES = "Setup > Users/Roles > Manage Roles"
EMPLOYEES = "Lists > Employees > Employees"
ACCESS_TOKENS = "Setup > Users/Roles > Access Tokens"
INTEGRATIONS = "Setup > Integration > Manage Integrations"
INTEGRATION_GOVERNANCE = "Setup > Integration > Integration Governance"
CLIENT_CREDENTIALS = "Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup"
LOGIN_AUDIT_TRAIL = (
    "Setup > Users/Roles > User Management > View Login Audit Trail > Use Advanced Search: add the column "
    "Detail under Results"
)
TOKEN_ROLE = "(the token's role)"  # noqa: S105 - a text


def edit_role(role: str = "") -> str:
    """Return the menu path where a role is edited.

    Example:
        >>> edit_role("Data pipeline")
        'Setup > Users/Roles > Manage Roles > Data pipeline > Edit'
    """
    return f"{MANAGE_ROLES} > {role or TOKEN_ROLE} > Edit"


def add_permission(name: str, level: str, role: str = "") -> str:
    """Return how to add a permission to a role.

    Args:
        name: Tab and name: `Lists > Items`.
        level: The level to give: `View`.
        role: The role's name; empty where unknown.

    Example:
        >>> add_permission("Lists > Vendors", "View", "Data pipeline").partition(" > Edit > ")[2]
        'Permissions > Lists: add Vendors (View), press Add, then Save.'
    """
    tab, _, label = name.rpartition(" > ")
    place = f"Permissions > {tab}" if tab else "Permissions"
    return f"{edit_role(role)} > {place}: add {label} ({level}), press Add, then Save."
