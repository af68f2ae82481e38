"""Any SuiteQL as a table: what is taken as it is, and what is refused with the line and what to write."""

from collections.abc import Mapping
from typing import Any

import pytest

from netsuite_pipeline.tables import Permission, TableSpecError, standard_tables
from netsuite_pipeline.tables.queries.query_table import SEE_QUERY, query_table
from netsuite_pipeline.tables.queries.suiteql_parser import read_query
from netsuite_pipeline.tables.queries.value_types import datetime_kind, infer_type, rises
from netsuite_pipeline_tests.one_pass import in_one_pass

KNOWN = standard_tables()


def refused(query: str = "SELECT id, name FROM term", **arguments: Any) -> str:
    with pytest.raises(TableSpecError) as error:
        query_table("mine", **{"query": query, "key": ["id"], "known": KNOWN, **arguments})
    assert error.value.table == "mine"
    return error.value.message.removeprefix("table 'mine', ")


# What a statement may be


@in_one_pass(
    ("written", "columns"),
    [
        ("SELECT id FROM term", "id"),
        ("select t.ID, t.Name AS Wording from term t", "id wording"),
        ("SELECT BUILTIN.DF(entity) AS customer, id FROM transaction", "customer id"),
        (
            "SELECT id, BUILTIN.CONSOLIDATE(amount, 'LEDGER', 'DEFAULT', 'DEFAULT', 1, t.postingperiod, "
            "'DEFAULT') amount FROM transaction t",
            "id amount",
        ),
        (
            "SELECT id, TO_CHAR(trandate, 'YYYY-MM') AS month, NVL(memo, '-') memo FROM transaction",
            "id month memo",
        ),
        ("SELECT id, NVL2(memo, 1, 0) AS has, DECODE(type, 'X', 1, 2) AS d FROM transaction", "id has d"),
        (
            "SELECT id, RANK() OVER (PARTITION BY entity ORDER BY id DESC) AS place FROM transaction",
            "id place",
        ),
        ("SELECT c.id, t.id AS tid FROM customer c, transaction t WHERE c.id = t.entity(+)", "id tid"),
        ("SELECT c.id FROM customer c LEFT OUTER JOIN term t ON t.id = c.terms", "id"),
        ("SELECT id, 'v' AS kind FROM vendor UNION ALL SELECT id, 'c' FROM customer", "id kind"),
        ("(SELECT id FROM vendor) UNION (SELECT id FROM customer)", "id"),
        ("SELECT id FROM (SELECT TOP 5 id FROM term ORDER BY name) x", "id"),
        (
            "SELECT id FROM (SELECT id FROM term ORDER BY name) WHERE id IN (SELECT id FROM term WHERE id < 9)",
            "id",
        ),
        ("SELECT id FROM (SELECT id FROM term WHERE ROWNUM <= 10)", "id"),
        ("SELECT entity AS id, COUNT(*) AS n FROM transaction GROUP BY entity HAVING COUNT(*) > 1", "id n"),
        ("SELECT DISTINCT entity AS id FROM transaction", "id"),
        ("SELECT id, CASE WHEN type = 'A' THEN 'x' ELSE 'y' END AS kind FROM transaction", "id kind"),
        ("SELECT at.left, at.id FROM accounttype at", "left id"),
        ("SELECT 1 AS id, TRIM(dummy) AS x, EXTRACT(YEAR FROM SYSDATE) AS year FROM dual", "id x year"),
        ("SELECT id, CAST(id AS VARCHAR2(20)) AS code FROM term", "id code"),
        ("SELECT id, name, memo AS name_text FROM term", "id name name_text"),
        ("SELECT id AS rowid, 1 AS rn, 2 AS true FROM term", "rowid rn true"),
        ("SELECT id, REGEXP_SUBSTR(name, '[0-9]+') AS days FROM term", "id days"),
    ],
)
def test_what_real_queries_are_made_of_passes(written: str, columns: str) -> None:
    assert read_query(written).columns == tuple(columns.split())


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("  SELECT id FROM term ;\n", "SELECT id FROM term"),
        ("SELECT id -- its key\nFROM term", "SELECT id FROM term"),
        ("SELECT id --\n, name/* what\nis */AS x\r\n  FROM term;;", "SELECT id , name AS x FROM term"),
        ("SELECT id, 'a -- b /* c */ ; ?' AS x FROM term", "SELECT id, 'a -- b /* c */ ; ?' AS x FROM term"),
        ("SELECT id, 'it''s' AS x\nFROM term -- the end", "SELECT id, 'it''s' AS x FROM term"),
        ("SELECT id, 'two\nlines' AS x FROM term", "SELECT id, 'two\nlines' AS x FROM term"),
        ("SELECT  id,\tname FROM term", "SELECT  id,\tname FROM term"),
        ("-- first of all\nSELECT 7-2 AS id FROM term", "SELECT 7-2 AS id FROM term"),
        ('SELECT t."left", t.id FROM accounttype t', 'SELECT t."left", t.id FROM accounttype t'),
    ],
)
def test_a_query_is_sent_as_it_was_written_but_for_comments_and_line_ends(written: str, sent: str) -> None:
    assert read_query(written).text == sent


@in_one_pass(
    ("query", "message"),
    [
        ("", "query: is empty; write a SELECT"),
        ("-- nothing", "query: is empty"),
        ("UPDATE term SET name = 'x'", "query: must be one SELECT"),
        ("DELETE FROM term", "query: must be one SELECT"),
        ("WITH x AS (SELECT id FROM term) SELECT id FROM x", "query: must be one SELECT"),
        (
            "SELECT id FROM (WITH x AS (SELECT id FROM term) SELECT id FROM x)",
            "line 1: SuiteQL takes no WITH",
        ),
        ("SELECT id FROM term;\nSELECT id FROM term", "query, line 2: must be a single statement"),
        ("SELECT id FROM term;\nDROP TABLE x", "query, line 2: must be a single statement"),
        ("SELECT id\nFROM term\nLIMIT 10", "query, line 3: SuiteQL takes no LIMIT, OFFSET or FETCH"),
        ("SELECT id FROM (SELECT id FROM term LIMIT 5)", "query, line 1: SuiteQL takes no LIMIT"),
        ("SELECT id FROM term\nFETCH FIRST 5 ROWS ONLY", "query, line 2: SuiteQL takes no LIMIT"),
        ("SELECT id FROM term OFFSET 5 ROWS", "query, line 1: SuiteQL takes no LIMIT"),
        ("SELECT TOP 5 id FROM term", "line 1: TOP at the top would give other rows with every page"),
        ("SELECT id FROM term\nORDER BY\nid", "query, line 3: leave out the ORDER BY at the end"),
        ("SELECT id FROM a UNION SELECT id FROM b ORDER BY id", "leave out the ORDER BY at the end"),
        ("SELECT id FROM term WHERE\n ROWNUM < 5", "query, line 2: ROWNUM at the top"),
        ("SELECT id FROM a UNION SELECT id FROM b WHERE rownum < 5", "ROWNUM at the top"),
        ("SELECT id, rownum AS n FROM term", "ROWNUM at the top"),
        (
            "SELECT id FROM term WHERE name = ?",
            "query, line 1: takes no values from outside; write the value",
        ),
        ("SELECT id FROM term WHERE name = :name", "takes no values from outside"),
        ("SELECT * FROM term", "names no columns with *: write each"),
        ("SELECT id,\n t.* FROM term t", "query, line 2: names no columns with *"),
        ("SELECT id FROM term UNION SELECT * FROM term", "names no columns with *"),
        ("SELECT id FROM term UNION SELECT id, name FROM term", "has 1 columns and another one 2"),
        ("SELECT id FROM a MINUS SELECT id FROM b", "must be one SELECT, or several with UNION"),
        ("SELECT id FROM a UNION (SELECT id FROM b MINUS SELECT id FROM c)", "only UNION may stand between"),
        (
            "SELECT id,\n BUILTIN.DF(entity) FROM transaction",
            "line 2: its column 2, BUILTIN.DF(entity), has no name; write BUILTIN.DF(entity) AS entity_name",
        ),
        ("SELECT id, COUNT(*) FROM term GROUP BY id", "write COUNT(*) AS column_2"),
        ("SELECT id, amount * 2 FROM transaction", "write amount * 2 AS amount_2"),
        ('SELECT id, name AS "The name" FROM term', "without quotes: AS the_name"),
        (
            "SELECT id, a.Name, b.name FROM a, b",
            "has two columns 'name'; name one of them otherwise: AS name_2",
        ),
        ("SELECT id, url AS links FROM term", "query, line 1: its column 2 cannot be called 'links'"),
        (
            f"SELECT id, url AS {'a' * 121} FROM term",
            "its column 2 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        ),
        ("SELECT id FROM term FOR UPDATE", "must only read"),
        ("SELECT 1 AS id", "has no FROM; write FROM dual"),
        ("SELECT id FROM term WHERE d > DATE '2026-01-01'", "write TO_DATE('2026-01-01', 'YYYY-MM-DD')"),
        ("SELECT id, q'[it's]' AS x FROM term", "cannot have Oracle's q-quotes"),
        (
            "SELECT id FROM term\nWHERE name = 'x",
            "query, line 2: has a ' that opens a text which nothing closes",
        ),
        ("SELECT id /* why FROM term", "opens a comment which nothing closes"),
        ("SELECT id FROM [term]", "cannot have [ or ]"),
        ("SELECT id,, name FROM term", "lacks a column before ','"),
        ("SELECT id, FROM term", "lacks a column before 'FROM'"),
        ("SELECT id\nFROM term\nWHERE WHERE id = 5", "query, line 3: cannot be read as SuiteQL near "),
        (
            "SELECT c.id FROM customer c JOIN term t ON t.id = c.terms, job j WHERE j.customer = c.id(+)",
            "not both in one statement",
        ),
    ],
)
def test_what_cannot_be_a_table_is_refused_with_what_to_write(query: str, message: str) -> None:
    assert message in refused(query)


def test_a_refusal_names_the_line_of_the_query_as_it_was_written() -> None:
    query = "SELECT id, -- the key\n/* two\nlines */ name\nFROM term\nWHERE ROWNUM < 5"
    assert refused(query).startswith("query, line 5: ROWNUM")


# The other arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": []}, "key: must be the columns that name one row"),
        ({"key": ["ids"]}, "key: the query has no column 'ids' (did you mean 'id'?)"),
        ({"key": ["id", "ID"]}, "key: names column 'id' twice"),
        (
            {"query": "SELECT id, trandate AS day FROM transaction", "key": ["day"]},
            "key: column 'day' is of type",
        ),
        ({"cursor": "changed"}, "cursor: the query has no column 'changed'"),
        (
            {"cursor": "name", "columns": {"name": "text"}},
            "cursor: column 'name' is of type text; only a datetime",
        ),
        ({"columns": {"nam": "text"}}, "columns: the query has no column 'nam' (did you mean 'name'?)"),
        (
            {"columns": {"name": "string"}},
            "column 'name': there is no type 'string'; types are integer, decimal",
        ),
        ({"group": "list"}, "group: there is no group 'list' (did you mean 'lists'?)"),
    ],
)
def test_what_does_not_fit_the_query_is_refused(arguments: Mapping[str, Any], message: str) -> None:
    assert message in refused(**arguments)


@pytest.mark.parametrize("name", ["all", "lists", "My Table", "1st", "order", "_x", "", "a" * 121])
def test_a_name_that_sql_or_a_choice_of_tables_would_mistake_is_refused(name: str) -> None:
    with pytest.raises(TableSpecError, match="name"):
        query_table(name, query="SELECT id FROM term", key=["id"], known=KNOWN)


def test_a_query_cannot_read_another_query() -> None:
    first = query_table("first", query="SELECT id FROM term", key=["id"], known=KNOWN)
    assert "'first', which is a query and no table of NetSuite's" in refused(
        "SELECT id FROM first", known={**KNOWN, "first": first}
    )


def test_names_are_compared_without_case() -> None:
    table = query_table(
        "mine",
        query="SELECT t.Id, t.LastModifiedDate FROM Term T",
        key=["ID"],
        cursor="LASTMODIFIEDDATE",
        known={},
    )
    assert (table.key, table.cursor) == (("id",), "lastmodifieddate")
    assert table.untyped == ("id", "lastmodifieddate")


def test_a_known_tables_own_column_has_the_type_it_has_there() -> None:
    table = query_table(
        "mine",
        query="SELECT t.id, t.trandate AS day, t.foreigntotal AS total, NVL(t.memo, '-') AS memo, c.companyname, "
        "x.id AS other FROM transaction t JOIN customer c ON c.id = t.entity JOIN customrecord_x x ON x.id = 1",
        key=["id"],
        columns={"memo": "text"},
        known=KNOWN,
    )
    assert {column.name: column.type for column in table.columns if column.name not in table.untyped} == {
        "id": "integer",
        "day": "date",
        "total": "decimal",
        "memo": "text",
        "companyname": "text",
    }
    assert table.untyped == ("other",)
    assert table.column("day").description == KNOWN["transaction"].column("trandate").description


def test_columns_of_a_union_belong_to_no_table() -> None:
    table = query_table(
        "mine", query="SELECT id FROM term UNION SELECT id FROM vendor", key="id", known=KNOWN
    )
    assert table.untyped == ("id",)


def test_the_permission_is_that_of_all_tables_that_are_read() -> None:
    query = (
        "SELECT c.id FROM Customer c WHERE EXISTS (SELECT 1 FROM transaction t WHERE t.entity = c.id) "
        "AND c.id IN (SELECT id FROM customrecord_x) AND 1 = (SELECT 1 FROM dual)"
    )
    table = query_table("mine", query=query, key=["id"], known=KNOWN)
    assert table.permission == Permission(
        "LIST_CUSTJOB.TRAN_FIND", "Lists > Customers + Transactions > Find Transaction"
    )
    assert table.description == "The rows of a query of customer, transaction, customrecord_x."


def test_without_a_known_table_the_permission_refers_to_the_query() -> None:
    table = query_table("mine", query="SELECT id FROM customrecord_x", key=["id"], known=KNOWN)
    assert table.permission == SEE_QUERY


def test_the_permissions_id_fits_a_tag_of_dagster_however_many_there_are() -> None:
    names = ", ".join(f"{name} t{place}" for place, name in enumerate(KNOWN))
    table = query_table("mine", query=f"SELECT t0.id FROM {names}", key=["id"], known=KNOWN)
    assert 40 < len(table.permission.id) <= 63
    assert table.permission.name.count(" + ") > 15


# What values look like


@in_one_pass(
    ("values", "look"),
    [
        ([], None),
        ([None, None], None),
        (["1", "-1", "0", "9223372036854775807"], "integer"),
        (["9223372036854775808"], "decimal"),
        (["007"], "text"),
        (["1", "007"], "text"),
        (["1", "1.5", "-.5"], "decimal"),
        (["1.5E-7"], "decimal"),
        (["1.12345678901"], "text"),  # more decimals than are kept
        (["1.10000000000"], "decimal"),
        (["1" * 29], "text"),
        (["T", "F", None], "boolean"),
        (["T", "A"], "text"),
        (["true"], "text"),
        (["1", "T"], "text"),
        (["1, 2"], "text"),
        (["", "1"], "text"),
        (["-", "."], "text"),
        (["1e5", "BP1"], "text"),
        (["3/2/2026", "11/23/2026 6:00 pm"], "moment"),
        (["2.3.2026"], "moment"),
        (["2-Mar-2026"], "moment"),
        (["2 March, 2026"], "moment"),
        (["2026/3/2"], "moment"),
        (["2026-03-02 06:00:09"], "moment"),
        (["2026-03-02", "soon"], "text"),
        (["2/3-2026"], "text"),
    ],
)
def test_a_type_holds_all_values_or_it_is_text(values: list[str | None], look: str | None) -> None:
    assert infer_type(values) == look


def test_digits_in_the_order_of_texts_are_no_numbers() -> None:
    assert rises(["1", "2", "2", "10"])
    assert not rises(["1", "10", "2"])


def test_a_date_has_no_time_of_day_in_any_row() -> None:
    assert datetime_kind(["2026-11-23 00:00:00", None]) == "date"
    assert datetime_kind(["2026-11-23 00:00:00", "2026-11-23 00:00:01"]) == "datetime"
    assert datetime_kind(["11/23/2026"]) is None
    assert datetime_kind([None]) is None
