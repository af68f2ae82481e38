"""Looks for secrets wherever a run may leave something: files, databases in them, texts, exceptions."""

import re
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, quote, unquote

import duckdb
from requests import PreparedRequest

SECRET_VARIABLES = (
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
    "NETSUITE_PRIVATE_KEY",
    "NANGO_SECRET_KEY",
    "NETSUITE_EMULATOR_ADMIN",
)

_SQLITE = b"SQLite format 3\x00"
_CUT = 24  # characters by which a value is known, where it is cut short to be shown
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----([^-]+)")


def pieces(value: str) -> frozenset[str]:
    """By what a secret is found, however it is written: a key's lines of base64, a JWT's claims and its
    signature (its header is no secret), both as they are and percent-encoded, and also where they are cut.

    Example:
        >>> sorted(pieces("a+b/c"))
        ['a%2Bb%2Fc', 'a+b/c']
    """
    if pem := _PEM.search(value):
        parts = pem[1].split()
    elif _JWT.fullmatch(value):
        parts = value.split(".")[1:]
    else:
        parts = [value]
    return frozenset(text[:_CUT] for part in parts for text in (part, quote(part, safe="-._~")))


def found(places: Mapping[str, str], secrets: Mapping[str, Iterable[str]]) -> list[str]:
    """Return which secret is where, by name, without its value.

    Args:
        places: What was found, by the name of its place.
        secrets: Values by what they are.
    """
    checked_for = {name: set().union(*map(pieces, values)) for name, values in secrets.items()}
    assert not [name for name, texts in checked_for.items() if not texts or min(map(len, texts)) < 8]
    return [
        f"{name} in {place}"
        for place, text in places.items()
        for name, texts in checked_for.items()
        if any(each in text for each in texts)
    ]


def files_below(folder: Path) -> dict[str, str]:
    """Return each file's bytes, and the rows of databases, by its path in the folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): "\n".join(_shown_by(path)) for path in paths}


def _shown_by(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    yield content.decode("latin-1")
    if content.startswith(_SQLITE):
        yield from _of_sqlite(path)
    elif path.suffix == ".duckdb":
        yield from _of_duckdb(path)


def _of_sqlite(path: Path) -> Iterator[str]:
    connection = sqlite3.connect(path)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield from map(_plain, row)
    finally:
        connection.close()


def _of_duckdb(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        yield repr(connection.execute("FROM duckdb_columns()").fetchall())
        yield repr(connection.execute("FROM duckdb_views()").fetchall())
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        for schema, name in tables:
            yield repr(connection.execute(f'FROM "{schema}"."{name}"').fetchall())


def _plain(value: object) -> str:
    """A stored value; Dagster keeps snapshots of jobs compressed."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return zlib.decompress(value).decode()
    except zlib.error:
        return value.decode("latin-1")


@dataclass
class Wire:
    """Notes what is sent that must not be seen anywhere else, and can do something in the midst of it.

    Attributes:
        at: The SuiteQL question in whose place in the order `then` is done first; 0 for none.
        then: What.
    """

    at: int = 0
    then: Callable[[], object] = lambda: None
    questions: int = 0
    bearers: list[str] = field(default_factory=list, repr=False)
    assertions: list[str] = field(default_factory=list, repr=False)
    signatures: list[str] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def note(self, request: PreparedRequest) -> None:
        """Takes notes of a request that is about to be sent."""
        header = request.headers.get("Authorization", "")
        header = header.decode() if isinstance(header, bytes) else header
        body = request.body or b""
        body = body.decode() if isinstance(body, bytes) else body
        with self._lock:
            if header.startswith("Bearer ") and header[7:] not in self.bearers:
                self.bearers.append(header[7:])
            self.signatures += map(unquote, re.findall('oauth_signature="([^"]+)"', header))
            self.assertions += parse_qs(body).get("client_assertion", [])
            self.questions += "suiteql" in request.path_url
            if self.questions == self.at:
                self.at = 0
                self.then()
