"""The syncs on the page: how much each read, how fast, and how that stands to what the account allows."""

from netsuite_pipeline.reporting.assessment import against_the_limit
from netsuite_pipeline.reporting.facts import ConnectionFacts, SyncFacts
from netsuite_pipeline.reporting.formatting import counted, moment, rate
from netsuite_pipeline.reporting.html import Markup, element
from netsuite_pipeline.reporting.plots import FEWEST_PLACES, Bar, bars

_MOST_LISTED = 20
_HEADS = ("Began", "Took", "Tables", "Read", "Written", "Removed", "Requests", "Repeated", "Throttled")


def syncs_part(connection: ConnectionFacts, concurrency: int) -> Markup:
    """Plots of all syncs, and the last ones in figures.

    Args:
        connection: Its figures.
        concurrency: Requests at once that the pipeline may make.
    """
    syncs = connection.syncs
    if not syncs:
        return element("p", "There was no sync in this time.")
    first, last = moment(syncs[0].started_at), moment(syncs[-1].started_at)
    if len(syncs) < FEWEST_PLACES:
        # The bars end before the axis does.
        first, last = (first if len(syncs) == 1 else f"{first} to {last}"), ""
    began = [moment(sync.started_at) for sync in syncs]
    plots = (
        (
            "Rows read by each sync",
            [
                Bar(s.rows_read, 0, f"{at}: {counted(s.rows_read, 'row')}")
                for at, s in zip(began, syncs, strict=True)
            ],
        ),
        (
            "Rows a second",
            [
                Bar(s.rows_per_second, 0, f"{at}: {rate(s.rows_per_second)} rows a second")
                for at, s in zip(began, syncs, strict=True)
            ],
        ),
        (
            "Requests of each sync; repeated ones in the other colour",
            [
                Bar(s.requests, min(s.retries, s.requests), f"{at}: {_requests(s)}")
                for at, s in zip(began, syncs, strict=True)
            ],
        ),
        (
            f"Requests a second (up to {concurrency} at once)",
            [
                Bar(s.requests_per_second, 0, f"{at}: {rate(s.requests_per_second)} requests a second")
                for at, s in zip(began, syncs, strict=True)
            ],
        ),
    )
    figures = [
        bars(
            title,
            f"{title}: {counted(len(values), 'sync')}, at most {rate(max(v.value for v in values))}",
            values,
            first,
            last,
        )
        for title, values in plots
    ]
    return element(
        "div",
        element("p", " ".join(against_the_limit(syncs, concurrency))),
        element("div", *figures, class_="figures"),
        _listed(syncs),
    )


def _requests(sync: SyncFacts) -> str:
    told = counted(sync.requests, "request")
    return f"{told}, {sync.retries:,} repeated, {sync.throttled:,} throttled" if sync.retries else told


def _listed(syncs: tuple[SyncFacts, ...]) -> Markup:
    heads = [
        element("th", head, scope="col", class_=None if place == 0 else "number")
        for place, head in enumerate(_HEADS)
    ]
    lines = [_line(sync) for sync in reversed(syncs[-_MOST_LISTED:])]
    title = "The last sync" if len(lines) == 1 else f"The last {len(lines)} syncs"
    grid = element("table", element("thead", element("tr", *heads)), element("tbody", *lines), class_="cards")
    return element(
        "details",
        element("summary", title, " in figures"),
        element("div", grid, class_="scroll"),
        open="open",
    )


def _line(sync: SyncFacts) -> Markup:
    tables = f"{sync.tables:,}, {sync.failed:,} failed" if sync.failed else f"{sync.tables:,}"
    figures = (
        f"{sync.seconds:,.1f} s",
        tables,
        f"{sync.rows_read:,}",
        f"{sync.rows_written:,}",
        f"{sync.rows_deleted:,}",
        f"{sync.requests:,}",
        f"{sync.retries:,}",
        f"{sync.throttled:,}",
    )
    cells = [
        element("td", figure, data_label=label, class_="number")
        for label, figure in zip(_HEADS[1:], figures, strict=True)
    ]
    return element("tr", element("th", moment(sync.started_at), scope="row"), *cells)
