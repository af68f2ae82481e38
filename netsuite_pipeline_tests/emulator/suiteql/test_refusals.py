"""What SuiteQL refuses, and in which words; among them everything that is no SELECT over the role's"
" tables."""

import re

import pytest

from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine
from netsuite_pipeline_tests.emulator.suiteql import small_records
from netsuite_pipeline_tests.one_pass import in_one_pass

PREFIX = "Invalid search query. Detailed unprocessed description follows. "
UNSUPPORTED = "Search error occurred: Invalid or unsupported search"
SYNTAX = "Failed to parse SQL"


def unknown(name: str, available: str) -> str:
    return f"Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{{available}}}."


REFUSED: list[tuple[str, str]] = [
    # Clauses
    ("WITH a AS (SELECT 1 AS x FROM dual) SELECT * FROM a", SYNTAX),
    ("SELECT id FROM transaction LIMIT 5", SYNTAX),
    ("SELECT id FROM transaction FETCH FIRST 5 ROWS ONLY", SYNTAX),
    ("SELECT id FROM transaction ORDER BY id OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY", SYNTAX),
    ("SELECT [id] FROM transaction", UNSUPPORTED),
    ("SELECT id FROM transaction WHERE", SYNTAX),
    ("SELECT id, FROM transaction", SYNTAX),
    ("SELECT id transaction tranid", SYNTAX),
    ("SELECT FROM transaction", SYNTAX),
    ("SELECT 1", SYNTAX),
    ("", SYNTAX),
    ("SELECT id FROM transaction WHERE tranid = 'open", SYNTAX),
    ("SELECT left FROM accounttype", SYNTAX),
    ("SELECT tranid + 'x' FROM transaction", UNSUPPORTED),
    ("SELECT 'a' + 'b' FROM dual", UNSUPPORTED),
    (f"SELECT id FROM transaction WHERE id IN ({', '.join(map(str, range(1001)))})", UNSUPPORTED),
    ("SELECT id FROM transaction WHERE trandate > DATE '2024-01-01'", UNSUPPORTED),
    ("SELECT id FROM transaction WHERE trandate > '2024-01-01'", UNSUPPORTED),
    ("SELECT id FROM transaction WHERE lastmodifieddate > '2024-01-01'", UNSUPPORTED),
    ('SELECT X FROM (SELECT id AS "X" FROM transaction)', UNSUPPORTED),
    ("SELECT type, id FROM transaction GROUP BY type", UNSUPPORTED),
    ("SELECT COUNT(*) FROM transaction GROUP BY 1", UNSUPPORTED),
    ("SELECT id = 1 FROM transaction", UNSUPPORTED),
    ("SELECT TO_CHAR(trandate, 'NONSENSE') FROM transaction", UNSUPPORTED),
    ("SELECT TO_NUMBER('abc') FROM dual", UNSUPPORTED),
    ("SELECT id FROM transaction MINUS SELECT id FROM customer", UNSUPPORTED),
    # Joins
    ("SELECT t.id FROM transaction t, customer c WHERE c.id(+) = t.entity", UNSUPPORTED),
    ("SELECT t.id FROM transaction t LEFT JOIN region r ON r.id = t.id, customer c WHERE t.entity = c.id(+)",
     UNSUPPORTED),
    # Functions
    *((f"SELECT {call} FROM transaction", UNSUPPORTED) for call in (
        "LISTAGG(tranid, ',') WITHIN GROUP (ORDER BY id)", "LISTAGG(tranid, ',')", "LEFT(tranid, 2)",
        "RIGHT(tranid, 2)", "SUBSTRING(tranid, 1, 2)", "CEILING(id)", "DATEDIFF(trandate, trandate)",
        "CHARINDEX('a', tranid)", "CONVERT(tranid, 'x')", "LCASE(tranid)", "UCASE(tranid)",
        "POSITION('a' IN tranid)", "REPEAT(tranid, 2)", "NO_SUCH_FUNCTION(id)", "read_text('/etc/passwd')",
        "getenv('HOME')", "current_setting('threads')", "BUILTIN.CONSOLIDATE(id)", "OTHER.DF(entity)",
    )),
    # Names
    ("SELECT nothing FROM transaction", unknown("nothing", "transaction=transaction")),
    ("SELECT t.nothing FROM transaction t, customer", unknown("nothing", "t=transaction, customer=customer")),
    ("SELECT id FROM transaction t WHERE nothing = 1", unknown("nothing", "t=transaction")),
    ("SELECT x.id FROM transaction t", "Invalid search type: x."),
    ("SELECT x.* FROM transaction t", "Invalid search type: x."),
    ("SELECT id FROM nothing", "Invalid search type: nothing."),
    ("SELECT id FROM payroll", "Search error occurred: Record 'payroll' was not found."),
    ("SELECT id FROM transaction WHERE id IN (SELECT id FROM payroll)",
     "Search error occurred: Record 'payroll' was not found."),
    ("SELECT secret FROM transaction", "Search error occurred: Field 'secret' for record 'transaction'"
     " was not found."
     " Reason: NOT_EXPOSED - Field is marked as internal for channel SEARCH"),
    ("SELECT id FROM transaction WHERE gone = 'x'",
     "Search error occurred: Field 'gone' for record 'transaction' was not found. Reason: REMOVED - Field"
     " is removed"),
    ("SELECT transaction.id, customer.id FROM transaction, customer ORDER BY id", UNSUPPORTED),
    # What must never reach the database
    *((sql, "") for sql in (
        "DROP TABLE ns.transaction", "INSERT INTO transaction VALUES (1)", "UPDATE transaction SET id = 1",
        "DELETE FROM transaction", "CREATE TABLE x AS SELECT id FROM transaction", "PRAGMA database_list",
        "ATTACH 'x.db'", "COPY transaction TO 'x.csv'", "SET threads = 4", "INSTALL httpfs", "LOAD httpfs",
        "CALL pragma_version()", "VALUES (1)", "FROM transaction", "DESCRIBE transaction", "SHOW TABLES",
        "EXPLAIN SELECT id FROM transaction", "SUMMARIZE transaction", "SELECT id INTO x FROM transaction",
        "SELECT id FROM transaction; DROP TABLE ns.transaction", "SELECT id FROM transaction;;",
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'", 'SELECT * FROM "/etc/passwd"', "SELECT * FROM glob('*')",
        "SELECT * FROM duckdb_tables()", "SELECT * FROM duckdb_settings", "SELECT * FROM ns.transaction",
        "SELECT * FROM information_schema.tables", "SELECT * FROM ns_lists.options",
        "SELECT * FROM sqlite_master",
        'SELECT * FROM "ns"."payroll"', 'SELECT * FROM "ns.payroll"', "SELECT * FROM transaction@remote",
        "SELECT * FROM range(10)", "SELECT * FROM TABLE(range(10))", "SELECT * FROM (VALUES (1))",
        "SELECT UNNEST(tranid) FROM transaction", "SELECT id::text FROM transaction",
        "SELECT $$x$$ FROM dual",
        "SELECT COLUMNS('.*') FROM transaction", "SELECT * EXCLUDE (id) FROM transaction",
        "SELECT id FROM transaction t TABLESAMPLE 5", "SELECT id FROM transaction FOR UPDATE",
        "SELECT id FROM transaction QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1", "SELECT {'a': 1} FROM dual",
        "SELECT id FROM transaction WHERE tranid SIMILAR TO 'x'", "SELECT x -> x FROM dual",
        "SELECT #1 FROM dual",
        "SELECT rowid FROM transaction", "SELECT t0.\"id\" FROM transaction",
        "SELECT id FROM transaction ORDER BY ALL",
        "SELECT E'\\'' FROM dual", "SELECT q'[x]' FROM dual", "SELECT \x01now\x02 FROM dual",
        'SELECT "\x01" FROM dual',
        "SELECT id FROM transaction t(a, b)", "SELECT id FROM transaction NATURAL JOIN customer",
        "SELECT id FROM transaction JOIN customer USING (id)", "SELECT id FROM LATERAL (SELECT 1 FROM dual)",
        "SELECT MAX(id) FILTER (WHERE id > 1) FROM transaction",
        "SELECT MAX(id ORDER BY id) FROM transaction",
        "SELECT " + "(" * 3000 + "1" + ")" * 3000 + " FROM dual",
    )),
]  # fmt: skip


@in_one_pass(("sql", "text"), REFUSED, ids=[sql[:60] for sql, _ in REFUSED])
def test_a_query_is_refused_in_netsuites_words(account: SuiteQLEngine, sql: str, text: str) -> None:
    refused = small_records.refusal(account, sql)
    assert refused.detail.startswith(PREFIX + text)
    assert (refused.status, refused.code) == (400, "INVALID_PARAMETER")
    assert refused.where == {"o:errorQueryParam": "q"}


def test_naming_a_poisoned_column_is_an_unexpected_error_with_a_new_id_each_time(
    account: SuiteQLEngine,
) -> None:
    first, second = (small_records.refusal(account, "SELECT poison FROM transaction") for _ in range(2))
    assert (first.status, first.code, first.where) == (500, "UNEXPECTED_ERROR", {})
    assert re.fullmatch(r"An unexpected error occurred\. Error ID: [a-z]{20}", first.detail)
    assert first.detail != second.detail
    assert (
        set(small_records.rows(account, "SELECT * FROM transaction WHERE id = 10")[0]) & {"poison", "secret"}
        == set()
    )


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        (Dialect(sys_extract_utc=False), "SELECT SYS_EXTRACT_UTC(lastmodifieddate) FROM transaction"),
        (Dialect(builtin_df=False), "SELECT BUILTIN.DF(entity) FROM transaction"),
        (Dialect(count_star=False), "SELECT COUNT(*) FROM transaction"),
        (Dialect(rownum_nested=False), "SELECT id FROM (SELECT id, ROWNUM AS rn FROM transaction)"),
    ],
)
def test_what_a_dialect_switches_off_is_refused(dialect: Dialect, sql: str) -> None:
    assert small_records.refusal(small_records.engine(dialect=dialect), sql).detail == PREFIX + UNSUPPORTED
    assert small_records.rows(small_records.engine(), sql)


def test_rownum_of_the_query_itself_is_left_when_the_nested_one_is_switched_off() -> None:
    account = small_records.engine(dialect=Dialect(rownum_nested=False, count_star=False))
    assert small_records.rows(account, "SELECT COUNT(id) AS n FROM transaction WHERE ROWNUM <= 2") == [
        {"n": "2"}
    ]


def test_a_hidden_table_may_be_called_unknown() -> None:
    account = small_records.engine(dialect=Dialect(missing_table_text="invalid_search_type"))
    assert (
        small_records.refusal(account, "SELECT id FROM payroll").detail
        == PREFIX + "Invalid search type: payroll."
    )


@pytest.mark.parametrize("params", [[], ["1", "2"]])
def test_parameters_must_be_as_many_as_question_marks(account: SuiteQLEngine, params: list[str]) -> None:
    assert small_records.refusal(account, "SELECT id FROM transaction WHERE id = ?", params).status == 400


@pytest.mark.parametrize(
    "value",
    [
        "'",
        "''",
        "\\",
        "'; DROP TABLE ns.region; --",
        "\x01now\x02",
        "\x01:int\x02",
        '"',
        "*/",
        "😀",
        "%",
        "\n--",
    ],
)
def test_a_literal_stays_a_literal_whatever_is_in_it(account: SuiteQLEngine, value: str) -> None:
    quoted = value.replace("'", "''")
    assert small_records.rows(account, f"SELECT '{quoted}' AS v FROM dual") == [{"v": value}]
    assert small_records.rows(account, "SELECT ? AS v FROM dual WHERE ? = ?", [value, value, value]) == [
        {"v": value}
    ]
    assert len(small_records.rows(account, "SELECT id FROM region")) == 2


def test_row_filters_hold_wherever_a_table_is_named() -> None:
    access = Access(small_records.ALL.visible, row_filters={"transaction": "type = 'CustInvc'"}, version=1)
    account = small_records.engine()
    count = "SELECT COUNT(*) AS n FROM "
    for sql in (
        count + "transaction",
        count + "transaction t INNER JOIN transaction u ON u.id = t.id",
        count + "(SELECT id FROM transaction)",
        "SELECT (SELECT COUNT(*) FROM transaction) AS n FROM dual",
        "SELECT (SELECT COUNT(*) FROM transactionline l WHERE l.id = 0 AND EXISTS (SELECT 1 FROM"
        " transaction t WHERE t.id = l.transaction)) AS n FROM dual",
    ):
        assert small_records.rows(account, sql, access=access) == [{"n": "3"}]
        assert small_records.rows(account, sql) == [{"n": "5"}]


def test_two_roles_of_one_version_do_not_share_what_they_see() -> None:
    account = small_records.engine()
    narrow = Access({"transaction": frozenset({"id"})}, version=small_records.ALL.version)
    sql = "SELECT id, tranid FROM transaction WHERE id = 10"
    assert small_records.rows(account, sql) == [{"id": "10", "tranid": "SO1"}]
    assert "Unknown identifier 'tranid'" in small_records.refusal(account, sql, access=narrow).detail
    assert (
        "Invalid search type" in small_records.refusal(account, "SELECT x FROM nothing", access=narrow).detail
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "1+" * 3000 + "1 AS n FROM dual",
        "SELECT " + "NVL(" * 900 + "1" + ",1)" * 900 + " AS n FROM dual",
    ],
)
def test_a_query_too_deep_to_read_is_refused_and_harms_nothing(account: SuiteQLEngine, sql: str) -> None:
    assert small_records.refusal(account, sql).status == 400
    assert small_records.rows(account, "SELECT 1 AS n FROM dual") == [{"n": "1"}]
