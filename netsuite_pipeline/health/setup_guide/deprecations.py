"""What NetSuite will switch off and when, its refusals and their meaning, and open questions."""

from dataclasses import dataclass

from netsuite_pipeline.health.setup_guide.features import Source
from netsuite_pipeline.health.setup_guide.permissions import permission_path
from netsuite_pipeline.netsuite.menus import ENABLE_FEATURES, INTEGRATION_GOVERNANCE

ORACLE_HELP = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help"


@dataclass(frozen=True)
class Sunset:
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
        page = self.source.id.partition(";")[0].removeprefix("NSH:")
        return f"{self.summary} from NetSuite {self.release}: {ORACLE_HELP}/{page}.html"


SUNSETS = (
    Sunset(
        "No new token-based integrations",
        "2027.1",
        "From then on no new integration record can use Token-based Authentication; existing ones keep "
        "working. Create the record of each account, sandboxes too, before that release.",
        Source("NSH:section_0525020842", "D"),
    ),
    Sunset(
        "No SOAP endpoints older than 2025.2",
        "2027.1",
        "No effect here: only one check of `doctor` uses SOAP, with endpoint 2025.2, the last one.",
        Source("NSH:section_N3418174", "D"),
    ),
    Sunset(
        "No sign-in with tokens",
        "2028",
        "Existing token-based integrations stop working by REST, SOAP and RESTlets. Oracle's page says "
        "2028.1; a report by Apideck (2026-10-27) says 2028.2 and cites Oracle's later notes "
        "(NSH:section_158921905537). "
        "Move to OAuth 2.0 before (SuiteAnalytics Connect is exempt).",
        Source("NSH:section_0525020842; Apideck", "D"),
        tentative=True,
    ),
    Sunset(
        "No SOAP web services",
        "2028.2",
        "Oracle removes them. Nothing here needs them; `doctor` then drops its check of SOAP.",
        Source("NSH:section_N3418174", "D"),
    ),
)
"""In the order of their releases; `doctor` warns of the first."""


@dataclass(frozen=True)
class Symptom:
    """An answer of NetSuite's after an accepted sign-in, its meaning and its remedy."""

    answer: str
    meaning: str
    remedy: str
    source: Source


SYMPTOMS = (
    Symptom(
        '400 `USER_ERROR`, "Your current role does not have permission to perform this action."',
        "The role lacks SuiteAnalytics Workbook (SuiteQL and lists fail, single records work), or REST Web "
        "Services (every request fails).",
        f"{permission_path('Reports > SuiteAnalytics Workbook')} Then the same for REST Web Services "
        "(Permissions > Setup, Full).",
        Source("public code; for REST Web Services a vendor's page", "C"),
    ),
    Symptom(
        "403 `INSUFFICIENT_PERMISSION`, \"You need a higher level of the 'Lists -> Items' permission\"",
        "The named permission is missing or too low.",
        "Add it to the role as named: `->` stands between tab and name.",
        Source("public code", "C"),
    ),
    Symptom(
        "400, \"Record 'vendor' was not found.\"",
        "The role may not see this table, or its feature is off. NetSuite names neither.",
        "Find the table in [the permissions of the tables](#permissions-of-the-tables).",
        Source("public code", "C"),
    ),
    Symptom(
        '400, "Unknown identifier \'subsidiary\'" or "Field … was not found. Reason: NOT_EXPOSED"',
        "The column disappeared with a feature, with a custom field, or with a permission of the role.",
        "[The tables](tables.md) say which columns some accounts lack. For a column that was there before: "
        f"check {ENABLE_FEATURES}, and the role.",
        Source("public code", "C"),
    ),
    Symptom(
        "Fewer rows than before, and no error",
        "The role was restricted to subsidiaries, departments or its own records, or lost a type of "
        "transaction.",
        "Compare the role's restrictions with [step 2](#2-create-a-role-for-the-pipeline). The role's System "
        "Notes show what was changed.",
        Source("NSH:section_156257770590", "D"),
    ),
    Symptom(
        "429 `CONCURRENCY_LIMIT_EXCEEDED`",
        "All integrations together send more concurrent requests than the account allows. No permission is "
        "missing.",
        f"Lower NETSUITE_CONCURRENCY, or see at {INTEGRATION_GOVERNANCE} which integration uses the "
        "requests.",
        Source("NSH:section_156570709583", "D"),
    ),
    Symptom(
        "500 `UNEXPECTED_ERROR` with an Error ID",
        "NetSuite failed internally. If one table fails repeatedly, NetSuite cannot read one of its columns.",
        "Do nothing: the pipeline finds the column and excludes it, with a note.",
        Source("public code", "C"),
    ),
)


@dataclass(frozen=True)
class OpenQuestion:
    """A question that public sources leave open, and what the package does meanwhile."""

    question: str
    meanwhile: str


OPEN_QUESTIONS = (
    OpenQuestion(
        "Without *Log in using Access Tokens*, does NetSuite answer like any refused sign-in (401), or with "
        "400 `USER_ERROR`? Without *REST Web Services*, does it answer 400 or 403?",
        "The pipeline recognises all of them, and ranks the causes.",
    ),
    OpenQuestion(
        "What does SOAP answer to a role that lacks *SOAP Web Services*?",
        "Any refusal is a warning only.",
    ),
    OpenQuestion(
        "Do refused tokens count among the five refused sign-ins that lock a user for 30 minutes?",
        "The pipeline assumes so: a sync makes at most two attempts, the sensor fewer than five in 30 "
        "minutes.",
    ),
    OpenQuestion(
        "Which OAuth code, and which *Detail* in the Login Audit Trail, do a revoked certificate, an expired "
        "one and a wrong certificate id get?",
        "A code moves causes to the front and excludes none. Unknown details are recognised by their words.",
    ),
    OpenQuestion(
        "Which permissions of single types does each transaction need besides *Find Transaction*?",
        "Give View on all types that your company uses. Compare a count with what an administrator sees.",
    ),
    OpenQuestion(
        "Does a 429 ever say how long to wait (`Retry-After`)? Does NetSuite answer 400 to too many "
        "concurrent requests?",
        "The pipeline recognises both. Without a time it waits from one second on, longer each time.",
    ),
)
