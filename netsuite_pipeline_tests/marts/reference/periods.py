"""The reported posting periods in order, and the fiscal year of each in a calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from netsuite_pipeline_tests.marts.reference.account import Company, Row


@dataclass(frozen=True)
class Period:
    """One reported period; they compare by `place`, their order."""

    id: int
    name: str | None
    start: date
    end: date
    is_adjustment: bool
    place: int


class Periods:
    """The periods of statements."""

    def __init__(self, company: Company, posted: Iterable[int | None], today: date) -> None:
        self._company = company
        self._all: dict[int | None, Row] = {row["id"]: row for row in company.rows("accountingperiod")}
        eligible = sorted(filter(self._is_posting_period, self._all.values()), key=_order)
        used = set(posted)
        first = [row["id"] in used for row in eligible]
        last = [row["id"] in used or row["startdate"] <= today for row in eligible]
        shown = eligible[first.index(True) : len(last) - last[::-1].index(True)] if any(first) else []
        self.shown = [
            Period(
                row["id"],
                row.get("periodname"),
                row["startdate"],
                row["enddate"],
                bool(row.get("isadjust")),
                place,
            )
            for place, row in enumerate(shown)
        ]
        self.by_id = {period.id: period for period in self.shown}
        self._parents = {
            (row["accountingperiod"], row["fiscalcalendar"]): row["parent"]
            for row in company.rows("accountingperiodfiscalcalendars")
            if company.has("accountingperiodfiscalcalendars.parent")
        }

    def name(self, period: int | None) -> str | None:
        """Return the name of any period, also of one that is not reported."""
        return self._all.get(period, {}).get("periodname")

    def fiscal_year(self, period: Period, calendar: int | None) -> int | None:
        """Return the id of the year above a period in a calendar."""
        at: int | None = period.id
        for _ in range(len(self._all) + 1):
            row = self._all.get(at)
            if row is None:
                return None
            if row.get("isyear"):
                return at
            above = self._parents.get((at, calendar))
            at = row.get("parent") if above is None else above
        return None

    def _is_posting_period(self, row: Row) -> bool:
        posting = row.get("isposting") if self._company.has("accountingperiod.isposting") else True
        return bool(posting and not row.get("isquarter") and not row.get("isyear"))


def _order(row: Row) -> tuple[date, bool, date, int]:
    return row["enddate"], bool(row.get("isadjust")), row["startdate"], row["id"]
