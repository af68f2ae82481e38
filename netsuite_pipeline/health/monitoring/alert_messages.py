"""What an alert says: one message for all that broke at one look, one for all that healed. Sends nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import quote

from netsuite_pipeline.health.findings import Cause, Finding
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind
from netsuite_pipeline.wording import listed_up_to

_TOLD_IN_FULL = 5
_NAMED = 30
_NAMED_IN_TITLE = 3
_CAUSES = 3

_BROKEN = {
    "host": "does not answer",
    "clock": "this machine's clock is off",
    "sign_in": "sign-in refused",
    "rest": "REST web services refused",
    "suiteql": "SuiteQL refused",
    "soap": "SOAP web services refused",
    "deleted_records": "deletions cannot be read",
    "concurrency": "its requests are used up by others",
    "certificate": "its certificate needs replacing",
    "table": "{} cannot be read",
    "column": "{} is hidden",
    "rows": "rows of {} are missing",
}
_WELL = {
    "host": "answers again",
    "clock": "this machine's clock is right again",
    "sign_in": "sign-in works again",
    "rest": "REST web services work again",
    "suiteql": "SuiteQL works again",
    "soap": "SOAP web services work again",
    "deleted_records": "deletions can be read again",
    "concurrency": "requests get through again",
    "certificate": "its certificate is good for long again",
    "table": "{} can be read again",
    "column": "{} is back",
    "rows": "rows of {} are back",
}
_AFTERMATH = {
    "sign_in": "Syncs wait until it works again; nothing is lost.",
    "table": "What was read of it stays as it was.",
    "column": "What was read of it stays as it was.",
    "rows": "What was read stays as it was.",
}
_FIRST_OF_ALL = ("host", "clock", "sign_in", "rest", "suiteql")


@dataclass(frozen=True)
class Alert:
    """A message to people.

    Attributes:
        title: What happened, to which account, since when.
        body: Plain text: what was seen, the likeliest causes, what mends it, where to look.
        failed: True where something broke, False where all of it healed.
    """

    title: str
    body: str
    failed: bool


def build_alerts(
    account: str, changes: Iterable[Change], link: str = "", note: str = ""
) -> tuple[Alert, ...]:
    """The messages of one look: at most one of what broke, then at most one of what healed.

    Args:
        account: The account, as `1234567_SB1`.
        changes: What the look changed; only `BROKE` and `HEALED` are for people's attention.
        link: Where to read on (`link_to`), or empty.
        note: A last sentence for what healed: "The missed sync has been started."

    Example:
        >>> build_alerts("1234567_SB1", [])
        ()
    """
    sorted_ = sorted(changes, key=_rank)
    broke = [change for change in sorted_ if change.kind is ChangeKind.BROKE]
    healed = [change for change in sorted_ if change.kind is ChangeKind.RECOVERED]
    alerts = []
    if broke:
        alerts.append(_of_broken(account, broke, link))
    if healed:
        alerts.append(_of_healed(account, healed, link, note))
    return tuple(alerts)


def build_one_alert(account: str, changes: Iterable[Change], link: str = "") -> Alert | None:
    """One message of one look, where only one is wanted: what healed is named at the end of what broke.

    Args:
        account: The account, as `1234567_SB1`.
        changes: What the look changed.
        link: Where to read on, or empty.

    Returns:
        The message; None where nothing broke and nothing healed.
    """
    alerts = build_alerts(account, changes, link)
    if len(alerts) < 2:
        return alerts[0] if alerts else None
    broke, healed = alerts
    return Alert(broke.title, f"{broke.body}\n\nMeanwhile: {healed.title}.", failed=True)


def dagster_link(
    dagster_url: str,
    connection: str,
    changes: Iterable[Change],
    paths: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """The page of Dagster's UI that shows the checks concerned.

    Args:
        dagster_url: Where people open Dagster (`NETSUITE_DAGSTER_URL`); empty for no link.
        connection: The connection's name, the first part of its assets' keys.
        changes: What the look changed.
        paths: The parts of a table's asset key, by the table's name, where it is not `<connection>/<table>`.

    Returns:
        The address of the table's asset where one table alone is concerned, otherwise of the connection's;
        empty without `dagster_url`.

    Example:
        >>> dagster_link("https://dagster.example.com/", "netsuite", [])
        'https://dagster.example.com/assets/netsuite/connection?view=checks'
    """
    base = dagster_url.strip().rstrip("/")
    if not base:
        return ""
    subjects = {change.finding.subject for change in changes if _is_told(change)}
    table = subjects.pop() if len(subjects) == 1 else ""
    path = paths.get(table, (connection, table or "connection"))
    return f"{base}/assets/{'/'.join(quote(part, safe='') for part in path)}?view=checks"


def _is_told(change: Change) -> bool:
    return change.kind in (ChangeKind.BROKE, ChangeKind.RECOVERED)


def _rank(change: Change) -> tuple[int, str]:
    kind = change.finding.kind
    place = _FIRST_OF_ALL.index(kind) if kind in _FIRST_OF_ALL else len(_FIRST_OF_ALL)
    return place, change.finding.id


def _of_broken(account: str, changes: Sequence[Change], link: str) -> Alert:
    phrases = [_phrase(change.finding, _BROKEN, "is not well") for change in changes]
    began = min(change.first_seen for change in changes)
    now = max(change.confirmed_at for change in changes)
    since = f"since {moment(began, now)} UTC"
    if len(changes) == 1:
        title, paragraphs = f"{phrases[0]} {since}", [_problem(changes[0])]
    else:
        title = f"{len(changes)} problems {since}: {listed_up_to(phrases, _NAMED_IN_TITLE)}"
        full = zip(phrases[:_TOLD_IN_FULL], changes, strict=False)
        paragraphs = [f"{_capital(phrase)}. {_problem(change)}" for phrase, change in full]
        if len(changes) > _TOLD_IN_FULL:
            paragraphs.append(f"Also: {listed_up_to(phrases[_TOLD_IN_FULL:], _NAMED)}.")
    if link:
        paragraphs.append(f"More: {link}")
    return Alert(f"NetSuite {account}: {title}", "\n\n".join(paragraphs), failed=True)


def _of_healed(account: str, changes: Sequence[Change], link: str, note: str) -> Alert:
    lines = [_recovery(change) for change in changes]
    if len(changes) == 1:
        title, paragraphs = lines[0], [_sentence(_capital(changes[0].finding.seen))]
    else:
        phrases = [_phrase(change.finding, _WELL, "is well again") for change in changes]
        title = f"{len(changes)} things work again: {listed_up_to(phrases, _NAMED_IN_TITLE)}"
        paragraphs = ["\n".join(f"{_capital(line)}." for line in lines[:_NAMED])]
        if len(lines) > _NAMED:
            paragraphs.append(f"And {len(lines) - _NAMED} more.")
    if note:
        paragraphs.append(note)
    if link:
        paragraphs.append(f"More: {link}")
    return Alert(f"NetSuite {account}: {title}", "\n\n".join(filter(None, paragraphs)), failed=False)


def _problem(change: Change) -> str:
    finding = change.finding
    lines = [_sentence(_capital(finding.seen)), _times(change)]
    for place, cause in enumerate(finding.causes[:_CAUSES]):
        lines.append(f"{'Or' if place else 'Most likely'}: {_cause(cause, finding.remedy)}")
    remedy = finding.remedy or next((cause.remedy for cause in finding.causes), "")
    if remedy:
        lines.append(f"Mend it: {remedy}")
    lines.append(_AFTERMATH.get(finding.kind, ""))
    return "\n".join(filter(None, lines))


def _cause(cause: Cause, remedy: str) -> str:
    # Said once, under "Mend it".
    own = "" if cause.remedy in remedy else f"Mend it: {cause.remedy}"
    return " ".join(filter(None, (cause.summary, cause.indication, own)))


def _times(change: Change) -> str:
    now = change.confirmed_at
    well = f"Well until {moment(change.last_ok, now)}; first" if change.last_ok else "First"
    if now == change.first_seen:
        return f"{well} seen {moment(change.first_seen, now)} UTC."
    return f"{well} seen {moment(change.first_seen, now)}, confirmed {moment(now, now)} UTC."


def _recovery(change: Change) -> str:
    phrase = _phrase(change.finding, _WELL, "is well again")
    if change.duration is None:
        return phrase
    healed_at = change.first_seen + change.duration
    return f"{phrase} ({moment(healed_at, healed_at)} UTC, after {duration(change.duration)})"


def _phrase(finding: Finding, phrases: dict[str, str], otherwise: str) -> str:
    subject = finding.id.partition(":")[2]
    if finding.kind == "column" and not finding.column:
        subject = f"a column of {subject}"
    return phrases.get(finding.kind, f"{finding.id.replace('_', ' ')} {otherwise}").format(subject)


def _capital(text: str) -> str:
    first = text.partition(" ")[0]
    return text if "." in first else text[:1].upper() + text[1:]  # customer.email is a name


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", '."', '?"')) else f"{text}."


def moment(at: datetime, now: datetime) -> str:
    """A time of day, with the day where it is another one.

    Example:
        >>> moment(datetime(2026, 11, 22, 23, 40), datetime(2026, 11, 23, 6))
        '2026-11-22 23:40'
    """
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def duration(lasted: timedelta) -> str:
    """How long, in the two largest units.

    Example:
        >>> duration(timedelta(hours=25, minutes=30))
        '1 day 1 hour'
    """
    minutes = round(lasted.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    units = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    # Minutes beside days would say more than is known.
    named = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in units if count]
    return " ".join(named[:1] if units[0][1] and not units[1][1] else named[:2])
