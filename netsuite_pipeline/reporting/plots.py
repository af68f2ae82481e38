"""Plots as inline SVG: bars for what each sync did, a line for a table's rows. Text stays HTML, so that it
keeps its size however narrow the page is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.reporting.facts import Change, Counted
from netsuite_pipeline.reporting.formatting import counted, moment
from netsuite_pipeline.reporting.html import Markup, element

_WIDTH, _HEIGHT = 1000.0, 100.0
FEWEST_PLACES = 24
"""For so many bars there is always room, so that one alone is no wall."""
_LINE_WIDTH, _LINE_HEIGHT, _MARGIN = 120.0, 30.0, 4.0
_MOST_POINTS = 90
_MOST_DOTS = 12
_MOST_BUCKETS = 45


@dataclass(frozen=True)
class Bar:
    """One bar: how high, how much of it is marked, and what it says when pointed at."""

    value: float
    marked: float = 0.0
    label: str = ""


def bars(title: str, described: str, values: Sequence[Bar], first: str, last: str) -> Markup:
    """A figure with a bar a sync.

    Args:
        title: What is measured.
        described: The same in a sentence, for those who do not see it.
        values: Oldest first.
        first, last: What stands under the first and the last bar.
    """
    top = ceiling(max((bar.value for bar in values), default=0.0))
    step = _WIDTH / max(len(values), FEWEST_PLACES)
    hits = [
        element(
            "rect",
            element("title", bar.label),
            x=_short(place * step),
            y=0,
            width=_short(step),
            height=_short(_HEIGHT),
        )
        for place, bar in enumerate(values)
        if bar.label
    ]
    drawing = element(
        "svg",
        *(element("path", class_="grid", d=f"M0 {y}H1000") for y in (0, 50, 100)),
        element("path", class_="bar", d=_drawn([bar.value / top for bar in values], step)),
        element("path", class_="marked", d=_drawn([bar.marked / top for bar in values], step)),
        element("g", *hits, class_="hit"),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label=described,
    )
    ticks = [element("span", f"{top * part:,g}", style=f"bottom:{part:.0%}") for part in (0, 0.5, 1)]
    under = element("div", element("span", first), element("span", last), class_="under")
    return element(
        "figure",
        element("figcaption", title),
        element("div", element("div", *ticks, class_="ticks"), drawing, class_="plot"),
        under,
    )


def _drawn(heights: Sequence[float], step: float) -> str:
    """All bars as one path; what is not nothing is seen."""
    return "".join(
        f"M{_short(place * step)} {_short(_HEIGHT)}v{_short(-max(height * _HEIGHT, 0.8))}"
        f"h{_short(step * 0.8)}V{_short(_HEIGHT)}z"
        for place, height in enumerate(heights)
        if height
    )


def ceiling(value: float) -> float:
    """The next round number, where an axis ends.

    Example:
        >>> ceiling(9210), ceiling(1), ceiling(0)
        (10000.0, 1.0, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if value <= step * power * (1 + 1e-9))


def rows_line(history: Sequence[Counted], since: datetime, until: datetime) -> Markup:
    """A table's rows over time, small enough for a line of a table.

    Args:
        history: Oldest first; not empty.
        since, until: The moments at the left and the right edge.
    """
    points = thinned(history, _MOST_POINTS)
    low, high = min(each.rows for each in points), max(each.rows for each in points)
    span = max((until - since).total_seconds(), 1.0)

    def place(each: Counted) -> tuple[float, float]:
        right = min(max((each.at - since).total_seconds() / span, 0.0), 1.0)
        up = (each.rows - low) / (high - low) if high > low else 0.5
        x = _MARGIN + right * (_LINE_WIDTH - 2 * _MARGIN)
        return x, _LINE_HEIGHT - _MARGIN - up * (_LINE_HEIGHT - 2 * _MARGIN)

    placed = [place(each) for each in points]
    line = "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in placed)
    dots = placed if len(placed) <= _MOST_DOTS else placed[-1:]
    return element(
        "svg",
        element("path", class_="line", d=line),
        *(element("circle", cx=_short(x), cy=_short(y), r=2.2) for x, y in dots),
        viewBox=f"0 0 {_LINE_WIDTH:g} {_LINE_HEIGHT:g}",
        class_="small",
        role="img",
        aria_label=f"{points[0].rows:,} rows on {moment(points[0].at)}, {points[-1].rows:,} now; "
        f"from {low:,} to {high:,} between",
    )


def changes_bars(changes: Sequence[Change], syncs: int) -> Markup:
    """What the syncs wrote to a table and took from it, small enough for a line of a table.

    Args:
        changes: Of the syncs that changed it.
        syncs: How many syncs there are; the first is at the left edge.
    """
    share = max(1, math.ceil(syncs / _MOST_BUCKETS))
    places = max(math.ceil(syncs / share), FEWEST_PLACES)
    written, deleted = [0] * places, [0] * places
    for change in changes:
        written[change.sync // share] += change.written
        deleted[change.sync // share] += change.deleted
    top = max(max(w + d for w, d in zip(written, deleted, strict=True)), 1)
    step = _LINE_WIDTH / places
    drawn = {"bar": "", "marked": ""}
    for place, (more, less) in enumerate(zip(written, deleted, strict=True)):
        x = _short(place * step)
        foot = _LINE_HEIGHT - 1
        for name, rows in (("bar", more), ("marked", less)):
            # What happened is seen, however little it is beside the most.
            height = max(rows / top * (_LINE_HEIGHT - 2), 1.0) if rows else 0.0
            if height:
                drawn[name] += f"M{x} {_short(foot)}v{_short(-height)}h{_short(step * 0.8)}v{_short(height)}z"
            foot -= height
    told = f"{counted(sum(written), 'row')} written, {sum(deleted):,} removed in {counted(syncs, 'sync')}"
    return element(
        "svg",
        *(element("path", class_=name, d=path) for name, path in drawn.items() if path),
        viewBox=f"0 0 {_LINE_WIDTH:g} {_LINE_HEIGHT:g}",
        class_="small",
        role="img",
        aria_label=told,
    )


def thinned(history: Sequence[Counted], most: int) -> list[Counted]:
    """At most so many of the moments, the first and the last among them.

    Example:
        >>> noon = datetime(2026, 11, 24, 12)
        >>> [each.rows for each in thinned([Counted(noon, rows) for rows in range(9)], 3)]
        [0, 4, 8]
    """
    if len(history) <= most:
        return list(history)
    return [history[round(place * (len(history) - 1) / (most - 1))] for place in range(most)]


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
