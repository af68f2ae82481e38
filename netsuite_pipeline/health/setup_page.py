"""Renders the guide to NetSuite's set-up, for people who have NetSuite open beside it.

The guide in the repository: `python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md`.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from netsuite_pipeline.health.diagnosis.causes import AUDIT_DETAILS, OAUTH2_DETAILS, get_cause
from netsuite_pipeline.health.diagnosis.evidence import Evidence
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import guide
from netsuite_pipeline.netsuite.auth.variables import ACCOUNT_ID, variables_of_kind
from netsuite_pipeline.netsuite.menus import ACCESS_TOKENS, CLIENT_CREDENTIALS, LOGIN_AUDIT_TRAIL
from netsuite_pipeline.tables import Permission, Table, standard_tables
from netsuite_pipeline.tables.permission_levels import least_level

_TEMPLATE = "netsuite-setup.md.j2"


def render_setup_markdown(tables: Mapping[str, Table]) -> str:
    """Return the guide in Markdown, ending in one line end.

    Args:
        tables: The tables to read, by name: they decide which permissions the role needs.

    Example:
        >>> render_setup_markdown(standard_tables()).splitlines()[0]
        '# Setting NetSuite up'
    """
    template = _environment().get_template(_TEMPLATE)
    text = template.render(
        steps=guide.STEPS_BY_KIND["tba"],
        oauth2_steps=guide.OAUTH2_STEPS,
        all_features=guide.FEATURES.values(),
        transport=guide.TRANSPORT,
        installer=guide.INSTALLER_PERMISSIONS,
        table_count=len(tables),
        table_permissions=tables_by_permission(tables.values()),
        dependencies=guide.DEPENDENCIES,
        trail=LOGIN_AUDIT_TRAIL,
        details=AUDIT_DETAILS,
        no_row=get_cause("not_in_trail"),
        symptoms=guide.SYMPTOMS,
        oauth2_variables=(ACCOUNT_ID, *variables_of_kind("oauth2")),
        oauth2_details=OAUTH2_DETAILS,
        oauth2_causes=_oauth2_causes(),
        nango_variables=variables_of_kind("nango"),
        mapping=CLIENT_CREDENTIALS,
        tokens=ACCESS_TOKENS,
        sunsets=guide.SUNSETS,
        questions=guide.OPEN_QUESTIONS,
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - Markdown, made of this package's own texts
        loader=FileSystemLoader(Path(__file__).parent / "setup_guide"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(source=_source, anchor=_anchor, least_level=least_level)
    return environment


def tables_by_permission(tables: Iterable[Table]) -> dict[Permission, list[Table]]:
    """Return the permissions that some tables need, sorted by tab and name, each with its tables.

    Example:
        >>> [each.id for each in tables_by_permission([standard_tables()["vendor"]])]
        ['LIST_VENDOR']
    """
    opened: dict[Permission, list[Table]] = {}
    for table in tables:
        opened.setdefault(table.permission, []).append(table)
    return dict(sorted(opened.items(), key=lambda each: (each[0].name, each[0].id)))


def _oauth2_causes() -> tuple[Cause, ...]:
    """Return the causes of a set-up that once worked, in a sandbox: these are all causes."""
    worked = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    once = Evidence("1234567_SB1", "", kind="oauth2", uses_tba=False, last_good=worked)
    return sign_in_causes(once)


def _source(source: str) -> str:
    """Return `(D: [section_1](address))`: the mark and the source, a page of Oracle's as a link."""
    shown = re.sub(r"NSH:(\w+)", lambda page: f"[{page[1]}]({guide.ORACLE_HELP}/{page[1]}.html)", source)
    return f"({shown})"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    # The guide is UTF-8 in every terminal: the committed file must not depend on its encoding.
    sys.stdout.buffer.write(render_setup_markdown(standard_tables()).encode())
