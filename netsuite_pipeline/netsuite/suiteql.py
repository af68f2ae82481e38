"""SuiteQL text: select lists, literals, keyset conditions. Pure functions from values to text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

PROBE_QUERY = "SELECT 1 AS probe FROM DUAL"
"""A statement that needs no permission for a record."""

MAX_IN_LIST = 1000  # NSH:article_0824094533: more items in IN are refused

# Words that SQL parsers take for something else when they stand alone as a column: Oracle's reserved words,
# its pseudo-columns, and values that are written as words.
_SQL_WORDS = """
    access add all alter and any as asc audit begin between by case cast char check cluster column
    comment connect connect_by_root create cross current current_date current_timestamp date decimal
    default delete desc distinct drop else end exclusive exists false fetch first float for from
    full grant group having identified immediate in increment index initial inner insert integer
    interval into intersect is join last left level like limit localtimestamp lock long minus mode
    modify natural not null number of offset on option or order outer prior public raw rename resource
    revoke right row rowid rownum rows select session set share size smallint start synonym sysdate
    systimestamp table then timestamp to top trigger true uid union unique update user using validate
    values varchar varchar2 view when where with
"""
_RESERVED = frozenset(_SQL_WORDS.split())


@dataclass(frozen=True)
class Dialect:
    """The disputed abilities that this account's SuiteQL has, found by requests (design, section 8).

    Attributes:
        utc: `SYS_EXTRACT_UTC` works; otherwise date-times come in the session's time zone.
        labels: `BUILTIN.DF` works.
    """

    utc: bool = True
    labels: bool = True


def column_ref(table: str, column: str) -> str:
    """Return a column as it can stand in any clause; a reserved word is qualified by its table.

    Example:
        >>> column_ref("accounttype", "left"), column_ref("customer", "id")
        ('accounttype.left', 'id')
    """
    return f"{_alias(table)}.{column}" if column in _RESERVED else column


def table_source(table: str, query: str | None = None) -> str:
    """Return what stands after FROM: a table, or a statement under its name.

    A name that SQL has a meaning of its own for gets `_rows` behind it, where columns are qualified by it.

    Example:
        >>> table_source("term"), table_source("lock", "SELECT id FROM term")
        ('term', '(SELECT id FROM term) lock_rows')
    """
    alias = _alias(table)
    if query is not None:
        return f"({query}) {alias}"
    return table if alias == table else f"{table} {alias}"


def _alias(table: str) -> str:
    return f"{table}_rows" if table in _RESERVED else table


def select_item(table: str, column: str, kind: str, dialect: Dialect) -> str:
    """Return one column of the select list, in a form that keeps its exact value.

    Without TO_CHAR a date-time comes in the user's date format and loses its time; without SYS_EXTRACT_UTC it
    comes in the session's time zone (facts, section 3).

    Args:
        table: The table.
        column: The column, lower case.
        kind: One of the catalogue's column types.
        dialect: The abilities of this account's SuiteQL.

    Example:
        >>> select_item("transaction", "trandate", "date", Dialect())
        "TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate"
    """
    ref = column_ref(table, column)
    if kind == "date":
        return f"TO_CHAR({ref}, 'YYYY-MM-DD') AS {column}"
    if kind == "datetime":
        return f"{select_datetime(ref, dialect)} AS {column}"
    return ref


def select_datetime(ref: str, dialect: Dialect) -> str:
    """Return a date-time as text to the second, in UTC where the account can.

    Example:
        >>> select_datetime("deleteddate", Dialect(utc=False))
        "TO_CHAR(deleteddate, 'YYYY-MM-DD HH24:MI:SS')"
    """
    return f"TO_CHAR({_utc_time(ref, dialect)}, 'YYYY-MM-DD HH24:MI:SS')"


def label_item(table: str, column: str) -> str:
    """Return the display name of a select field's value, as `<column>_label`.

    Example:
        >>> label_item("transaction", "entity")
        'BUILTIN.DF(entity) AS entity_label'
    """
    return f"BUILTIN.DF({column_ref(table, column)}) AS {column}_label"


def text_literal(value: str) -> str:
    """Return a text literal.

    Example:
        >>> text_literal("O'Neill")
        "'O''Neill'"
    """
    return "'" + value.replace("'", "''") + "'"


def timestamp_literal(value: datetime) -> str:
    """Return a date-time literal to the second; NetSuite refuses ANSI literals and bare strings.

    Example:
        >>> timestamp_literal(datetime(2026, 11, 23, 6, 0, 9))
        "TO_TIMESTAMP('2026-11-23 06:00:09', 'YYYY-MM-DD HH24:MI:SS')"
    """
    return f"TO_TIMESTAMP('{value:%Y-%m-%d %H:%M:%S}', 'YYYY-MM-DD HH24:MI:SS')"


def key_literal(value: str, kind: str) -> str:
    """Return the literal of a key's value from NetSuite.

    Args:
        value: The text of the value.
        kind: The key column's type; an integer must look like one, so nothing else enters the statement.

    Raises:
        ValueError: An integer key is no integer.

    Example:
        >>> key_literal("42", "integer"), key_literal("Bank", "text")
        ('42', "'Bank'")
    """
    if kind == "integer":
        if not re.fullmatch(r"-?[0-9]+", value):
            raise ValueError(f"{value!r} is no integer key")
        return value
    return text_literal(value)


def not_null(ref: str, kind: str) -> str:
    """Return a key column as an expression that is never NULL, to sort and compare by.

    A comparison with NULL holds for no row, and where NULL sorts is not documented.

    Args:
        ref: The column.
        kind: Its type, `integer` or `text`.

    Example:
        >>> not_null("scriptid", "text"), not_null("recordid", "integer")
        ("NVL(scriptid, '-')", 'NVL(recordid, -1)')
    """
    return f"NVL({ref}, {key_literal(null_key(kind), kind)})"


def null_key(kind: str) -> str:
    """Return what stands for NULL in a key of a table whose keys are not unique.

    A row that really has this value only shares its key with those that have none.

    Example:
        >>> null_key("integer"), null_key("text")
        ('-1', '-')
    """
    return "-1" if kind == "integer" else "-"


def changed_since(
    table: str, cursor: str, since: datetime, dialect: Dialect, *, include_null_cursor: bool = False
) -> str:
    """Return the condition that a row's cursor is at or after a time.

    Args:
        table: The table.
        cursor: The cursor column.
        since: UTC when `dialect.utc`, otherwise in the session's time zone.
        dialect: The abilities of this account's SuiteQL.
        include_null_cursor: Also select rows whose cursor is null, which no time selects.

    Example:
        >>> changed_since("customer", "lastmodifieddate", datetime(2026, 1, 2), Dialect(utc=False))
        "lastmodifieddate >= TO_TIMESTAMP('2026-01-02 00:00:00', 'YYYY-MM-DD HH24:MI:SS')"
    """
    ref = column_ref(table, cursor)
    condition = f"{_utc_time(ref, dialect)} >= {timestamp_literal(since)}"
    return f"({condition} OR {ref} IS NULL)" if include_null_cursor else condition


def changed_before(table: str, cursor: str, until: datetime, dialect: Dialect) -> str:
    """Return the condition that a row's cursor is before a time.

    Args:
        table: The table.
        cursor: The cursor column.
        until: UTC when `dialect.utc`, otherwise in the session's time zone.
        dialect: The abilities of this account's SuiteQL.

    Example:
        >>> changed_before("customer", "lastmodifieddate", datetime(2026, 1, 2), Dialect(utc=False))
        "lastmodifieddate < TO_TIMESTAMP('2026-01-02 00:00:00', 'YYYY-MM-DD HH24:MI:SS')"
    """
    return f"{_utc_time(column_ref(table, cursor), dialect)} < {timestamp_literal(until)}"


def key_after(refs: Sequence[str], values: Sequence[str]) -> str:
    """Return the condition that a row's key comes after another key, nested for composite keys.

    Args:
        refs: The key's columns in order.
        values: As many literals, or fewer: then only the key's first columns decide.

    Example:
        >>> key_after(["transaction", "id"], ["7", "2"]), key_after(["transaction", "id"], ["7"])
        ('(transaction > 7 OR (transaction = 7 AND id > 2))', 'transaction > 7')
    """
    first, rest = refs[0], values[1:]
    if not rest:
        return f"{first} > {values[0]}"
    return f"({first} > {values[0]} OR ({first} = {values[0]} AND {key_after(refs[1:], rest)}))"


def key_up_to(refs: Sequence[str], values: Sequence[str]) -> str:
    """Return the condition that a row's key is at most another key, nested for composite keys.

    Args:
        refs: The key's columns in order.
        values: As many literals, or fewer: then only the key's first columns decide.

    Example:
        >>> key_up_to(["transaction", "id"], ["9", "4"]), key_up_to(["transaction", "id"], ["9"])
        ('(transaction < 9 OR (transaction = 9 AND id <= 4))', 'transaction <= 9')
    """
    first, rest = refs[0], values[1:]
    if not rest:
        return f"{first} <= {values[0]}"
    return f"({first} < {values[0]} OR ({first} = {values[0]} AND {key_up_to(refs[1:], rest)}))"


def page_index(key: Sequence[str], keys_in_order: str, every: int, order: Sequence[str] = ()) -> str:
    """Return every n-th key of a statement that selects keys in order: the ends of a table's pages.

    The row number has a name that the key has not, and a reserved word is qualified, as in `column_ref`.
    open question 11: ROWNUM in a nested query and MOD are both documented or seen (NSH:section_158513731864);
    that every table takes them together is not.

    Args:
        key: The key's columns.
        keys_in_order: The statement.
        every: How many rows a page has.
        order: The columns of the order; the key's columns where left out.

    Example:
        >>> page_index(["id"], "SELECT id FROM term ORDER BY id", 1000)[:61]
        'SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM '
    """
    number = next(name for name in ("rn", *(f"rn_{more}" for more in range(len(key)))) if name not in key)
    if _RESERVED.isdisjoint(key):
        names = ", ".join(key)
        inner, outer, all_keys = names, names, f"({keys_in_order})"
        indexed = "({})"
    else:
        inner, outer = (", ".join(f"{of}.{part}" for part in key) for of in ("in_order", "numbered"))
        all_keys, indexed = f"({keys_in_order}) in_order", "({}) numbered"
    numbered = indexed.format(f"SELECT {inner}, ROWNUM AS {number} FROM {all_keys}")
    by = ", ".join(order) or outer
    return f"SELECT {outer} FROM {numbered} WHERE MOD({number}, {every}) = 0 ORDER BY {by}"


def counting(source: str, conditions: Sequence[str] = (), newer_than: str = "") -> str:
    """Return a query of a row count as `counted`, and of the rows that meet one more condition as `newer`.

    Example:
        >>> counting("currency"), counting("term", ["(id > 5)"])
        ('SELECT COUNT(*) AS counted FROM currency', 'SELECT COUNT(*) AS counted FROM term WHERE (id > 5)')
    """
    newer = [f"SUM(CASE WHEN {newer_than} THEN 1 ELSE 0 END) AS newer"] if newer_than else []
    return statement(["COUNT(*) AS counted", *newer], source, conditions, ())


def newer_than(table: str, cursor: str, moment: datetime, dialect: Dialect) -> str:
    """Return the condition that a row changed after a time.

    Args:
        table: The table.
        cursor: The cursor column.
        moment: UTC when `dialect.utc`, otherwise in the session's time zone.
        dialect: The abilities of this account's SuiteQL.

    Example:
        >>> newer_than("customer", "lastmodifieddate", datetime(2026, 1, 2), Dialect(utc=False))
        "lastmodifieddate > TO_TIMESTAMP('2026-01-02 00:00:00', 'YYYY-MM-DD HH24:MI:SS')"
    """
    return f"{_utc_time(column_ref(table, cursor), dialect)} > {timestamp_literal(moment)}"


def in_list(ref: str, literals: Sequence[str]) -> str:
    """Return the condition that a column has one of some values, at most 1,000.

    Example:
        >>> in_list("transaction", ["1", "2"])
        'transaction IN (1, 2)'
    """
    if not 1 <= len(literals) <= MAX_IN_LIST:
        raise ValueError(f"IN takes 1 to {MAX_IN_LIST} values, not {len(literals)}")
    return f"{ref} IN ({', '.join(literals)})"


def statement(items: Sequence[str], source: str, conditions: Sequence[str], order: Sequence[str]) -> str:
    """Return a whole SELECT.

    Args:
        items: The select list.
        source: The text after FROM: a table, or a nested statement and its name.
        conditions: The conditions, joined by AND.
        order: The columns of the order.

    Example:
        >>> statement(["id"], "customer", ["id > 5"], ["id"])
        'SELECT id FROM customer WHERE id > 5 ORDER BY id'
    """
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    by = f" ORDER BY {', '.join(order)}" if order else ""
    return f"SELECT {', '.join(items)} FROM {source}{where}{by}"


def _utc_time(ref: str, dialect: Dialect) -> str:
    return f"SYS_EXTRACT_UTC({ref})" if dialect.utc else ref
