"""Posting periods, quarters, years and fiscal calendars at random."""

from dataclasses import dataclass
from datetime import date, timedelta

from netsuite_pipeline_tests.marts.random_ledgers.draft import Draft


@dataclass(frozen=True)
class _Month:
    id: int
    start: date
    end: date


def add_calendars(draft: Draft) -> list[int | None]:
    """Add months, adjustment periods and up to three calendars; return the calendars' ids."""
    months = _months(draft)
    firsts = [draft.random.randint(1, 12) for _ in range(draft.random.randint(1, 3))]
    calendars = draft.ids(len(firsts))
    lack = draft.one([0.0, 0.0, 0.0, 0.05])
    for place, (calendar, first) in enumerate(zip(calendars, firsts, strict=True)):
        draft.add("fiscalcalendar", id=calendar, name=f"Calendar {calendar}", isdefault=place == 0)
        _add_calendar(draft, months, calendar, first, is_default=place == 0, lack=lack)
    if len(firsts) == 1 and draft.chance(0.5):
        draft.ledger.drop("accountingperiodfiscalcalendars", "fiscalcalendar")
        calendars = []
    draft.random.shuffle(draft.ledger.tables["accountingperiod"])
    return [*calendars, None]


def _months(draft: Draft) -> list[_Month]:
    count = draft.random.randint(3, 16)
    number = 2023 * 12 + draft.random.randint(0, 18)
    ids = draft.ids(count * 2, 90)
    found = []
    for place in range(count):
        start = date((number + place) // 12, (number + place) % 12 + 1, 1)
        after = date((number + place + 1) // 12, (number + place + 1) % 12 + 1, 1)
        month = _Month(ids[place], start, after - timedelta(1))
        found.append(month)
        _add_period(draft, month.id, f"{start:%b %Y}", start, month.end)
        draft.periods.append((month.id, start, month.end))
        if draft.chance(0.15):
            extra = ids[count + place]
            begin = draft.one([start, month.end])
            _add_period(draft, extra, f"Adj {start:%b %Y}", begin, month.end, isadjust=True)
            draft.periods.append((extra, begin, month.end))
            found.append(_Month(extra, begin, month.end))
    return found


def _add_calendar(
    draft: Draft, months: list[_Month], calendar: int, first: int, *, is_default: bool, lack: float
) -> None:
    parents: dict[tuple[int, int], int] = {}

    def above(name: str, key: tuple[int, int], parent: int | None, **columns: bool) -> int:
        if key not in parents:
            used = {row["id"] for row in draft.ledger.tables["accountingperiod"]}
            parents[key] = draft.one([id for id in range(91, 400) if id not in used])
            inside = [each for each in months if _keys(each, first)[columns["isquarter"]] == key]
            start, end = min(each.start for each in inside), max(each.end for each in inside)
            _add_period(draft, parents[key], f"{name} ({calendar})", start, end, isposting=False, **columns)
            _place(draft, parents[key], calendar, parent, is_default=is_default, lack=0)
        return parents[key]

    has_quarters = draft.chance(0.7)
    for month in months:
        year, quarter = _keys(month, first)
        parent = above(f"FY {year[0]}", year, None, isyear=True, isquarter=False)
        if has_quarters:
            parent = above(f"Q{quarter[1]} {quarter[0]}", quarter, parent, isyear=False, isquarter=True)
        _place(draft, month.id, calendar, parent, is_default=is_default, lack=lack)


def _keys(month: _Month, first: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the year and the quarter of a month in a calendar that begins with a month."""
    since = month.start.year * 12 + month.start.month - first
    return (since // 12, 0), (since // 12, since % 12 // 3 + 1)


def _place(
    draft: Draft, period: int, calendar: int, parent: int | None, *, is_default: bool, lack: float
) -> None:
    if is_default:
        for row in draft.ledger.tables["accountingperiod"]:
            if row["id"] == period:
                row["parent"] = parent
    if not draft.chance(lack if is_default else lack / 2):
        draft.add(
            "accountingperiodfiscalcalendars", accountingperiod=period, fiscalcalendar=calendar, parent=parent
        )


def _add_period(draft: Draft, id: int, name: str, start: date, end: date, **columns: bool) -> None:
    usual = {"isyear": False, "isquarter": False, "isposting": True, "isadjust": False}
    draft.add(
        "accountingperiod",
        id=id,
        periodname=name,
        parent=None,
        startdate=start,
        enddate=end,
        isinactive=False,
        closed=False,
        **{**usual, **columns},
    )
