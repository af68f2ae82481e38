"""The functions SuiteQL knows, and what each is in DuckDB; a function that is not here is refused."""

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.functions.time_functions import (
    add_months_call,
    last_day_call,
    months_between_call,
    read_time_call,
    sys_extract_utc_call,
    to_char_call,
    trunc_call,
)
from netsuite_pipeline.emulator.suiteql.typed_sql import (
    NUMBERS,
    TEXTS,
    Function,
    Kind,
    Sql,
    Translator,
    arguments,
    common_kind,
    comparable,
    number,
    number_of,
    text_of,
    unify,
)


def _on_text(template: str, least: int = 1, numbers: int = 0, kind: Kind = Kind.TEXT) -> Function:
    """A function of texts, then of `numbers` numbers, e.g. LPAD; `template` names them by place."""
    texts = template.count("{") - numbers

    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        arguments(nodes, least, texts + numbers)
        parts = [text_of(translator, node) for node in nodes[:texts]]
        parts += [number_of(translator, node) for node in nodes[texts:]]
        return Sql(template.format(*parts), kind)

    return translate


# A moment written in digits alone: DuckDB reads that far faster as a BIGINT than as a decimal.
_DIGITS_OF_A_MOMENT = re.compile(r"strftime\(.*, '(%[YmdHMS])+'\)")


def _on_numbers(template: str, kind: Kind | None = None) -> Function:
    count = max(int(place) for place in "0123" if "{" + place + "}" in template) + 1

    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        arguments(nodes, count, count)
        values = [number(translator.value(node)) for node in nodes]
        return Sql(template.format(*(value.text for value in values)), kind or common_kind(values))

    return translate


def _to_number(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 1, 1)
    value = translator.value(nodes[0])
    if value.kind in TEXTS and _DIGITS_OF_A_MOMENT.fullmatch(value.text):
        return Sql(f"CAST(CAST({value.text} AS BIGINT) AS HUGEINT)", Kind.INTEGER)
    return number(value)


def _round(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 1, 2)
    value = number(translator.value(nodes[0]))
    if len(nodes) == 1:
        # A whole number, which DuckDB goes on with far faster than with a decimal of 38 digits.
        return Sql(f"CAST(round({value.text}, 0) AS HUGEINT)", Kind.INTEGER)
    digits = f"CAST({number_of(translator, nodes[1])} AS INTEGER)"
    return Sql(f"round({value.text}, {digits})", value.kind)


def _coalesce(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 1000)
    values = unify([translator.value(node) for node in nodes], translator.session)
    return Sql(f"coalesce({', '.join(value.text for value in values)})", common_kind(values))


def _nvl(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 2)
    return _coalesce(translator, nodes)


def _nvl2(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 3, 3)
    asked = translator.value(nodes[0])
    present, absent = unify([translator.value(node) for node in nodes[1:]], translator.session)
    text = f"CASE WHEN {asked.text} IS NOT NULL THEN {present.text} ELSE {absent.text} END"
    return Sql(text, common_kind([present, absent]))


def _nullif(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 2)
    kept, other = (translator.value(node) for node in nodes)
    left, right = comparable(kept, other, translator.session)
    return Sql(f"CASE WHEN {left} = {right} THEN NULL ELSE {kept.text} END", kept.kind)


def _decode(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 3, 255)
    subject = translator.value(nodes[0])
    rest = nodes[1:]
    pairs = [(rest[i], rest[i + 1]) for i in range(0, len(rest) - 1, 2)]
    results = [translator.value(result) for _, result in pairs]
    otherwise = translator.value(rest[-1]) if len(rest) % 2 else Sql("NULL", Kind.NULL)
    *results, otherwise = unify([*results, otherwise], translator.session)
    cases = []
    for (search, _), result in zip(pairs, results, strict=True):
        left, right = comparable(subject, translator.value(search), translator.session)
        cases.append(f"WHEN {left} IS NOT DISTINCT FROM {right} THEN {result.text}")
    return Sql(
        f"CASE {' '.join(cases)} ELSE {otherwise.text} END",
        common_kind([*results, otherwise]),
    )


def _extreme(name: str) -> Function:
    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        arguments(nodes, 1, 1000)
        values = unify([translator.value(node) for node in nodes], translator.session)
        # Oracle gives NULL as soon as one argument is.
        missing = " OR ".join(f"{value.text} IS NULL" for value in values)
        together = ", ".join(value.text for value in values)
        return Sql(f"CASE WHEN {missing} THEN NULL ELSE {name}({together}) END", common_kind(values))

    return translate


def _substr(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 3)
    text = text_of(translator, nodes[0])
    start = f"CAST({number_of(translator, nodes[1])} AS BIGINT)"
    start = f"CASE WHEN {start} = 0 THEN 1 ELSE {start} END"
    if len(nodes) == 2:
        return Sql(f"substr({text}, {start})", Kind.TEXT)
    length = f"CAST({number_of(translator, nodes[2])} AS BIGINT)"
    return Sql(f"CASE WHEN {length} >= 1 THEN substr({text}, {start}, {length}) END", Kind.TEXT)


def _instr(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 3)
    text, sought = (text_of(translator, node) for node in nodes[:2])
    if len(nodes) == 2:
        return Sql(f"instr({text}, {sought})", Kind.INTEGER)
    start = f"CAST({number_of(translator, nodes[2])} AS BIGINT)"
    rest = f"instr(substr({text}, {start}), {sought})"
    return Sql(f"CASE WHEN {rest} = 0 THEN 0 ELSE {rest} + {start} - 1 END", Kind.INTEGER)


def _padded(name: str) -> Function:
    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        arguments(nodes, 2, 3)
        length = f"CAST({number_of(translator, nodes[1])} AS INTEGER)"
        filler = text_of(translator, nodes[2]) if len(nodes) == 3 else "' '"
        return Sql(f"{name}({text_of(translator, nodes[0])}, {length}, {filler})", Kind.TEXT)

    return translate


def _trimmed(name: str) -> Function:
    def translate(translator: Translator, nodes: list[exp.Expr]) -> Sql:
        arguments(nodes, 1, 2)
        letters = text_of(translator, nodes[1]) if len(nodes) == 2 else "' '"
        return Sql(f"{name}({text_of(translator, nodes[0])}, {letters})", Kind.TEXT)

    return translate


def _replace(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 3)
    text, old = (text_of(translator, node) for node in nodes[:2])
    new = text_of(translator, nodes[2]) if len(nodes) == 3 else "''"
    return Sql(f"replace({text}, {old}, {new})", Kind.TEXT)


def _regexp_options(translator: Translator, nodes: list[exp.Expr]) -> str:
    flags = translator.constant(nodes[0]).lower() if nodes else ""
    if not set(flags) <= set("icnm"):
        raise unsupported()
    return "".join({"i": "i", "c": "c", "n": "s", "m": "m"}[flag] for flag in flags)


def regexp_like(translator: Translator, nodes: list[exp.Expr]) -> str:
    """REGEXP_LIKE(text, pattern [, flags]) as a DuckDB condition."""
    arguments(nodes, 2, 3)
    text, pattern = (text_of(translator, node) for node in nodes[:2])
    return f"regexp_matches({text}, {pattern}, '{_regexp_options(translator, nodes[2:])}')"


def _regexp_replace(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 3)
    text, pattern = (text_of(translator, node) for node in nodes[:2])
    new = text_of(translator, nodes[2]) if len(nodes) == 3 else "''"
    return Sql(f"regexp_replace({text}, {pattern}, {new}, 'g')", Kind.TEXT)


def _regexp_substr(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 2)
    text, pattern = (text_of(translator, node) for node in nodes)
    return Sql(f"nullif(regexp_extract({text}, {pattern}), '')", Kind.TEXT)


def _regexp_instr(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 2)
    text, pattern = (text_of(translator, node) for node in nodes)
    found = f"instr({text}, regexp_extract({text}, {pattern}))"
    return Sql(f"CASE WHEN regexp_matches({text}, {pattern}) THEN {found} ELSE 0 END", Kind.INTEGER)


def _regexp_count(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 2)
    text, pattern = (text_of(translator, node) for node in nodes)
    return Sql(f"len(regexp_extract_all({text}, {pattern}))", Kind.INTEGER)


def _concat(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    arguments(nodes, 2, 2)
    return concatenated([text_of(translator, node) for node in nodes])


def concatenated(texts: list[str]) -> Sql:
    """Texts one after the other; to Oracle NULL is empty text, and empty text is NULL."""
    return Sql(f"nullif(concat({', '.join(texts)}), '')", Kind.TEXT)


SCALARS: Mapping[str, Function] = {
    "ABS": _on_numbers("abs({0})"),
    "ADD_MONTHS": add_months_call,
    "ASCII": _on_text("ascii({0})", kind=Kind.INTEGER),
    "CEIL": _on_numbers("ceil({0})"),
    "CHR": _on_numbers("chr(CAST({0} AS INTEGER))", Kind.TEXT),
    "COALESCE": _coalesce,
    "CONCAT": _concat,
    "DECODE": _decode,
    "EXP": _on_numbers("exp({0})", Kind.FLOAT),
    "FLOOR": _on_numbers("floor({0})"),
    "GREATEST": _extreme("greatest"),
    "INITCAP": _on_text("array_to_string(list_transform(string_split(lower({0}), ' '),"
                        " lambda w: upper(w[1]) || w[2:]), ' ')"),
    "INSTR": _instr,
    "LAST_DAY": last_day_call,
    "LEAST": _extreme("least"),
    "LENGTH": _on_text("length({0})", kind=Kind.INTEGER),
    "LN": _on_numbers("ln({0})", Kind.FLOAT),
    "LOWER": _on_text("lower({0})"),
    "LPAD": _padded("lpad"),
    "LTRIM": _trimmed("ltrim"),
    "MOD": _on_numbers("({0} % {1})"),
    "MONTHS_BETWEEN": months_between_call,
    "NULLIF": _nullif,
    "NVL": _nvl,
    "NVL2": _nvl2,
    "POWER": _on_numbers("power({0}, {1})", Kind.FLOAT),
    "REGEXP_COUNT": _regexp_count,
    "REGEXP_INSTR": _regexp_instr,
    "REGEXP_REPLACE": _regexp_replace,
    "REGEXP_SUBSTR": _regexp_substr,
    "REPLACE": _replace,
    "ROUND": _round,
    "RPAD": _padded("rpad"),
    "RTRIM": _trimmed("rtrim"),
    "SIGN": _on_numbers("sign({0})", Kind.INTEGER),
    "SQRT": _on_numbers("sqrt({0})", Kind.FLOAT),
    "SUBSTR": _substr,
    "SYS_EXTRACT_UTC": sys_extract_utc_call,
    "TO_CHAR": to_char_call,
    "TO_DATE": read_time_call(Kind.WALL),
    "TO_NUMBER": _to_number,
    "TO_TIMESTAMP": read_time_call(Kind.WALL),
    "TRANSLATE": _on_text("translate({0}, {1}, {2})", least=3),
    "TRUNC": trunc_call,
    "UPPER": _on_text("upper({0})"),
}  # fmt: skip
"""Function name -> translation (NSH:section_158513731864 lists what NetSuite supports)."""


def _keeps(kind: Kind) -> Kind:
    return kind


def _summed(kind: Kind) -> Kind:
    if kind not in NUMBERS:
        raise unsupported()
    return kind


def _measured(kind: Kind) -> Kind:
    _summed(kind)
    return Kind.FLOAT


AGGREGATES: Mapping[str, tuple[str, Callable[[Kind], Kind]]] = {
    "AVG": ("avg", _measured),
    "MAX": ("max", _keeps),
    "MEDIAN": ("median", _measured),
    "MIN": ("min", _keeps),
    "STDDEV": ("stddev", _measured),
    "SUM": ("sum", _summed),
    "VARIANCE": ("variance", _measured),
}
"""Aggregate -> DuckDB's name and the kind of its result; COUNT is apart, as it takes anything."""

RANKINGS: Mapping[str, tuple[str, Kind]] = {
    "ROW_NUMBER": ("row_number", Kind.INTEGER),
    "RANK": ("rank", Kind.INTEGER),
    "DENSE_RANK": ("dense_rank", Kind.INTEGER),
    "PERCENT_RANK": ("percent_rank", Kind.FLOAT),
    "CUME_DIST": ("cume_dist", Kind.FLOAT),
}
"""Functions without arguments that need an OVER."""

NEIGHBOURS = frozenset({"LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"})
"""Functions of one value in another row that need an OVER."""
