"""The catalogue of marts: what a row is, the key, the columns with their meaning, the steps before."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from netsuite_pipeline.marts.aging import aging_macro, aging_query

_FOLDER = Path(__file__).parent
_TYPES = {
    "id": "BIGINT",
    "count": "BIGINT",
    "day": "DATE",
    "yes_no": "BOOLEAN",
    "text": "VARCHAR",
    # What NetSuite stores has ten decimals at most.
    "amount": "DECIMAL(38,10)",
    "quantity": "DECIMAL(38,10)",
    # A product of two such numbers. Cents times a rate of ten decimals fit without rounding, and a further
    # product with a rate fits, too.
    "translated": "DECIMAL(38,14)",
    # The product itself: rounding each of a million postings costs more than the product.
    "product": "DECIMAL(38,20)",
}


@dataclass(frozen=True)
class MartColumn:
    """One column of a mart: its name, its DuckDB type, its meaning."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """One mart.

    Attributes:
        name: Its name, and its table's.
        title: Its name for people.
        description: What a row is, and how the figures are meant.
        key: The columns that name one row.
        columns: The columns in order.
        steps: The shared steps that its SQL reads, in the order in which they run.
        reads: The marts that its SQL reads.
        needs: The tables and columns (`account.accttype`) without which it stays empty.
        uses: The columns of NetSuite's tables that its figures come from, also by way of steps and other
            marts, by table.
        open_items: The kind of open items (receivable, payable) that it shows by age; empty for other marts.
    """

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    columns: tuple[MartColumn, ...]
    steps: tuple[str, ...]
    reads: tuple[str, ...]
    needs: tuple[str, ...]
    uses: Mapping[str, tuple[str, ...]]
    open_items: str = ""

    @property
    def sql(self) -> str:
        """Its SELECT statement, which names tables, steps and marts without a schema."""
        return aging_query(read_sql("aging"), self.open_items) if self.open_items else read_sql(self.name)

    @property
    def macro(self) -> str:
        """The name of the table macro that gives the same columns for any day; empty for none."""
        return f"{self.name}_at" if self.open_items else ""

    def macro_sql(self, schema: str) -> str:
        """Return the statement that creates its table macro in the schema of the marts."""
        return aging_macro(read_sql("aging"), self.open_items, schema, self.macro)


@cache
def marts_catalogue() -> Mapping[str, Mart]:
    """Return all marts in the order in which they are built.

    Returns:
        The marts by name; read-only.

    Example:
        >>> marts_catalogue()["trial_balance"].key
        ('accounting_book', 'subsidiary', 'is_consolidated', 'period', 'account')
    """
    spec = _read("marts.yaml")
    uses = _read("uses.yaml")
    marts: dict[str, Mart] = {}
    for name, fields in spec["marts"].items():
        marts[name] = _mart(name, fields, spec["shared"], uses.get(name, {}), marts)
    return MappingProxyType(marts)


@cache
def consequences() -> Mapping[str, str]:
    """Return what the absence of a table or column (`account.generalrate`) means for the marts.

    Example:
        >>> consequences()["account.generalrate"]
        'The usual rate of each account kind translates the account.'
    """
    return MappingProxyType(dict(_read("marts.yaml")["consequences"]))


@cache
def findings() -> Mapping[str, str]:
    """Return the SQL files that add rows to `left_out`, each with the mart after which it can run.

    Example:
        >>> findings()["findings/missing_rates"]
        'trial_balance'
    """
    return MappingProxyType(dict(_read("marts.yaml")["findings"]))


def read_sql(name: str) -> str:
    """Return the text of a mart's or step's SQL file.

    Args:
        name: A mart (`trial_balance`), or a step with its folder (`base/periods`).

    Example:
        >>> read_sql("base/periods").partition(":")[0]
        '-- The reported posting periods in order'
    """
    return (_FOLDER / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))


def _mart(
    name: str,
    fields: Mapping[str, Any],
    shared: Mapping[str, Any],
    uses: Mapping[str, list[str]],
    earlier: Mapping[str, Mart],
) -> Mart:
    reads = tuple(fields.get("reads", ()))
    needs = [*fields.get("needs", ()), *(need for each in reads for need in earlier[each].needs)]
    return Mart(
        name,
        fields["title"],
        fields["about"],
        tuple(fields["key"]),
        tuple(_column(column, own or shared[column]) for column, own in fields["columns"].items()),
        tuple(fields.get("steps", ())),
        reads,
        tuple(dict.fromkeys(needs)),
        MappingProxyType({table: tuple(columns) for table, columns in uses.items()}),
        fields.get("open_items", ""),
    )


def _column(name: str, spec: tuple[str, str]) -> MartColumn:
    type_, about = spec
    return MartColumn(name, _TYPES[type_], about)
