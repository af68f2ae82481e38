"""The page as a whole: its parts in the order in which a person asks."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

from netsuite_pipeline.reporting.assessment import FRESH_FOR, Standing, Weight, remarks, standing
from netsuite_pipeline.reporting.facts import ConnectionFacts, WarehouseFacts
from netsuite_pipeline.reporting.formatting import age, moment, size
from netsuite_pipeline.reporting.html import Markup, element, escaped
from netsuite_pipeline.reporting.queries import MOST_SYNCS, WINDOW
from netsuite_pipeline.reporting.sections.findings import findings_part
from netsuite_pipeline.reporting.sections.syncs import syncs_part
from netsuite_pipeline.reporting.sections.tables import tables_part

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def page(facts: WarehouseFacts, *, concurrency: int, fresh_for: timedelta = FRESH_FOR) -> str:
    """One HTML page that needs no other file, no script and no network.

    Args:
        facts: What the syncs noted.
        concurrency: Requests at once that the pipeline may make.
        fresh_for: How old a table may get before it is overdue.

    Example:
        `page(read_warehouse(warehouse, now), concurrency=5)`
    """
    accounts = ", ".join(_account(connection) for connection in facts.connections)
    parts = [part for each in facts.connections for part in _connection(facts, each, concurrency, fresh_for)]
    body = element("main", _head(facts, accounts), *parts, _foot(facts, fresh_for))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>NetSuite {escaped(accounts)}: report</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f"<body>\n{body.source}\n</body>\n</html>\n"
    )


def _account(connection: ConnectionFacts) -> str:
    return connection.account or connection.name


def _head(facts: WarehouseFacts, accounts: str) -> Markup:
    return element(
        "header",
        element("h1", f"NetSuite {accounts}"),
        element(
            "p",
            f"As of {moment(facts.seen_at)}. ",
            element("code", facts.file),
            f" ({size(facts.size)}) was published {moment(facts.published_at)}, "
            f"{age(facts.seen_at - facts.published_at)}.",
            class_="quiet",
        ),
    )


def _connection(
    facts: WarehouseFacts, connection: ConnectionFacts, concurrency: int, fresh_for: timedelta
) -> list[Markup]:
    named = f" of {_account(connection)} ({connection.name})" if len(facts.connections) > 1 else ""
    found = remarks(connection, facts.seen_at, fresh_for)
    tiles = _tiles(facts, connection, fresh_for)
    return [
        *([element("h2", f"Account {_account(connection)} (schema {connection.name})")] if named else []),
        tiles,
        element("h2", f"Findings{named}"),
        findings_part(found),
        element("h2", f"Tables{named}"),
        tables_part(connection, facts.seen_at, fresh_for),
        element("h2", f"Syncs{named}"),
        syncs_part(connection, concurrency),
    ]


def _tiles(facts: WarehouseFacts, connection: ConnectionFacts, fresh_for: timedelta) -> Markup:
    stand = [standing(table, facts.seen_at, fresh_for) for table in connection.tables]
    found = remarks(connection, facts.seen_at, fresh_for)
    warnings = sum(remark.weight is Weight.WARNING for remark in found)
    rows = sum(table.rows or 0 for table in connection.tables)
    last = max((sync.ended_at for sync in connection.syncs), default=None)
    shown = (
        (f"{stand.count(Standing.FRESH):,} of {len(stand):,}", "tables fresh"),
        (f"{stand.count(Standing.FAILED):,}", "failed"),
        (f"{warnings:,}", "warning" if warnings == 1 else "warnings"),
        (f"{rows:,}", "rows"),
        (age(facts.seen_at - last) if last else "none", "last sync told here"),
    )
    return element(
        "div",
        *(element("div", element("b", figure), about, class_="tile") for figure, about in shown),
        class_="tiles",
    )


def _foot(facts: WarehouseFacts, fresh_for: timedelta) -> Markup:
    return element(
        "footer",
        element(
            "p",
            f"Times are UTC. Of the syncs the report has those of the last {WINDOW.days} days, at most "
            f"{MOST_SYNCS:,} of them. A table is overdue after {fresh_for.total_seconds() / 3600:g} hours. "
            "Where nothing changes in NetSuite, the file and its times are replaced once an hour.",
            class_="quiet",
        ),
    )


def write_page(page: str, path: Path) -> None:
    """Replace a file by the page; whoever has the old one open keeps it.

    The page names what people need: a new file is its owner's alone, and one that is there keeps its mode.
    Where the path is a link, the file that it leads to is replaced.

    Args:
        page: The page.
        path: Where it goes; its folder is made.

    Raises:
        OSError: It cannot be written; an older page is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.touch(mode=0o600)
        unfinished.write_text(page, encoding="utf-8")
        if target.exists():
            shutil.copymode(target, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
