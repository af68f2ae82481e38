"""Separation of a query into its shape and its literals."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from netsuite_pipeline.emulator.suiteql.errors import syntax_error, unsupported

SlotKind = Literal["integer", "number", "text", "digits"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"[^"\x00-\x1f]+")
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z_0-9$#])
  | (?P<word>[A-Za-z_][A-Za-z0-9_$#]*)(?!')
  | (?P<mark>\(\s*\+\s*\))
  | (?P<operator>\|\||<=|>=|<>|!=|\^=|[(),.;*/+\-=<>?])
    """,
    re.VERBOSE | re.DOTALL,
)
_DIGITS = re.compile(r"-?\d{1,18}", re.ASCII)

# Words of other dialects that the parser would accept and NetSuite refuses (NSH:article_0824094533).
_FOREIGN_WORDS = frozenset(
    {"LIMIT", "WITH", "OFFSET", "QUALIFY", "ILIKE", "PIVOT", "UNPIVOT", "LATERAL", "CONNECT"}
)


@dataclass(frozen=True)
class Slot:
    """The value of a literal or bind parameter; "digits" is text that reads as an integer, e.g. '-7'."""

    kind: SlotKind
    value: str

    @property
    def is_text(self) -> bool:
        """Whether the value is text."""
        return self.kind in ("text", "digits")


@dataclass(frozen=True)
class Shape:
    """A query without its literals; in `text`, literal number n is `n` or `'n'`."""

    text: str
    slots: tuple[Slot, ...]
    words: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """Equal for queries that differ only in the values of their literals."""
        return self.text, "".join(slot.kind[0] for slot in self.slots)


def lift(sql: str, params: Sequence[str]) -> Shape:
    """Separate the literals from `sql`, with bind parameters in place of its question marks.

    Raises Refusal for characters that SuiteQL does not have, a second statement, a clause of another
    dialect, and a wrong number of parameters.

    >>> lift("SELECT id FROM term WHERE id > 7 AND name = ?", ["x"]).text
    "SELECT id FROM term WHERE id > 0 AND name = '1'"
    """
    parts: list[str] = []
    slots: list[Slot] = []
    words: set[str] = set()
    pending = iter(params)
    for kind, text in _tokens(sql):
        before = parts[-1] if parts else ""
        if before == ";":
            raise syntax_error(";")
        if before == "," and (text == ")" or text.upper() == "FROM"):
            raise syntax_error(text)
        slot = _slot(kind, text, pending)
        if slot is not None:
            parts.append(f"'{len(slots)}'" if slot.is_text else str(len(slots)))
            slots.append(slot)
            continue
        if kind == "word":
            words.add(text.upper())
        parts.append("(+)" if kind == "mark" else text)
    if next(pending, None) is not None:
        raise syntax_error("?")
    if parts and parts[-1] == ";":
        parts.pop()
    if not parts or parts[0].upper() not in ("SELECT", "("):
        raise syntax_error(parts[0] if parts else "")
    return Shape(" ".join(parts), tuple(slots), frozenset(words))


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token, without space and comments."""
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise unsupported() if sql[position] in "[]" else syntax_error(sql[position])
        position = match.end()
        kind, text = str(match.lastgroup), match.group()
        if kind == "word" and text.upper() in _FOREIGN_WORDS:
            raise syntax_error(text)
        if kind != "space":
            yield kind, text


def _slot(kind: str, text: str, pending: Iterator[str]) -> Slot | None:
    """Return the literal of a token or the next bind parameter; None for another token."""
    if kind == "number":
        return Slot("integer" if text.isdigit() else "number", text)
    if kind == "string":
        return _text_slot(text[1:-1].replace("''", "'"))
    if text != "?":
        return None
    value = next(pending, None)
    if value is None:
        raise syntax_error("?")
    return _text_slot(value)


def _text_slot(value: str) -> Slot:
    if "\x00" in value:
        raise syntax_error()
    return Slot("digits" if _DIGITS.fullmatch(value) else "text", value)
