"""The statements that count and hash the rows of a key range, and that list their hashes, for both sides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from netsuite_pipeline.netsuite.suiteql import column_ref, in_list, key_literal, statement
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.ranges import IdRange
from netsuite_pipeline.reconciliation.rows.text_digits import (
    digit_terms,
    netsuite_digits,
    netsuite_known,
    our_digits,
    our_known,
)
from netsuite_pipeline.tables.row_hash import (
    LONGEST_STATEMENT,
    LONGEST_TEXT,
    PRIME,
    TEXTS,
    Terms,
    column_terms,
    netsuite_hash,
    our_hash,
    weighted_sum,
)
from netsuite_pipeline.warehouse.schema.schema import literal, quoted

VALUES_PER_STATEMENT = 300
_ROOM = 4_000  # characters of a statement that are not the hash
_DIGITS_LENGTH = sum(  # characters of a statement for one text that is written as digits
    [
        len(netsuite_known("")),
        *map(len, netsuite_digits("y10")),
        *(2 * (len(their) + 10) for _, their in digit_terms("a10")),
    ]
)


@dataclass(frozen=True)
class Rows:
    """Which rows: a range of the filter column, or some of its values.

    Attributes:
        range: The range.
        values: The values, as text; empty for all rows of the range.
    """

    range: IdRange = field(default_factory=IdRange)
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class HashForm:
    """Which values of a row are hashed, and how; NetSuite may refuse a form.

    Attributes:
        texts: `digits` for the first 240 characters of a text and its length, `characters` for the first 24
            and its length, `none` for no texts.
        times: Date-times are hashed; some accounts refuse SYS_EXTRACT_UTC (open question 9).
    """

    texts: Literal["digits", "characters", "none"] = "digits"
    times: bool = True

    @property
    def note(self) -> str:
        """What the form leaves out, in words; empty for the whole form."""
        parts = {"digits": "", "characters": f"texts after character {LONGEST_TEXT}", "none": "texts"}
        left_out = filter(None, [parts[self.texts], "" if self.times else "date-times"])
        return f"not compared: {', '.join(left_out)}" if self != HashForm() else ""


FORMS = (
    HashForm(),
    HashForm(times=False),
    HashForm("characters"),
    HashForm("characters", times=False),
    HashForm("none", times=False),
)
"""The forms in the order in which NetSuite is asked: each leaves out more than the one before."""


@dataclass(frozen=True)
class RowStatements:
    """The statements of one group of columns, whose hash is short enough for one statement.

    Attributes:
        table: The table.
        terms: The columns' whole numbers.
        texts: The columns whose characters are written as digits (`rows/text_digits.py`).
    """

    table: ComparedTable
    terms: Terms
    texts: tuple[str, ...] = ()

    @property
    def keys(self) -> Mapping[str, str]:
        """The alias of each column that `netsuite_list` returns: the filter's and the key's, by name."""
        names = dict.fromkeys([self.table.filter_column, *self.table.key])
        return {name: f"k{place}" for place, name in enumerate(names)}

    def netsuite_sums(self, rows: Rows) -> str:
        """Return the SuiteQL of the row count (`counted`) and of the sum of hashes (`checksum`)."""
        return (
            f"SELECT COUNT(*) AS counted, NVL(SUM(MOD(row_hash * row_hash, {PRIME})), 0) AS checksum "
            f"FROM ({self._netsuite_hashes(rows, {})})"
        )

    def netsuite_list(self, rows: Rows) -> str:
        """Return the SuiteQL of each row's filter value, key and hash, in the order of its key."""
        order = ", ".join(self.keys[part] for part in self.table.key)
        shown = ", ".join([*self.keys.values(), "row_hash"])
        return f"SELECT {shown} FROM ({self._netsuite_hashes(rows, self.keys)}) ORDER BY {order}"

    def our_sums(self, rows: Rows) -> str:
        """Return the same of the stored rows."""
        return f"SELECT count(*), coalesce(sum(h * h % {PRIME}), 0)::HUGEINT FROM ({self._our_hashes(rows)})"

    def our_list(self, rows: Rows) -> str:
        """Return the same of the stored rows, with the key's parts joined by `/`."""
        key = " || '/' || ".join(f"coalesce({quoted(part)}::VARCHAR, '')" for part in self.table.key)
        value = f"coalesce({quoted(self.table.filter_column)}::VARCHAR, '')"
        return f"SELECT v, k, h::VARCHAR FROM ({self._our_hashes(rows, f'{value} AS v', f'{key} AS k')})"

    def _netsuite_hashes(self, rows: Rows, keys: Mapping[str, str]) -> str:
        """Return the SuiteQL of each row's hash; texts are written as digits step by step, in nested ones."""
        name, source, conditions = self.table.name, self.table.spec.source, self._conditions(rows)
        items = [f"{column_ref(name, part)} AS {alias}" for part, alias in keys.items()]
        plain = netsuite_hash(self.terms)
        if not self.texts:
            return statement([*items, f"{plain} AS row_hash"], source, conditions, ())
        known = [
            f"{netsuite_known(column_ref(name, text))} AS y{place}" for place, text in enumerate(self.texts)
        ]
        innermost = statement([*items, f"{plain} AS n0", *known], source, conditions, ())
        digits = [
            f"{digit} AS {letter}{place}"
            for place in range(len(self.texts))
            for letter, digit in zip("ab", netsuite_digits(f"y{place}"), strict=True)
        ]
        shown = [*keys.values(), "n0"]
        numbers = weighted_sum((their for _, their in self._digit_terms()), self._plain_numbers)
        whole = f"MOD(n0 + {numbers}, {PRIME}) AS row_hash"
        within = f"SELECT {', '.join([*shown, *digits])} FROM ({innermost})"
        return f"SELECT {', '.join([*keys.values(), whole])} FROM ({within})"

    def _our_hashes(self, rows: Rows, *items: str) -> str:
        """Return the same of the stored rows, as `h`, with further items."""
        source, plain = self._our_source(rows), our_hash(self.terms)
        if not self.texts:
            return f"SELECT {', '.join([*items, f'{plain} AS h'])} FROM {source}"
        names = [item.rpartition(" AS ")[2] for item in items]
        known = [f"{our_known(quoted(text))} AS y{place}" for place, text in enumerate(self.texts)]
        digits = [
            f"{digit} AS {letter}{place}"
            for place in range(len(self.texts))
            for letter, digit in zip("ab", our_digits(f"y{place}"), strict=True)
        ]
        numbers = weighted_sum((our for our, _ in self._digit_terms()), self._plain_numbers)
        innermost = f"SELECT {', '.join([*items, f'{plain} AS n0', *known])} FROM {source}"
        within = f"SELECT {', '.join([*names, 'n0', *digits])} FROM ({innermost})"
        return f"SELECT {', '.join([*names, f'(n0 + {numbers}) % {PRIME} AS h'])} FROM ({within})"

    def _digit_terms(self) -> Iterator[tuple[str, str]]:
        for place in range(len(self.texts)):
            yield from digit_terms(f"a{place}")
            yield from digit_terms(f"b{place}")

    @property
    def _plain_numbers(self) -> int:
        return sum(map(len, self.terms.values()))

    def _conditions(self, rows: Rows) -> list[str]:
        table = self.table
        conditions = [*table.conditions, *filter(None, [rows.range.condition(table.filter_ref)])]
        if rows.values:
            literals = [key_literal(value, table.filter_kind) for value in rows.values]
            conditions.append(in_list(table.filter_ref, literals))
        return conditions

    def _our_source(self, rows: Rows) -> str:
        ref = quoted(self.table.filter_column)
        conditions = [*filter(None, [rows.range.condition(ref)])]
        if rows.values:
            conditions.append(f"list_contains({literal(rows.values)}, {ref}::VARCHAR)")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"{self.table.stored_rows()} r{where}"


def row_statements(table: ComparedTable, form: HashForm) -> tuple[RowStatements, ...]:
    """Return the statements of a table's columns, in as few groups as fit into statements.

    Args:
        table: The table.
        form: Which values are hashed, and how.
    """
    groups: list[tuple[dict[str, Sequence[tuple[str, str]]], list[str]]] = [({}, [])]
    length = 0
    most = LONGEST_STATEMENT - _ROOM - len(table.spec.source)
    for column in sorted(table.columns, key=lambda column: column.type in TEXTS):
        is_text = column.type in TEXTS
        if (is_text and form.texts == "none") or (column.type == "datetime" and not form.times):
            continue
        characters = LONGEST_TEXT if is_text and form.texts == "characters" else 0
        terms = column_terms(table.name, column.name, column.type, characters, any_text=True)
        added = sum(len(their) + 10 for _, their in terms)
        has_digits = is_text and form.texts == "digits"
        if has_digits:
            added += _DIGITS_LENGTH + 2 * len(column_ref(table.name, column.name))
        if length + added > most and groups[-1][0]:
            groups.append(({}, []))
            length = 0
        groups[-1][0][column.name] = terms
        groups[-1][1].extend([column.name] if has_digits else [])
        length += added
    return tuple(RowStatements(table, terms, tuple(texts)) for terms, texts in groups if terms)
