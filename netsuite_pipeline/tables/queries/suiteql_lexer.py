"""Lexer of a user's SuiteQL statement: it removes comments and line ends, and refuses unfit tokens."""

import re
from dataclasses import dataclass

_WORD = re.compile(
    r"""
    (?P<gap>(?:\s|--[^\n]*|/\*.*?\*/)+)
  | (?P<qquote>[nN]?[qQ]'.)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"[^"\n]+")
  | (?P<word>[A-Za-z_][A-Za-z0-9_$\#]*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NO_MARKS = {
    "?": "takes no values from outside; write the value itself in the place of ?",
    ":": "takes no values from outside; write the value itself in the place of :",
    "[": "cannot have [ or ]; write names without them",
    "]": "cannot have [ or ]; write names without them",
    "`": "cannot have `; write names without it",
    "'": "has a ' that opens a text which nothing closes; write '' for a ' within a text",
    '"': 'has a " that opens a name which nothing closes',
    "/*": "has a /* that opens a comment which nothing closes",
}
_DATES = {
    "DATE": "TO_DATE({}, 'YYYY-MM-DD')",
    "TIMESTAMP": "TO_TIMESTAMP({}, 'YYYY-MM-DD HH24:MI:SS')",
}
_BEGINS = "must be one SELECT, or several with UNION between them"


class QueryUnfit(ValueError):
    """Raised when a statement cannot be a table.

    Attributes:
        problem: The problem and its solution, as the end of a sentence.
        line: The line of the statement, counted from 1, or None.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(frozen=True)
class CleanStatement:
    """A cleaned statement.

    Attributes:
        text: The statement as it is sent: without comments, line ends and a final semicolon.
        for_parser: The same with its line ends, so that a parser reports the user's lines.
        line_of_limit: The line of the first LIMIT, OFFSET or FETCH; None without one.
    """

    text: str
    for_parser: str
    line_of_limit: int | None


def clean_statement(written: str) -> CleanStatement:
    r"""Return a cleaned statement.

    Raises:
        QueryUnfit: The statement has an unfit token, or does not start with SELECT.

    Example:
        >>> clean_statement("SELECT id, 'a -- b' AS x  -- why\nFROM term;").text
        "SELECT id, 'a -- b' AS x FROM term"
    """
    sent: list[str] = []
    kept: list[str] = []
    line, before, limit, ended = 1, "", None, False
    for match in _WORD.finditer(written):
        part, kind = match.group(), match.lastgroup
        if kind == "gap":
            plain = not part.strip(" \t")
            sent.append(part if plain else " ")
            kept.append(part if plain else " " + "\n" * part.count("\n"))
        elif part == ";":
            ended = True
        elif ended:
            raise QueryUnfit("must be a single statement: leave out the ; and what follows it", line)
        else:
            _check(part, kind or "", before, written[match.start() : match.start() + 2], line)
            upper = part.upper()
            if kind == "word" and upper in {"LIMIT", "OFFSET", "FETCH"} and limit is None:
                limit = line
            sent.append(part)
            kept.append(part)
            before = upper
        line += part.count("\n")
    text = "".join(sent).strip()
    if not re.match(r"[\s(]*SELECT\b", text, re.IGNORECASE):
        raise QueryUnfit("is empty; write a SELECT" if not text else _BEGINS)
    return CleanStatement(text, "".join(kept), limit)


def _check(part: str, kind: str, before: str, ahead: str, line: int) -> None:
    if kind == "qquote":
        raise QueryUnfit(
            "cannot have Oracle's q-quotes; write the text in '…', and '' for a ' within it", line
        )
    if kind == "mark" and (problem := _NO_MARKS.get(ahead) or _NO_MARKS.get(part)):
        raise QueryUnfit(problem, line)
    if kind == "text" and before in _DATES:
        # NSH:article_0824094533
        raise QueryUnfit(
            f"cannot have a date literal, which SuiteQL refuses; write {_DATES[before].format(part)}", line
        )
    if before in {",", "SELECT"} and (part in {",", ")"} or part.upper() == "FROM"):
        raise QueryUnfit(f"lacks a column before {part!r}", line)
