"""NetSuite's set-up as data: what remedies quote, and what `document.py` renders as a guide for people.

The guide in the repository: `python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md`.
"""

from netsuite_pipeline.health.setup_guide.deprecations import (
    GUIDE_ABOUT_OAUTH,
    OPEN_QUESTIONS,
    SUNSETS,
    SYMPTOMS,
    OpenQuestion,
    Sunset,
    Symptom,
)
from netsuite_pipeline.health.setup_guide.login_audit import AUDIT_DETAILS, NO_AUDIT_ROW, cause_for_detail
from netsuite_pipeline.health.setup_guide.menus import (
    ACCESS_TOKENS,
    CLIENT_CREDENTIALS,
    COMPANY_INFORMATION,
    EMPLOYEES,
    ENABLE_FEATURES,
    FEATURES,
    INTEGRATION_GOVERNANCE,
    INTEGRATIONS,
    MANAGE_ROLES,
    Feature,
    Source,
    feature_path,
)
from netsuite_pipeline.health.setup_guide.permissions import (
    DEPENDENCIES,
    INSTALLER_PERMISSIONS,
    TRANSPORT,
    Dependency,
    GrantedPermission,
    TablePermission,
    permission_for_id,
    permission_path,
    permissions_of_tables,
)
from netsuite_pipeline.health.setup_guide.steps import (
    LIMITS,
    LIMITS_SOURCE,
    REQUESTS_PER_LICENCE,
    STEPS,
    CopiedValue,
    Limit,
    Note,
    Step,
)
from netsuite_pipeline.health.setup_guide.steps_oauth2 import OAUTH2_STEPS, STEPS_BY_KIND
from netsuite_pipeline.netsuite.errors import LOGIN_AUDIT_TRAIL

__all__ = [
    "ACCESS_TOKENS",
    "AUDIT_DETAILS",
    "CLIENT_CREDENTIALS",
    "COMPANY_INFORMATION",
    "DEPENDENCIES",
    "EMPLOYEES",
    "ENABLE_FEATURES",
    "FEATURES",
    "GUIDE_ABOUT_OAUTH",
    "INSTALLER_PERMISSIONS",
    "INTEGRATIONS",
    "INTEGRATION_GOVERNANCE",
    "LIMITS",
    "LIMITS_SOURCE",
    "LOGIN_AUDIT_TRAIL",
    "MANAGE_ROLES",
    "NO_AUDIT_ROW",
    "OAUTH2_STEPS",
    "OPEN_QUESTIONS",
    "REQUESTS_PER_LICENCE",
    "STEPS",
    "STEPS_BY_KIND",
    "SUNSETS",
    "SYMPTOMS",
    "TRANSPORT",
    "CopiedValue",
    "Dependency",
    "Feature",
    "GrantedPermission",
    "Limit",
    "Note",
    "OpenQuestion",
    "Source",
    "Step",
    "Sunset",
    "Symptom",
    "TablePermission",
    "cause_for_detail",
    "feature_path",
    "permission_for_id",
    "permission_path",
    "permissions_of_tables",
]
