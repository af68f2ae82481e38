"""Renders the guide to NetSuite's set-up, for people who have NetSuite open beside it.

The guide in the repository: `python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md`.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from netsuite_pipeline.health.diagnosis.evidence import Evidence
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import login_audit
from netsuite_pipeline.health.setup_guide.deprecations import OPEN_QUESTIONS, ORACLE_HELP, SUNSETS, SYMPTOMS
from netsuite_pipeline.health.setup_guide.features import FEATURES, Source
from netsuite_pipeline.health.setup_guide.login_audit_oauth2 import OAUTH2_DETAILS
from netsuite_pipeline.health.setup_guide.permissions import (
    DEPENDENCIES,
    INSTALLER_PERMISSIONS,
    TRANSPORT,
    permissions_of_tables,
)
from netsuite_pipeline.health.setup_guide.steps import LIMITS, LIMITS_SOURCE, STEPS
from netsuite_pipeline.health.setup_guide.steps_oauth2 import OAUTH2_STEPS
from netsuite_pipeline.netsuite.auth.variables import ACCOUNT_ID, CredentialVariable, variables_of_kind
from netsuite_pipeline.netsuite.menus import ACCESS_TOKENS, CLIENT_CREDENTIALS, LOGIN_AUDIT_TRAIL
from netsuite_pipeline.tables import Table, standard_tables

_TEMPLATE = "netsuite-setup.md.j2"

_NANGO_ACCOUNT = ("`NETSUITE_ACCOUNT_ID`", "optional: if set, the pipeline accepts no other account")


def render_setup_markdown(tables: Mapping[str, Table]) -> str:
    """Return the guide in Markdown, ending in one line end.

    Args:
        tables: The tables to read, by name: they decide which permissions the role needs.

    Example:
        >>> render_setup_markdown(standard_tables()).splitlines()[0]
        '# Setting NetSuite up'
    """
    of_tables = permissions_of_tables(tables.values())
    text = (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            steps=STEPS,
            oauth2_steps=OAUTH2_STEPS,
            all_features=tuple(FEATURES.values()),
            transport=TRANSPORT,
            installer=INSTALLER_PERMISSIONS,
            table_count=sum(len(each.tables) for each in of_tables),
            table_permissions=[
                (
                    each.granted.name,
                    each.granted.level,
                    f"`{each.granted.id}`",
                    ", ".join(map(_table_link, each.tables)),
                )
                for each in of_tables
            ],
            dependencies=[(each.name, each.needs, _source(each.source)) for each in DEPENDENCIES],
            limits=[(each.tier, each.requests) for each in LIMITS],
            limits_source=LIMITS_SOURCE,
            variables=list(_variables()),
            trail=LOGIN_AUDIT_TRAIL,
            details=[*_details(login_audit.AUDIT_DETAILS), ("(no row)", *_parts(login_audit.NO_AUDIT_ROW))],
            symptoms=[(each.answer, each.meaning, each.remedy, _source(each.source)) for each in SYMPTOMS],
            oauth2_variables=_about(ACCOUNT_ID, *variables_of_kind("oauth2")),
            oauth2_details=_details(OAUTH2_DETAILS),
            oauth2_causes=_oauth2_causes(),
            nango_variables=[*_about(*variables_of_kind("nango")), _NANGO_ACCOUNT],
            mapping=CLIENT_CREDENTIALS,
            tokens=ACCESS_TOKENS,
            dates=[
                (
                    f"{each.release} (tentative)" if each.tentative else each.release,
                    each.summary,
                    each.text,
                    _source(each.source),
                )
                for each in SUNSETS
            ],
            questions=[(each.question, each.meanwhile) for each in OPEN_QUESTIONS],
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - Markdown, made of this package's own texts
        loader=FileSystemLoader(Path(__file__).parent / "setup_guide"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["source"] = _source
    environment.filters["documented"] = lambda page: _source(Source(page, "D"))
    environment.filters["cell"] = lambda value: str(value).replace("|", "\\|")
    return environment


def _variables() -> Iterable[tuple[str, str, str]]:
    for number, step in enumerate(STEPS, start=1):
        for each in step.values:
            anchor = _anchor(f"{number}. {step.title}")
            yield f"`{each.variable}`", each.shown, f"[step {number}](#{anchor})"


def _about(*variables: CredentialVariable) -> list[tuple[str, str]]:
    return [(f"`{each.variable}`", each.about) for each in variables]


def _table_link(table: Table) -> str:
    feature = f" ({table.feature})" if table.feature else ""
    return f"[{table.name}](tables.md#{table.name}){feature}"


def _parts(cause: Cause) -> tuple[str, str, str]:
    return cause.summary, cause.indication, cause.remedy


def _details(details: Mapping[str, Cause]) -> list[tuple[str, ...]]:
    return [(f"`{detail}`", *_parts(cause)) for detail, cause in details.items()]


def _oauth2_causes() -> list[tuple[str, str, str]]:
    """Return the causes of a set-up that once worked, in a sandbox: these are all causes."""
    worked = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    once = Evidence("1234567_SB1", "", kind="oauth2", uses_tba=False, last_good=worked)
    return [_parts(cause) for cause in sign_in_causes(once)]


def _source(source: Source) -> str:
    """Return `(D: [section_1](address))`: the mark and the source, a page of Oracle's as a link."""
    shown = re.sub(r"NSH:(\w+)", lambda page: f"[{page[1]}]({ORACLE_HELP}/{page[1]}.html)", source.id)
    return f"({source.mark}: {shown})" if shown else f"({source.mark})"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    # The guide is UTF-8 in every terminal: the committed file must not depend on its encoding.
    sys.stdout.buffer.write(render_setup_markdown(standard_tables()).encode())
