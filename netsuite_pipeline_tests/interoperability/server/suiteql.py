"""SuiteQL onto SQLite: tokens in, tokens out, and a refusal for every name that is not there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from netsuite_pipeline_tests.interoperability.server import refusals
from netsuite_pipeline_tests.interoperability.server.layout import DELETEDRECORD, TABLES, Column, Kind
from netsuite_pipeline_tests.interoperability.server.settings import Habits

_TOKEN = re.compile(r"\s+|(?P<token>'(?:[^']|'')*'|\d+(?:\.\d+)?|\w+|<>|>=|<=|!=|\|\||[-+*/(),.<>=?])")
_NOT_HERE = frozenset({"WITH", "LIMIT", "FETCH", "OFFSET", "INSERT", "UPDATE", "DELETE"})
_WORDS = frozenset([
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "ORDER", "BY",
    "GROUP", "HAVING", "ASC", "DESC", "AS", "ON", "JOIN", "INNER", "OUTER", "LEFT", "DISTINCT", "UNION",
    "ALL", "CASE", "WHEN", "THEN", "ELSE", "END", "EXISTS",
])  # fmt: skip
_FUNCTIONS = frozenset([
    "TO_CHAR", "TO_DATE", "TO_TIMESTAMP", "SYS_EXTRACT_UTC", "MOD", "NVL", "NVL2", "COUNT", "SUM", "MIN",
    "MAX", "COALESCE", "UPPER", "LOWER", "LENGTH", "SUBSTR", "TRIM", "ABS", "ROUND",
])  # fmt: skip
_MOST_ITEMS = 1000


@dataclass(frozen=True)
class Output:
    """One key of a reply's rows, and of what kind its values are; `expression` where no column says it."""

    name: str
    kind: Kind | str


@dataclass(frozen=True)
class Translated:
    """A statement for SQLite, and what its columns are."""

    sql: str
    outputs: tuple[Output, ...]
    ordered: bool


def translate(text: str, habits: Habits) -> Translated:
    """Turns a SuiteQL statement into one of SQLite.

    Raises:
        Refusal: NetSuite would not take it, or this account has not what it names.
    """
    seen = {**TABLES, "deletedrecord": DELETEDRECORD} if habits.deletions else TABLES
    statement = _Statement(_tokens(text), habits, seen)
    statement.check_syntax()
    statement.check_functions()
    statement.check_tables()
    statement.check_conditions()
    return Translated(statement.rewritten(), statement.outputs(), statement.is_ordered())


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise refusals.bad_syntax(text[position : position + 10])
        position = match.end()
        if match["token"]:
            tokens.append(match["token"])
    return tokens


@dataclass
class _Statement:
    tokens: list[str]
    habits: Habits
    seen: Mapping[str, tuple[Column, ...]]
    tables: dict[str, str] = field(default_factory=dict)  # name in the statement -> table
    given: set[str] = field(default_factory=set)  # aliases of inner selects

    def word(self, position: int) -> str:
        return self.tokens[position].upper() if 0 <= position < len(self.tokens) else ""

    def is_name(self, position: int) -> bool:
        token = self.tokens[position]
        return re.fullmatch(r"[A-Za-z_]\w*", token) is not None and not self._is_keyword(position)

    def _is_keyword(self, position: int) -> bool:
        if self.word(position - 1) == "." or self.word(position + 1) == ".":
            return False
        return self.word(position) in _WORDS

    def check_syntax(self) -> None:
        if self.word(0) != "SELECT":
            raise refusals.bad_syntax(self.word(0))
        for position, token in enumerate(self.tokens):
            word = token.upper()
            if word in _NOT_HERE:
                raise refusals.bad_syntax(token)
            if (
                word == "LEFT"
                and self.word(position - 1) != "."
                and self.word(position + 1) not in {"JOIN", "OUTER"}
            ):
                raise refusals.bad_syntax(token)
            if word == "IN" and self._items_in_list(position + 1) > _MOST_ITEMS:
                raise refusals.unsupported()

    def _items_in_list(self, position: int) -> int:
        closing = self._closing(position)
        return self.tokens[position:closing].count(",") + 1

    def _closing(self, position: int) -> int:
        depth = 0
        for index in range(position, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[index], 0)
            if depth == 0:
                return index
        raise refusals.bad_syntax("end of statement")

    def check_functions(self) -> None:
        for position in range(len(self.tokens)):
            if self.word(position) == "BUILTIN" and self.word(position + 1) == ".":
                raise self._no_function("BUILTIN")
            if self.word(position + 1) != "(" or not self.is_name(position):
                continue
            name = self.word(position)
            if name == "COUNT" and self.word(position + 2) == "*" and not self.habits.count_star:
                raise refusals.unsupported()
            if name not in _FUNCTIONS or (name == "SYS_EXTRACT_UTC" and not self.habits.utc):
                raise self._no_function(name)

    def _no_function(self, name: str) -> refusals.Refusal:
        return refusals.unknown_name(name, "") if self.habits.names_functions else refusals.unsupported()

    def check_tables(self) -> None:
        for position in range(len(self.tokens)):
            if self.word(position) not in {"FROM", "JOIN"} or self.word(position + 1) == "(":
                continue
            table = self.tokens[position + 1].lower()
            if table not in self.seen and table != "dual":
                known = self.habits.table_refusal == "record"
                raise refusals.no_record(table) if known else refusals.no_search_type(table)
            self.tables[table] = table
            after = position + 2
            if after < len(self.tokens) and self.is_name(after):
                self.tables[self.tokens[after].lower()] = table
        for position in range(len(self.tokens)):
            if self.word(position - 1) == "AS":
                self.given.add(self.tokens[position].lower())

    def check_conditions(self) -> None:
        words = [token.upper() for token in self.tokens]
        condition = words[words.index("WHERE") :] if "WHERE" in words else []
        if self.habits.unfiltered and self.habits.unfiltered.upper() in condition:
            raise refusals.unsupported()

    def rewritten(self) -> str:
        written: list[str] = []
        for position, token in enumerate(self.tokens):
            word = token.upper()
            if word in {"CURRENT_DATE", "SYSDATE"}:
                written.append("session_now()")
            elif word == "ROWNUM":
                nested = self._is_nested(position)
                if self.word(position - 1) not in {"SELECT", ","} or (nested and not self.habits.page_index):
                    raise refusals.unsupported()
                written.append("row_number() OVER ()")
            elif word == "SYS_EXTRACT_UTC":
                continue  # moments are stored in UTC: leaving them alone is all there is to it
            elif (word in _FUNCTIONS and self.word(position + 1) == "(") or not self.is_name(position):
                written.append(token)
            elif self._is_label(position):
                written.append(f'"{token.lower()}"')
            else:
                written.append(self._column_sql(position))
        return " ".join(written)

    def _is_nested(self, position: int) -> bool:
        before = self.tokens[:position]
        return before.count("(") > before.count(")")

    def _is_label(self, position: int) -> bool:
        """Whether a name is no column: a table, its alias, its qualifying use, or the name of an output."""
        name = self.tokens[position].lower()
        if self.word(position - 1) in {"FROM", "JOIN", "AS"} or self.word(position + 1) == ".":
            return True
        return name in self.tables and self.word(position - 2) in {"FROM", "JOIN"}

    def _column_sql(self, position: int) -> str:
        column = self._column(position)
        if column is None or column.kind != "moment":
            return f'"{self.tokens[position].lower()}"'
        start = position - 2 if self.word(position - 1) == "." else position
        if self.word(start - 1) == "(" and self.word(start - 2) == "SYS_EXTRACT_UTC":
            return f'"{column.name}"'
        # A qualifier is written already; the function goes around the bare name, which is then unique.
        if start != position:
            raise refusals.unsupported()
        return f'in_session("{column.name}")'

    def _column(self, position: int) -> Column | None:
        name = self.tokens[position].lower()
        qualifier = self.tokens[position - 2].lower() if self.word(position - 1) == "." else ""
        if qualifier and qualifier not in self.tables:
            raise refusals.no_search_type(qualifier)
        for table in [self.tables[qualifier]] if qualifier else dict.fromkeys(self.tables.values()):
            for column in self.seen.get(table, ()):
                if column.name == name:
                    return column
        if name in self.given and self.tokens.count("(") and "FROM" in self._before_inner():
            return None
        raise self._no_column(name, next(iter(self.tables.values()), ""))

    def _before_inner(self) -> list[str]:
        inner = [
            self.word(p)
            for p in range(len(self.tokens))
            if self.word(p + 1) == "(" and self.word(p + 2) == "SELECT"
        ]
        return inner

    def _no_column(self, name: str, table: str) -> refusals.Refusal:
        match self.habits.column_refusal:
            case "identifier":
                return refusals.unknown_name(name, table)
            case "field":
                return refusals.field_gone(name, table)
            case "unsupported":
                return refusals.unsupported()
        return refusals.unexpected()

    def outputs(self) -> tuple[Output, ...]:
        items: list[list[int]] = [[]]
        depth = 0
        for position in range(1, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[position], 0)
            if depth == 0 and self.word(position) == "FROM":
                break
            if depth == 0 and self.tokens[position] == ",":
                items.append([])
            elif self.word(position) != "DISTINCT":
                items[-1].append(position)
        return tuple(
            output for number, item in enumerate(items, 1) for output in self._outputs_of(item, number)
        )

    def _outputs_of(self, item: list[int], number: int) -> list[Output]:
        if [self.tokens[position] for position in item] == ["*"]:
            table = next(iter(self.tables.values()))
            return [Output(column.name, column.kind) for column in self.seen[table]]
        renamed = len(item) > 2 and self.word(item[-2]) == "AS"
        expression = item[:-2] if renamed else item
        bare = (
            len(expression) in {1, 3}
            and self.is_name(expression[-1])
            and self.word(expression[-1]) != "ROWNUM"
        )
        column = (
            self._column(expression[-1]) if bare and "(" not in [self.tokens[p] for p in expression] else None
        )
        name = self.tokens[item[-1]].lower() if renamed or column else f"expr{number}"
        return [Output(name, column.kind if column else "expression")]

    def is_ordered(self) -> bool:
        depth = 0
        for position, token in enumerate(self.tokens):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0 and self.word(position) == "ORDER":
                return True
        return False
