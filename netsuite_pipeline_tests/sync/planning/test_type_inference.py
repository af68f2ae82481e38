"""Columns of somebody's own query are typed by its first rows, and then held."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.planning.type_inference import TypedRequest, TypeInference, infer_types
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.tables import Table, TableSpecError
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.warehouse.schema.inferred_types import read_inferred_types
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.fake_netsuite import refusal

Rows = Sequence[Mapping[str, str | None]]
UNSUPPORTED = refusal("Search error occurred: Invalid or unsupported search")


@dataclass
class Account:
    """Answers each question with what `answer` gives for it, or raises that."""

    answer: Callable[[str], Rows | NetSuiteError]
    more: bool = False
    asked: list[str] = field(default_factory=list)

    def fetch_page(self, sql: str, *, count: RequestCounts) -> Page:
        self.asked.append(sql)
        count.requests += 1
        answer = self.answer(sql)
        if isinstance(answer, NetSuiteError):
            raise answer
        items = [{name: value for name, value in row.items() if value is not None} for row in answer]
        body = {"items": items, "count": len(items), "hasMore": self.more, "totalResults": len(items)}
        return read_page(json.dumps(body).encode(), endpoint="POST …")


def mine(selected: str, **fields: Any) -> Table:
    return query_table("mine", **{"query": f"SELECT {selected} FROM x", "key": ["id"], "known": {}, **fields})


def typed(account: Account, warehouse: Warehouse, *tables: Table) -> TypedRequest:
    request = SyncRequest(tables, {table.name: table for table in tables}, "netsuite", False, timedelta(0))
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS _netsuite")
    return infer_types(request, cast(NetSuiteClient, account), warehouse)


def types(inferred: TypedRequest) -> str:
    """Those of the first table."""
    assert not inferred.failures, inferred.failures
    assert inferred.request.catalogue["mine"] == inferred.request.tables[0]
    return " ".join(column.type for column in inferred.request.tables[0].columns)


def asked_types(account: Account, table: Table) -> Mapping[str, str | None]:
    """Return the types that the queries alone give, without stored types."""
    return TypeInference(table, {}, cast(NetSuiteClient, account), RequestCounts()).types()


def held(warehouse: Warehouse) -> Mapping[str, str | None]:
    with warehouse.working() as connection:
        return read_inferred_types(connection, "netsuite").get("mine", {})


def iso(rows: Rows, datetimes: Rows) -> Callable[[str], Rows]:
    """Rows as they are asked plainly, and as they are asked with TO_CHAR."""
    return lambda sql: datetimes if "TO_CHAR(" in sql else rows


# Telling and holding


def test_the_first_rows_show_the_types_in_one_request(warehouse: Warehouse) -> None:
    rows = [{"id": "1", "n": "2", "paid": "T"}, {"id": "2", "n": "2.5", "memo": "x"}]
    account = Account(lambda sql: rows)
    inferred = typed(account, warehouse, mine("id, n, paid, memo"))
    assert types(inferred) == "integer decimal boolean text"
    assert account.asked == [
        "SELECT id, n, paid, memo FROM (SELECT id, n, paid, memo FROM x) mine ORDER BY id"
    ]
    assert inferred.counts["mine"].requests == 1


def test_held_types_are_not_asked_for_again_whatever_later_rows_look_like(warehouse: Warehouse) -> None:
    table = mine("id, n")
    typed(Account(lambda sql: [{"id": "1", "n": "2"}]), warehouse, table)
    later = Account(lambda sql: [{"id": "x", "n": "y"}])
    assert types(typed(later, warehouse, table)) == "integer integer"
    assert later.asked == []


def test_a_changed_query_is_asked_for_its_new_columns_only(warehouse: Warehouse) -> None:
    typed(Account(lambda sql: [{"id": "1", "n": "2"}]), warehouse, mine("id, n"))
    account = Account(lambda sql: [{"id": "1", "m": "T"}])
    assert types(typed(account, warehouse, mine("id, n, m"))) == "integer integer boolean"
    assert account.asked == ["SELECT id, m FROM (SELECT id, n, m FROM x) mine ORDER BY id"]


def test_types_that_a_user_wrote_are_not_inferred(warehouse: Warehouse) -> None:
    account = Account(lambda sql: [{"id": "1", "code": "7"}])
    table = mine("id, code, n", columns={"code": "text", "n": "decimal"})
    assert types(typed(account, warehouse, table)) == "integer text decimal"
    assert held(warehouse) == {"id": "integer"}


def test_a_condition_holds_for_the_question_too() -> None:
    account = Account(lambda sql: [{"id": "1"}])
    asked_types(account, replace(mine("id, n"), where="n > 5 OR n < 2"))
    assert [sql.split(" mine ")[1] for sql in account.asked] == ["WHERE (n > 5 OR n < 2) ORDER BY id"]


def test_values_that_are_to_be_hashed_are_not_asked_for(warehouse: Warehouse) -> None:
    account = Account(lambda sql: [{"id": "1"}])
    assert types(typed(account, warehouse, replace(mine("id, ssn"), hashed=("ssn",)))) == "integer text"
    assert all(sql.startswith("SELECT id FROM ") for sql in account.asked)
    assert held(warehouse) == {"id": "integer"}


def test_nothing_is_asked_or_opened_where_all_types_are_known(warehouse: Warehouse) -> None:
    table = mine("id", columns={"id": "integer"})
    account = Account(lambda sql: [])
    inferred = infer_types(
        SyncRequest((table,), {"mine": table}, "netsuite", False, timedelta(0)),
        cast(NetSuiteClient, account),
        warehouse,
    )
    assert (inferred.request.tables, account.asked) == ((table,), [])
    assert not warehouse.working_path.exists()


# Dates


def test_whether_a_date_has_a_time_of_day_is_asked_of_netsuite() -> None:
    account = Account(
        iso(
            [{"id": "1", "day": "3/2/2026", "made": "3/2/2026"}],
            [{"id": "1", "day": "2026-03-02 00:00:00", "made": "2026-03-02 06:00:09"}],
        )
    )
    inferred = asked_types(account, mine("id, day, made"))
    assert inferred == {"id": "integer", "day": "date", "made": "datetime"}
    assert account.asked[1].startswith(
        "SELECT id, TO_CHAR(day, 'YYYY-MM-DD HH24:MI:SS') AS day, TO_CHAR(made, "
    )


def test_a_text_that_looks_like_a_date_stays_text_and_takes_no_date_along() -> None:
    def answer(sql: str) -> Rows | NetSuiteError:
        if "TO_CHAR(version" in sql:
            return UNSUPPORTED
        if "TO_CHAR(" in sql:
            return [{"id": "1", "day": "2026-03-02 00:00:00"}]
        return [{"id": "1", "day": "3/2/2026", "version": "1.2.2026"}]

    inferred = asked_types(Account(answer), mine("id, day, version"))
    assert inferred == {"id": "integer", "day": "date", "version": "text"}


# Columns without a value


def test_a_column_without_a_value_on_the_first_page_is_sampled_where_it_has_one() -> None:
    account = Account(
        lambda sql: [{"id": "5000", "paid": "T"}] if "IS NOT NULL" in sql else [{"id": "1"}], more=True
    )
    assert asked_types(account, mine("id, paid")) == {"id": "integer", "paid": "boolean"}
    assert account.asked[-1].endswith("mine WHERE (paid IS NOT NULL) ORDER BY id")


def test_a_column_without_any_value_is_text_until_it_has_one(warehouse: Warehouse) -> None:
    table = mine("id, n")
    account = Account(lambda sql: [{"id": "1"}])
    assert types(typed(account, warehouse, table)) == "integer text"
    assert len(account.asked) == 1, "the page was all there is"
    with warehouse.working() as connection:
        connection.execute(
            "CREATE SCHEMA netsuite; CREATE TABLE netsuite.mine AS SELECT 1 AS id, NULL::VARCHAR n"
        )
    again = Account(lambda sql: [{"id": "2", "n": "7"}])
    assert types(typed(again, warehouse, table)) == "integer integer"
    assert again.asked == ["SELECT id, n FROM (SELECT id, n FROM x) mine WHERE (n IS NOT NULL) ORDER BY id"]
    with warehouse.working() as connection:
        assert connection.execute("SELECT typeof(n), n FROM netsuite.mine").fetchall() == [("BIGINT", None)]


def test_a_column_that_is_stored_with_other_texts_meanwhile_stays_text(warehouse: Warehouse) -> None:
    table = mine("id, n")
    typed(Account(lambda sql: [{"id": "1"}]), warehouse, table)
    with warehouse.working() as connection:
        connection.execute("CREATE SCHEMA netsuite; CREATE TABLE netsuite.mine AS SELECT 1 AS id, 'x' AS n")
    assert types(typed(Account(lambda sql: [{"id": "2", "n": "7"}]), warehouse, table)) == "integer text"
    assert held(warehouse) == {"id": "integer", "n": "text"}


def test_a_query_without_rows_is_typed_when_it_has_some(warehouse: Warehouse) -> None:
    table = mine("id, n")
    assert types(typed(Account(lambda sql: []), warehouse, table)) == "text text"
    assert types(typed(Account(lambda sql: [{"id": "1", "n": "1.5"}]), warehouse, table)) == "integer decimal"


# Keys


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        (["7", "8", "10"], ["900", "70", "9"], "integer"),
        (["1", "10", "2"], ["9"], "text"),
        (["100", "101"], ["X7"], "text"),
        (["100", "101"], ["90", "89", "880"], "text"),
    ],
)
def test_a_key_of_digits_is_a_number_only_if_it_is_sorted_like_one(
    first: Sequence[str], last: Sequence[str], kind: str
) -> None:
    account = Account(lambda sql: [{"id": value} for value in (last if "DESC" in sql else first)], more=True)
    assert asked_types(account, mine("id")) == {"id": kind}


def test_rows_cannot_be_asked_for_by_a_date(warehouse: Warehouse) -> None:
    account = Account(
        iso([{"day": "3/2/2026", "n": "1"}], [{"day": "2026-03-02 00:00:00"}]),
    )
    table = query_table("mine", query="SELECT day, n FROM x", key=["day"], known={})
    failure = typed(account, warehouse, table).failures["mine"]
    assert isinstance(failure, TableSpecError)
    assert "TO_CHAR(day, 'YYYY-MM-DD') AS day" in failure.remedy
    assert held(warehouse) == {"n": "integer"}, "a corrected query is asked anew"


# Cursors


def test_a_cursor_of_dates_fails_the_table_and_is_asked_anew_once_it_is_corrected(
    warehouse: Warehouse,
) -> None:
    table = mine("id, changed", cursor="changed")
    rows = [{"id": "1", "changed": "3/2/2026"}]
    inferred = typed(Account(iso(rows, [{"changed": "2026-03-02 00:00:00"}])), warehouse, table)
    assert "column 'changed' holds dates without a time of day" in inferred.failures["mine"].message
    retyped = typed(Account(iso(rows, [{"changed": "2026-03-02 06:00:09"}])), warehouse, table)
    assert types(retyped) == "integer datetime"


def test_a_cursor_that_is_text_fails_the_table(warehouse: Warehouse) -> None:
    def answer(sql: str) -> Rows | NetSuiteError:
        return UNSUPPORTED if "TO_CHAR(" in sql else [{"id": "1", "changed": "2026-03-02 06:00:09"}]

    inferred = typed(Account(answer), warehouse, mine("id, changed", cursor="changed"))
    assert "column 'changed' holds values of type text" in inferred.failures["mine"].message


def test_a_cursor_without_any_value_yet_is_taken_for_one(warehouse: Warehouse) -> None:
    account = Account(lambda sql: [])
    assert types(typed(account, warehouse, mine("id, changed", cursor="changed"))) == "text datetime"
    assert "TO_CHAR(changed, " in account.asked[-1]
    assert held(warehouse) == {"id": None, "changed": None}


# Refusals


def test_a_refusal_fails_its_table_alone_and_shows_the_query_cut_short(warehouse: Warehouse) -> None:
    long = mine(", ".join(["id", *(f"column{number}" for number in range(60))]))
    other = query_table("other", query="SELECT id FROM y", key=["id"], known={})

    def answer(sql: str) -> Rows | NetSuiteError:
        return UNSUPPORTED if "column7" in sql else [{"id": "1"}]

    inferred = typed(Account(answer), warehouse, long, other)
    failure = inferred.failures["mine"]
    assert isinstance(failure, QueryError)
    assert failure.message.startswith("NetSuite refuses the query of mine: Invalid search query. Detailed")
    assert "Invalid or unsupported search. The query: SELECT id, column0," in failure.message
    assert failure.message.endswith(" …")
    assert len(failure.message) < 500
    assert list(inferred.failures) == ["mine"]
    assert inferred.request.tables[1].column("id").type == "integer"


def test_a_hidden_table_is_reported_with_the_query(warehouse: Warehouse) -> None:
    hidden = refusal("Search error occurred: Record 'x' was not found.")
    failure = typed(Account(lambda sql: hidden), warehouse, mine("id")).failures["mine"]
    assert isinstance(failure, PermissionDenied)
    assert failure.table == "x"
    assert "Record 'x' was not found. The query: SELECT id FROM x" in failure.message


def test_an_outage_is_reported_as_an_outage(warehouse: Warehouse) -> None:
    down = Unavailable("down")
    assert typed(Account(lambda sql: down), warehouse, mine("id")).failures == {"mine": down}


def test_a_refused_sign_in_ends_the_sync_before_more_is_asked(warehouse: Warehouse) -> None:
    account = Account(lambda sql: SignInError("NetSuite refuses the sign-in."))
    other = query_table("other", query="SELECT id FROM y", key=["id"], known={})
    with pytest.raises(SignInError):
        typed(account, warehouse, mine("id"), other)
    assert len(account.asked) == 1
