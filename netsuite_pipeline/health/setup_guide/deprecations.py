"""What ends when in NetSuite, what it answers to a role that lacks something, and what nobody knows."""

from dataclasses import dataclass

from netsuite_pipeline.health.setup_guide.menus import INTEGRATION_GOVERNANCE, Source
from netsuite_pipeline.health.setup_guide.permissions import permission_path

GUIDE_ABOUT_OAUTH = "docs/netsuite-setup.md#oauth-20"


@dataclass(frozen=True)
class Sunset:
    """Something that ends with a release of NetSuite's.

    Attributes:
        summary: What ends, as a phrase.
        release: With which release.
        text: What that means for this package's user, in a sentence or two.
        source: Where that is from.
        tentative: Whether Oracle calls the release tentative.
    """

    summary: str
    release: str
    text: str
    source: Source
    tentative: bool = False

    @property
    def as_warning(self) -> str:
        """A line for a checklist, with where to read on.

        Example:
            >>> SUNSETS[0].as_warning
            'No more new token-based integrations from NetSuite 2027.1: docs/netsuite-setup.md#oauth-20'
        """
        return f"{self.summary} from NetSuite {self.release}: {GUIDE_ABOUT_OAUTH}"


SUNSETS = (
    Sunset(
        "No more new token-based integrations",
        "2027.1",
        "No new integration record can use Token-based Authentication from then on; those that exist go on. "
        "Make the record of each account, sandboxes too, before.",
        Source("NSH:section_0525020842", "D"),
    ),
    Sunset(
        "No SOAP endpoints older than 2025.2",
        "2027.1",
        "Nothing here depends on it: only one check of `doctor` speaks SOAP, to endpoint 2025.2, the last.",
        Source("NSH:section_N3418174", "D"),
    ),
    Sunset(
        "No sign-in with tokens any more",
        "2028",
        "Existing token-based integrations stop by REST, SOAP and RESTlets. Oracle's page says 2028.1; "
        "a report by Apideck (2026-10-27) says 2028.2 and cites Oracle's later notes "
        "(NSH:section_158921905537). "
        "Move to OAuth 2.0 before (SuiteAnalytics Connect is exempt).",
        Source("NSH:section_0525020842; Apideck", "D"),
        tentative=True,
    ),
    Sunset(
        "No SOAP web services any more",
        "2028.2",
        "They are removed. Nothing here needs them; the check of `doctor` falls away.",
        Source("NSH:section_N3418174", "D"),
    ),
)
"""In the order of their releases; the first is what `doctor` warns of."""


@dataclass(frozen=True)
class Symptom:
    """What NetSuite answers to a sign-in that it accepted, what it means, and what mends it."""

    answer: str
    meaning: str
    remedy: str
    source: Source


SYMPTOMS = (
    Symptom(
        '400 `USER_ERROR`, "Your current role does not have permission to perform this action."',
        "The role lacks SuiteAnalytics Workbook (SuiteQL and lists fail, single records can be read), or "
        "REST Web Services (nothing can be read).",
        f"{permission_path('Reports > SuiteAnalytics Workbook')} Then the same for REST Web Services "
        "(Permissions > Setup, Full).",
        Source("public code; for REST Web Services a vendor's page", "C"),
    ),
    Symptom(
        "403 `INSUFFICIENT_PERMISSION`, \"You need a higher level of the 'Lists -> Items' permission\"",
        "The permission that is named is missing or too low.",
        "Add it to the role as named: `->` stands between tab and name.",
        Source("public code", "C"),
    ),
    Symptom(
        "400, \"Record 'vendor' was not found.\"",
        "The role may not see this table, or its feature is off; NetSuite names neither.",
        "Look the table up in [the permissions of the tables](#permissions-of-the-tables).",
        Source("public code", "C"),
    ),
    Symptom(
        '400, "Unknown identifier \'subsidiary\'" or "Field … was not found. Reason: NOT_EXPOSED"',
        "The column went with a feature, with a custom field, or with the role's rights.",
        "[The tables](tables.md) say which columns not every account has. For one that was there before: "
        "look at Setup > Company > Enable Features, and at the role.",
        Source("public code", "C"),
    ),
    Symptom(
        "Fewer rows than before, and no error",
        "The role was restricted to subsidiaries, departments, or its own records, or lost a type of "
        "transaction.",
        "Compare the role's restrictions with [step 2](#2-make-a-role-for-the-pipeline); NetSuite shows what "
        "was changed on the role's System Notes.",
        Source("NSH:section_156257770590", "D"),
    ),
    Symptom(
        "429 `CONCURRENCY_LIMIT_EXCEEDED`",
        "All integrations together ask more at once than the account may. No permission is missing.",
        f"Lower NETSUITE_CONCURRENCY, or look at {INTEGRATION_GOVERNANCE} for who uses it.",
        Source("NSH:section_156570709583", "D"),
    ),
    Symptom(
        "500 `UNEXPECTED_ERROR` with an Error ID",
        "NetSuite failed inside. If one table fails so again and again, a column of it cannot be read.",
        "Nothing to do: the pipeline finds the column and leaves it out, with a note.",
        Source("public code", "C"),
    ),
)


@dataclass(frozen=True)
class OpenQuestion:
    """What public sources leave open, and what the package does until it is known."""

    question: str
    meanwhile: str


OPEN_QUESTIONS = (
    OpenQuestion(
        "Does a lost *Log in using Access Tokens* look like any refused sign-in (401), or is it told as 400 "
        "`USER_ERROR`? Does a lost *REST Web Services* come as 400 or as 403?",
        "All are understood; the causes are ranked, not asserted.",
    ),
    OpenQuestion(
        "What does SOAP answer to a role that lacks *SOAP Web Services*?",
        "Whatever it is, it is a warning only.",
    ),
    OpenQuestion(
        "Do refused tokens count among the five refused sign-ins that lock a user for 30 minutes?",
        "We act as if: a sync makes at most two attempts, the sensor fewer than five in half an hour.",
    ),
    OpenQuestion(
        "Which code of OAuth's, and which *Detail* of the Login Audit Trail, does a revoked or ended "
        "certificate get, and which a wrong certificate id?",
        "A code moves causes to the front and rules none out; unknown words are read by their parts.",
    ),
    OpenQuestion(
        "Which permissions of single types does each transaction need besides *Find Transaction*?",
        "Give View on all types that your company uses, and compare a count with what an administrator sees.",
    ),
    OpenQuestion(
        "Does a 429 ever say how long to wait (`Retry-After`)? Is too much at once also told as 400?",
        "Both are understood; without a word, waits grow from a second on.",
    ),
)
