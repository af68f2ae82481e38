"""How a diagnosis is told: a checklist line a finding, with its causes and what mends it beneath."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from netsuite_pipeline.health.doctor import Diagnosis
from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.wording import counted

_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.UNKNOWN: "–"}
_INDENT = 20
_NAMES = {
    "credentials": "Credentials",
    "account_id": "Account",
    "host": "Host",
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
    """The whole report.

    Args:
        diagnosis: What was found.
        width: Columns to fill.
    """
    lines = [_headline(diagnosis), ""]
    for of_tables, findings in groupby(diagnosis.findings, lambda finding: finding.kind in _OF_TABLES):
        if of_tables:
            lines += _table_lines(tuple(findings), width)
        else:
            lines += [line for finding in findings for line in finding_lines(finding, width)]
    for sunset in diagnosis.sunsets:
        lines += _item(State.WARNING, "TBA", [_Paragraph(sunset)], width)
    if diagnosis.learned:
        lines += ["", "Learned about this account:"]
        for sentence in diagnosis.learned:
            lines += _wrapped(sentence, width, "  · ", "    ")
    return [*lines, "", summary(diagnosis)]


def summary(diagnosis: Diagnosis) -> str:
    """The last line: it counts every line above that is marked as a problem or a warning.

    Example:
        >>> summary(Diagnosis((Finding("rest", State.FAILED, "no"),)))
        '1 problem. Exit 1.'
    """
    failed = sum(finding.state is State.FAILED for finding in diagnosis.findings)
    warnings = sum(finding.state is State.WARNING for finding in diagnosis.findings) + len(diagnosis.sunsets)
    told = [counted(failed, "problem")] if failed else []
    told += [counted(warnings, "warning")] if warnings else []
    if not told:
        told = ["No problem"]
    return f"{', '.join(told)}. Exit {1 if failed else 0}."


@dataclass(frozen=True)
class _Paragraph:
    """A text beside a name, with blanks before its first line and before the others."""

    text: str
    first: str = ""
    others: str = ""


def finding_lines(finding: Finding, width: int) -> list[str]:
    """One finding: its mark and name, what was seen, the causes in their order, what mends it.

    Example:
        >>> print(*finding_lines(Finding("clock", State.OK, "0.4 s apart"), 80), sep="\\n")
          ✓ Clock           0.4 s apart
    """
    paragraphs = [_Paragraph(finding.seen)]
    if finding.since is not None and finding.state is not State.OK:
        paragraphs.append(_Paragraph(f"Since {finding.since:%Y-%m-%d %H:%M} UTC."))
    paragraphs += _causes(finding.causes)
    if finding.remedy and all(finding.remedy != paragraph.text for paragraph in paragraphs):
        # Where several causes have a remedy each, this one says how to find out, or which to try first.
        paragraphs.append(
            _Paragraph(finding.remedy if len(finding.causes) > 1 else f"Mend it: {finding.remedy}")
        )
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
    """The text in lines; paths and host names stay whole, so that they can be copied."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _name(finding: Finding) -> str:
    """What a person calls the subject."""
    if finding.kind in _OF_TABLES:
        return f"{finding.subject}.{finding.column}" if finding.column else finding.subject
    return _NAMES.get(finding.id, finding.id)


def _table_lines(findings: Sequence[Finding], width: int) -> list[str]:
    """Tables, columns and rows: what is well or was not looked at in one line a kind, the rest singly."""
    lines: list[str] = []
    for kind, title in _OF_TABLES.items():
        of_kind = [finding for finding in findings if finding.kind == kind]
        well = [finding for finding in of_kind if finding.state is State.OK]
        if well:
            lines += _item(State.OK, title, [_Paragraph(_well(kind, well))], width)
        for reason, same in _by_reason(of_kind):
            lines += _item(State.UNKNOWN, title, [_Paragraph(_unknown(kind, same, reason))], width)
        told: dict[tuple[str, ...], str] = {}
        for finding in of_kind:
            if finding.state not in {State.FAILED, State.WARNING}:
                continue
            first = told.setdefault(_causes_but_for_its_name(finding), _name(finding))
            if len(finding.causes) > 1 and first != _name(finding):
                words = [finding.seen, f"Causes and remedies are those of {first}."]
                lines += _item(finding.state, _name(finding), list(map(_Paragraph, words)), width)
            else:
                lines += finding_lines(finding, width)
    return lines


def _causes_but_for_its_name(finding: Finding) -> tuple[str, ...]:
    """What one change in NetSuite gives as the causes for many tables is told once."""
    return tuple(cause.as_text.replace(finding.subject, "") for cause in finding.causes)


def _well(kind: str, findings: Sequence[Finding]) -> str:
    count = len(findings)
    if kind == "table":
        return f"{counted(count, 'table')} readable"
    if kind == "rows":
        return f"{counted(count, 'table')} counted, none has lost rows that should be there"
    return f"{counted(count, 'new column')}: {', '.join(_name(finding) for finding in findings)}"


def _unknown(kind: str, findings: Sequence[Finding], reason: str) -> str:
    count = len(findings)
    what = counted(count, "column" if kind == "column" else "table")
    names = f" ({', '.join(_name(finding) for finding in findings)})" if count <= 3 else ""
    return f"{what}{names} {reason}" if reason.startswith("not ") else f"{what}{names}: {reason}"


def _by_reason(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    unknown = [finding for finding in findings if finding.state is State.UNKNOWN]
    for reason, same in groupby(sorted(unknown, key=_seen), key=_seen):
        yield reason, list(same)


def _seen(finding: Finding) -> str:
    return finding.seen


def _headline(diagnosis: Diagnosis) -> str:
    parts = [f"NetSuite account {diagnosis.account}" if diagnosis.account else "NetSuite account not known"]
    parts += [f'role "{diagnosis.role}"'] if diagnosis.role else []
    parts += [f"user {diagnosis.user}"] if diagnosis.user else []
    return " · ".join(parts)
