"""The interface that the translation of conditions and of window functions needs of Expressions."""

from typing import Protocol

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Scope
from netsuite_pipeline.emulator.suiteql.typed_sql import Sql, Translator


class SelectTranslator(Translator, Protocol):
    """Translates the expressions of one SELECT to DuckDB SQL.

    Attributes:
        scope: The columns that the SELECT can name.
    """

    scope: Scope

    def subselect(self, node: exp.Expr, scope: Scope) -> tuple[str, list[Sql]]:
        """Return a nested query as DuckDB SQL, and its values, column by column."""
        ...
