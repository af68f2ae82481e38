"""Find the landed pages of an interrupted sync that can be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

from netsuite_pipeline.netsuite.errors import QueryError, Unavailable
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.planning.keys import key_of
from netsuite_pipeline.sync.planning.read_plan import Key
from netsuite_pipeline.wording import counted


@dataclass(frozen=True)
class ResumablePages:
    """The usable pages of a manifest.

    Attributes:
        continues: There is a manifest to continue.
        pages: The usable pages.
        rows: Rows in them.
        complete: Key ranges that are completely landed.
        partly: Key ranges that are not: the next part, and the key after which it starts.
        anomalies: Notes on damaged pages.
    """

    continues: bool = False
    pages: Mapping[PageName, Path] = field(default_factory=dict)
    rows: int = 0
    complete: frozenset[int] = frozenset()
    partly: Mapping[int, tuple[int, Key | None]] = field(default_factory=dict)
    anomalies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResumePoint:
    """An interrupted extract.

    Attributes:
        manifest: What the interrupted sync reads.
        landed: The pages that it has landed.
    """

    manifest: Manifest
    landed: ResumablePages

    @property
    def cutoff(self) -> datetime:
        """The cutoff of the interrupted sync, UTC."""
        return self.manifest.cutoff


def scan_landed_pages(plan: Manifest, landing: TableLanding) -> ResumablePages:
    """Read every landed page of a manifest.

    A damaged page is removed and read again, with the pages of its key range that follow it.

    Raises:
        WarehouseError: The folder cannot be used.
    """
    found = landing.pages()
    pages: dict[PageName, Path] = {}
    complete: set[int] = set()
    partly: dict[int, tuple[int, Key | None]] = {}
    damaged = rows = 0
    for number, names in groupby(found, key=lambda name: name.range_number):
        part, after, ended = 0, None, False
        for name in names:
            page = _usable(found[name], plan) if name.part == part and not ended else None
            if page is None or number >= len(plan.key_ranges) or (name.more and not page.rows):
                damaged += 1
                landing.remove(found[name])
                continue
            pages[name] = found[name]
            rows += len(page.rows)
            part, ended = part + 1, not name.more
            after = key_of(page.rows[-1], plan.read.table) if page.rows else after
        if ended:
            complete.add(number)
        elif part:
            partly[number] = (part, after)
    anomalies = (
        {f"{counted(damaged, 'landed page was', 'landed pages were')} damaged and asked for again"}
        if damaged
        else set()
    )
    return ResumablePages(True, pages, rows, frozenset(complete), partly, frozenset(anomalies))


def _usable(path: Path, plan: Manifest) -> Page | None:
    try:
        page = read_page(path.read_bytes(), endpoint="a landed page")
        if page.rows:
            key_of(page.rows[-1], plan.read.table)
    except (OSError, Unavailable, QueryError):
        return None
    return page
