"""NetSuite's permissions and features by id, with the names that people see (NSH:article_5085602973)."""

from collections.abc import Mapping
from types import MappingProxyType

REST_WEB_SERVICES = "ADMI_RESTWEBSERVICES"
LOG_IN_WITH_TOKENS = "ADMI_LOGIN_OAUTH"
LOG_IN_WITH_OAUTH2 = "ADMI_LOGIN_OAUTH2"
MANAGE_OWN_TOKENS = "ADMI_MANAGE_OWN_OAUTH_TOKENS"
WORKBOOK = "REPO_ANALYTICS"
SOAP_WEB_SERVICES = "ADMI_WEBSERVICES"

LEVELS: Mapping[str, int] = MappingProxyType({"none": 0, "view": 1, "create": 2, "edit": 3, "full": 4})

_VIEW, _CREATE, _EDIT, _FULL = 1, 2, 3, 4
LEVELS_OF: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        REST_WEB_SERVICES: (_FULL,),
        LOG_IN_WITH_TOKENS: (_FULL,),
        LOG_IN_WITH_OAUTH2: (_FULL,),
        MANAGE_OWN_TOKENS: (_FULL,),
        SOAP_WEB_SERVICES: (_FULL,),
        WORKBOOK: (_EDIT,),
        "ADMI_ACCTPERIODS": (_VIEW, _FULL),
        "ADMI_AUDITLOGIN": (_FULL,),
        "ADMI_DELETEDRECORD": (_FULL,),
        "ADMI_MANAGEROLES": (_FULL,),
        "ADMI_MANAGE_OAUTH_TOKENS": (_FULL,),
        "ADMI_SETUPCOMPANY": (_VIEW, _FULL),
        "LIST_FIND": (_VIEW, _FULL),
    }
)
"""The levels that a permission exists at; those that are not here have all four. NetSuite refuses a role with
another level: "Invalid permlevel reference key"."""


def levels_of(permission: str) -> tuple[int, ...]:
    """Gives the levels that a role can have a permission at, the least first."""
    return LEVELS_OF.get(permission, (_VIEW, _CREATE, _EDIT, _FULL))


TRANSPORT: Mapping[str, int] = MappingProxyType({REST_WEB_SERVICES: 4, LOG_IN_WITH_TOKENS: 4, WORKBOOK: 3})
"""What a role needs before any table, with the level (NSH:bridgehead_4248124361)."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        REST_WEB_SERVICES: "REST Web Services",
        LOG_IN_WITH_TOKENS: "Log in using Access Tokens",
        LOG_IN_WITH_OAUTH2: "Log in using OAuth 2.0 Access Tokens",
        MANAGE_OWN_TOKENS: "User Access Tokens",
        WORKBOOK: "SuiteAnalytics Workbook",
        SOAP_WEB_SERVICES: "SOAP Web Services",
        "ADMI_MANAGE_OAUTH_TOKENS": "Access Token Management",
        "ADMI_ACCOUNTINGBOOK": "Accounting Book",
        "ADMI_ACCOUNTINGLIST": "Accounting Lists",
        "ADMI_ACCTPERIODS": "Manage Accounting Periods",
        "ADMI_AUDITLOGIN": "View Login Audit Trail",
        "ADMI_CUSTFIELD": "Custom Fields",
        "ADMI_CUSTLIST": "Custom Lists",
        "ADMI_CUSTRECORD": "Custom Record Types",
        "ADMI_DELETEDRECORD": "Deleted Records",
        "ADMI_MANAGEROLES": "Bulk Manage Roles",
        "ADMI_SETUPCOMPANY": "Set Up Company",
        "LIST_ACCOUNT": "Accounts",
        "LIST_ADDRESS": "Address",
        "LIST_CLASS": "Classes",
        "LIST_CONTACT": "Contacts",
        "LIST_CURRENCY": "Currency",
        "LIST_CUSTJOB": "Customers",
        "LIST_CUSTRECORDENTRY": "Custom Record Entries",
        "LIST_DEPARTMENT": "Departments",
        "LIST_EMPLOYEE_RECORD": "Employee Record",
        "LIST_FIND": "Perform Search",
        "LIST_ITEM": "Items",
        "LIST_JOB": "Jobs",
        "LIST_LOCATION": "Locations",
        "LIST_SUBSIDIARY": "Subsidiaries",
        "LIST_SYSTEMNOTES": "System Notes for Analytics and REST",
        "LIST_TAXITEM": "Tax Records",
        "LIST_VENDOR": "Vendors",
        "TRAN_BUDGET": "Set Up Budgets",
        "TRAN_FIND": "Find Transaction",
    }
)

TAB_OF_PREFIX: Mapping[str, str] = MappingProxyType(
    {"ADMI": "Setup", "LIST": "Lists", "TRAN": "Transactions", "REPO": "Reports"}
)
"""The tab of Permissions under which NetSuite shows an id, told by how the id begins."""

TOKEN_BASED_AUTHENTICATION = "TBA"
OAUTH2_FEATURE = "OAUTH2"
REST_FEATURE = "REST"
SOAP_FEATURE = "SOAP"
WORKBOOK_FEATURE = "WORKBOOK"

FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "SUBSIDIARIES": "Subsidiaries",
        "MULTICURRENCY": "Multiple Currencies",
        "MULTIBOOK": "Multi-Book Accounting",
        "DEPARTMENTS": "Departments",
        "CLASSES": "Classes",
        "LOCATIONS": "Locations",
        TOKEN_BASED_AUTHENTICATION: "Token-based Authentication",
        OAUTH2_FEATURE: "OAuth 2.0",
        REST_FEATURE: "REST Web Services",
        SOAP_FEATURE: "SOAP Web Services",
        WORKBOOK_FEATURE: "SuiteAnalytics Workbook",
    }
)


def menu_name(permission: str) -> str:
    """Names a permission as NetSuite's violation texts do, e.g. `Lists -> Items`."""
    tab = TAB_OF_PREFIX.get(permission.partition("_")[0], "Setup")
    return f"{tab} -> {NAMES.get(permission, permission)}"
