"""Odd pages, through landing and stage: each is refused as it is read, or loads; none blocks its table."""

import codecs
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.http.page import read_page
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.staging.stage_sql import REJECTS, STAGE
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE, assert_equal, columns_of, interrupted, synced
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

KINDS = {"id": "integer", "a": "text", "d": "date", "m": "datetime", "n": "decimal", "b": "boolean"}
TABLE = StoredTable("netsuite", "t", ("id",), tuple(StoredColumn(*each) for each in KINDS.items()))
NOW = datetime(2026, 11, 23)
A_DAY_BEHIND = -86_400


def _reply(**values: object) -> dict[str, object]:
    return {"count": 1, "hasMore": False, "totalResults": 1, "items": [{"links": [], "id": "1", **values}]}


def _page(**values: object) -> bytes:
    return json.dumps(_reply(**values)).encode()


def _raw(value: bytes) -> bytes:
    return _page(n="@").replace(b'"@"', value)


REFUSED = {
    "UTF-16": json.dumps(_reply(a="é")).encode("utf-16"),
    "UTF-16 without a mark": json.dumps(_reply(a="é")).encode("utf-16-le"),
    "UTF-32": json.dumps(_reply(a="é")).encode("utf-32"),
    "Latin-1": json.dumps(_reply(a="é"), ensure_ascii=False).encode("latin-1"),
    "half a pair in UTF-8": _page(a="@").replace(b"@", b"\xed\xa0\x80"),
    "half a pair beside the rows": _page(a="x").replace(b'"links": []', b'"links": ["\xed\xa0\x80"]'),
    "a control character": _page(a="@").replace(b"@", b"\0"),
    "nested five thousand deep": _raw(b"[" * 5000 + b"]" * 5000),
    "a comma too many": _raw(b"1,"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_duckdb_cannot_read_is_no_reply(what: str) -> None:
    with pytest.raises(Unavailable):
        read_page(REFUSED[what], endpoint="a page")
    # Another page of the same statement is read by its shape.
    read_page(_page(a="x"), endpoint="a page", statement="SELECT id, a FROM t")
    with pytest.raises(Unavailable):
        read_page(REFUSED[what], endpoint="a page", statement="SELECT id, a FROM t")


LOADED: dict[str, tuple[bytes, dict[str, object], set[str]]] = {
    "a byte order mark": (codecs.BOM_UTF8 + _page(a="é"), {"a": "é"}, set()),
    "a year too late": (_page(m="294248-01-01 00:00:00"), {"m": None}, {"m"}),
    "the last moment there is": (_page(m="294247-01-10 04:00:54"), {"m": None}, {"m"}),
    "no end of time": (_page(m="infinity", d="-infinity"), {"m": None, "d": None}, {"m", "d"}),
    "a year far too late": (_page(m="9999999-01-01 00:00:00", d="9999999-01-01"), {"m": None, "d": None}, {"m", "d"}),
    "no number": (_page(n="infinity"), {"n": None}, {"n"}),
    "half a surrogate pair": (_page(a="x\ud800"), {"a": "x\ufffd"}, {"a"}),
    "surrogates in the wrong order": (_page(a="\udc00\ud800"), {"a": "\ufffd\ufffd"}, {"a"}),
    "a NUL in a text": (_page(a="x\0y"), {"a": "x\0y"}, set()),
    "a NUL in other values": (_page(n="1\0", m="\0", b="T\0"), {"n": None, "m": None, "b": None}, {"n", "m", "b"}),
    "a number of 400 digits": (_page(n="9" * 400), {"n": None}, {"n"}),
    "such a number without quotes": (_raw(b"9" * 400), {"n": None}, {"n"}),
    "a number beyond double": (_raw(b"1e400"), {"n": None}, {"n"}),
    "a text like one": (_page(a="1e999"), {"a": "1e999"}, set()),
    "not a number": (_raw(b"NaN"), {"n": None}, {"n"}),
    "a value nested 500 deep": (_raw(b"[" * 500 + b"]" * 500), {"n": None}, {"n"}),
    "a text of 20 MB": (_page(a="x" * 20_000_000), {"a": "x" * 20_000_000}, set()),
    "a number of 17 MB": (_page(n="9" * 17_000_000), {"n": None}, {"n"}),
    "a month thirteen": (_page(d="2026-13-45", m="2026-01-01 25:61:61"), {"d": None, "m": None}, {"d", "m"}),
    "other keys": (_page(**{"": "x", "z" * 1000: "y"}), {"a": None}, set()),
    "items within": (_page(a={"items": [{"id": "7"}]}), {"a": '{"items": [{"id": "7"}]}'}, set()),
}  # fmt: skip


@pytest.mark.parametrize("behind", [0, A_DAY_BEHIND])
@pytest.mark.parametrize("what", LOADED)
@pytest.mark.few(4)
def test_an_odd_page_loads_and_what_is_no_value_is_rejected(what: str, behind: int, tmp_path: Path) -> None:
    body, values, rejected = LOADED[what]
    landing = TableLanding(tmp_path / "t")
    landing.start(b"{}")
    page = landing.land(PageName(0, 0, False), read_page(body, endpoint="a page").body)
    stage = Stage(landing.path / "stage.duckdb", TABLE, TABLE.columns, behind)
    with duckdb.connect() as connection:
        stage.add([page])
        with stage.attached(connection):
            names = ", ".join(values) or "id"
            rows = connection.execute(f"SELECT {names} FROM {STAGE}").fetchall()
            columns = connection.execute(f"SELECT DISTINCT column_name FROM {REJECTS}").fetchall()
    stage.close()
    assert rows == [tuple(values.values()) or (1,)]
    assert {name for (name,) in columns} == rejected


NOTES = replace(ACCOUNTTYPE, name="notes", columns=columns_of("id:integer note:text"), feature=None)


def _landed_by_an_interrupted_sync(warehouse: Warehouse, spoil: Callable[[bytes], bytes]) -> FakeNetSuite:
    """An account with three pages of notes, of which two have landed; the first is spoiled."""
    fake = FakeNetSuite((NOTES,), page_rows=5)
    fake.insert("notes", *({"id": number, "note": f"note {number}"} for number in range(12)))
    interrupted(fake, warehouse, (NOTES,), answers=3)
    pages = sorted((warehouse.landing_path("netsuite") / "notes").glob("*.json"))
    landed = [page for page in pages if page.name != "manifest.json"]
    assert landed
    landed[0].write_bytes(spoil(landed[0].read_bytes()))
    return fake


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: codecs.BOM_UTF8 + body,
        lambda body: body.decode().encode("utf-16"),
        lambda body: body[:-20],
        lambda body: b"",
    ],
    ids=["a byte order mark", "UTF-16", "cut", "empty"],
)
@pytest.mark.few(1)
def test_a_landing_folder_with_a_spoiled_page_does_not_keep_its_table_back(
    warehouse: Warehouse, spoil: Callable[[bytes], bytes]
) -> None:
    fake = _landed_by_an_interrupted_sync(warehouse, spoil)
    report = synced(fake, warehouse, (NOTES,))["notes"]
    assert (report.status, report.rows) == ("done", 12)
    assert_equal(fake, warehouse, NOTES)


def test_pages_that_cannot_be_loaded_are_dropped_and_the_next_sync_reads_anew(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeNetSuite((NOTES,), page_rows=5)
    fake.insert("notes", *({"id": number, "note": f"note {number}"} for number in range(12)))

    def malformed(self: Stage, *_: object) -> int:
        raise duckdb.InvalidInputException("Malformed JSON at byte 0")

    with monkeypatch.context() as patched:
        patched.setattr(Stage, "_read", malformed)
        report = synced(fake, warehouse, (NOTES,))["notes"]
    assert report.status == "failed"
    words = str(report.failure)
    assert "cannot read the landed page" in words
    assert "Malformed JSON" in words
    assert "disk" not in words
    assert not list((warehouse.landing_path("netsuite") / "notes").glob("*.json"))
    report = synced(fake, warehouse, (NOTES,))["notes"]
    assert (report.status, report.rows) == ("done", 12)
    assert report.requests >= 3, "all pages are asked for anew"
    assert_equal(fake, warehouse, NOTES)
