"""What the translation of conditions and of window functions needs of the translation of expressions."""

from collections.abc import Iterable
from typing import Protocol

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Scope
from netsuite_pipeline.emulator.suiteql.typed_sql import Session, Sql


class Translator(Protocol):
    """Translates the expressions of one SELECT to DuckDB SQL.

    Attributes:
        scope: The columns that the SELECT can name.
        session: The time zone and date format of the request.
        aggregated: Whether an aggregate function was translated.
        windowed: Whether a function with OVER was translated.
    """

    scope: Scope
    session: Session
    aggregated: bool
    windowed: bool

    def constant(self, node: exp.Expr) -> str:
        """Return the text of a literal that decides how the query is translated."""
        ...

    def value(self, node: exp.Expr) -> Sql:
        """Return the value of a node; raise SuiteQLRefused for a node without one."""
        ...

    def condition(self, node: exp.Expr) -> str:
        """Return the condition of a node as DuckDB SQL; raise SuiteQLRefused for a node without one."""
        ...

    def operands(self, nodes: Iterable[exp.Expr]) -> list[Sql]:
        """Return the value of each node."""
        ...

    def subselect(self, node: exp.Expr, scope: Scope) -> tuple[str, list[Sql]]:
        """Return a nested query as DuckDB SQL, and its values, column by column."""
        ...
