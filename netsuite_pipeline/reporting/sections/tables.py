"""The tables on the page: how each stands, how many rows it has and had, what the syncs changed."""

from datetime import datetime, timedelta

from netsuite_pipeline.reporting.assessment import FRESH_FOR, Standing, standing
from netsuite_pipeline.reporting.facts import ConnectionFacts, TableFacts
from netsuite_pipeline.reporting.formatting import age, brief, moment
from netsuite_pipeline.reporting.html import Markup, element
from netsuite_pipeline.reporting.plots import changes_bars, rows_line

_SIGNS = {Standing.FRESH: "✓", Standing.OVERDUE: "!", Standing.FAILED: "✗", Standing.ABSENT: "–"}
_CLASSES = {Standing.ABSENT: "absent"}
_HEADS = (
    "Table",
    "State",
    "Synced (UTC)",
    "Changes in up to (UTC)",
    "Rows",
    "Rows over time",
    "Changed by syncs",
)


def tables_part(connection: ConnectionFacts, now: datetime, fresh_for: timedelta = FRESH_FOR) -> Markup:
    """A line a table, those that need somebody first.

    Args:
        connection: Its figures.
        now: UTC.
        fresh_for: How old a table may get.
    """
    if not connection.tables:
        return element("p", "No table was synced yet.")
    order = (Standing.FAILED, Standing.OVERDUE, Standing.FRESH, Standing.ABSENT)
    ordered = sorted(
        connection.tables,
        key=lambda table: (order.index(standing(table, now, fresh_for)), -(table.rows or 0), table.name),
    )
    known = [count.at for table in connection.tables for count in table.history]
    since, until = min(known, default=now), max(known, default=now)
    heads = [element("th", head, scope="col", class_="number" if head == "Rows" else None) for head in _HEADS]
    lines = [_line(table, now, fresh_for, (since, until), len(connection.syncs)) for table in ordered]
    return element(
        "div",
        element(
            "div",
            element(
                "table", element("thead", element("tr", *heads)), element("tbody", *lines), class_="cards"
            ),
            class_="scroll",
        ),
        element(
            "p",
            f"Rows over time: from {moment(since)} to {moment(until)}, each between its own least and most; "
            "each dot is a sync, lines between them are drawn straight. Changed by syncs: rows written and,"
            " above them in the other colour, rows removed; the first sync is at the left.",
            class_="quiet",
        ),
    )


def _line(
    table: TableFacts, now: datetime, fresh_for: timedelta, edges: tuple[datetime, datetime], syncs: int
) -> Markup:
    stands = standing(table, now, fresh_for)
    word = element("span", f"{_SIGNS[stands]} {stands}", class_=f"word {_CLASSES.get(stands, stands)}")
    return element(
        "tr",
        element("th", table.name, scope="row"),
        _cell("State", word),
        _cell("Synced (UTC)", *_when(table.synced_at, now), class_="when"),
        _cell("Changes in up to (UTC)", *_up_to(table), class_="when"),
        _cell("Rows", "–" if table.rows is None else f"{table.rows:,}", _grown(table), class_="number"),
        _cell("Rows over time", rows_line(table.history, *edges) if table.history else "–"),
        _cell("Changed by syncs", changes_bars(table.changes, syncs) if table.changes else "nothing"),
    )


def _cell(label: str, *children: Markup | str, class_: str | None = None) -> Markup:
    return element("td", *children, data_label=label, class_=class_)


def _when(at: datetime | None, now: datetime) -> tuple[Markup | str, ...]:
    return ("never",) if at is None else (brief(at), element("small", age(now - at)))


def _up_to(table: TableFacts) -> tuple[Markup | str, ...]:
    if table.watermark is None:
        return ("read whole" if table.synced_at else "–",)
    if table.deletions_until is None:
        return (brief(table.watermark),)
    return brief(table.watermark), element("small", f"deletions {brief(table.deletions_until)}")


def _grown(table: TableFacts) -> Markup | str:
    if len(table.history) < 2:
        return ""
    by = table.history[-1].rows - table.history[0].rows
    return element("small", f"{by:+,} since {table.history[0].at:%Y-%m-%d}" if by else "as many as before")
