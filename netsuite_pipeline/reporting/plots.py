"""Geometry of the report's inline SVG plots; `templates/plots.html.j2` draws them.

Text stays HTML, so that it keeps its size on a narrow page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.reporting.facts import RowCount, TableChange
from netsuite_pipeline.reporting.formatting import rate
from netsuite_pipeline.wording import counted, formatted_time

WIDTH, HEIGHT = 1000.0, 100.0
"""Size of a bar chart, in SVG units."""
SMALL_WIDTH, SMALL_HEIGHT = 120.0, 30.0
"""Size of a plot inside a table's row, in SVG units."""
MIN_SLOTS = 24
"""A chart has room for at least so many bars, so that a single bar does not fill it."""
_MARGIN = 4.0
_MAX_POINTS = 90
_MAX_DOTS = 12
_MAX_BUCKETS = 45


@dataclass(frozen=True)
class Bar:
    """One bar: its height, the marked part of it, and the text shown on hover."""

    value: float
    marked: float = 0.0
    label: str = ""


@dataclass(frozen=True)
class BarChart:
    """A chart with one bar for each sync.

    Attributes:
        title: What is measured.
        description: The chart in one sentence, for screen readers.
        ticks: Labels of the axis, each with its height in per cent.
        bars: SVG path of all bars.
        marked: SVG path of their marked parts.
        step: Width of a bar and its gap.
        hits: Left edge and hover text of each bar.
        first: Text below the first bar.
        last: Text below the last bar.
    """

    title: str
    description: str
    ticks: tuple[tuple[str, str], ...]
    bars: str
    marked: str
    step: str
    hits: tuple[tuple[str, str], ...]
    first: str
    last: str


@dataclass(frozen=True)
class SmallPlot:
    """A plot in a table's row: SVG paths by CSS class, a sentence for screen readers, and centres of dots."""

    paths: tuple[tuple[str, str], ...]
    description: str
    dots: tuple[tuple[str, str], ...] = ()


def bar_chart(title: str, bars: Sequence[Bar], first: str, last: str) -> BarChart:
    """Lay out a bar chart.

    Args:
        title: What is measured.
        bars: Oldest first; not empty.
        first: Text below the first bar.
        last: Text below the last bar.
    """
    top = ceiling(max(bar.value for bar in bars))
    step = WIDTH / max(len(bars), MIN_SLOTS)
    return BarChart(
        title,
        f"{title}: {counted(len(bars), 'sync')}, at most {rate(max(bar.value for bar in bars))}",
        tuple((f"{top * part:,g}", f"{part:.0%}") for part in (0, 0.5, 1)),
        _bars_path([bar.value / top for bar in bars], step),
        _bars_path([bar.marked / top for bar in bars], step),
        _short(step),
        tuple((_short(slot * step), bar.label) for slot, bar in enumerate(bars) if bar.label),
        first,
        last,
    )


def signed_chart(title: str, description: str, bars: Sequence[Bar], first: str, last: str) -> BarChart:
    """Lay out a bar chart whose bars may lie below zero; these have the other colour.

    Args:
        title: What is measured.
        description: The chart in one sentence.
        bars: Oldest first; not empty.
        first: Text below the first bar.
        last: Text below the last bar.
    """
    highest = max((bar.value for bar in bars if bar.value > 0), default=0.0)
    lowest = min((bar.value for bar in bars if bar.value < 0), default=0.0)
    top = ceiling(highest) if highest or not lowest else 0.0
    bottom = -ceiling(-lowest) if lowest else 0.0
    scale, step = HEIGHT / (top - bottom), WIDTH / max(len(bars), MIN_SLOTS)
    zero = top * scale
    above = "".join(
        _bar(slot * step, zero, step, max(bar.value * scale, 0.8))
        for slot, bar in enumerate(bars)
        if bar.value > 0
    )
    below = "".join(
        _bar(slot * step, zero, step, min(bar.value * scale, -0.8))
        for slot, bar in enumerate(bars)
        if bar.value < 0
    )
    ticks = sorted({bottom, 0.0, top})
    return BarChart(
        title,
        description,
        tuple((f"{tick:,.0f}", f"{(tick - bottom) / (top - bottom):.0%}") for tick in ticks),
        above,
        below,
        _short(step),
        tuple((_short(slot * step), bar.label) for slot, bar in enumerate(bars) if bar.label),
        first,
        last,
    )


def _bars_path(heights: Sequence[float], step: float) -> str:
    # A bar above zero has at least a visible height.
    return "".join(
        _bar(slot * step, HEIGHT, step, max(height * HEIGHT, 0.8))
        for slot, height in enumerate(heights)
        if height
    )


def _bar(x: float, foot: float, step: float, height: float) -> str:
    return f"M{_short(x)} {_short(foot)}v{_short(-height)}h{_short(step * 0.8)}v{_short(height)}z"


def ceiling(value: float) -> float:
    """Return the next round number, where an axis ends.

    Example:
        >>> ceiling(9210), ceiling(1), ceiling(0)
        (10000.0, 1.0, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if value <= step * power * (1 + 1e-9))


def rows_line(history: Sequence[RowCount], since: datetime, until: datetime) -> SmallPlot:
    """Lay out the line of a table's row counts over time.

    Args:
        history: Oldest first; not empty.
        since: Time at the left edge.
        until: Time at the right edge.
    """
    counts = thinned(history, _MAX_POINTS)
    low, high = min(each.rows for each in counts), max(each.rows for each in counts)
    duration = max((until - since).total_seconds(), 1.0)
    points: list[tuple[str, str]] = []
    for each in counts:
        right = min(max((each.at - since).total_seconds() / duration, 0.0), 1.0)
        up = (each.rows - low) / (high - low) if high > low else 0.5
        x = _MARGIN + right * (SMALL_WIDTH - 2 * _MARGIN)
        y = SMALL_HEIGHT - _MARGIN - up * (SMALL_HEIGHT - 2 * _MARGIN)
        points.append((_short(x), _short(y)))
    return SmallPlot(
        (("line", "M" + "L".join(f"{x} {y}" for x, y in points)),),
        f"{counted(counts[0].rows, 'row')} on {formatted_time(counts[0].at)}, {counts[-1].rows:,} now; "
        f"from {low:,} to {high:,} between",
        tuple(points if len(points) <= _MAX_DOTS else points[-1:]),
    )


def change_bars(changes: Sequence[TableChange], syncs: int) -> SmallPlot:
    """Lay out the bars of the rows that syncs wrote to a table and removed from it.

    Args:
        changes: The syncs that changed the table.
        syncs: Number of all syncs; the first is at the left edge.
    """
    share = max(1, math.ceil(syncs / _MAX_BUCKETS))
    slots = max(math.ceil(syncs / share), MIN_SLOTS)
    written, deleted = [0] * slots, [0] * slots
    for change in changes:
        written[change.sync // share] += change.written
        deleted[change.sync // share] += change.deleted
    top = max(max(map(sum, zip(written, deleted, strict=True))), 1)
    step = SMALL_WIDTH / slots
    paths = {"bar": "", "marked": ""}
    for slot, counts in enumerate(zip(written, deleted, strict=True)):
        foot = SMALL_HEIGHT - 1
        for name, rows in zip(paths, counts, strict=True):
            # A change has at least a visible height.
            if rows:
                height = max(rows / top * (SMALL_HEIGHT - 2), 1.0)
                paths[name] += _bar(slot * step, foot, step, height)
                foot -= height
    return SmallPlot(
        tuple((name, path) for name, path in paths.items() if path),
        f"{counted(sum(written), 'row')} written, {sum(deleted):,} removed in {counted(syncs, 'sync')}",
    )


def thinned(history: Sequence[RowCount], most: int) -> list[RowCount]:
    """Return at most so many of the counts, the first and the last among them.

    Example:
        >>> noon = datetime(2026, 11, 24, 12)
        >>> [each.rows for each in thinned([RowCount(noon, rows) for rows in range(9)], 3)]
        [0, 4, 8]
    """
    if len(history) <= most:
        return list(history)
    return [history[round(slot * (len(history) - 1) / (most - 1))] for slot in range(most)]


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
