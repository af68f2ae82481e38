"""Whether a list is as it was: its rows counted and summed up by NetSuite, and by DuckDB.

A list without a cursor tells nobody what changed in it, so it would be read whole each time, however long it
is. Instead NetSuite is asked for one number that depends on every value in it. Where DuckDB finds the same in
the table, the table is the list; where not, or where NetSuite refuses, the list is read.

The number: each row's values, as whole numbers, are added up with a weight a column, modulo a prime; that
squared, modulo the prime, is added up over all rows. Squared, because plain sums would not notice two rows
that swap a value. Two lists of as many rows are taken for one by chance once in a thousand million times.

The statement grows with columns and letters, so its length is bounded. Where it would be longer, a list with
a stamp is summed up without its largest columns, and one without a stamp is read each time.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import duckdb

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.suiteql import column_ref
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES, StoredTable, quoted

_PRIME = 1_000_000_007
_LONGEST_TEXT = 24  # its letters are summed up one by one
# The longest statement that NetSuite takes is unknown. One that names a thousand keys is about as long.
_LONGEST_STATEMENT = 16_000
_IN_BRACKETS = 20  # summands: a plain sum of hundreds is nested too deep for DuckDB, and for other parsers
_STAMP = "lastmodifieddate"  # moves with every change of a row, so longer texts need not be summed up
_TOO_LARGE = 10**17
_NULL = -7  # in the place of a null
_TEXTS = ("text", "multiselect")


@dataclass(frozen=True)
class TableChecksum:
    """What a list was like when it was last read.

    Attributes:
        columns: The columns that were read.
        asked: The statement that asks NetSuite for the same.
        rows: Its rows.
        checksum: The number.
    """

    columns: tuple[str, ...]
    asked: str
    rows: int
    checksum: int

    @property
    def to_json(self) -> str:
        """For the table's state."""
        return json.dumps(asdict(self))

    def matches(self, page: Page) -> bool:
        """Whether NetSuite's answer says the same."""
        row = page.rows[0] if page.rows else {}
        return (row.get("counted"), row.get("checksum")) == (str(self.rows), str(self.checksum))


def parse_checksum(text: str | None) -> TableChecksum | None:
    """The likeness that a table's state has, if any."""
    if text is None:
        return None
    try:
        kept = json.loads(text)
        return TableChecksum(**{**kept, "columns": tuple(kept["columns"])})
    except (ValueError, TypeError, KeyError):
        return None  # of another version: the list is read, and its checksum taken anew


def compute_checksum(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, table: Table, received: Sequence[str]
) -> TableChecksum | None:
    """What a table that was just read whole is like.

    Args:
        connection: To the working file.
        target: The table as it is stored.
        table: Its spec.
        result_columns: The columns that were read.

    Returns:
        None where it cannot be told: labels, a column stored as another type, long texts, hashed columns or
        more columns than a statement holds without a stamp, amounts of 18 digits.

    Raises:
        duckdb.Error: DuckDB cannot compute it. The transaction it is in is of no more use then.
    """
    if table.hashed and _STAMP not in received:
        return None  # of what is hashed NetSuite has the values and we have not
    plain = [name for name in received if name not in table.hashed]
    kinds = {column.name: column.type for column in table.columns}
    stored = {column.name: column.type for column in target.columns}
    if any(stored.get(name) != DUCKDB_TYPES.get(kinds.get(name, "")) for name in plain):
        return None
    if _has_too_large(connection, target, [name for name in plain if kinds[name] == "decimal"]):
        return None
    texts = [name for name in plain if kinds[name] in _TEXTS]
    lengths = _lengths(connection, target, texts)
    unfit = [name for name in texts if lengths[name] is None]
    if unfit and _STAMP not in received:
        return None
    terms = {
        name: list(_terms(table.name, name, kinds[name], lengths.get(name) or 0))
        for name in plain
        if name not in unfit
    }
    while len(asked := _suiteql(table, terms)) > _LONGEST_STATEMENT:
        # Whatever else changes in a row, its stamp moves.
        spare = [name for name in terms if name not in {*table.key, _STAMP}] if _STAMP in terms else []
        if not spare:
            return None
        del terms[max(spare, key=lambda name: sum(len(their) for _, their in terms[name]))]
    rows, checksum = connection.execute(_duckdb_sql(target, terms)).fetchall()[0]
    return TableChecksum(tuple(received), asked, int(rows), int(checksum))


_Terms = Mapping[
    str, Sequence[tuple[str, str]]
]  # of each column: whole numbers, in DuckDB's SQL and in SuiteQL


def _suiteql(table: Table, terms: _Terms) -> str:
    """Return the statement that asks NetSuite for rows and checksum."""
    pairs = zip(_weights(), chain.from_iterable(terms.values()), strict=False)
    added = _sum_sql([f"{weight} * {their}" for weight, (_, their) in pairs])
    where = f" WHERE {' AND '.join(table.conditions)}" if table.conditions else ""
    return (
        f"SELECT COUNT(*) AS counted, NVL(SUM(MOD(h * h, {_PRIME})), 0) AS checksum "
        f"FROM (SELECT MOD({added}, {_PRIME}) AS h FROM {table.source}{where})"
    )


def _duckdb_sql(target: StoredTable, terms: _Terms) -> str:
    """Return the statement that computes the same in DuckDB."""
    pairs = zip(_weights(), chain.from_iterable(terms.values()), strict=False)
    added = _sum_sql([f"{weight} * ({our})::HUGEINT" for weight, (our, _) in pairs])
    return (
        f"SELECT count(*), coalesce(sum(h * h % {_PRIME}), 0)::HUGEINT "
        f"FROM (SELECT ({added}) % {_PRIME} AS h FROM {target.ref})"
    )


def _sum_sql(summands: Sequence[str]) -> str:
    """Return their sum, in brackets that nest no deeper than a few dozen.

    Example:
        >>> _sum_sql(["a", "b"]), _sum_sql(["a"] * 21)[-6:]
        ('a + b', 'a) + a')
    """
    while len(summands) > _IN_BRACKETS:
        parts = [summands[at : at + _IN_BRACKETS] for at in range(0, len(summands), _IN_BRACKETS)]
        summands = [f"({' + '.join(part)})" if len(part) > 1 else part[0] for part in parts]
    return " + ".join(summands)


def _terms(table: str, name: str, kind: str, length: int) -> Iterator[tuple[str, str]]:
    """A column as whole numbers, in DuckDB's SQL and in SuiteQL."""
    our, their = quoted(name), column_ref(table, name)
    if kind == "integer":
        yield f"coalesce({our}, {_NULL})", f"NVL({their}, {_NULL})"
    elif kind == "decimal":
        digits = f"replace(coalesce({our}, {_NULL})::{DUCKDB_TYPES[kind]}::VARCHAR, '.', '')"
        yield digits, f"ROUND(NVL({their}, {_NULL}) * 10000000000)"
    elif kind == "boolean":
        yield (
            f"CASE WHEN {our} THEN 1 WHEN NOT {our} THEN 2 ELSE 3 END",
            f"CASE WHEN {their} = 'T' THEN 1 WHEN {their} = 'F' THEN 2 ELSE 3 END",
        )
    elif kind == "date":
        yield (
            f"coalesce(strftime({our}, '%Y%m%d')::BIGINT, {_NULL})",
            f"NVL(TO_NUMBER(TO_CHAR({their}, 'YYYYMMDD')), {_NULL})",
        )
    elif kind == "datetime":
        yield (
            f"coalesce(strftime({our}, '%Y%m%d%H%M%S')::BIGINT, {_NULL})",
            f"NVL(TO_NUMBER(TO_CHAR(SYS_EXTRACT_UTC({their}), 'YYYYMMDDHH24MISS')), {_NULL})",
        )
    else:
        yield f"coalesce(length({our}), 0)", f"NVL(LENGTH({their}), 0)"
        for place in range(1, length + 1):
            yield (
                f"coalesce(ascii({our}[{place}:{place}]), 0)",
                f"NVL(ASCII(SUBSTR({their}, {place}, 1)), 0)",
            )


def _has_too_large(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, decimals: Sequence[str]
) -> bool:
    """Whether an amount would take the sum beyond what DuckDB's and NetSuite's numbers hold."""
    if not decimals:
        return False
    greatest = ", ".join(f"max(abs({quoted(name)}))" for name in decimals)
    figures = connection.execute(f"SELECT {greatest} FROM {target.ref}").fetchall()[0]
    return any(each is not None and each >= _TOO_LARGE for each in figures)


def _lengths(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, texts: Sequence[str]
) -> dict[str, int | None]:
    """How long each column's longest text is; None where it is too long, or not of ASCII alone, for NetSuite
    to be asked for its letters."""
    if not texts:
        return {}
    items = ", ".join(
        f"coalesce(max(length({quoted(name)})), 0), coalesce(bool_and(strlen({quoted(name)}) = "
        f"length({quoted(name)})), true)"
        for name in texts
    )
    figures = connection.execute(f"SELECT {items} FROM {target.ref}").fetchall()[0]
    pairs = zip(figures[::2], figures[1::2], strict=True)
    return {
        name: int(length) if plain and length <= _LONGEST_TEXT else None
        for name, (length, plain) in zip(texts, pairs, strict=True)
    }


def _weights() -> Iterator[int]:
    weight = 1
    while True:
        weight = weight * 48271 % 999983
        yield weight
