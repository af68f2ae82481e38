"""The page: all on one sheet, nothing from elsewhere, nothing unescaped, never large."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest

from netsuite_pipeline.reporting.facts import RowCount
from netsuite_pipeline.reporting.page import environment, render_report, write_page
from netsuite_pipeline.reporting.plots import ceiling, rows_line, thinned
from netsuite_pipeline.reporting.queries import read_warehouse
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline_tests.browser.running import chromium_page
from netsuite_pipeline_tests.reporting.noting import NOW, Noting, entry, many_syncs

HOUR = timedelta(hours=1)
HOSTILE = """<script>alert("1")</script><img src=x onerror='alert(2)'>&amp;\x00"""


class _Reader(HTMLParser):
    """Elements, their attributes and the text, and whether every element is closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(noting: Noting) -> str:
    return render_report(read_warehouse(noting.warehouse, NOW), concurrency=5)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _page(many_syncs(tmp_path_factory.mktemp("many") / "warehouse.duckdb"))


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(large: str) -> None:
    read = _Reader(large)
    assert not read.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in {"src", "href"}]
    assert "url(" not in large
    assert "@import" not in large


def test_the_page_says_the_account_the_freshness_the_trouble_and_the_limit(large: str) -> None:
    text = _Reader(large).text
    for words in (
        "NetSuite 1234567_SB1",
        "58 of 60",
        "✗ failed",
        "! overdue",
        "✓ fresh",
        "The role lost Lists > Vendors",
        "Setup > Users/Roles > Manage Roles",
        "customer.terms",
        "customer.email",
        "Limit: 5 requests at once",
        "NetSuite throttled",
        "The last 20 syncs",
        "Times are UTC",
    ):
        assert words in text
    assert "thirty days" not in text


@pytest.mark.long
def test_sixty_tables_and_hundreds_of_syncs_stay_under_a_megabyte(large: str) -> None:
    assert len(large.encode()) < 1_000_000


def test_what_netsuite_or_a_person_wrote_stays_text(tmp_path: Path) -> None:
    noting = Noting(tmp_path / "warehouse.duckdb").account(account=HOSTILE)
    noting.log(
        entry(HOSTILE, NOW - HOUR, status="failed", error=f"{HOSTILE}\n  To fix: {HOSTILE}"),
        entry("vendor", NOW - HOUR, notes=[HOSTILE]),
    ).state("vendor", NOW - HOUR, 1)
    noting.change("vendor", SchemaChange(HOSTILE, HOSTILE, None, HOSTILE), NOW - HOUR)
    written = _page(noting)
    read = _Reader(written)
    assert not read.tags & {"script", "img"}
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "<script" not in written
    assert "\x00" not in written
    assert HOSTILE.replace("\x00", "\ufffd") in read.text


def test_one_sync_alone_makes_a_page(tmp_path: Path) -> None:
    noting = Noting(tmp_path / "warehouse.duckdb").account()
    noting.log(entry("vendor", NOW - HOUR, written=300)).state("vendor", NOW - HOUR, 300)
    text = _Reader(_page(noting)).text
    assert "No table failed, and there are no warnings." in text
    assert "The last sync in figures" in text
    assert "1 of 1" in text


def test_an_account_whose_first_sync_failed_makes_a_page(tmp_path: Path) -> None:
    noting = Noting(tmp_path / "warehouse.duckdb").account()
    text = _Reader(_page(noting)).text
    assert "No table was synced yet." in text
    assert "There was no sync in this time." in text
    noting.log(entry("vendor", NOW - HOUR, status="failed", rows=0, requests=0, error="Refused."))
    text = _Reader(_page(noting)).text
    assert "Refused." in text
    assert "never" in text


def test_several_accounts_in_one_file_stay_separate(tmp_path: Path) -> None:
    noting = Noting(tmp_path / "warehouse.duckdb").account().account("uk", "7654321")
    noting.log(entry("vendor", NOW - HOUR), entry("vendor", NOW - HOUR, connection="uk"))
    text = _Reader(_page(noting)).text
    assert "Account 1234567_SB1 (schema netsuite)" in text
    assert "Account 7654321 (schema uk)" in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 1), (0.3, 0.4), (1, 1), (11, 20), (99, 100), (100, 100), (9210, 10_000), (41, 60)],
)
def test_an_axis_ends_at_a_round_number(value: float, expected: float) -> None:
    assert ceiling(value) == pytest.approx(expected)


def test_a_line_stays_within_its_frame_and_keeps_both_ends() -> None:
    history = [RowCount(NOW + n * HOUR, n % 7) for n in range(1000)]
    kept = thinned(history, 90)
    assert (len(kept), kept[0], kept[-1]) == (90, history[0], history[-1])
    plot = rows_line(history, NOW, NOW + 999 * HOUR)
    ((_, path),) = plot.paths
    places = [tuple(map(float, each.split())) for each in re.split("[ML]", path) if each]
    assert all(0 <= x <= 120 and 0 <= y <= 30 for x, y in places)
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert "0 rows on" in rows_line([RowCount(NOW, 0)], NOW, NOW).description


def test_the_templates_escape_attributes_as_they_do_text() -> None:
    made = environment().from_string('<p title="{{ text }}">{{ text }}</p>').render(text='"<\ud800')
    assert made == '<p title="&#34;&lt;\ufffd">&#34;&lt;\ufffd</p>'


def test_the_old_page_stays_when_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "made" / "report.html"
    write_page("old", target)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        write_page("new", target)
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.few(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 400])
def test_in_a_browser_the_page_fits_and_follows_light_and_dark(
    tmp_path: Path, large: str, scheme: Literal["light", "dark"], width: int
) -> None:
    file = tmp_path / "report.html"
    file.write_text(large, encoding="utf-8")
    with chromium_page() as opened:
        messages: list[str] = []
        requested: list[str] = []
        opened.on("console", lambda message: messages.append(message.text))
        opened.on("request", lambda request: requested.append(request.url))
        opened.emulate_media(color_scheme=scheme)
        opened.set_viewport_size({"width": width, "height": 900})
        opened.goto(file.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
        lightness = sum(map(int, re.findall(r"\d+", paper)[:3])) / 3
        assert (lightness < 80) if scheme == "dark" else (lightness > 200)
        assert opened.locator("tbody th", has_text="vendor").first.is_visible()
        assert opened.locator("figure svg").count() == 4
        assert (messages, requested) == ([], [file.as_uri()])
