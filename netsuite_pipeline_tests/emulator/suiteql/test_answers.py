"""What SuiteQL answers: a table of queries and rows."""

from typing import Any

import pytest

from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine
from netsuite_pipeline_tests.emulator.suiteql import small_records
from netsuite_pipeline_tests.one_pass import in_one_pass

STATUS = "BUILTIN.DF(status) AS status_label"
INDEX = (
    "SELECT {0} FROM (SELECT {0}, ROWNUM AS rn FROM (SELECT {0} FROM {1} ORDER BY {0}))"
    " WHERE MOD(rn, {2}) = 0"
)

ANSWERS: list[tuple[str, list[dict[str, Any]]]] = [
    # Values
    ("SELECT 1 AS probe FROM dual", [{"probe": "1"}]),
    (
        "SELECT id, tranid, foreigntotal, posting, memo FROM transaction WHERE id <= 35 ORDER BY id",
        [
            {"id": "10", "tranid": "SO1", "foreigntotal": "12.5", "posting": "T"},
            {"id": "20", "tranid": "INV1", "foreigntotal": "100", "posting": "T", "memo": ""},
            {
                "id": "35",
                "tranid": "INV2",
                "foreigntotal": "-0.07",
                "posting": "F",
                "memo": 'a "quote" \\ 😀\nnext',
            },
        ],
    ),
    ("SELECT foreigntotal FROM transaction WHERE id = 50",
     [{"foreigntotal": "123456789012345678.1234567891"}]),
    ("SELECT ID AS MyId, TranId FROM Transaction WHERE Id = 10", [{"myid": "10", "tranid": "SO1"}]),
    ('SELECT id AS "My Id" FROM transaction WHERE id = 10', [{"my id": "10"}]),
    ("SELECT COUNT(*), 1 + 1, MAX(id) AS m FROM transaction", [{"expr1": "5", "expr2": "2", "m": "50"}]),
    ("SELECT 10 / 4 AS a, 1 / 8 AS b, 6 / 3 AS c, 2 * 1.50 AS d FROM dual",
     [{"a": "2.5", "b": "0.125", "c": "2", "d": "3"}]),
    # Dates
    (
        "SELECT trandate, lastmodifieddate FROM transaction WHERE id = 10",
        [{"trandate": "01/31/2024", "lastmodifieddate": "03/10/2024"}],
    ),
    (
        "SELECT TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS a FROM transaction WHERE id < 40"
        " ORDER BY id",
        [{"a": "2024-03-10 01:59:59"}, {"a": "2024-03-10 03:00:00"}, {"a": "2024-11-03 01:30:00"}],
    ),
    (
        "SELECT TO_CHAR(SYS_EXTRACT_UTC(lastmodifieddate), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS a FROM"
        " transaction"
        " WHERE id IN (35, 50) ORDER BY id",
        [{"a": "2024-11-03T08:30:00Z"}, {"a": "2024-11-03T09:30:00Z"}],
    ),
    (
        "SELECT TO_CHAR(CURRENT_DATE, 'YYYY-MM-DD HH24:MI:SS') AS now, SYSDATE - 1 AS before FROM dual",
        [{"now": "2026-01-01 19:04:05", "before": "12/31/2025"}],
    ),
    (
        "SELECT trandate + 1 AS a, ADD_MONTHS(trandate, 1) AS b, trandate - TO_DATE('2024-01-01',"
        " 'YYYY-MM-DD') AS c"
        " FROM transaction WHERE id = 10",
        [{"a": "02/01/2024", "b": "02/29/2024", "c": "30"}],
    ),
    (
        "SELECT TRUNC(lastmodifieddate, 'MM') AS a, TO_CHAR(TRUNC(lastmodifieddate), 'HH24') AS b,"
        " EXTRACT(YEAR FROM trandate) AS c, LAST_DAY(trandate) AS d FROM transaction WHERE id = 20",
        [{"a": "03/01/2024", "b": "00", "c": "2024", "d": "02/29/2024"}],
    ),
    (
        "SELECT id FROM transaction WHERE lastmodifieddate >= TO_TIMESTAMP('2024-03-10 03:00:00',"
        " 'YYYY-MM-DD HH24:MI:SS') AND lastmodifieddate < TO_DATE('2024-11-03', 'YYYY-MM-DD') ORDER BY id",
        [{"id": "20"}],
    ),
    (
        "SELECT id FROM transaction WHERE SYS_EXTRACT_UTC(lastmodifieddate) >= TO_TIMESTAMP('2024-11-03"
        " 09:00:00',"
        " 'YYYY-MM-DD HH24:MI:SS')",
        [{"id": "50"}],
    ),
    ("SELECT id FROM transaction WHERE trandate BETWEEN TO_DATE('2024-02-01', 'YYYY-MM-DD') AND"
     " TO_DATE('2024-03-01', 'YYYY-MM-DD') ORDER BY 1 DESC", [{"id": "35"}, {"id": "20"}]),
    # Labels
    (
        f"SELECT BUILTIN.DF(entity) AS who, {STATUS}, BUILTIN.CF(entity) AS v FROM transaction WHERE id <"
        f" 40 ORDER BY id",
        [
            {"who": "C1", "status_label": "Sales Order : Pending Fulfillment", "v": "1"},
            {"who": "C2", "status_label": "Invoice : Paid In Full", "v": "2"},
            {"who": "C1", "status_label": "Invoice : Open", "v": "1"},
        ],
    ),
    (
        "SELECT BUILTIN.DF(regions) AS r, regions FROM item ORDER BY id",
        [{"r": "North, South", "regions": "1, 2"}, {"r": "South, North", "regions": "2, 1"}, {}],
    ),
    ("SELECT BUILTIN.DF(type) AS t, COUNT(*) AS n FROM transaction WHERE id = 10 GROUP BY BUILTIN.DF(type)",
     [{"t": "Sales Order", "n": "1"}]),
    # Functions
    (
        "SELECT NVL(memo, 'none') AS a, NVL2(entity, 'y', 'n') AS b, DECODE(type, 'Journal', 'J',"
        " 'other') AS c,"
        " COALESCE(memo, tranid) AS d, CASE WHEN entity IS NULL THEN 0 ELSE 1 END AS e,"
        " CASE type WHEN 'Journal' THEN 1 END AS f FROM transaction WHERE id = 40",
        [{"a": "none", "b": "n", "c": "J", "d": "JOU1", "e": "0", "f": "1"}],
    ),
    (
        "SELECT SUBSTR(tranid, -2) AS a, SUBSTR(tranid, 0, 2) AS b, INSTR(tranid, 'V') AS c,"
        " LOWER(tranid) AS d,"
        " UPPER('x') AS e, LENGTH(tranid) AS f, tranid || NULL || '-' || id AS g, TRIM('  x ') AS h,"
        " LPAD(id, 4, '0') AS i, REPLACE(tranid, 'INV', '#') AS j FROM transaction WHERE id = 20",
        [{"a": "V1", "b": "IN", "c": "3", "d": "inv1", "e": "X", "f": "4", "g": "INV1-20", "h": "x",
          "i": "0020", "j": "#1"}],
    ),
    (
        "SELECT ROUND(12.345, 2) AS a, MOD(7, 3) AS b, TRUNC(1.99) AS c, ABS(-2) AS d, FLOOR(1.5) AS e,"
        " TO_NUMBER('12.50') AS f, GREATEST(1, 3, 2) AS g, TO_CHAR(12.50) AS h, CEIL(1.2) AS i FROM dual",
        [{"a": "12.35", "b": "1", "c": "1", "d": "2", "e": "1", "f": "12.5", "g": "3", "h": "12.5",
          "i": "2"}],
    ),
    (
        "SELECT id FROM transaction WHERE REGEXP_LIKE(tranid, '^inv[12]$', 'i') AND NOT"
        " REGEXP_LIKE(tranid, '2')",
        [{"id": "20"}],
    ),
    (
        "SELECT REGEXP_SUBSTR(tranid, '[0-9]+') AS a, REGEXP_REPLACE(tranid, '[A-Z]', '') AS b,"
        " REGEXP_INSTR(tranid, '[0-9]') AS c FROM transaction WHERE id = 20",
        [{"a": "1", "b": "1", "c": "4"}],
    ),
    # Conditions
    ("SELECT id FROM transaction WHERE memo LIKE 'it%' OR tranid LIKE 'J_U1' ORDER BY id",
     [{"id": "40"}, {"id": "50"}]),
    ("SELECT id FROM transaction WHERE tranid NOT LIKE 'INV%' AND id NOT IN (40) AND NOT (id = 20)",
     [{"id": "10"}]),
    ("SELECT id FROM transaction WHERE memo IS NOT NULL AND posting = 'T' AND memo = 'it''s'",
     [{"id": "50"}]),
    ("SELECT id FROM transaction WHERE (type, entity) IN (('CustInvc', 1), ('SalesOrd', 2))", [{"id": "35"}]),
    ("SELECT id FROM transaction -- where\n WHERE /* all */ id = '20'", [{"id": "20"}]),
    # Subselects and joins
    (
        "SELECT t.id, c.companyname FROM transaction t LEFT JOIN customer c ON c.id = t.entity WHERE t.id"
        " <= 40"
        " ORDER BY t.id",
        [{"id": "10", "companyname": "Ash & Co"}, {"id": "20", "companyname": "Birch"},
         {"id": "35", "companyname": "Ash & Co"}, {"id": "40"}],
    ),
    (
        "SELECT t.id, c.companyname AS n FROM transaction t, customer c WHERE t.entity = c.id(+)"
        " AND c.companyname(+) = 'Birch' AND t.id < 40 ORDER BY t.id",
        [{"id": "10"}, {"id": "20", "n": "Birch"}, {"id": "35"}],
    ),
    ("SELECT c.id FROM customer c INNER JOIN transaction AS t ON t.entity = c.id WHERE t.id = 20",
     [{"id": "2"}]),
    (
        "SELECT id FROM customer c WHERE NOT EXISTS (SELECT 1 FROM transaction t WHERE t.entity = c.id)",
        [{"id": "4"}],
    ),
    ("SELECT id FROM transaction WHERE entity IN (SELECT id FROM customer WHERE id > 1)", [{"id": "20"}]),
    (
        "SELECT id, (SELECT MAX(l.netamount) FROM transactionline l WHERE l.transaction = t.id) AS m"
        " FROM transaction t WHERE id > 40",
        [{"id": "50", "m": "2.5"}],
    ),
    # Groups, sets, windows
    (
        "SELECT type, COUNT(*) AS n, SUM(foreigntotal) AS s, COUNT(DISTINCT entity) AS d FROM transaction"
        " WHERE id < 50 GROUP BY type HAVING COUNT(*) < 3 ORDER BY n DESC, type",
        [{"type": "CustInvc", "n": "2", "s": "99.93", "d": "2"}, {"type": "Journal", "n": "1", "d": "0"},
         {"type": "SalesOrd", "n": "1", "s": "12.5", "d": "1"}],
    ),
    ("SELECT AVG(id) AS a, MIN(trandate) AS b, MAX(lastmodifieddate) AS c FROM transaction WHERE id < 35",
     [{"a": "15", "b": "01/31/2024", "c": "03/10/2024"}]),
    ("SELECT DISTINCT posting FROM transaction ORDER BY posting DESC",
     [{}, {"posting": "T"}, {"posting": "F"}]),
    ("SELECT id FROM customer UNION SELECT id FROM region ORDER BY id DESC",
     [{"id": "4"}, {"id": "2"}, {"id": "1"}]),
    ("SELECT COUNT(*) AS n FROM (SELECT id FROM customer UNION ALL SELECT id FROM region)", [{"n": "5"}]),
    (
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY type ORDER BY id DESC) AS r, RANK() OVER (ORDER BY"
        " posting) AS k"
        " FROM transaction WHERE id < 40 ORDER BY id",
        [{"id": "10", "r": "1", "k": "2"}, {"id": "20", "r": "2", "k": "2"},
         {"id": "35", "r": "1", "k": "1"}],
    ),
    # ROWNUM and TOP
    ("SELECT TOP 2 id FROM transaction ORDER BY id DESC", [{"id": "50"}, {"id": "40"}]),
    ("SELECT id FROM transaction WHERE ROWNUM <= 2 ORDER BY id DESC", [{"id": "20"}, {"id": "10"}]),
    ("SELECT id, ROWNUM AS rn FROM transaction WHERE id > 10 AND ROWNUM < 3 ORDER BY id DESC",
     [{"id": "35", "rn": "2"}, {"id": "20", "rn": "1"}]),
    ("SELECT id FROM transaction WHERE ROWNUM > 1", []),
    ("SELECT id FROM transaction WHERE ROWNUM = 1", [{"id": "10"}]),
    ("SELECT COUNT(*) AS n FROM transaction WHERE ROWNUM <= 3", [{"n": "3"}]),
    (
        "SELECT id FROM (SELECT a.*, ROWNUM AS rn FROM (SELECT id FROM transaction ORDER BY id DESC) a"
        " WHERE ROWNUM <= 3) WHERE rn > 1 ORDER BY rn",
        [{"id": "40"}, {"id": "35"}],
    ),
    (INDEX.format("id", "transaction", 2) + " ORDER BY id", [{"id": "20"}, {"id": "40"}]),
    (
        INDEX.format("transaction, id", "transactionline", 7) + " ORDER BY transaction, id",
        [{"transaction": "35", "id": "0"}, {"transaction": "50", "id": "1"}],
    ),
    # Names
    ("SELECT * FROM region WHERE id = 1", [{"id": "1", "name": "North"}]),
    ("SELECT r.*, i.itemid FROM region r CROSS JOIN item i WHERE i.id = 1 AND r.id = 2",
     [{"id": "2", "name": "South", "itemid": "chair"}]),
    ("SELECT accounttype.left, id FROM accounttype WHERE accounttype.left = 'T'",
     [{"left": "T", "id": "Bank"}]),
    ('SELECT a."left" FROM accounttype AS a WHERE id = \'Income\'', [{"left": "F"}]),
]  # fmt: skip


@in_one_pass(("sql", "expected"), ANSWERS, ids=[sql[:60] for sql, _ in ANSWERS])
def test_a_query_is_answered_as_netsuite_answers_it(
    account: SuiteQLEngine, sql: str, expected: list[dict[str, Any]]
) -> None:
    assert small_records.rows(account, sql) == expected


@pytest.mark.long
@in_one_pass(("sql", "expected"), ANSWERS, ids=[sql[:60] for sql, _ in ANSWERS])
def test_without_kept_translations_the_answer_is_the_same(sql: str, expected: list[dict[str, Any]]) -> None:
    assert small_records.rows(small_records.engine(fast=False), sql) == expected


def test_bind_parameters_take_the_place_of_question_marks(account: SuiteQLEngine) -> None:
    sql = "SELECT id FROM transaction WHERE id > ? AND id - ? > 0 AND tranid = ? ORDER BY id"
    assert small_records.rows(account, sql, ["-7", "-1", "INV2"]) == [{"id": "35"}]
    assert small_records.rows(account, sql, ["0", "49", "INV3"]) == [{"id": "50"}]
    assert small_records.rows(account, sql, ["0", "0", "' OR 1=1 --"]) == []


def test_the_first_member_of_every_row_is_its_empty_links(account: SuiteQLEngine) -> None:
    page = account.page("SELECT id FROM region ORDER BY id", (), limit=1, offset=0, access=small_records.ALL)
    assert page.items_json == b'[{"links":[],"id":"1"}]'


def test_numbers_are_bare_and_keys_upper_case_where_the_dialect_says_so() -> None:
    account = small_records.engine(dialect=Dialect(lower_keys=False, string_numbers=False))
    sql = "SELECT id, foreigntotal AS total, posting FROM transaction WHERE id = 10"
    assert small_records.rows(account, sql) == [{"ID": 10, "TOTAL": 12.5, "POSTING": "T"}]


@pytest.mark.parametrize(
    ("date_format", "shown"),
    [("MM/DD/YYYY", "03/01/2024"), ("M/D/YYYY", "3/1/2024"), ("D.M.YYYY", "1.3.2024"),
     ("YYYY-MM-DD", "2024-03-01"),
     ("DD-Mon-YYYY", "01-Mar-2024"), ("DD-MON-YYYY", "01-MAR-2024"), ("DD MONTH, YYYY", "01 MARCH, 2024")],
)  # fmt: skip
def test_raw_dates_come_in_the_accounts_date_format(date_format: str, shown: str) -> None:
    account = small_records.engine(date_format=date_format)
    assert small_records.rows(account, "SELECT trandate FROM transaction WHERE id = 35") == [
        {"trandate": shown}
    ]


def test_fetch_first_is_answered_where_the_dialect_allows_it() -> None:
    account = small_records.engine(dialect=Dialect(fetch_first=True))
    sql = "SELECT id FROM transaction ORDER BY id FETCH FIRST 2 ROWS ONLY"
    assert small_records.rows(account, sql) == [{"id": "10"}, {"id": "20"}]


@pytest.mark.parametrize("literal", ["\\", "é", "\t", "\x7f", "😀", "/"])
def test_what_a_date_format_says_literally_comes_through(account: SuiteQLEngine, literal: str) -> None:
    sql = f"SELECT TO_CHAR(trandate, 'YYYY\"{literal}\"MM') AS t FROM transaction WHERE id = 10"
    assert small_records.rows(account, sql) == [{"t": f"2024{literal}01"}]
