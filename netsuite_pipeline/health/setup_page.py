"""Writes NetSuite's set-up as a page for people who have NetSuite open beside it.

The page in the repository: `python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md`.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from netsuite_pipeline.health.diagnosis.evidence import Evidence
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes
from netsuite_pipeline.health.setup_guide import (
    ACCESS_TOKENS,
    AUDIT_DETAILS,
    CLIENT_CREDENTIALS,
    DEPENDENCIES,
    FEATURES,
    INSTALLER_PERMISSIONS,
    LIMITS,
    LIMITS_SOURCE,
    LOGIN_AUDIT_TRAIL,
    NO_AUDIT_ROW,
    OAUTH2_STEPS,
    OPEN_QUESTIONS,
    STEPS,
    SUNSETS,
    SYMPTOMS,
    TRANSPORT,
    CopiedValue,
    GrantedPermission,
    Source,
    Step,
    permissions_of_tables,
)
from netsuite_pipeline.health.setup_guide.login_audit_oauth2 import OAUTH2_DETAILS
from netsuite_pipeline.health.setup_page_text import ALERTS, CHECK, INTRODUCTION, OAUTH, TROUBLE, VARIABLES
from netsuite_pipeline.netsuite.auth.variables import ACCOUNT_ID, CredentialVariable, variables_of_kind
from netsuite_pipeline.tables import Table, standard_tables

_ORACLE = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help"
_PROVIDED = "not by oneself: NetSuite's account team provides it"


def render_setup_markdown(tables: Mapping[str, Table]) -> str:
    """The page about NetSuite's set-up, in Markdown.

    Args:
        tables: The tables that are to be read, by name: they decide which permissions the role needs.

    Returns:
        The text, ending in one line end.

    Example:
        >>> render_setup_markdown(standard_tables()).splitlines()[0]
        '# Setting NetSuite up'
    """
    after = {"features": _features(), "permissions": _permissions(tables.values()), "limits": _limits()}
    parts = [
        INTRODUCTION,
        *(_step(number, step, after.get(step.table, "")) for number, step in enumerate(STEPS, start=1)),
        VARIABLES.format(
            number=len(STEPS) + 1, rows=_table(("Variable", "NetSuite calls it", "Shown in"), _variables())
        ),
        CHECK.format(number=len(STEPS) + 2),
        TROUBLE.format(
            trail=LOGIN_AUDIT_TRAIL,
            details_source=_source(Source("NSH:subsect_156935170194", "D")),
            details=_table(("Detail", "What it means", "How to tell", "Remedy"), _details()),
            symptoms=_table(("NetSuite's answer", "What it means", "Remedy", "Source"), _symptoms()),
        ),
        ALERTS,
        OAUTH.format(
            steps="\n".join(_step(0, step, "") for step in OAUTH2_STEPS),
            rows=_table(("Variable", "What it is"), _about(ACCOUNT_ID, *variables_of_kind("oauth2"))),
            details=_table(("Detail", "What it means", "How to tell", "Remedy"), _oauth2_details()),
            details_source=_source(Source("NSH:subsect_158324637123", "D")),
            causes=_table(("What it may be", "How to tell", "Remedy"), _oauth2_causes()),
            certificates_source=_source(Source("NSH:subsect_162755332391", "D")),
            side_by_side=_source(Source("NSH:section_162686838198", "D")),
            nango=_table(("Variable", "What it is"), [*_about(*variables_of_kind("nango")), _NANGO_ACCOUNT]),
            mapping=CLIENT_CREDENTIALS,
            tokens=ACCESS_TOKENS,
            soap_source=_source(Source("NSH:chapter_157769826287", "D")),
            dates=_table(("From NetSuite", "What", "What that means", "Source"), _dates()),
        ),
        "## What is not known\n\n"
        "Nobody who wrote this has seen an account. These questions are open in public sources; if yours "
        "answers one, tell us.\n\n"
        + _table(
            ("Question", "What is done meanwhile"),
            ((each.question, each.meanwhile) for each in OPEN_QUESTIONS),
        )
        + "\n",
    ]
    return "\n".join(parts)


def _step(number: int, step: Step, after: str) -> str:
    title = f"## {number}. {step.title}" if number else f"### {step.title}"
    lines = [title, "", f"Who can: {step.who}.", ""]
    lines += [f"{place}. {each}" for place, each in enumerate(step.do, start=1)]
    lines += [f"{place}. {_copy(each)}" for place, each in enumerate(step.values, start=len(step.do) + 1)]
    lines.append("")
    if after:
        lines += [after, ""]
    if step.notes:
        lines += ["Good to know:", "", *(f"- {note.text} {_source(note.source)}" for note in step.notes), ""]
    return "\n".join(lines)


def _copy(copied: CopiedValue) -> str:
    once = " It is shown **this once** only." if copied.once else ""
    return f"Copy **{copied.shown}** into `{copied.variable}`.{once}"


def _variables() -> Iterable[tuple[str, str, str]]:
    for number, step in enumerate(STEPS, start=1):
        for each in step.values:
            anchor = _anchor(f"{number}. {step.title}")
            yield f"`{each.variable}`", each.shown, f"[step {number}](#{anchor})"


def _features() -> str:
    rows = (
        (each.name, each.where or _PROVIDED, each.why, _source(each.source)) for each in FEATURES.values()
    )
    return _table(("Feature", "Subtab", "Needed for", "Source"), rows)


def _permissions(tables: Iterable[Table]) -> str:
    of_tables = permissions_of_tables(tables)
    rows = (
        (
            each.granted.name,
            each.granted.level,
            f"`{each.granted.id}`",
            ", ".join(_table_link(table) for table in each.tables),
        )
        for each in of_tables
    )
    count = sum(len(each.tables) for each in of_tables)
    head = ("Permission", "Level", "Id", "For", "Source")
    return "\n".join(
        [
            "### Permissions to get in",
            "",
            _table(head, (_permission(each) for each in TRANSPORT)),
            "",
            "### Permissions of the tables",
            "",
            f"What the {count} tables of the [catalogue](tables.md) need; leave out what you do not want to "
            "read: a table that the role may not see is left out with a note. Custom records "
            "have a permission each, on the tab Custom Record. From a dump of the Records Catalog of "
            "2024.1 (C); the level is inferred (I).",
            "",
            _table(("Permission", "Level", "Id", "Tables"), rows),
            "",
            "### Permissions that hang together",
            "",
            "Some permissions open their table, but not all that is in it.",
            "",
            _table(
                ("Permission", "What else is needed", "Source"),
                ((each.name, each.needs, _source(each.source)) for each in DEPENDENCIES),
            ),
            "",
            "### Permissions of who sets up",
            "",
            "An administrator has them all. Whoever else makes integration record and token needs, in a role "
            "of their own (not the pipeline's):",
            "",
            _table(head, (_permission(each) for each in INSTALLER_PERMISSIONS)),
        ]
    )


def _permission(each: GrantedPermission) -> tuple[str, ...]:
    needed = "**needed**: " if each.needed else ""
    doubt = f" **?** {each.doubt}" if each.doubt else ""
    id_ = f"`{each.id}`" if each.id else "not known"
    return each.name, each.level, id_, f"{needed}{each.why}.{doubt}", _source(each.source)


def _table_link(table: Table) -> str:
    feature = f" ({table.feature})" if table.feature else ""
    return f"[{table.name}](tables.md#{table.name}){feature}"


def _limits() -> str:
    rows = ((each.tier, str(each.requests)) for each in LIMITS)
    return f"{_table(('Service tier', 'Requests at once'), rows)}\n\n{_source(LIMITS_SOURCE)}"


def _details() -> Iterable[tuple[str, ...]]:
    for detail, cause in AUDIT_DETAILS.items():
        yield f"`{detail}`", cause.summary, cause.indication, cause.remedy
    yield "(no row at all)", NO_AUDIT_ROW.summary, NO_AUDIT_ROW.indication, NO_AUDIT_ROW.remedy


def _oauth2_details() -> Iterable[tuple[str, ...]]:
    for detail, cause in OAUTH2_DETAILS.items():
        yield f"`{detail}`", cause.summary, cause.indication, cause.remedy


def _oauth2_causes() -> Iterable[tuple[str, ...]]:
    """Those of a set-up that once worked, in a sandbox: all there are."""
    once = Evidence("1234567_SB1", "", kind="oauth2", uses_tba=False, last_good=datetime.min)
    return ((cause.summary, cause.indication, cause.remedy) for cause in sign_in_causes(once))


_NANGO_ACCOUNT = ("`NETSUITE_ACCOUNT_ID`", "optional: if set, no other account is accepted")


def _about(*variables: CredentialVariable) -> Iterable[tuple[str, ...]]:
    return ((f"`{each.variable}`", each.about) for each in variables)


def _symptoms() -> Iterable[tuple[str, ...]]:
    return ((each.answer, each.meaning, each.remedy, _source(each.source)) for each in SYMPTOMS)


def _dates() -> Iterable[tuple[str, ...]]:
    for each in SUNSETS:
        release = f"{each.release} (tentative)" if each.tentative else each.release
        yield release, each.summary, each.text, _source(each.source)


def _source(source: Source) -> str:
    """`(D: [section_1](address))`: the mark, and what it is from, a page of Oracle's as a link."""
    shown = re.sub(r"NSH:(\w+)", lambda page: f"[{page[1]}]({_ORACLE}/{page[1]}.html)", source.id)
    return f"({source.mark}: {shown})" if shown else f"({source.mark})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruled = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(ruled)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    # The page is UTF-8 whatever the terminal speaks: the committed file must not depend on it.
    sys.stdout.buffer.write(render_setup_markdown(standard_tables()).encode())
