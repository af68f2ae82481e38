"""The words of the report's page, without its marks, of files that are always the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.reporting.page import render_report
from netsuite_pipeline.reporting.queries import read_warehouse
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline_tests.reporting.noting import LOST, NOW, Noting, entry

_HOUR = timedelta(hours=1)
_INLINE = frozenset({"a", "code", "em", "span", "strong", "td", "th"})


class _Words(HTMLParser):
    """The text of a page, a line for each part; styles are left out."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._in_style = False
        self.feed(source)
        self.close()

    @property
    def lines(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._parts).splitlines())
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self._parts.append(" " if tag in _INLINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
        self._parts.append(" " if tag in _INLINE else "\n")

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self._parts.append(data.replace("\n", " "))  # a line end in the source is a blank


def _well(noting: Noting) -> None:
    for hours in (3, 2, 1):
        at = NOW - hours * _HOUR
        noting.log(entry("customer", at, rows=300, written=3), entry("vendor", at, rows=20, deleted=1))
    noting.state("customer", NOW - _HOUR, 300).state("vendor", NOW - _HOUR, 20)


def _troubled(noting: Noting) -> None:
    _well(noting)
    at = NOW - _HOUR / 2
    noting.log(
        entry("vendor", at, status="failed", error=LOST, mode="changed", rows=0),
        entry("customer", at, mode="changed", retries=4, throttled=3, notes=["2 columns were not offered"]),
        entry("contact", at, status="absent"),
    )
    noting.state("currency", NOW - 40 * _HOUR, 12)
    noting.change("customer", SchemaChange("custentity_region", "added", None, "VARCHAR"), NOW - 72 * _HOUR)
    noting.change("customer", SchemaChange("email", "lost", "VARCHAR", "VARCHAR"), NOW - 48 * _HOUR)
    noting.reject("customer", "terms", "thirty days", NOW - 24 * _HOUR)
    noting.deletions("customer", NOW - 2 * _HOUR).deletions_refused()


def _new(noting: Noting) -> None:
    noting.log(entry("vendor", NOW - _HOUR, status="failed", error=LOST))


_FILES: dict[str, Callable[[Noting], None]] = {"all well": _well, "troubled": _troubled, "never well": _new}


@pytest.mark.parametrize("fill", _FILES.values(), ids=_FILES)
def test_the_words_of_the_page(
    fill: Callable[[Noting], None], tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    """The report's page says in words how tables and syncs stand."""
    noting = Noting(tmp_path / "warehouse.duckdb").account()
    fill(noting)
    facts = replace(
        read_warehouse(noting.warehouse, NOW),
        file="data/warehouse.duckdb",
        size=5_000_000,
        published_at=NOW - _HOUR / 3,
    )
    assert _Words(render_report(facts, concurrency=5)).lines == snapshot
