"""The report's HTML page, rendered from `templates/page.html.j2`."""

import os
import re
import shutil
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.reporting.assessment import (
    FRESH_FOR,
    STATE_WORDS,
    Freshness,
    assess,
    limit_usage,
    subject,
    table_freshness,
)
from netsuite_pipeline.reporting.facts import ConnectionFacts, SyncFacts, WarehouseFacts
from netsuite_pipeline.reporting.formatting import age, money, rate, size
from netsuite_pipeline.reporting.plots import (
    MIN_SLOTS,
    Bar,
    BarChart,
    bar_chart,
    change_bars,
    rows_line,
    signed_chart,
)
from netsuite_pipeline.reporting.queries import MAX_SYNCS, WINDOW
from netsuite_pipeline.reporting.statements import Statements
from netsuite_pipeline.wording import counted, formatted_time, short_time

MAX_FINDINGS = 100
"""The most findings that the page shows of each kind."""
_MAX_CHARACTERS = 1500
_MAX_LISTED_SYNCS = 20
# HTML cannot hold these characters, not even escaped.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def render_report(facts: WarehouseFacts, *, concurrency: int, fresh_for: timedelta = FRESH_FOR) -> str:
    """Return one HTML page that needs no other file, no script and no network.

    Args:
        facts: What the syncs recorded.
        concurrency: The most requests that the pipeline sends at once.
        fresh_for: The age at which a table becomes overdue.

    Example:
        `render_report(read_warehouse(warehouse, now), concurrency=5)`
    """
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            facts=facts,
            connections=[
                _connection(each, facts.seen_at, concurrency, fresh_for) for each in facts.connections
            ],
            accounts=", ".join(map(_account, facts.connections)),
            hours=fresh_for.total_seconds() / 3600,
            window=WINDOW.days,
            max_syncs=MAX_SYNCS,
        )
    )


@cache
def environment() -> Environment:
    """Return the templates' environment: it escapes all values, and replaces what HTML cannot hold."""
    loader = PackageLoader("netsuite_pipeline.reporting")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _UNWRITABLE.sub("\ufffd", value) if type(value) is str else value,
    )
    filters = (age, money, size, counted, formatted_time, short_time, subject)
    made.filters |= {each.__name__: each for each in filters} | {"cut": _cut}
    made.globals |= {"Freshness": Freshness, "STATE_WORDS": STATE_WORDS, "MAX_FINDINGS": MAX_FINDINGS}
    return made


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}…"


def _account(connection: ConnectionFacts) -> str:
    return connection.account or connection.name


def _connection(
    connection: ConnectionFacts, now: datetime, concurrency: int, fresh_for: timedelta
) -> dict[str, Any]:
    """Return what the templates show of one connection."""
    states = {table.name: table_freshness(table, now, fresh_for) for table in connection.tables}
    order = list(Freshness)
    known = [count.at for table in connection.tables for count in table.history]
    since, until = min(known, default=now), max(known, default=now)
    findings = assess(connection, now, fresh_for)
    return {
        "name": connection.name,
        "account": _account(connection),
        "tiles": _tiles(connection, list(states.values()), findings, now),
        "findings": [each for each in findings if each.state is not State.OK],
        "news": [each for each in findings if each.state is State.OK],
        "tables": [
            {
                "facts": table,
                "state": states[table.name],
                "rows_plot": rows_line(table.history, since, until) if table.history else None,
                "changes_plot": change_bars(table.changes, len(connection.syncs)) if table.changes else None,
            }
            for table in sorted(
                connection.tables,
                key=lambda table: (order.index(states[table.name]), -(table.rows or 0), table.name),
            )
        ],
        "since": since,
        "until": until,
        "limit": " ".join(limit_usage(connection.syncs, concurrency)),
        "charts": _charts(connection.syncs, concurrency) if connection.syncs else (),
        "statements": connection.statements,
        "statement_charts": _statement_charts(connection.statements) if connection.statements else (),
        "last_syncs": connection.syncs[: -_MAX_LISTED_SYNCS - 1 : -1],
    }


def _tiles(
    connection: ConnectionFacts, states: list[Freshness], findings: list[Finding], now: datetime
) -> tuple[tuple[str, str], ...]:
    warnings = sum(finding.state is State.WARNING for finding in findings)
    last = max((sync.ended_at for sync in connection.syncs), default=None)
    return (
        (f"{states.count(Freshness.FRESH):,} of {len(states):,}", "tables fresh"),
        (f"{states.count(Freshness.FAILED):,}", "failed"),
        (f"{warnings:,}", "warning" if warnings == 1 else "warnings"),
        (f"{sum(table.rows or 0 for table in connection.tables):,}", "rows"),
        (age(now - last) if last else "none", "last sync"),
    )


def _charts(syncs: tuple[SyncFacts, ...], concurrency: int) -> tuple[BarChart, ...]:
    first, last = formatted_time(syncs[0].started_at), formatted_time(syncs[-1].started_at)
    if len(syncs) < MIN_SLOTS:
        # The bars end before the axis does.
        first, last = (first if len(syncs) == 1 else f"{first} to {last}"), ""
    bars: dict[str, list[Bar]] = {
        "Rows read by each sync": [Bar(each.rows_read, 0, counted(each.rows_read, "row")) for each in syncs],
        "Rows per second": [
            Bar(each.rows_per_second, 0, f"{rate(each.rows_per_second)} rows per second") for each in syncs
        ],
        "Requests of each sync; retried ones in the other colour": [
            Bar(each.requests, min(each.retries, each.requests), _requests(each)) for each in syncs
        ],
        f"Requests per second (up to {concurrency} at once)": [
            Bar(each.requests_per_second, 0, f"{rate(each.requests_per_second)} requests per second")
            for each in syncs
        ],
    }
    started = [formatted_time(sync.started_at) for sync in syncs]
    return tuple(
        bar_chart(
            title,
            [
                Bar(bar.value, bar.marked, f"{at}: {bar.label}")
                for at, bar in zip(started, values, strict=True)
            ],
            first,
            last,
        )
        for title, values in bars.items()
    )


def _statement_charts(statements: Statements) -> tuple[BarChart, ...]:
    trend = statements.trend
    series = {
        "Revenue by period": [(each.period, each.revenue) for each in trend],
        "Net income by period": [(each.period, each.net_income) for each in trend],
        "Cash at the end of each period": [(each.period, each.cash) for each in trend],
    }
    charts = []
    for title, points in series.items():
        known = [(period, value) for period, value in points if value is not None]
        if not known:
            continue
        first, last = known[0][0], known[-1][0]
        if len(known) < MIN_SLOTS:
            first, last = (first if len(known) == 1 else f"{first} to {last}"), ""
        # Plots are pictures: floating point numbers are exact enough.
        bars = [Bar(float(value), 0, f"{period}: {money(value)}") for period, value in known]
        described = f"{title}: {counted(len(known), 'period')}, the last {money(known[-1][1])}"
        charts.append(signed_chart(title, described, bars, first, last))
    return tuple(charts)


def _requests(sync: SyncFacts) -> str:
    requests = counted(sync.requests, "request")
    return f"{requests}, {sync.retries:,} retried, {sync.throttled:,} throttled" if sync.retries else requests


def write_page(page: str, path: Path) -> None:
    """Replace a file by the page; readers of the old file keep it.

    The page names what people need: a new file is its owner's alone, and an existing one keeps its mode. If
    the path is a link, the file that it leads to is replaced.

    Args:
        page: The page.
        path: The file; its folder is created.

    Raises:
        OSError: The file cannot be written; an older page stays.
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
