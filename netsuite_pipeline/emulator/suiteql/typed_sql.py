"""SQL expressions with the kind of their value: the parts of a translation."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.dates import to_char
from netsuite_pipeline.emulator.suiteql.errors import unsupported


class Kind(Enum):
    """Kind of a value. A date-time column is an INSTANT (stored in UTC), a computed time a WALL time."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    BOOLEAN = "boolean"  # 'T' or 'F'
    DATE = "date"
    WALL = "wall"
    INSTANT = "instant"
    NULL = "null"


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})
TEXTS = frozenset({Kind.TEXT, Kind.BOOLEAN})
TIMES = frozenset({Kind.DATE, Kind.WALL, Kind.INSTANT})


@dataclass(frozen=True)
class Sql:
    """DuckDB SQL of one value.

    Attributes:
        slot: Number of the literal, for a bare literal.
        digits: Whether the literal is text that reads as an integer.
        plain: Whether the value is text without characters that JSON escapes.
        df: The label that BUILTIN.DF can look up.
    """

    text: str
    kind: Kind
    slot: int | None = None
    digits: bool = False
    plain: bool = False
    df: "Lookup | None" = None


@dataclass(frozen=True)
class Lookup:
    """The target of a select field.

    Attributes:
        target: A record type or a list.
        many: Whether the field is a multi-select.
        key: SQL of the value to look up.
    """

    target: str
    many: bool
    key: str


def marker(name: str) -> str:
    """Return a marker that each request replaces by a value."""
    return f"\x01{name}\x02"


MARKERS = re.compile("\x01([a-z0-9:]+)\x02")


@dataclass(frozen=True)
class Session:
    """Session of a query: its time zone and the account's date format (as an Oracle format)."""

    timezone: str
    date_format: str

    def __post_init__(self) -> None:
        ZoneInfo(self.timezone)  # raises for a name that is no time zone

    def wall(self, value: Sql) -> Sql:
        """Return the value on the session's clock: instants converted, dates at midnight."""
        if value.kind is Kind.INSTANT:
            text = f"timezone('{self.timezone}', timezone('UTC', {value.text}))"
            return replace(value, text=text, kind=Kind.WALL, df=None)
        if value.kind is Kind.DATE:
            return replace(value, text=f"CAST({value.text} AS TIMESTAMP)", kind=Kind.WALL, df=None)
        if value.kind in (Kind.WALL, Kind.NULL):
            return value
        raise unsupported()

    def instant(self, value: Sql) -> Sql:
        """Return the value in UTC, converted from the session's clock."""
        if value.kind in (Kind.INSTANT, Kind.NULL):
            return value
        if value.kind not in TIMES:
            raise unsupported()
        text = f"timezone('UTC', timezone('{self.timezone}', {self.wall(value).text}))"
        return replace(value, text=text, kind=Kind.INSTANT, df=None)


def number(value: Sql) -> Sql:
    """Return the value as a number; text is converted as Oracle does in a comparison with a number."""
    if value.kind in NUMBERS or value.kind is Kind.NULL:
        return value
    if value.kind not in TEXTS:
        raise unsupported()
    if value.slot is not None and value.digits:
        return Sql(marker(f"{value.slot}:int"), Kind.INTEGER)
    return Sql(f"CAST({value.text} AS DECIMAL(38,10))", Kind.DECIMAL)


def decimal_text(text: str) -> str:
    """Return SQL that writes a DECIMAL(38,10) as its shortest text: 12.5, 100, -0.07."""
    return f"rtrim(rtrim(CAST({text} AS VARCHAR), '0'), '.')"


def float_text(text: str) -> str:
    """Return SQL that writes a DOUBLE as a plain decimal number, never with an exponent."""
    written = f"CAST({text} AS VARCHAR)"
    plain = decimal_text(f"CAST({text} AS DECIMAL(38,10))")
    return f"CASE WHEN contains({written}, 'e') THEN {plain} ELSE regexp_replace({written}, '\\.0$', '') END"


def unify(values: list[Sql], session: Session) -> list[Sql]:
    """Convert the branches of a CASE, NVL or IN to one kind; raise Refusal if none fits."""
    kinds = {value.kind for value in values} - {Kind.NULL}
    if len(kinds) <= 1 or kinds <= NUMBERS:
        return values
    if kinds <= TIMES:
        return [session.wall(value) if value.kind is not Kind.NULL else value for value in values]
    if kinds <= TEXTS | NUMBERS:
        return [as_text(value, session) for value in values]
    raise unsupported()


def common_kind(values: list[Sql]) -> Kind:
    """Return the kind of a value that is one of these, after `unify`."""
    kinds = {value.kind for value in values} - {Kind.NULL}
    if not kinds:
        return Kind.NULL
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= NUMBERS:
        return Kind.FLOAT if Kind.FLOAT in kinds else Kind.DECIMAL
    return Kind.TEXT


def as_text(value: Sql, session: Session) -> Sql:
    """Return the value as text, as `||` and BUILTIN.DF write it."""
    if value.kind in TEXTS or value.kind is Kind.NULL:
        return value
    return Sql(written(value, session), Kind.TEXT)


def written(value: Sql, session: Session) -> str:
    """Return SQL of a value's text in NetSuite's reply, e.g. dates without their time."""
    if value.kind in TIMES:
        day = value.text if value.kind is Kind.DATE else session.wall(value).text
        return to_char(day, session.date_format)
    if value.kind is Kind.DECIMAL:
        return decimal_text(value.text)
    if value.kind is Kind.FLOAT:
        return float_text(value.text)
    return f"CAST({value.text} AS VARCHAR)"


def comparable(left: Sql, right: Sql, session: Session) -> tuple[str, str]:
    """Return both sides of a comparison, converted to comparable kinds; raise Refusal if none fits.

    A comparison of a date with bare text is refused: NetSuite requires TO_DATE (NSH:article_0824094533).
    """
    kinds = {left.kind, right.kind}
    if Kind.NULL in kinds or left.kind is right.kind or kinds <= TEXTS or kinds <= NUMBERS:
        return left.text, right.text
    if kinds <= TIMES:
        if Kind.INSTANT in kinds:
            return session.instant(left).text, session.instant(right).text
        return session.wall(left).text, session.wall(right).text
    if kinds <= NUMBERS | TEXTS:
        return number(left).text, number(right).text
    raise unsupported()


class Translator(Protocol):
    """Translates expressions to DuckDB SQL.

    Attributes:
        session: The time zone and the date format of the request.
    """

    session: Session

    def value(self, node: exp.Expr) -> Sql:
        """Return the value of a node; raise Refusal for a node without one."""
        ...

    def condition(self, node: exp.Expr) -> str:
        """Return the condition of a node as DuckDB SQL; raise Refusal for a node without one."""
        ...

    def operands(self, nodes: Iterable[exp.Expr]) -> list[Sql]:
        """Return the value of each node."""
        ...

    def constant(self, node: exp.Expr) -> str:
        """Return the text of a literal that decides how the query is translated."""
        ...

    def nested_query(self, node: exp.Expr) -> tuple[str, list[Sql]]:
        """Return a nested query as DuckDB SQL, and its values, column by column."""
        ...


Function = Callable[[Translator, list[exp.Expr]], Sql]
Call = tuple[int, int, Function]
"""Fewest and most arguments of a function, and its translation."""


def text_of(translator: Translator, node: exp.Expr) -> str:
    """Return SQL of an argument as text."""
    return as_text(translator.value(node), translator.session).text


def number_of(translator: Translator, node: exp.Expr) -> str:
    """Return SQL of an argument as a number."""
    return number(translator.value(node)).text
