"""The text of alerts: one message for all that broke in one check, one for all that recovered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from urllib.parse import quote
from zoneinfo import ZoneInfo

from netsuite_pipeline.health.diagnosis.causes import AUDIT_DETAILS, OAUTH2_DETAILS, get_cause
from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind
from netsuite_pipeline.health.setup_guide.guide import ORACLE_HELP
from netsuite_pipeline.netsuite.menus import LOGIN_AUDIT_TRAIL
from netsuite_pipeline.wording import as_sentence, counted, listed_up_to

_MAX_LINES = 15
_MAX_CAUSES = 3
_MAX_NAMED = 20
_MAX_NAMED_IN_TITLE = 3

_FAILED = {
    "host": "does not answer",
    "clock": "this machine's clock is wrong",
    "sign_in": "sign-in refused",
    "rest": "REST web services refused",
    "suiteql": "SuiteQL refused",
    "soap": "SOAP web services refused",
    "deleted_records": "deletions cannot be read",
    "concurrency": "no free concurrent requests",
    "certificate": "certificate problem",
    "table": "{} cannot be read",
    "column": "{} is hidden",
    "rows": "rows of {} are no longer visible",
}
_RECOVERED = {
    "host": "answers again",
    "clock": "this machine's clock is right again",
    "sign_in": "sign-in works again",
    "rest": "REST web services work again",
    "suiteql": "SuiteQL works again",
    "soap": "SOAP web services work again",
    "deleted_records": "deletions can be read again",
    "concurrency": "concurrent requests are free again",
    "certificate": "the certificate is valid again",
    "table": "{} can be read again",
    "column": "{} is available again",
    "rows": "rows of {} are visible again",
}
_CONSEQUENCE = {
    "sign_in": "Syncs are paused; no data is lost.",
    "table": "The warehouse keeps the rows.",
    "column": "The warehouse keeps the values.",
    "rows": "The warehouse keeps the rows.",
}
_SUBJECTS = {"table": "table", "column": "column", "rows": "table"}
_CONNECTION_FIRST = ("host", "clock", "sign_in", "rest", "suiteql")
_DETAIL_OF = {named: detail for detail, named in (*OAUTH2_DETAILS.items(), *AUDIT_DETAILS.items())}
_NO_ROW = get_cause("not_in_trail")
_REFRESHED = get_cause("sandbox_tokens_removed")
_DETAIL_PAGES = MappingProxyType({True: "subsect_156935170194", False: "subsect_158324637123"})


@dataclass(frozen=True)
class Alert:
    """A message to people.

    Attributes:
        title: What happened, to which account, since when.
        body: Plain text: what was observed, how to fix it, where to read on.
        failed: True where something broke, False where all of it recovered.
    """

    title: str
    body: str
    failed: bool


def build_alerts(
    account: str, changes: Iterable[Change], link: str = "", note: str = "", time_zone: str = ""
) -> tuple[Alert, ...]:
    """Return the messages of one check: at most one of what broke, then at most one of what recovered.

    Args:
        account: The account, as `1234567_SB1`.
        changes: What the check changed; only `BROKE` and `RECOVERED` are alerted.
        link: Where to read on (`dagster_link`), or empty.
        note: A last sentence about what recovered: "One missed sync has been started."
        time_zone: The name of the local time zone, shown beside UTC (`America/Los_Angeles`); empty for none.

    Example:
        >>> build_alerts("1234567_SB1", [])
        ()
    """
    ranked = sorted(changes, key=_rank)
    broke = [change for change in ranked if change.kind is ChangeKind.BROKE]
    recovered = [change for change in ranked if change.kind is ChangeKind.RECOVERED]
    alerts = []
    if broke:
        alerts.append(_failure(account, broke, link, time_zone))
    if recovered:
        alerts.append(_recovery(account, recovered, link, note))
    return tuple(alerts)


def dagster_link(
    dagster_url: str,
    connection: str,
    changes: Iterable[Change],
    paths: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """Return the address of the page in Dagster's UI that shows the checks.

    Args:
        dagster_url: The address of Dagster's UI (`NETSUITE_DAGSTER_URL`); empty for no link.
        connection: The connection's name, the first part of its assets' keys.
        changes: What the check changed.
        paths: The parts of a table's asset key, by table, where they are not `<connection>/<table>`.

    Returns:
        The page of the table's asset where all changes are about one table, otherwise the connection's page;
        empty without `dagster_url`.

    Example:
        >>> dagster_link("https://dagster.example.com/", "netsuite", [])
        'https://dagster.example.com/assets/netsuite/connection?view=checks'
    """
    base = dagster_url.strip().rstrip("/")
    if not base:
        return ""
    alerted = (change for change in changes if change.kind in (ChangeKind.BROKE, ChangeKind.RECOVERED))
    subjects = {change.finding.subject for change in alerted}
    table = subjects.pop() if len(subjects) == 1 else ""
    path = paths.get(table, (connection, table or "connection"))
    return f"{base}/assets/{'/'.join(quote(part, safe='') for part in path)}?view=checks"


def _rank(change: Change) -> tuple[bool, int, str]:
    kind = change.finding.kind
    place = _CONNECTION_FIRST.index(kind) if kind in _CONNECTION_FIRST else len(_CONNECTION_FIRST)
    return change.finding.state is not State.FAILED, place, change.finding.id


def _failure(account: str, changes: Sequence[Change], link: str, time_zone: str) -> Alert:
    groups = _by_cause(changes)
    phrases = [_group_phrase(group) for group in groups]
    began = min(change.first_seen for change in changes)
    now = max(change.confirmed_at for change in changes)
    since = f"since {time_of_day(began, now)} UTC{_local(began, time_zone)}"
    if len(groups) == 1:
        last_ok = _last_ok(groups[0])
        worked = f", last worked {time_of_day(last_ok, now)}" if last_ok else ""
        title = f"{phrases[0]} {since}{worked}"
        paragraphs = ["\n".join(_block(groups[0]))]
    else:
        title = f"{len(groups)} problems {since}: {listed_up_to(phrases, _MAX_NAMED_IN_TITLE)}"
        paragraphs = _blocks(groups, phrases, reserved=2 if link else 0)
    if link:
        paragraphs.append(f"More: {link}")
    return Alert(f"NetSuite {account}: {title}", "\n\n".join(paragraphs), failed=True)


def _by_cause(changes: Sequence[Change]) -> list[list[Change]]:
    """Return changes grouped by kind and likeliest cause, in their order."""
    groups: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        finding = change.finding
        cause = finding.causes[0].summary if finding.causes else ""
        groups.setdefault((finding.kind, cause, finding.remedy), []).append(change)
    return list(groups.values())


def _blocks(groups: Sequence[Sequence[Change]], phrases: Sequence[str], reserved: int) -> list[str]:
    """Return a block for each group as far as the lines allow, and the names of the others."""
    blocks: list[str] = []
    room = _MAX_LINES - reserved
    for phrase, group in zip(phrases, groups, strict=True):
        lines = _block(group)
        lines[0] = f"{_capital(phrase)}. {lines[0]}"
        further = 2 if len(blocks) + 1 < len(groups) else 0
        if blocks and len(lines) + further > room:
            break
        blocks.append("\n".join(lines))
        room -= len(lines) + 1
    if len(blocks) < len(groups):
        blocks.append(f"Also: {listed_up_to(phrases[len(blocks) :], _MAX_NAMED)}.")
    return blocks


def _block(group: Sequence[Change]) -> list[str]:
    """Return the lines of one cause: what was observed, what follows from it, how to fix it."""
    change = group[0]
    finding = change.finding
    named = {"Role": finding.facts.get("role"), "User": finding.facts.get("user")}
    first = [
        as_sentence(_capital(finding.seen)),
        *(f"{name}: {value}." for name, value in named.items() if value),
    ]
    lines = [" ".join([*first, _CONSEQUENCE.get(finding.kind, "")]).strip()]
    if len(group) > 1:
        lines.append(f"Affected: {listed_up_to([_name(each.finding) for each in group], _MAX_NAMED)}.")
    return [*lines, *_fixes(change)]


def _fixes(change: Change) -> list[str]:
    finding = change.finding
    causes = finding.causes[:_MAX_CAUSES]
    if finding.kind == "sign_in" and causes and finding.remedy != causes[0].remedy:
        return _sign_in_fixes(change, causes)
    if len(causes) < 2:
        likely = [f"Most likely: {cause.summary} {cause.indication}".rstrip() for cause in causes]
        return [*likely, *([f"To fix: {finding.remedy}"] if finding.remedy else [])]
    lines = [f"{place}. {cause.as_text}" for place, cause in enumerate(causes, 1)]
    own = all(finding.remedy != cause.remedy for cause in causes) and finding.remedy
    return ["To fix, the likeliest cause first:", *lines, *([finding.remedy] if own else [])]


def _sign_in_fixes(change: Change, causes: Sequence[Cause]) -> list[str]:
    """Return the way to the Login Audit Trail, and what each value of its column Detail means."""
    at = time_of_day(change.first_seen, change.confirmed_at)
    steps = [f"{LOGIN_AUDIT_TRAIL}. See the row of {at} UTC."]
    for cause in causes:
        detail = _DETAIL_OF.get(cause)
        common = " (most common)" if cause is causes[0] else ""
        if detail:
            steps.append(f"Detail says {detail}{common}: {cause.remedy}")
        elif cause not in (_REFRESHED, _NO_ROW):
            steps.append(f"{cause.summary} {cause.remedy}".rstrip())
    by_token = all(cause not in OAUTH2_DETAILS.values() for cause in change.finding.causes)
    if by_token:
        refreshed = "the sandbox was refreshed, or " if _REFRESHED in change.finding.causes else ""
        steps.append(f"No row at that time: {refreshed}the account id is wrong.")
    return [
        "To fix, in NetSuite:",
        *(f"{place}. {step}" for place, step in enumerate(steps, 1)),
        f"All values of Detail: {ORACLE_HELP}/{_DETAIL_PAGES[by_token]}.html",
    ]


def _recovery(account: str, changes: Sequence[Change], link: str, note: str) -> Alert:
    lines = [_recovery_line(change) for change in changes]
    if len(changes) == 1:
        title, paragraphs = lines[0], [as_sentence(_capital(changes[0].finding.seen))]
    else:
        phrases = [_phrase(change.finding, _RECOVERED, "works again") for change in changes]
        title = f"{len(changes)} checks pass again: {listed_up_to(phrases, _MAX_NAMED_IN_TITLE)}"
        shown = lines if len(lines) <= _MAX_LINES else lines[: _MAX_LINES - 1]
        rest = [f"And {len(lines) - len(shown)} more."] if len(shown) < len(lines) else []
        paragraphs = ["\n".join([*(f"{_capital(line)}." for line in shown), *rest])]
    if note:
        paragraphs.append(note)
    if link:
        paragraphs.append(f"More: {link}")
    return Alert(f"NetSuite {account}: {title}", "\n\n".join(filter(None, paragraphs)), failed=False)


def _recovery_line(change: Change) -> str:
    phrase = _phrase(change.finding, _RECOVERED, "works again")
    if change.duration is None:
        return phrase
    at = change.first_seen + change.duration
    return f"{phrase} ({time_of_day(at, at)} UTC, after {duration(change.duration)})"


def _last_ok(group: Sequence[Change]) -> datetime | None:
    known = (change.last_ok or change.finding.last_ok for change in group)
    return max((at for at in known if at is not None), default=None)


def _group_phrase(group: Sequence[Change]) -> str:
    finding = group[0].finding
    if len(group) == 1:
        counts = [finding.facts.get(name) for name in ("counted", "synced")]
        if finding.kind == "rows" and all(isinstance(each, int) for each in counts):
            shown, synced = (int(each or 0) for each in counts)
            return f"{synced - shown:,} of {synced:,} rows of {finding.subject} are no longer visible"
        return _phrase(finding, _FAILED, "has a problem")
    others = counted(len(group) - 1, f"more {_SUBJECTS.get(finding.kind, 'check')}")
    text = _FAILED.get(finding.kind, "{} have a problem").replace("{} is ", "{} are ")
    return text.format(f"{_name(finding)} and {others}")


def _phrase(finding: Finding, phrases: Mapping[str, str], otherwise: str) -> str:
    fallback = f"{finding.id.replace('_', ' ')} {otherwise}"
    return phrases.get(finding.kind, fallback).format(_name(finding))


def _name(finding: Finding) -> str:
    """Return `vendor`, `customer.email`, or `a column of customer` where it is not known which."""
    name = finding.id.partition(":")[2]
    return f"a column of {name}" if finding.kind == "column" and not finding.column else name


def _capital(text: str) -> str:
    first = text.partition(" ")[0]
    return text if "." in first else text[:1].upper() + text[1:]  # customer.email is a name


def _local(at: datetime, time_zone: str) -> str:
    """Return ` (05:44 in Los Angeles)`; empty without a zone, and for UTC."""
    if time_zone in ("", "UTC", "Etc/UTC"):
        return ""
    local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone))
    return f" ({local:%H:%M} in {time_zone.rpartition('/')[2].replace('_', ' ')})"


def time_of_day(at: datetime, now: datetime) -> str:
    """Return the time, with the date where it is another day.

    Example:
        >>> time_of_day(datetime(2026, 11, 22, 23, 40), datetime(2026, 11, 23, 6))
        '2026-11-22 23:40'
    """
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def duration(lasted: timedelta) -> str:
    """Return a duration in its two largest units.

    Example:
        >>> duration(timedelta(hours=25, minutes=30))
        '1 day 1 hour'
    """
    minutes = round(lasted.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    units = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    # Checks are minutes apart, so minutes beside days would claim more than is known.
    named = [counted(count, unit) for unit, count in units if count]
    return " ".join(named[:1] if units[0][1] and not units[1][1] else named[:2])
