"""The set-up guide, step by step for one kind of credentials, as plain text for a terminal."""

import re
import textwrap
from collections.abc import Sequence

from netsuite_pipeline.health.setup_guide.guide import STEPS_BY_KIND, TRANSPORT, Step

_TBA_PERMISSION = "ADMI_LOGIN_OAUTH"
_DONE_HERE = "netsuite-pipeline connect"  # a step that sends people to this command


def _leads_to(step: Step, variable: str) -> bool:
    return any(each.variable == variable for each in step.values)


MAPPING = next(step for step in STEPS_BY_KIND["oauth2"] if _leads_to(step, "NETSUITE_CERTIFICATE_ID"))
"""The last step of OAuth 2.0: it needs the certificate, which is made when the account is known."""


def steps_of(kind: str) -> tuple[Step, ...]:
    """Return the steps of a kind, in the order of a person's work.

    Example:
        >>> steps_of("tba")[0].title
        'Switch the features on'
    """
    return tuple(
        step
        for step in STEPS_BY_KIND[kind]
        if step is not MAPPING and step.table != "limits" and not any(_DONE_HERE in each for each in step.do)
    )


def lines_of(step: Step, number: int, total: int, kind: str, width: int) -> list[str]:
    """Return one step as lines: its title, who can do it, and each click."""
    lines = ["", f"Step {number} of {total}: {step.title}  (who can: {step.who})"]
    for place, each in enumerate(step.do, 1):
        lead = f"  {place}. "
        lines += textwrap.wrap(
            plain(each),
            width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        )
    if step.table == "permissions":
        lines += [f"     - {each}" for each in _permissions(kind)]
    for copied in step.values:
        once = " NetSuite shows it only once." if copied.once else ""
        lines.append(f"  Copy the {copied.shown}.{once}")
    return lines


def plain(text: str) -> str:
    """Return a text of the guide without its Markdown marks.

    Example:
        >>> plain("Tick **OAuth 2.0** for [the change](#oauth-20), see `doctor`.")
        'Tick OAuth 2.0 for the change, see doctor.'
    """
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`", lambda found: found[1] or found[2] or found[3], text)


def _permissions(kind: str) -> Sequence[str]:
    """Return the permissions of the role besides its tables'; OAuth 2.0's own have a step of their own."""
    wanted = [
        f"{each.name} ({each.level})"
        for each in TRANSPORT
        if (each.needed and (kind == "tba" or each.id != _TBA_PERMISSION)) or each.id == "ADMI_DELETEDRECORD"
    ]
    return (*wanted, "those of the tables, View each (netsuite-pipeline tables lists them)")
