"""The steps of NetSuite's set-up in their order, with the values to copy."""

from dataclasses import dataclass

from netsuite_pipeline.health.setup_guide.features import Source
from netsuite_pipeline.netsuite.menus import (
    ACCESS_TOKENS,
    COMPANY_INFORMATION,
    EMPLOYEES,
    ENABLE_FEATURES,
    INTEGRATION_GOVERNANCE,
    INTEGRATIONS,
    MANAGE_ROLES,
)


@dataclass(frozen=True)
class Note:
    """A fact about a step, with its source."""

    text: str
    source: Source


@dataclass(frozen=True)
class CopiedValue:
    """A value that NetSuite shows, and the variable for it.

    Attributes:
        shown: Its name on NetSuite's page.
        variable: The variable for it.
        once: Whether NetSuite shows it only once.
    """

    shown: str
    variable: str
    once: bool


@dataclass(frozen=True)
class Step:
    """One page of NetSuite, and what to do there.

    Attributes:
        title: The step, as an order.
        who: Who can take it.
        do: What to do, one click or entry each.
        values: What to copy before leaving the page.
        notes: Facts about the step.
        table: The table beneath: `features`, `permissions`, `limits` or none.
    """

    title: str
    who: str
    do: tuple[str, ...]
    values: tuple[CopiedValue, ...] = ()
    notes: tuple[Note, ...] = ()
    table: str = ""


@dataclass(frozen=True)
class Limit:
    """The requests at once of a service tier."""

    tier: str
    requests: int


LIMITS = (Limit("Standard", 5), Limit("Premium", 15), Limit("Enterprise", 20), Limit("Ultimate", 20))
"""By service tier (NSH:bridgehead_1500275603, NSH:section_1504769959)."""

LIMITS_SOURCE = Source("NSH:bridgehead_1500275603, NSH:section_1504769959", "D")
REQUESTS_PER_LICENCE = 10
"""What each SuiteCloud Plus licence adds (NSH:bridgehead_1500275603)."""

_ADMINISTRATOR = "an administrator"

STEPS = (
    Step(
        "Switch the features on",
        _ADMINISTRATOR,
        (
            f"Go to **{ENABLE_FEATURES}** and open the subtab **SuiteCloud**.",
            "Under *SuiteTalk (Web Services)* tick **REST Web Services**. Agree to the terms if asked.",
            "Under *Manage Authentication* tick **Token-based Authentication** to sign in with a token, or "
            "**OAuth 2.0** to sign in with a certificate ([OAuth 2.0](#oauth-20)). Both may be on.",
            "Open the subtab **Analytics** and tick **SuiteAnalytics Workbook**.",
            "**Save.**",
        ),
        notes=(
            Note(
                "Oracle's page also ticks Client and Server SuiteScript. They are for RESTlets, which this "
                "package does not use.",
                Source("NSH:bridgehead_4253254429", "D"),
            ),
            Note(
                "The subtabs of features without a page of Oracle's, and Workbook's subtab Analytics, are "
                "inferred.",
                Source("", "I"),
            ),
            Note(
                "If a feature is off, NetSuite hides its tables and columns. The pipeline leaves them out, "
                "with a note.",
                Source("public code", "C"),
            ),
        ),
        table="features",
    ),
    Step(
        "Create a role for the pipeline",
        _ADMINISTRATOR,
        (
            f"Go to **{MANAGE_ROLES} > New** and name it, for example *Data pipeline*. Do not use "
            "Administrator: its token could change everything, and nobody can make a token for another "
            "administrator.",
            "With subsidiaries (OneWorld): under *Subsidiary Restrictions* choose **All**, and tick **Allow "
            "Cross-Subsidiary Record Viewing**. Leave the employee, department, class and location "
            "restrictions at *none*.",
            "On **Permissions**, add each permission of the tables below on its tab and with its level. "
            "Press **Add** after each one.",
            "**Save.** Remember to save: unsaved permissions have no effect.",
            "Open the role again and check that all rows are there.",
        ),
        notes=(
            Note(
                "A role that is restricted to subsidiaries, departments or its own records gets fewer rows, "
                "without an error. The pipeline reports counts that fall.",
                Source("NSH:section_156257770590", "D"),
            ),
            Note(
                "Vendors' guides ask for all subsidiaries and cross-subsidiary viewing. Oracle says only "
                "that "
                "the role's restrictions apply to SuiteQL too.",
                Source("Truto's guide", "C"),
            ),
            Note(
                "A permission has an effect only after Add *and* Save.",
                Source("public code, seen on an account", "C"),
            ),
            Note(
                "Setup > Users/Roles > Show Role Differences compares two roles, "
                "and shows what a role really has.",
                Source("public code", "C"),
            ),
            Note("One report says that a change to a role may take up to a day.", Source("public code", "C")),
        ),
        table="permissions",
    ),
    Step(
        "Give the role to a user",
        _ADMINISTRATOR,
        (
            f"Go to **{EMPLOYEES}** and **Edit** the user of the pipeline. A user of its own keeps the Login "
            "Audit Trail readable, and stays when people leave.",
            "On **Access**, tick **Give Access**, add the role to the list of roles, and **Save**.",
        ),
        notes=(
            Note(
                "The token stops working at once if the user becomes inactive or loses access or role. "
                "Hiding "
                "the role in the user's My Roles stops it too.",
                Source("NSH:subsect_156935170194", "D"),
            ),
        ),
    ),
    Step(
        "Create the integration record",
        "an administrator, or a user with Integration Application",
        (
            f"Go to **{INTEGRATIONS} > New**, name it, for example *Warehouse*, and leave **State** at "
            "*Enabled*.",
            "On **Authentication**, tick **Token-based Authentication**.",
            "Untick **TBA: Authorization Flow** and, under OAuth 2.0, **Authorization Code Grant**.",
            "**Save**, and stay on the page.",
        ),
        values=(
            CopiedValue("Consumer Key / Client ID", "NETSUITE_CONSUMER_KEY", True),
            CopiedValue("Consumer Secret / Client Secret", "NETSUITE_CONSUMER_SECRET", True),
        ),
        notes=(
            Note(
                "From NetSuite 2027.1 on, no new record can use Token-based Authentication "
                "([dates that matter](#dates-that-matter)).",
                Source("NSH:section_0525020842", "D"),
            ),
            Note(
                "If the key is lost: open the record, Edit, Reset Credentials. The old key stops working.",
                Source("", "I"),
            ),
        ),
    ),
    Step(
        "Create the access token",
        "an administrator, or a user with Access Token Management",
        (
            f"Go to **{ACCESS_TOKENS}** and press **New Access Token**.",
            "**Application Name**: the integration. **User**: the user. **Role**: the pipeline's role. The "
            "role decides what the token may do, and cannot be changed later.",
            "**Save**, and stay on the page.",
        ),
        values=(
            CopiedValue("Token ID", "NETSUITE_TOKEN_ID", True),
            CopiedValue("Token Secret", "NETSUITE_TOKEN_SECRET", True),
        ),
        notes=(
            Note(
                "Without an administrator: sign in as the user and switch to the pipeline's role. Press "
                "**Manage Access Tokens** in the portlet *Settings* of the home page, then **New My Access "
                "Token**. The role needs Setup > User Access Tokens for it. The token gets the current role.",
                Source("NSH:bridgehead_4254083671", "D"),
            ),
            Note(
                "If an administrator presses Manage Access Tokens, the token gets the role Administrator: it "
                "sees everything, and may change everything.",
                Source("NSH:bridgehead_4254081947", "D"),
            ),
            Note(
                "Tokens do not expire. NetSuite does not copy them to a sandbox or to Release Preview, and a "
                "refresh of a sandbox removes its tokens: create new ones there afterwards.",
                Source("NSH:bridgehead_4254081947", "D"),
            ),
        ),
    ),
    Step(
        "Copy the account id",
        "any user",
        (
            "See the address in the browser: **1234567** in `https://1234567.app.netsuite.com`, "
            "**1234567_SB1** in `https://1234567-sb1.app.netsuite.com` (a sandbox). Or go to "
            f"**{COMPANY_INFORMATION}**: *Account ID*.",
        ),
        values=(CopiedValue("Account ID", "NETSUITE_ACCOUNT_ID", False),),
        notes=(
            Note(
                "Both spellings work here (`1234567-sb1`, `1234567_SB1`). NetSuite itself needs capitals and "
                "an underscore in the signature, small letters and a hyphen in the host name.",
                Source("NSH:section_1546938065", "D"),
            ),
        ),
    ),
    Step(
        "Check the concurrency",
        _ADMINISTRATOR,
        (
            f"Go to **{INTEGRATION_GOVERNANCE}** and read the account's limit and its unallocated part.",
            "Set **NETSUITE_CONCURRENCY** to the pipeline's part of it; the default is 5. To separate it "
            "from "
            "other integrations, set a limit for the integration there.",
        ),
        notes=(
            Note(
                "REST, SOAP and RESTlets share one limit for the account. NetSuite refuses requests above it "
                "at once and does not queue them. The pipeline then waits, sends fewer, and reports it.",
                Source("NSH:bridgehead_1500275603", "D"),
            ),
            Note(
                f"Each licence of SuiteCloud Plus adds {REQUESTS_PER_LICENCE}. Accounts for development "
                "and of partners always have 5; a sandbox has what production has.",
                Source("NSH:bridgehead_1500275603", "D"),
            ),
            Note(
                "*Concurrent Web Services User*, a box on the user (Setup > Users/Roles > Manage Users), is "
                "for SOAP with user name and password. It has no effect on tokens: do not buy it for this.",
                Source("NSH:section_1504769959", "D"),
            ),
            Note(
                "NetSuite shows the pipeline its limit "
                "(`governanceLimits`) only with an administrator's token.",
                Source("NSH:article_0625010817", "D"),
            ),
        ),
        table="limits",
    ),
)
