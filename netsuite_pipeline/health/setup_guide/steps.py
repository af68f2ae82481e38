"""The steps of NetSuite's set-up, in the order in which a person takes them, with what to copy where."""

from dataclasses import dataclass

from netsuite_pipeline.health.setup_guide.menus import (
    ACCESS_TOKENS,
    COMPANY_INFORMATION,
    EMPLOYEES,
    ENABLE_FEATURES,
    INTEGRATION_GOVERNANCE,
    INTEGRATIONS,
    MANAGE_ROLES,
    Source,
)


@dataclass(frozen=True)
class Note:
    """A fact that goes with a step: not to be done, but good to know."""

    text: str
    source: Source


@dataclass(frozen=True)
class CopiedValue:
    """A value that NetSuite shows and a variable that takes it.

    Attributes:
        shown: What NetSuite calls it on the page.
        variable: Where it goes.
        once: Whether it is shown once only.
    """

    shown: str
    variable: str
    once: bool


@dataclass(frozen=True)
class Step:
    """One page of NetSuite's to go to, and what to do there.

    Attributes:
        title: What is done.
        who: Who can do it.
        do: What to do, one click or entry each.
        values: What to copy before the page is left.
        notes: What is good to know.
        table: What table follows the clicks: `features`, `permissions`, `limits` or nothing.
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
            "**OAuth 2.0** to sign in with a certificate ([OAuth 2.0](#oauth-20)). Both do no harm.",
            "Open the subtab **Analytics** and tick **SuiteAnalytics Workbook**.",
            "**Save.**",
        ),
        notes=(
            Note(
                "Oracle's page also ticks Client and Server SuiteScript; they are for RESTlets, which this "
                "package does not use.",
                Source("NSH:bridgehead_4253254429", "D"),
            ),
            Note(
                "Which subtab a feature without a page of Oracle's is on, and that Workbook is on "
                "Analytics, is inferred.",
                Source("", "I"),
            ),
            Note(
                "A feature that is off makes tables and columns disappear as if there were none; they are "
                "left out with a note, and nobody has to act.",
                Source("public code", "C"),
            ),
        ),
        table="features",
    ),
    Step(
        "Make a role for the pipeline",
        _ADMINISTRATOR,
        (
            f"Go to **{MANAGE_ROLES} > New** and name it, *Data pipeline* say. Do not use Administrator: its "
            "token could change everything, and no token can be made for another administrator.",
            "With subsidiaries (OneWorld): under *Subsidiary Restrictions* choose **All**, and tick **Allow "
            "Cross-Subsidiary Record Viewing**. Leave the employee, department, class and location "
            "restrictions at *none*.",
            "On **Permissions**, add each permission of the tables below on the tab that is named, with the "
            "level that is named, and press **Add** after each one.",
            "**Save.** What was added and not saved does not count.",
            "Open the role again and look whether all rows are there.",
        ),
        notes=(
            Note(
                "A role that is restricted to subsidiaries, departments or its own records gets fewer rows, "
                "without any error. The pipeline flags counts that fall.",
                Source("NSH:section_156257770590", "D"),
            ),
            Note(
                "All subsidiaries and cross-subsidiary viewing: so say vendors' guides; Oracle only says "
                "that restrictions of the role hold for SuiteQL too.",
                Source("Truto's guide", "C"),
            ),
            Note(
                "A permission counts only after Add *and* Save.",
                Source("public code, seen on an account", "C"),
            ),
            Note(
                "Setup > Users/Roles > Show Role Differences compares two roles, "
                "and shows what a role really holds.",
                Source("public code", "C"),
            ),
            Note("One note says that a change to a role may take up to a day.", Source("public code", "C")),
        ),
        table="permissions",
    ),
    Step(
        "Give the role to a user",
        _ADMINISTRATOR,
        (
            f"Go to **{EMPLOYEES}** and **Edit** the user whom the pipeline signs in as; a user of its own "
            "keeps the Login Audit Trail readable, and outlives people who leave.",
            "On **Access**, tick **Give Access**, add the role to the list of roles, and **Save**.",
        ),
        notes=(
            Note(
                "A user who is made inactive, loses access or loses the role stops the token at once; so "
                "does hiding the role in the user's My Roles.",
                Source("NSH:subsect_156935170194", "D"),
            ),
        ),
    ),
    Step(
        "Make the integration record",
        "an administrator, or who holds Integration Application",
        (
            f"Go to **{INTEGRATIONS} > New**, name it, *Warehouse* say, and leave **State** at *Enabled*.",
            "On **Authentication**, tick **Token-based Authentication**.",
            "Untick **TBA: Authorization Flow** and, under OAuth 2.0, **Authorization Code Grant**.",
            "**Save**, and do not leave the page yet.",
        ),
        values=(
            CopiedValue("Consumer Key / Client ID", "NETSUITE_CONSUMER_KEY", True),
            CopiedValue("Consumer Secret / Client Secret", "NETSUITE_CONSUMER_SECRET", True),
        ),
        notes=(
            Note(
                "From NetSuite 2027.1 on, no new record can have Token-based Authentication "
                "([dates that matter](#dates-that-matter)).",
                Source("NSH:section_0525020842", "D"),
            ),
            Note(
                "Whoever lost the key: open the record, Edit, Reset Credentials. The old key stops working.",
                Source("", "I"),
            ),
        ),
    ),
    Step(
        "Make the access token",
        "an administrator, or who holds Access Token Management",
        (
            f"Go to **{ACCESS_TOKENS}** and press **New Access Token**.",
            "**Application Name**: the integration. **User**: the user. **Role**: the pipeline's role. What "
            "the token may do is decided by the role chosen here, now and for good.",
            "**Save**, and do not leave the page yet.",
        ),
        values=(
            CopiedValue("Token ID", "NETSUITE_TOKEN_ID", True),
            CopiedValue("Token Secret", "NETSUITE_TOKEN_SECRET", True),
        ),
        notes=(
            Note(
                "Without an administrator at hand: sign in as the user, switch to the pipeline's role, and "
                "press **Manage Access Tokens** in the portlet *Settings* of the home page, then **New My "
                "Access Token**. The role needs Setup > User Access Tokens for it; the token gets the "
                "role you are in.",
                Source("NSH:bridgehead_4254083671", "D"),
            ),
            Note(
                "An administrator who presses Manage Access Tokens makes a token for Administrator: it "
                "sees everything, so that nothing here could be missing, and it may change everything too.",
                Source("NSH:bridgehead_4254081947", "D"),
            ),
            Note(
                "Tokens do not expire. They are not copied to a sandbox or to Release Preview, and a refresh "
                "of a sandbox removes its tokens: make new ones there afterwards.",
                Source("NSH:bridgehead_4254081947", "D"),
            ),
        ),
    ),
    Step(
        "Take the account id",
        "anybody who can sign in",
        (
            "Look at the address in the browser: **1234567** in `https://1234567.app.netsuite.com`, "
            "**1234567_SB1** in `https://1234567-sb1.app.netsuite.com` (a sandbox). Or go to "
            f"**{COMPANY_INFORMATION}**: *Account ID*.",
        ),
        values=(CopiedValue("Account ID", "NETSUITE_ACCOUNT_ID", False),),
        notes=(
            Note(
                "Any spelling will do here (`1234567-sb1`, `1234567_SB1`). NetSuite itself wants capitals "
                "and an underscore in the signature, small letters and a hyphen in the host name.",
                Source("NSH:section_1546938065", "D"),
            ),
        ),
    ),
    Step(
        "Look at the concurrency",
        _ADMINISTRATOR,
        (
            f"Go to **{INTEGRATION_GOVERNANCE}** and read the account's limit, and what is left unallocated.",
            "Set **NETSUITE_CONCURRENCY** to what the pipeline may have of it; without it, it is 5. To keep "
            "it off other integrations' share, or theirs off its own, set a limit for the integration there.",
        ),
        notes=(
            Note(
                "All of REST, SOAP and RESTlets share one limit for the account. What is too much is refused "
                "at once, not queued; the pipeline then waits, asks less, and says so.",
                Source("NSH:bridgehead_1500275603", "D"),
            ),
            Note(
                f"Each licence of SuiteCloud Plus adds {REQUESTS_PER_LICENCE}. Accounts for development "
                "and of partners always have 5; a sandbox has what production has.",
                Source("NSH:bridgehead_1500275603", "D"),
            ),
            Note(
                "*Concurrent Web Services User*, a box on the user (Setup > Users/Roles > Manage Users), is "
                "for SOAP with user name and password. With tokens it does nothing: do not buy it for this.",
                Source("NSH:section_1504769959", "D"),
            ),
            Note(
                "The limit that the pipeline may read itself "
                "(`governanceLimits`) is told to administrators' tokens only.",
                Source("NSH:article_0625010817", "D"),
            ),
        ),
        table="limits",
    ),
)
