"""Compare a list with NetSuite by row count and checksum, computed by both NetSuite and DuckDB.

A list without a cursor does not show what changed in it, so each sync would read all of it. Instead NetSuite
is asked for one number that depends on every value. The list is read only if DuckDB's number for the stored
table differs, or if NetSuite refuses the query.

The number is the sum of the rows' hashes (tables/row_hash.py).

The statement grows with columns and characters, so its length is bounded. Where it would be longer, the
largest columns of a list with a stamp are skipped, and a list without a stamp is read by each sync.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import duckdb

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.row_hash import (
    LONGEST_STATEMENT,
    LONGEST_TEXT,
    PRIME,
    TEXTS,
    TOO_LARGE,
    Terms,
    column_terms,
    netsuite_hash,
    our_hash,
)
from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES, StoredTable, quoted

_STAMP = "lastmodifieddate"  # moves with every change of a row, so longer texts need not be summed up


@dataclass(frozen=True)
class TableChecksum:
    """The checksum of a list at its last read.

    Attributes:
        columns: The columns that were read.
        asked: The statement that queries NetSuite for rows and checksum.
        rows: The list's rows.
        checksum: The number.
    """

    columns: tuple[str, ...]
    asked: str
    rows: int
    checksum: int

    @property
    def to_json(self) -> str:
        """Return the checksum as it is stored in the table's state."""
        return json.dumps(asdict(self))

    def matches(self, page: Page) -> bool:
        """Return whether NetSuite's reply has the same rows and checksum."""
        row = page.rows[0] if page.rows else {}
        return (row.get("counted"), row.get("checksum")) == (str(self.rows), str(self.checksum))


def parse_checksum(text: str | None) -> TableChecksum | None:
    """Return the checksum in a table's state; None without one."""
    if text is None:
        return None
    try:
        kept = json.loads(text)
        return TableChecksum(**{**kept, "columns": tuple(kept["columns"])})
    except (ValueError, TypeError, KeyError):
        return None  # of another version: the list is read, and its checksum computed anew


def compute_checksum(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, table: Table, received: Sequence[str]
) -> TableChecksum | None:
    """Return the checksum of a table that was just read in full.

    Args:
        connection: To the working file.
        target: The table as it is stored.
        table: Its spec.
        received: The columns that were read.

    Returns:
        None where NetSuite cannot compute the same: labels, a column stored as another type, amounts of 18
        digits; without a stamp also long texts, hashed columns, and more columns than a statement holds.

    Raises:
        duckdb.Error: DuckDB cannot compute it. The transaction cannot be continued then.
    """
    if table.hashed and _STAMP not in received:
        return None  # only NetSuite has the clear values
    plain = [name for name in received if name not in table.hashed]
    kinds = {column.name: column.type for column in table.columns}
    stored = {column.name: column.type for column in target.columns}
    if any(stored.get(name) != DUCKDB_TYPES.get(kinds.get(name, "")) for name in plain):
        return None
    if _has_too_large(connection, target, [name for name in plain if kinds[name] == "decimal"]):
        return None
    texts = [name for name in plain if kinds[name] in TEXTS]
    lengths = _lengths(connection, target, texts)
    unfit = [name for name in texts if lengths[name] is None]
    if unfit and _STAMP not in received:
        return None
    terms = {
        name: column_terms(table.name, name, kinds[name], lengths.get(name) or 0)
        for name in plain
        if name not in unfit
    }
    while len(asked := _suiteql(table, terms)) > LONGEST_STATEMENT:
        # Every change of a row moves its stamp.
        spare = [name for name in terms if name not in {*table.key, _STAMP}] if _STAMP in terms else []
        if not spare:
            return None
        del terms[max(spare, key=lambda name: sum(len(their) for _, their in terms[name]))]
    rows, checksum = connection.execute(_duckdb_sql(target, terms)).fetchall()[0]
    return TableChecksum(tuple(received), asked, int(rows), int(checksum))


def _suiteql(table: Table, terms: Terms) -> str:
    """Return the statement that queries NetSuite for rows and checksum."""
    where = f" WHERE {' AND '.join(table.conditions)}" if table.conditions else ""
    return (
        f"SELECT COUNT(*) AS counted, NVL(SUM(MOD(h * h, {PRIME})), 0) AS checksum "
        f"FROM (SELECT {netsuite_hash(terms)} AS h FROM {table.source}{where})"
    )


def _duckdb_sql(target: StoredTable, terms: Terms) -> str:
    """Return the statement that computes the same in DuckDB."""
    return (
        f"SELECT count(*), coalesce(sum(h * h % {PRIME}), 0)::HUGEINT "
        f"FROM (SELECT {our_hash(terms)} AS h FROM {target.ref})"
    )


def _has_too_large(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, decimals: Sequence[str]
) -> bool:
    """Return whether an amount would take the sum beyond DuckDB's or NetSuite's numbers."""
    if not decimals:
        return False
    greatest = ", ".join(f"max(abs({quoted(name)}))" for name in decimals)
    figures = connection.execute(f"SELECT {greatest} FROM {target.ref}").fetchall()[0]
    return any(each is not None and each >= TOO_LARGE for each in figures)


def _lengths(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, texts: Sequence[str]
) -> dict[str, int | None]:
    """Return the length of each column's longest text.

    The length is None where NetSuite cannot be queried for single characters: for long texts, and for texts
    with other characters than ASCII.
    """
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
        name: int(length) if plain and length <= LONGEST_TEXT else None
        for name, (length, plain) in zip(texts, pairs, strict=True)
    }
