"""What the second server answers to the statements of a sync, checked against SQLite's own words for them."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline_tests.interoperability.server.answering import answer, open_company
from netsuite_pipeline_tests.interoperability.server.company import insert_rows
from netsuite_pipeline_tests.interoperability.server.refusals import Refusal
from netsuite_pipeline_tests.interoperability.server.settings import Habits

_SINCE = "TO_TIMESTAMP('2024-03-10 06:59:59', 'YYYY-MM-DD HH24:MI:SS')"
_CHANGED = f"(SYS_EXTRACT_UTC(lastmodifieddate) >= {_SINCE} OR lastmodifieddate IS NULL)"
_COUNT = "SELECT COUNT(*) AS counted FROM customer"
_INDEX = (
    "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM customer ORDER BY id)) "
    "WHERE MOD(rn, 100) = 0 ORDER BY id"
)
_DELETED = (
    "SELECT recordid, scriptid, TO_CHAR(SYS_EXTRACT_UTC(deleteddate), 'YYYY-MM-DD HH24:MI:SS') AS deleteddate "
    f"FROM deletedrecord WHERE SYS_EXTRACT_UTC(deleteddate) >= {_SINCE} ORDER BY recordtypeid, recordid, scriptid"
)


@pytest.fixture
def changed_company(company: Path) -> Iterator[sqlite3.Connection]:
    """A company where a customer has no date; its own connection to it."""
    connection = sqlite3.connect(company)
    connection.execute(
        "UPDATE customer SET lastmodifieddate = NULL WHERE id = (SELECT min(id) FROM customer)"
    )
    rows = [(31, "salesorder", "2024-03-10 06:59:59"), (4, "customer", "2024-03-10 06:59:58")]
    common = {
        "type": "x",
        "name": "x",
        "iscustomlist": "F",
        "iscustomrecord": "F",
        "iscustomtransaction": "F",
    }
    insert_rows(
        connection,
        "deletedrecord",
        [
            {**common, "recordid": id, "recordtypeid": -30, "scriptid": script, "deleteddate": at}
            for id, script, at in rows
        ],
    )
    connection.commit()
    yield connection
    connection.close()


def _answered(company: Path, sql: str, habits: Habits | None = None) -> list[tuple[str | None, ...]]:
    habits = habits or Habits()
    connection = open_company(company, habits)
    try:
        items = json.loads(answer(connection, habits, sql, [], 1000, 0, "http://127.0.0.1"))["items"]
    finally:
        connection.close()
    return [tuple(value for name, value in item.items() if name != "links") for item in items]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        pytest.param(_INDEX, "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS rn FROM customer) WHERE rn % 100 = 0", id="page index"),
        pytest.param(
            "SELECT transaction, id FROM (SELECT transaction, id, ROWNUM AS rn FROM (SELECT transaction, id FROM "
            "transactionline WHERE (transaction > 90 OR (transaction = 90 AND id > 1)) ORDER BY transaction, id)) "
            "WHERE MOD(rn, 50) = 0 ORDER BY transaction, id",
            'SELECT "transaction", id FROM (SELECT "transaction", id, row_number() OVER (ORDER BY "transaction", id) AS rn '
            'FROM transactionline WHERE ("transaction", id) > (90, 1)) WHERE rn % 50 = 0',
            id="page index of a composite key",
        ),
        pytest.param(
            "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM accounttype WHERE accounttype.left = 'T' "
            "ORDER BY id)) WHERE MOD(rn, 2) = 0 ORDER BY id",
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS rn FROM accounttype "
            "WHERE \"left\" = 'T') WHERE rn % 2 = 0",
            id="reserved word",
        ),
        pytest.param(
            "SELECT transaction, id FROM transactionline WHERE (transaction > 90 OR (transaction = 90 AND id > 1)) "
            "AND (transaction < 300 OR (transaction = 300 AND id <= 1)) ORDER BY transaction, id",
            'SELECT "transaction", id FROM transactionline WHERE ("transaction", id) > (90, 1) '
            'AND ("transaction", id) <= (300, 1) ORDER BY 1, 2',
            id="composite range",
        ),
        pytest.param(
            "SELECT id FROM customer WHERE id > 500 AND id <= 700 ORDER BY id",
            "SELECT id FROM customer WHERE id BETWEEN 501 AND 700 ORDER BY id",
            id="plain range",
        ),
        pytest.param(
            "SELECT transaction, id FROM transactionline ORDER BY transaction DESC, id DESC",
            'SELECT "transaction", id FROM transactionline ORDER BY 1 DESC, 2 DESC LIMIT 1000',
            id="greatest key",
        ),
        pytest.param(_COUNT, "SELECT count(*) FROM customer", id="count"),
        pytest.param(
            "SELECT COUNT(*) AS counted, SUM(CASE WHEN SYS_EXTRACT_UTC(lastmodifieddate) > "
            f"{_SINCE} THEN 1 ELSE 0 END) AS newer FROM customer",
            "SELECT count(*), count(*) FILTER (WHERE lastmodifieddate > '2024-03-10 06:59:59') FROM customer",
            id="count of the newer",
        ),
        pytest.param(
            f"SELECT id FROM customer WHERE {_CHANGED} ORDER BY id",
            "SELECT id FROM customer WHERE lastmodifieddate >= '2024-03-10 06:59:59' OR lastmodifieddate IS NULL ORDER BY id",
            id="changed or without a date",
        ),
        pytest.param(
            "SELECT id FROM transaction WHERE id IN (1, 2, 3, 4, 5, 6) ORDER BY id",
            'SELECT id FROM "transaction" WHERE id < 7 ORDER BY id',
            id="which of some still exist",
        ),
    ],
)  # fmt: skip
def test_a_statement_is_answered_as_it_is_meant(
    asked: str, meant: str, company: Path, changed_company: sqlite3.Connection
) -> None:
    expected = [tuple(str(value) for value in row) for row in changed_company.execute(meant)]
    assert expected
    assert _answered(company, asked) == expected


@pytest.mark.usefixtures("changed_company")
def test_deletions_are_there_for_a_role_that_may_see_them(company: Path) -> None:
    assert _answered(company, _DELETED, Habits(deletions=True)) == [
        ("31", "salesorder", "2024-03-10 06:59:59")
    ]
    with pytest.raises(Refusal, match="'deletedrecord.*was not found"):
        _answered(company, _DELETED)


@pytest.mark.parametrize(
    ("habits", "refused", "answered"),
    [(Habits(page_index=False), _INDEX, _COUNT), (Habits(count_star=False), _COUNT, _INDEX)],
)
def test_an_account_without_it_says_that_the_search_is_unsupported(
    habits: Habits, refused: str, answered: str, company: Path
) -> None:
    with pytest.raises(Refusal, match="Invalid or unsupported search"):
        _answered(company, refused, habits)
    assert _answered(company, answered, habits)
