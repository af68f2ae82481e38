"""NetSuite and DuckDB compute the same hash of a row, whatever its values are."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.tables.row_hash import Terms, column_terms, netsuite_hash, our_hash
from netsuite_pipeline_tests.sync.books import columns_of
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite
from netsuite_pipeline_tests.sync.load.test_checksum import PRICING, price

COLUMNS = columns_of(
    "id:integer item:integer price:decimal offered:boolean since:date touched:datetime code:text sets:multiselect"
)
TYPES = ["BIGINT", "BIGINT", "DECIMAL(38,10)", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR", "VARCHAR"]


def _hashes(row: dict[str, Any], terms: Terms) -> tuple[str, str]:
    fake = FakeNetSuite((PRICING,))
    fake.insert("pricing", row)
    sent = fake.fetch_page(f"SELECT id, {netsuite_hash(terms)} AS h FROM pricing ORDER BY id").rows[0]["h"]
    with duckdb.connect() as connection:
        pairs = zip(COLUMNS, TYPES, strict=True)
        connection.execute(f"CREATE TABLE p ({', '.join(f'{c.name} {type_}' for c, type_ in pairs)})")
        connection.execute(f"INSERT INTO p VALUES ({', '.join('?' * len(COLUMNS))})", list(row.values()))
        (ours,) = connection.execute(f"SELECT {our_hash(terms)} FROM p").fetchall()[0]
    return str(ours), str(sent)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"price": Decimal("-0.0000000001"), "offered": None, "since": None, "touched": None},
        {"item": None, "price": None, "code": None, "sets": None},
        {"code": "Zoë's café – 株式会社", "since": date(1999, 12, 31)},
        {"code": "a text of more than twenty-four characters", "touched": datetime(2026, 2, 28, 23, 59, 59)},
    ],
)
def test_both_compute_the_same(values: dict[str, Any]) -> None:
    terms = {c.name: column_terms("pricing", c.name, c.type, 24, any_text=True) for c in COLUMNS}
    ours, sent = _hashes(price(7) | values, terms)
    assert ours == sent


def test_another_letter_makes_another_hash() -> None:
    terms = {"code": column_terms("pricing", "code", "text", 24, any_text=True)}
    hashes = {_hashes(price(7) | {"code": code}, terms)[0] for code in ("Zoë", "Zoe", "zoë", "Zoë ", "oZë")}
    assert len(hashes) == 5
