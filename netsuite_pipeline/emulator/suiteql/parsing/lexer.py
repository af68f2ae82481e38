"""Query text -> its shape and its literals: what may be written, and what two queries have in common."""

import re
from collections.abc import Sequence
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

# Words of other dialects that the parser would take for SQL; NetSuite does not (NSH:article_0824094533).
_FOREIGN_WORDS = frozenset(
    {"LIMIT", "WITH", "OFFSET", "QUALIFY", "ILIKE", "PIVOT", "UNPIVOT", "LATERAL", "CONNECT"}
)


@dataclass(frozen=True)
class Slot:
    """The value of a literal or bind parameter; "digits" is text that reads as an integer, as '-7' does."""

    kind: SlotKind
    value: str

    @property
    def is_text(self) -> bool:
        return self.kind in ("text", "digits")


@dataclass(frozen=True)
class Shape:
    """A query with its literals lifted out. In `text`, the literal number n stands as `n` or `'n'`.

    `key` is equal for queries that differ in the values of their literals alone.
    """

    text: str
    slots: tuple[Slot, ...]
    words: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        return self.text, "".join(slot.kind[0] for slot in self.slots)


def lift(sql: str, params: Sequence[str]) -> Shape:
    """Lift the literals out of `sql`, putting bind parameters in place of its question marks.

    Raises SuiteQLRefused for characters SuiteQL has no use for, a second statement, a clause of another
    dialect, and a number of parameters that is not that of the question marks.

    >>> lift("SELECT id FROM term WHERE id > 7 AND name = ?", ["x"]).text
    "SELECT id FROM term WHERE id > 0 AND name = '1'"
    """
    parts: list[str] = []
    slots: list[Slot] = []
    words: set[str] = set()
    waiting = iter(params)
    position, end = 0, len(sql)
    while position < end:
        match = _TOKEN.match(sql, position)
        if match is None:
            raise _unreadable(sql[position])
        position = match.end()
        token = match.group()
        kind = match.lastgroup
        if kind == "space":
            continue
        if parts and parts[-1] == ";":
            raise syntax_error(";")
        if parts and parts[-1] == "," and (token == ")" or token.upper() == "FROM"):
            raise syntax_error(token)
        if kind == "number":
            parts.append(str(len(slots)))
            slots.append(Slot("integer" if token.isdigit() else "number", token))
        elif kind == "string":
            parts.append(f"'{len(slots)}'")
            slots.append(_text_slot(token[1:-1].replace("''", "'")))
        elif token == "?":
            value = next(waiting, None)
            if value is None:
                raise syntax_error("?")
            parts.append(f"'{len(slots)}'")
            slots.append(_text_slot(value))
        elif kind == "mark":
            parts.append("(+)")
        else:
            if kind == "word":
                upper = token.upper()
                words.add(upper)
                if upper in _FOREIGN_WORDS:
                    raise syntax_error(token)
            parts.append(token)
    if next(waiting, None) is not None:
        raise syntax_error("?")
    if parts and parts[-1] == ";":
        parts.pop()
    if not parts or parts[0].upper() not in ("SELECT", "("):
        raise syntax_error(parts[0] if parts else "")
    return Shape(" ".join(parts), tuple(slots), frozenset(words))


def _text_slot(value: str) -> Slot:
    if "\x00" in value:
        raise syntax_error()
    return Slot("digits" if _DIGITS.fullmatch(value) else "text", value)


def _unreadable(character: str) -> Exception:
    return unsupported() if character in "[]" else syntax_error(character)
