"""The functions of dates and times."""

from collections.abc import Mapping

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.dates import quote, read_format, to_char
from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.typed_sql import (
    TEXTS,
    TIMES,
    Call,
    Kind,
    Sql,
    Translator,
    as_text,
    number,
    number_of,
    written,
)


def to_char_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate TO_CHAR(value [, format]): dates in Oracle's formats, numbers as the shortest text."""
    value = translator.value(nodes[0])
    session = translator.session
    if value.kind in TIMES:
        if len(nodes) == 1:
            return Sql(written(value, session), Kind.TEXT)
        shown = value if value.kind is Kind.DATE else session.wall(value)
        form = translator.constant(nodes[1])
        # Names of months and days are English; only literals of the format could need escaping.
        plain = form.isascii() and form.isprintable() and "\\" not in form
        return Sql(to_char(shown.text, form), Kind.TEXT, plain=plain)
    if len(nodes) == 2:
        # Number formats are documented by Oracle and not emulated.
        raise unsupported()
    return as_text(value, session)


def read_time_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate TO_DATE(text [, format]) and TO_TIMESTAMP."""
    value = translator.value(nodes[0])
    if value.kind in TIMES:
        return translator.session.wall(value)
    if value.kind not in TEXTS and value.kind is not Kind.NULL:
        raise unsupported()
    form = translator.constant(nodes[1]) if len(nodes) == 2 else translator.session.date_format
    return Sql(f"strptime({value.text}, {quote(read_format(form))})", Kind.WALL)


def sys_extract_utc_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate SYS_EXTRACT_UTC(time): the same moment on a clock in UTC."""
    return Sql(translator.session.instant(translator.value(nodes[0])).text, Kind.WALL)


_UNITS = {
    "DD": "day", "DDD": "day", "J": "day", "MM": "month", "MON": "month", "MONTH": "month", "YYYY": "year",
    "YEAR": "year", "YY": "year", "Y": "year", "Q": "quarter", "IW": "week", "HH": "hour", "HH24": "hour",
    "HH12": "hour", "MI": "minute",
}  # fmt: skip


def trunc_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate TRUNC of a date to a unit, or of a number to digits."""
    value = translator.value(nodes[0])
    if value.kind not in TIMES:
        digits = number_of(translator, nodes[1]) if len(nodes) == 2 else "0"
        exact = number(value)
        if exact.kind is Kind.INTEGER and len(nodes) == 1:
            return exact
        return Sql(f"(trunc({exact.text} * power(10, {digits})) / power(10, {digits}))", Kind.FLOAT)
    wall = translator.session.wall(value).text
    unit = translator.constant(nodes[1]).upper() if len(nodes) == 2 else "DD"
    if unit in ("DAY", "D", "DY"):
        day = f"CAST({wall} AS DATE)"
        return Sql(f"({day} - CAST(dayofweek({day}) AS INTEGER))", Kind.DATE)
    if unit not in _UNITS:
        raise unsupported()
    kind = Kind.WALL if _UNITS[unit] in ("hour", "minute") else Kind.DATE
    text = f"date_trunc('{_UNITS[unit]}', {wall})"
    return Sql(text if kind is Kind.WALL else f"CAST({text} AS DATE)", kind)


def add_months_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate ADD_MONTHS(date, n)."""
    start = translator.value(nodes[0])
    wall = translator.session.wall(start).text
    moved = f"({wall} + to_months(CAST({number_of(translator, nodes[1])} AS INTEGER)))"
    # The last day of a month stays the last day of a month.
    last = f"CAST({wall} AS DATE) = last_day({wall})"
    end = f"(last_day({moved}) + ({moved} - date_trunc('day', {moved})))"
    text = f"CASE WHEN {last} THEN {end} ELSE {moved} END"
    if start.kind is Kind.DATE:
        return Sql(f"CAST({text} AS DATE)", Kind.DATE)
    return Sql(text, Kind.WALL)


def last_day_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate LAST_DAY(date)."""
    return Sql(f"last_day({translator.session.wall(translator.value(nodes[0])).text})", Kind.DATE)


def months_between_call(translator: Translator, nodes: list[exp.Expr]) -> Sql:
    """Translate MONTHS_BETWEEN(later, earlier), in whole months and 31sts."""
    later, earlier = (translator.session.wall(translator.value(node)).text for node in nodes)
    months = f"((year({later}) - year({earlier})) * 12 + month({later}) - month({earlier}))"
    days = f"(day({later}) - day({earlier})) / 31.0"
    both_last = f"CAST({later} AS DATE) = last_day({later}) AND CAST({earlier} AS DATE) = last_day({earlier})"
    return Sql(f"({months} + CASE WHEN {both_last} THEN 0 ELSE {days} END)", Kind.FLOAT)


TIME_FUNCTIONS: Mapping[str, Call] = {
    "ADD_MONTHS": (2, 2, add_months_call),
    "LAST_DAY": (1, 1, last_day_call),
    "MONTHS_BETWEEN": (2, 2, months_between_call),
    "SYS_EXTRACT_UTC": (1, 1, sys_extract_utc_call),
    "TO_CHAR": (1, 2, to_char_call),
    "TO_DATE": (1, 2, read_time_call),
    "TO_TIMESTAMP": (1, 2, read_time_call),
    "TRUNC": (1, 2, trunc_call),
}
"""Fewest and most arguments of each function, and its translation."""
