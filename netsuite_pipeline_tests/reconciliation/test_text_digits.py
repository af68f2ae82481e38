"""NetSuite and DuckDB write any text as the same digits, and another text as others."""

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsuite_pipeline.reconciliation.rows.text_digits import (
    LONGEST_TEXT,
    digit_terms,
    netsuite_digits,
    netsuite_known,
    our_digits,
    our_known,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite
from netsuite_pipeline_tests.sync.load.test_checksum import PRICING, price

TEXTS = (
    "",
    "Invoice 4711",
    'it\'s "quoted" \\ {x} [y]; done? ~',
    "Zoë's Café – 株式会社 🤦🏼‍♂️",
    "a tab\tand\nlines\r\n",
    "x" * 300,
    " leading and trailing ",
    "^-]|*/--",
)


def _ours(texts: Sequence[str | None]) -> list[tuple[int, ...]]:
    numbers = ", ".join(our for name in "ab" for our, _ in digit_terms(name))
    tens, units = our_digits("y")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (n INTEGER, code VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(texts)))
        return connection.execute(
            f"SELECT {numbers} FROM (SELECT n, {tens} AS a, {units} AS b FROM "
            f"(SELECT n, {our_known('code')} AS y FROM t)) ORDER BY n"
        ).fetchall()


def _theirs(texts: Sequence[str | None]) -> list[tuple[int, ...]]:
    fake = FakeNetSuite((PRICING,))
    for number, text in enumerate(texts):
        fake.insert("pricing", price(number) | {"code": text})
    terms = [their for name in "ab" for _, their in digit_terms(name)]
    items = ", ".join(f"{their} AS c{place}" for place, their in enumerate(terms))
    tens, units = netsuite_digits("y")
    page = fake.fetch_page(
        f"SELECT id, {items} FROM (SELECT id, {tens} AS a, {units} AS b FROM "
        f"(SELECT id, {netsuite_known('code')} AS y FROM pricing)) ORDER BY id"
    )
    return [tuple(int(row[f"c{place}"] or 0) for place in range(len(terms))) for row in page.rows]


def test_both_write_the_same_digits() -> None:
    assert _ours([*TEXTS, None]) == _theirs([*TEXTS, None])


@given(st.lists(st.text(max_size=LONGEST_TEXT + 20), min_size=1, max_size=20))
def test_both_write_the_same_digits_of_any_text(texts: list[str]) -> None:
    kept = [text.replace("\0", "") for text in texts]
    assert _ours(kept) == _theirs(kept)


@pytest.mark.parametrize("place", [0, 1, 19, 20, 29, 100, 238, 239])
def test_another_character_at_any_place_makes_other_digits(place: int) -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 6
    others = {text[:place] + letter + text[place + 1 :] for letter in "aZ0 -é"} | {text}
    assert len(set(_ours(sorted(others)))) == len(others)


def test_what_is_not_distinguished() -> None:
    first, *others = _ours(["é", "ö", "?", "~", "'"])
    assert all(each == first for each in others)
    long = "x" * LONGEST_TEXT
    assert _ours([f"{long}a"]) == _ours([f"{long}b"])
