"""Hashes values on their way from NetSuite to the disk, and tells by what a table was asked."""

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

    A value's hash is the SHA-256 of the salt followed by the value as NetSuite sends it, in lower-case hex:
    who has the salt finds a row in DuckDB by `sha256('the salt' || 'a@b.com')`.

    Attributes:
        salt: What is put before each value; empty where nothing may be hashed.

    Example:
        >>> Hashing("salt").of("a@b.com")[:16]
        'd3bdaa92b6373f60'
        >>> Hashing("salt")
        Hashing()
    """

    salt: str = field(default="", repr=False)

    def of(self, value: str) -> str:
        """The hash of a value."""
        # Half a surrogate pair, which no encoding of text can hold, is stored as U+FFFD elsewhere too.
        return hashlib.sha256(_HALF.sub("\ufffd", self.salt + value).encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """What tells one salt from another: the first 32 bits of PBKDF2-HMAC-SHA256 over it, of 100,000
        rounds.

        It does not give the salt away: there is no way back from it, a guess costs 100,000 times as much as
        against the hash of a value that somebody knows, and so few bits fit any number of salts.
        """
        return _fingerprint(self)

    def body(self, page: Page, table: Table) -> bytes:
        """What is to be landed of a page: its hashed columns hold hashes, null and absent stay what they are.

        Args:
            page: The page as it came.
            table: Whose rows it has.

        Raises:
            ConfigurationError: There is a value to be hashed, and no salt.
        """
        hashed = page.columns.intersection(table.hashed) if table.hashed else set()
        if not hashed or not page.rows:
            return page.body
        if not self.salt:
            raise _no_salt([table])
        rows = [self._row(row, hashed) for row in page.rows]
        # ASCII, so that half a surrogate pair stays the escape that it came as.
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
    """The salt that NETSUITE_HASH_SALT holds; empty where it is not set.

    Args:
        variables: A connection's, under their standard names (`netsuite.prefix.connection_variables`).

    Example:
        >>> salt_from_variables({"NETSUITE_HASH_SALT": " abc\\n"}), salt_from_variables({})
        ('abc', '')
    """
    return variables.get(HASH_SALT, "").strip()


def require_salt(tables: Iterable[Table], salt: str) -> None:
    """Makes sure that there is a salt if columns are to be hashed.

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
    """By what a table is asked, besides its columns: changes when its condition, its statement, the columns
    that it hashes or their salt do, and all of the table has to be read again.

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
    """Makes sure that no column whose hashes are stored gets plain values.

    Args:
        table: As this sync would read it.
        state: What is known of it.
        connection: The schema that it is stored in.

    Raises:
        ConfigurationError: One would.
    """
    spec = {column.name for column in table.columns}
    stored = set(state.hashed_columns) if state is not None else set()
    plain = sorted((stored & spec) - set(table.hashed))
    if not plain:
        return
    named = ", ".join(plain)
    of = f"connection = {text(connection)} AND table_name = {text(table.name)}"
    raise ConfigurationError(
        f"{table.name}: {named} was hashed by earlier syncs, and this one is not told to hash it. Nothing "
        "was read; the table stays as it was.",
        remedy=f"Sync it by the defs.yaml that has `hash: [{named}]` among the settings of {table.name}: in "
        "Dagster, or with `netsuite-pipeline sync --defs FILE`. If the plain values are wanted, have the "
        f'table read anew: in the working file, DROP TABLE "{connection}"."{table.name}"; DELETE FROM '
        f"_netsuite.table_state WHERE {of}; then sync again.",
    )
