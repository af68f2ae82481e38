"""What the translation of a function starts from: its arguments, as many as it takes."""

from collections.abc import Callable
from typing import Protocol

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.typed_sql import Session, Sql, as_text, number


class Translator(Protocol):
    """What a function's translation asks of the one who translates expressions."""

    session: Session

    def value(self, node: exp.Expr) -> Sql: ...
    def constant(self, node: exp.Expr) -> str: ...


Function = Callable[[Translator, list[exp.Expr]], Sql]


def arguments(nodes: list[exp.Expr], least: int, most: int) -> None:
    """Raise SuiteQLRefused unless a call has as many arguments as its function takes."""
    if not least <= len(nodes) <= most:
        raise unsupported()


def text_of(translator: Translator, node: exp.Expr) -> str:
    """SQL of an argument as text."""
    return as_text(translator.value(node), translator.session).text


def number_of(translator: Translator, node: exp.Expr) -> str:
    """SQL of an argument as a number."""
    return number(translator.value(node)).text
