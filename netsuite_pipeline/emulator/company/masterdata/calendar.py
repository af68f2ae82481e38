"""The fiscal calendar: years, quarters and months as accounting periods, locked and closed as time goes
by."""

from datetime import date, datetime, timedelta

import duckdb

from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import store, store_rows

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_AP_LOCKED_AFTER = timedelta(days=5, hours=18)
_AR_LOCKED_AFTER = timedelta(days=7, hours=18)
_CLOSED_AFTER = timedelta(days=12, hours=20)


def period_id_sql(day: str) -> str:
    """SQL for the id of the month period that holds `day`; see `month_period_id`."""
    return f"(100 + (year({day}) - 2024) * 20 + (month({day}) - 1) // 3 + 2 + month({day}))"


def month_period_id(year: int, month: int) -> int:
    """The id of a month's period: each year takes 20 ids, in the order year, quarter, its months.

    >>> month_period_id(2024, 1), month_period_id(2024, 4)
    (103, 107)
    """
    return 100 + (year - 2024) * 20 + (month - 1) // 3 + 2 + month


def year_period_id(year: int) -> int:
    """The id of a fiscal year's period."""
    return 101 + (year - 2024) * 20


def build_calendar(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Fill accountingperiod, fiscalcalendar, accountingperiodfiscalcalendars and accountingbook."""
    rows: list[tuple[object, ...]] = []
    for year in range(2024, plan.now.year + 1):
        rows += _year(year, plan.now)
    columns = [
        "id",
        "periodname",
        "parent",
        "startdate",
        "enddate",
        "isyear",
        "isquarter",
        "isadjust",
        "isposting",
        "isinactive",
        "allownonglchanges",
        "aplocked",
        "arlocked",
        "alllocked",
        "closed",
        "closedondate",
        "lastmodifieddate",
    ]
    store_rows(connection, "accountingperiod", columns, rows)
    store_rows(
        connection,
        "fiscalcalendar",
        ("id", "name", "fiscalmonth", "isdefault", "externalid"),
        [(1, "Standard Fiscal Calendar", "JAN", True, None), (2, "UK Fiscal Calendar", "JAN", False, "uk")],
    )
    store(
        connection,
        "accountingperiodfiscalcalendars",
        "SELECT p.id AS accountingperiod, c.id AS fiscalcalendar, p.parent,"
        " coalesce(g.periodname || ' : ', '') || coalesce(q.periodname || ' : ', '') || p.periodname AS"
        " fullname"
        " FROM ns.accountingperiod p CROSS JOIN ns.fiscalcalendar c"
        " LEFT JOIN ns.accountingperiod q ON q.id = p.parent LEFT JOIN ns.accountingperiod g ON g.id ="
        " q.parent",
    )
    store(
        connection,
        "accountingbook",
        "SELECT *, 'F' AS contingentrevenuehandling, 'F' AS isadjustmentonly, 'F' AS isconsolidated,"
        f" 'F' AS twosteprevenueallocation, {month_period_id(2024, 1)} AS effectiveperiod,"
        " TIMESTAMP '2023-12-01 17:00:00' AS lastmodifieddate FROM (VALUES"
        " (1, 'Primary Accounting Book', NULL, 'T', '1, 2, 3, 4, 7'), (2, 'Local Statutory Book', 1,"
        " 'F', '2, 3'))"
        " AS b(id, name, basebook, isprimary, subsidiariesstring)",
    )


def _year(year: int, now: datetime) -> list[tuple[object, ...]]:
    set_up = datetime(year, 1, 1) if year > 2024 else datetime(2023, 12, 5, 18)
    first = year_period_id(year)
    rows = [_period(first, f"FY {year}", None, date(year, 1, 1), date(year, 12, 31), "year", set_up, now)]
    for quarter in range(4):
        id = first + 1 + quarter * 4
        start, end = date(year, quarter * 3 + 1, 1), _last_day(year, quarter * 3 + 3)
        rows.append(_period(id, f"Q{quarter + 1} {year}", first, start, end, "quarter", set_up, now))
        for month in range(quarter * 3 + 1, quarter * 3 + 4):
            name = f"{_MONTHS[month - 1]} {year}"
            start, end = date(year, month, 1), _last_day(year, month)
            rows.append(_period(month_period_id(year, month), name, id, start, end, "month", set_up, now))
    end = date(year, 12, 31)
    rows.append(_period(first + 17, f"Adjust {year}", first + 13, end, end, "adjustment", set_up, now))
    return rows


def _period(
    id: int, name: str, parent: int | None, start: date, end: date, kind: str, set_up: datetime, now: datetime
) -> tuple[object, ...]:
    after = datetime.combine(end, datetime.min.time()) + timedelta(days=1)
    ap, ar, closed = after + _AP_LOCKED_AFTER, after + _AR_LOCKED_AFTER, after + _CLOSED_AFTER
    happened = [moment for moment in (set_up, ap, ar, closed) if moment <= now]
    return (
        id,
        name,
        parent,
        start.isoformat(),
        end.isoformat(),
        kind == "year",
        kind == "quarter",
        kind == "adjustment",
        kind in ("month", "adjustment"),
        False,
        True,
        ap <= now,
        ar <= now,
        closed <= now,
        closed <= now,
        closed.isoformat(" ") if closed <= now else None,
        max(happened).isoformat(" "),
    )


def _last_day(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
