"""The text of a diagnosis: a line for each finding, with causes and remedy beneath."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from netsuite_pipeline.health.doctor import Diagnosis
from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.wording import counted, formatted_time

_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.UNKNOWN: "–"}
_INDENT = 20
_NAMES = {
    "credentials": "Credentials",
    "account_id": "Account id",
    "host": "Account",
    "clock": "Clock",
    "sign_in": "Sign-in",
    "rest": "REST",
    "suiteql": "SuiteQL",
    "soap": "SOAP",
    "concurrency": "Concurrency",
    "deleted_records": "Deleted records",
    "certificate": "Certificate",
    "warehouse": "Warehouse",
    "dagster": "Dagster",
}
_OF_TABLES = {"table": "Tables", "column": "Columns", "rows": "Row counts"}


def diagnosis_lines(diagnosis: Diagnosis, width: int) -> list[str]:
    """Return the whole report, wrapped to a width in characters."""
    lines = [_headline(diagnosis), ""]
    shown = (finding for finding in diagnosis.findings if not _is_in_headline(finding))
    for of_tables, findings in groupby(shown, lambda finding: finding.kind in _OF_TABLES):
        if of_tables:
            lines += _table_lines(tuple(findings), width)
        else:
            lines += [line for finding in findings for line in finding_lines(finding, width)]
    for sunset in diagnosis.sunsets:
        lines += _item(State.WARNING, "TBA", [_Paragraph(sunset)], width)
    if diagnosis.capabilities:
        lines += ["", "Capabilities of this account:"]
        for sentence in diagnosis.capabilities:
            lines += _wrapped(sentence, width, "  · ", "    ")
    return [*lines, "", summary(diagnosis)]


def summary(diagnosis: Diagnosis) -> str:
    """Return the last line: it counts every line above that is marked as a problem or a warning.

    Example:
        >>> summary(Diagnosis((Finding("rest", State.FAILED, "no"),)))
        '1 problem. Exit 1.'
    """
    failed = sum(finding.state is State.FAILED for finding in diagnosis.findings)
    warnings = sum(finding.state is State.WARNING for finding in diagnosis.findings) + len(diagnosis.sunsets)
    counts = [counted(failed, "problem")] if failed else []
    counts += [counted(warnings, "warning")] if warnings else []
    return f"{', '.join(counts or ['No problem'])}. Exit {1 if failed else 0}."


@dataclass(frozen=True)
class _Paragraph:
    """A text beside a name, with a prefix for its first line and one for the others."""

    text: str
    first: str = ""
    others: str = ""


def finding_lines(finding: Finding, width: int) -> list[str]:
    r"""Return the lines of one finding: mark and name, what was observed, causes, remedy, when it worked.

    Example:
        >>> print(*finding_lines(Finding("clock", State.OK, "0.4 s apart"), 80), sep="\n")
          ✓ Clock           0.4 s apart
    """
    paragraphs = [_Paragraph(finding.seen)]
    if finding.since is not None and finding.state is not State.OK:
        paragraphs.append(_Paragraph(f"Since {formatted_time(finding.since)}."))
    paragraphs += _causes(finding.causes)
    closing = []
    if finding.remedy and all(finding.remedy != paragraph.text for paragraph in paragraphs):
        closing.append(f"To fix: {finding.remedy}")
    if finding.last_ok is not None:
        closing.append(f"It worked until {formatted_time(finding.last_ok)}.")
    if closing:
        paragraphs.append(_Paragraph(" ".join(closing)))
    return _item(finding.state, _name(finding), paragraphs, width)


def _causes(causes: Sequence[Cause]) -> Iterator[_Paragraph]:
    if len(causes) == 1:
        yield _Paragraph(f"Most likely: {causes[0].summary} {causes[0].indication}".rstrip())
        return
    if causes:
        yield _Paragraph("Possible causes, the likeliest first:")
    for place, cause in enumerate(causes, 1):
        number = f"{place}. "
        beneath = " " * len(number)
        yield _Paragraph(f"{cause.summary} {cause.indication}".rstrip(), first=number, others=beneath)
        if cause.remedy:
            yield _Paragraph(cause.remedy, first=f"{beneath}→ ", others=f"{beneath}  ")


def _item(state: State, name: str, paragraphs: Sequence[_Paragraph], width: int) -> list[str]:
    beside = " " * _INDENT
    head = f"  {_MARKS[state]} {name}"
    lines = [
        line
        for paragraph in paragraphs
        for line in _wrapped(paragraph.text, width, beside + paragraph.first, beside + paragraph.others)
    ]
    if len(head) >= _INDENT:
        return [head, *lines]
    return [f"{head:<{_INDENT}}{lines[0][_INDENT:]}", *lines[1:]]


def _wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    """Return the text in lines; paths and host names stay whole, so that people can copy them."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _name(finding: Finding) -> str:
    """Return the subject's name for people."""
    if finding.kind in _OF_TABLES:
        return f"{finding.subject}.{finding.column}" if finding.column else finding.subject
    return _NAMES.get(finding.id, finding.id)


def _is_in_headline(finding: Finding) -> bool:
    return finding.id == "account_id" and finding.state is State.OK


def _table_lines(findings: Sequence[Finding], width: int) -> list[str]:
    """Return one line a kind for what is OK or not checked, and the other findings one by one."""
    lines: list[str] = []
    for kind, title in _OF_TABLES.items():
        of_kind = [finding for finding in findings if finding.kind == kind]
        passed = [finding for finding in of_kind if finding.state is State.OK]
        if passed:
            lines += _item(State.OK, title, [_Paragraph(_passed(kind, passed))], width)
        for reason, same in _by_reason(of_kind):
            lines += _item(State.UNKNOWN, title, [_Paragraph(_unknown(kind, same, reason))], width)
        shown: dict[tuple[str, ...], str] = {}
        for finding in of_kind:
            if finding.state not in {State.FAILED, State.WARNING}:
                continue
            first = shown.setdefault(_causes_without_name(finding), _name(finding))
            if len(finding.causes) > 1 and first != _name(finding):
                texts = [finding.seen, f"Causes and remedies: see {first}."]
                lines += _item(finding.state, _name(finding), list(map(_Paragraph, texts)), width)
            else:
                lines += finding_lines(finding, width)
    return lines


def _causes_without_name(finding: Finding) -> tuple[str, ...]:
    """Return the causes without the table's name: one change in NetSuite can hide many tables."""
    return tuple(cause.as_text.replace(finding.subject, "") for cause in finding.causes)


def _passed(kind: str, findings: Sequence[Finding]) -> str:
    count = len(findings)
    if kind == "table":
        return f"{counted(count, 'table')} readable"
    if kind == "rows":
        return f"{counted(count, 'table')} counted; no rows are missing"
    return f"{counted(count, 'new column')}: {', '.join(map(_name, findings))}"


def _unknown(kind: str, findings: Sequence[Finding], reason: str) -> str:
    count = len(findings)
    what = counted(count, "column" if kind == "column" else "table")
    names = f" ({', '.join(map(_name, findings))})" if count <= 3 else ""
    return f"{what}{names} {reason}" if reason.startswith("not ") else f"{what}{names}: {reason}"


def _by_reason(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    unknown = sorted(
        (finding for finding in findings if finding.state is State.UNKNOWN), key=lambda each: each.seen
    )
    for reason, same in groupby(unknown, key=lambda each: each.seen):
        yield reason, list(same)


def _headline(diagnosis: Diagnosis) -> str:
    parts = [f"NetSuite account {diagnosis.account}" if diagnosis.account else "NetSuite account not known"]
    parts += [f'role "{diagnosis.role}"'] if diagnosis.role else []
    parts += [f"user {diagnosis.user}"] if diagnosis.user else []
    parts += [f'integration "{diagnosis.integration}"'] if diagnosis.integration else []
    return " · ".join(parts)
