"""The books are in order, sparse where NetSuite is sparse, and the same for the same seed."""

from datetime import datetime, timezone

import duckdb
import pytest

from netsuite_pipeline.emulator.company.data import EDGE_CASES, EdgeCase
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline_tests.emulator.company.books import NOW, Books, broken, built
from netsuite_pipeline_tests.one_pass import in_one_pass

_SUMS = 'SELECT count(*), sum(hash(COLUMNS(*))::HUGEINT) FROM ns."{}"'


def _checksums(books: Books) -> dict[str, tuple[object, ...]]:
    return {name: books.rows(_SUMS.format(name))[0] for name in RECORDS}


def test_the_books_are_in_order(small_company: Books) -> None:
    assert broken(small_company, NOW) == []


def test_books_out_of_order_are_noticed() -> None:
    with duckdb.connect() as connection:
        books = built(connection, seed=1, scale=0.02, now=NOW)
        some = "(SELECT max(transaction) FROM ns.transactionaccountingline)"
        connection.execute(
            f"UPDATE ns.transactionaccountingline SET debit = debit + 0.01 WHERE transaction = {some}"
        )
        connection.execute("UPDATE ns.customer SET salesrep = -5, lastmodifieddate = '2099-01-01'")
        assert {
            "debits equal credits in every book",
            "customer.salesrep points to a employee",
            "customer.lastmodifieddate is not of the future",
        } <= set(broken(books, NOW))


@in_one_pass("value", EDGE_CASES, ids=lambda value: value.name)
def test_each_value_that_hurts_is_there(value: EdgeCase, small_company: Books) -> None:
    assert small_company.count(f'FROM ns."{value.table}" WHERE {value.condition}') > 0


@pytest.mark.long
def test_the_same_seed_gives_the_same_company(small_company: Books) -> None:
    with duckdb.connect() as connection:
        again = built(connection, seed=1, scale=0.02, now=NOW)
        assert _checksums(again) == _checksums(small_company)


@pytest.mark.long
def test_another_seed_gives_another_company(small_company: Books) -> None:
    with duckdb.connect() as connection:
        other = built(connection, seed=2, scale=0.02, now=NOW)
        assert broken(other, NOW) == []
        mine, theirs = _checksums(small_company), _checksums(other)
    assert mine["transaction"] != theirs["transaction"]
    assert mine["customer"] != theirs["customer"]


def test_ids_have_gaps_small_and_large(small_company: Books) -> None:
    gaps = small_company.rows('SELECT id - lag(id) OVER (ORDER BY id) FROM ns."transaction"')
    sizes = {gap for (gap,) in gaps if gap is not None}
    assert {1, 3, 5} <= sizes
    assert max(sizes) > 100_000


def test_entities_share_one_id_space(small_company: Books) -> None:
    parts = " UNION ALL ".join(
        f"SELECT id FROM ns.{name}" for name in ("customer", "vendor", "employee", "contact", "job")
    )
    assert small_company.rows(f"SELECT count(*), count(DISTINCT id) FROM ({parts})") == small_company.rows(
        "SELECT count(*), count(*) FROM ns.entity"
    )


def test_some_columns_are_null_throughout_or_at_first(small_company: Books) -> None:
    assert small_company.rows('SELECT count(externalid) FROM ns."transaction"') == [(0,)]
    first = small_company.rows('SELECT otherrefnum FROM ns."transaction" ORDER BY id LIMIT 100')
    assert first == [(None,)] * 100


def test_working_tables_are_gone(small_company: Books) -> None:
    schemas = small_company.rows("SELECT DISTINCT schema_name FROM duckdb_tables()")
    assert {schema for (schema,) in schemas} == {"ns", "ns_lists"}


@pytest.mark.long
def test_a_company_of_scale_one_is_as_large_as_promised() -> None:
    with duckdb.connect() as connection:
        books = built(connection, seed=1, scale=1.0, now=NOW)
        assert broken(books, NOW) == []
        assert books.count('FROM ns."transaction"') >= 20_000
        assert books.count("FROM ns.transactionline") >= 60_000
        assert 1_800 < books.count("FROM ns.customer") < 2_200
        assert books.rows(
            'SELECT count(otherrefnum) FROM (FROM ns."transaction" ORDER BY id LIMIT 5000)'
        ) == [(0,)]
        assert books.count('FROM ns."transaction" WHERE otherrefnum IS NOT NULL') > 1_000
        together = """
            SELECT lastmodifieddate, rn - row_number() OVER (PARTITION BY lastmodifieddate ORDER BY rn)
                AS island
            FROM (SELECT lastmodifieddate, row_number() OVER (ORDER BY id) AS rn FROM ns."transaction")"""
        assert books.rows(
            f"SELECT max(n) > 1000 FROM (SELECT count(*) AS n FROM ({together}) GROUP BY ALL)"
        ) == [(True,)]
        keys = books.rows('SELECT id FROM ns."transaction"')
        assert keys == sorted(keys)


@pytest.mark.long
def test_a_tiny_company_and_a_first_day_work() -> None:
    with duckdb.connect() as connection:
        assert broken(built(connection, seed=3, scale=0.001, now=NOW), NOW) == []
        early = datetime(2024, 1, 2, 12)
        assert broken(built(connection, seed=3, scale=0.3, now=early), early) == []


@pytest.mark.parametrize(
    ("scale", "now", "words"),
    [
        (0.0, NOW, "scale must be positive"),
        (1.0, NOW.replace(tzinfo=timezone.utc), "naive UTC"),  # noqa: UP017
        (1.0, NOW.replace(microsecond=5), "to the second"),
        (1.0, datetime(2023, 6, 1), "business begins"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(scale: float, now: datetime, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CompanyPlan(seed=1, scale=scale, now=now)
