"""Hash values before a page lands, and fingerprint what a table's rows are selected by."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.schema.schema import text
from netsuite_pipeline.warehouse.state import TableState

HASH_SALT = "NETSUITE_HASH_SALT"
_HALF = re.compile("[\ud800-\udfff]")
_ROUNDS = 100_000
_FINGERPRINT_DIGITS = 8


@dataclass(frozen=True)
class Hashing:
    """Hashes the columns that tables name as hashed.

    A value's hash is the SHA-256 of the salt followed by the value as NetSuite sends it, in lower-case hex.
    With the salt, a row is found in DuckDB by `sha256('the salt' || 'a@b.com')`.

    Attributes:
        salt: The text before each value; empty where nothing may be hashed.

    Example:
        >>> Hashing("salt").of("a@b.com")[:16]
        'd3bdaa92b6373f60'
        >>> Hashing("salt")
        Hashing()
    """

    salt: str = field(default="", repr=False)

    def of(self, value: str) -> str:
        """Return the hash of a value."""
        # Half a surrogate pair has no encoding; it is stored as U+FFFD elsewhere too.
        return hashlib.sha256(_HALF.sub("\ufffd", self.salt + value).encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Return the first 32 bits of PBKDF2-HMAC-SHA256 over the salt, with 100,000 rounds.

        They do not give the salt away: the function cannot be reversed, a guess costs 100,000 times as much
        as against the hash of a known value, and so few bits fit any number of salts.
        """
        return _fingerprint(self)

    def body(self, page: Page, table: Table) -> bytes:
        """Return the bytes to land of a page: hashed columns hold hashes; null and absent values stay.

        Args:
            page: The page as it came.
            table: The table of its rows.

        Raises:
            ConfigurationError: A value is to be hashed, and there is no salt.
        """
        hashed = page.columns.intersection(table.hashed) if table.hashed else set()
        if not hashed or not page.rows:
            return page.body
        if not self.salt:
            raise _no_salt([table])
        rows = [self._row(row, hashed) for row in page.rows]
        # ASCII keeps half a surrogate pair as the escape that NetSuite sent.
        reply = {"count": len(rows), "hasMore": page.has_more, "items": rows, "totalResults": page.total}
        return json.dumps(reply).encode()

    def _row(self, row: Mapping[str, str | None], hashed: set[str]) -> dict[str, str | None]:
        return {
            name: self.of(value) if name in hashed and value is not None else value
            for name, value in row.items()
        }


@lru_cache(maxsize=8)
def _fingerprint(hashing: Hashing) -> str:
    key = hashlib.pbkdf2_hmac("sha256", hashing.salt.encode(), b"netsuite_pipeline", _ROUNDS)
    return key.hex()[:_FINGERPRINT_DIGITS]


def salt_from_variables(variables: Mapping[str, str]) -> str:
    r"""Return the salt in NETSUITE_HASH_SALT; empty where it is not set.

    Args:
        variables: A connection's variables, under their standard names.

    Example:
        >>> salt_from_variables({"NETSUITE_HASH_SALT": " abc\n"}), salt_from_variables({})
        ('abc', '')
    """
    return variables.get(HASH_SALT, "").strip()


def require_salt(tables: Iterable[Table], salt: str) -> None:
    """Check that there is a salt if columns are to be hashed.

    Raises:
        ConfigurationError: There is none.
    """
    hashing = [table for table in tables if table.hashed]
    if hashing and not salt:
        raise _no_salt(hashing)


def _no_salt(tables: Iterable[Table]) -> ConfigurationError:
    named = "; ".join(f"{table.name}: {', '.join(table.hashed)}" for table in tables)
    return ConfigurationError(
        f"Columns are to be hashed ({named}), but {HASH_SALT} is not set.",
        remedy=f"Set {HASH_SALT} to a long random text, made once and kept like a password: python3 -c "
        '"import secrets; print(secrets.token_hex(32))". With another salt the same value has another hash.',
    )


def read_fingerprint(table: Table, hashing: Hashing) -> str | None:
    """Return a fingerprint of a table's condition, query, hashed columns and salt.

    When the fingerprint changes, the table is read in full.

    Returns:
        A digest; None for a table that has none of these.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> read_fingerprint(standard_tables()["customer"], Hashing())
    """
    if table.query is None and table.where is None and not table.hashed:
        return None
    salt = hashing.fingerprint if table.hashed else ""
    asked = json.dumps([table.query, table.where, sorted(table.hashed), salt])
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def refuse_unhashed(table: Table, state: TableState | None, connection: str) -> None:
    """Check that no column whose hashes are stored gets clear values.

    Args:
        table: The table as this sync would read it.
        state: The table's state.
        connection: The schema that the table is stored in.

    Raises:
        ConfigurationError: A column would get clear values.
    """
    spec = {column.name for column in table.columns}
    stored = set(state.hashed_columns) if state is not None else set()
    plain = sorted((stored & spec) - set(table.hashed))
    if not plain:
        return
    named = ", ".join(plain)
    of = f"connection = {text(connection)} AND table_name = {text(table.name)}"
    raise ConfigurationError(
        f"{table.name}: earlier syncs hashed {named}, but this sync is not configured to hash it. "
        "Nothing was read; the table is unchanged.",
        remedy=f"Sync it by the defs.yaml that has `hash: [{named}]` in the settings of {table.name}: in "
        "Dagster, or with `netsuite-pipeline sync --defs FILE`. To store the plain values, read the table "
        f'anew: in the working file, DROP TABLE "{connection}"."{table.name}"; DELETE FROM '
        f"_netsuite.table_state WHERE {of}; then sync again.",
    )
