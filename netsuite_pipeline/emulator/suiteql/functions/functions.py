"""The functions of SuiteQL and their DuckDB SQL. All but these and those of templates.yaml are refused."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml
from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.functions.time_functions import TIME_FUNCTIONS
from netsuite_pipeline.emulator.suiteql.typed_sql import (
    TEXTS,
    Call,
    Function,
    Kind,
    Sql,
    Translator,
    common_kind,
    comparable,
    number,
    number_of,
    text_of,
    unify,
)

_TEMPLATES: Mapping[str, dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("templates.yaml").read_text("utf-8")
)


def _from_template(kind: str, **templates: str) -> Function:
    by_count = {len(types): (types, template) for types, template in templates.items()}

    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        if len(nodes) not in by_count:
            raise unsupported()
        types, template = by_count[len(nodes)]
        numbers = [number(translator.value(node)) for node in nodes] if kind == "same" else []
        texts = (_argument(translator, node, each) for node, each in zip(nodes, types, strict=True))
        return Sql(template.format(*texts), common_kind(numbers) if numbers else Kind(kind))

    return translate


def _argument(translator: Translator, node: exp.Expr, type: str) -> str:
    if type == "t":
        return text_of(translator, node)
    text = number_of(translator, node)
    return text if type == "n" else f"CAST({text} AS {'BIGINT' if type == 'i' else 'INTEGER'})"


# A date-time written in digits only: DuckDB casts it far faster to BIGINT than to a decimal.
_DATE_TIME_DIGITS = re.compile(r"strftime\(.*, '(%[YmdHMS])+'\)")


def _to_number(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    value = translator.value(nodes[0])
    if value.kind in TEXTS and _DATE_TIME_DIGITS.fullmatch(value.text):
        return Sql(f"CAST(CAST({value.text} AS BIGINT) AS HUGEINT)", Kind.INTEGER)
    if value.kind in TEXTS and value.slot is None:
        # DuckDB casts digits to a whole number a hundred times faster than to a decimal.
        whole = f"CAST(CAST({value.text} AS HUGEINT) AS DECIMAL(38,10))"
        fraction = f"CAST({value.text} AS DECIMAL(38,10))"
        return Sql(f"CASE WHEN contains({value.text}, '.') THEN {fraction} ELSE {whole} END", Kind.DECIMAL)
    return number(value)


def _round(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    value = number(translator.value(nodes[0]))
    if len(nodes) == 1:
        # A whole number, which DuckDB processes far faster than a decimal of 38 digits.
        return Sql(f"CAST(round({value.text}, 0) AS HUGEINT)", Kind.INTEGER)
    digits = f"CAST({number_of(translator, nodes[1])} AS INTEGER)"
    return Sql(f"round({value.text}, {digits})", value.kind)


def _coalesce(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    values = unify([translator.value(node) for node in nodes], translator.session)
    return Sql(f"coalesce({', '.join(value.text for value in values)})", common_kind(values))


def _nvl2(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    tested = translator.value(nodes[0])
    present, absent = unify([translator.value(node) for node in nodes[1:]], translator.session)
    text = f"CASE WHEN {tested.text} IS NOT NULL THEN {present.text} ELSE {absent.text} END"
    return Sql(text, common_kind([present, absent]))


def _nullif(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    kept, other = (translator.value(node) for node in nodes)
    left, right = comparable(kept, other, translator.session)
    return Sql(f"CASE WHEN {left} = {right} THEN NULL ELSE {kept.text} END", kept.kind)


def _decode(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    subject = translator.value(nodes[0])
    rest = nodes[1:]
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    otherwise = translator.value(rest[-1]) if len(rest) % 2 else Sql("NULL", Kind.NULL)
    results = [translator.value(result) for _, result in pairs]
    *results, otherwise = unify([*results, otherwise], translator.session)
    cases = []
    for (search, _), result in zip(pairs, results, strict=True):
        left, right = comparable(subject, translator.value(search), translator.session)
        cases.append(f"WHEN {left} IS NOT DISTINCT FROM {right} THEN {result.text}")
    return Sql(f"CASE {' '.join(cases)} ELSE {otherwise.text} END", common_kind([*results, otherwise]))


def _extreme(name: str) -> Function:
    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        values = unify([translator.value(node) for node in nodes], translator.session)
        # In Oracle the result is NULL if any argument is.
        missing = " OR ".join(f"{value.text} IS NULL" for value in values)
        together = ", ".join(value.text for value in values)
        return Sql(f"CASE WHEN {missing} THEN NULL ELSE {name}({together}) END", common_kind(values))

    return translate


_REGEXP_FLAGS = {"i": "i", "c": "c", "n": "s", "m": "m"}


def regexp_like(translator: Translator, nodes: list[exp.Expr]) -> str:
    """Return REGEXP_LIKE(text, pattern [, flags]) as a DuckDB condition."""
    if len(nodes) not in (2, 3):
        raise unsupported()
    text, pattern = (text_of(translator, node) for node in nodes[:2])
    flags = translator.constant(nodes[2]).lower() if len(nodes) == 3 else ""
    if not set(flags) <= set(_REGEXP_FLAGS):
        raise unsupported()
    return f"regexp_matches({text}, {pattern}, '{''.join(_REGEXP_FLAGS[flag] for flag in flags)}')"


def concatenated(texts: list[str]) -> Sql:
    """Concatenate texts; in Oracle, NULL is empty text and empty text is NULL."""
    return Sql(f"nullif(concat({', '.join(texts)}), '')", Kind.TEXT)


SCALARS: Mapping[str, Call] = {
    **{name: (1, 3, _from_template(**each)) for name, each in _TEMPLATES.items()},
    **TIME_FUNCTIONS,
    "COALESCE": (2, 1000, _coalesce),
    "DECODE": (3, 255, _decode),
    "GREATEST": (1, 1000, _extreme("greatest")),
    "LEAST": (1, 1000, _extreme("least")),
    "NULLIF": (2, 2, _nullif),
    "NVL": (2, 2, _coalesce),
    "NVL2": (3, 3, _nvl2),
    "ROUND": (1, 2, _round),
    "TO_NUMBER": (1, 1, _to_number),
}
"""Fewest and most arguments of each function, and its translation.

NSH:section_158513731864 lists the functions that NetSuite supports.
"""

AGGREGATES: Mapping[str, Kind | None] = {
    "AVG": Kind.FLOAT,
    "MAX": None,
    "MEDIAN": Kind.FLOAT,
    "MIN": None,
    "STDDEV": Kind.FLOAT,
    "SUM": None,
    "VARIANCE": Kind.FLOAT,
}
"""Kind of the result of each aggregate, None for that of its argument; DuckDB has the same names.

MAX and MIN accept any kind, the others numbers. COUNT accepts any kind and is not here.
"""

RANKINGS: Mapping[str, Kind] = {
    "ROW_NUMBER": Kind.INTEGER,
    "RANK": Kind.INTEGER,
    "DENSE_RANK": Kind.INTEGER,
    "PERCENT_RANK": Kind.FLOAT,
    "CUME_DIST": Kind.FLOAT,
}
"""Kind of the result of each function without arguments that needs an OVER."""

NEIGHBOURS = frozenset({"LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"})
"""Functions that return a value of another row and need an OVER."""
