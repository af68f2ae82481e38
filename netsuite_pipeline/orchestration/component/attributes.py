"""The attributes of a `defs.yaml` below the first level: of a table, a schedule, a query."""

from datetime import timedelta
from typing import Any, Literal

import dagster as dg

from netsuite_pipeline.orchestration.freshness import FreshnessWindow
from netsuite_pipeline.orchestration.schedules import WEEKLY
from netsuite_pipeline.tables.settings import TableSettings

Status = Literal["RUNNING", "STOPPED"]


class TableAttributes(dg.Model, dg.Resolvable):
    """The settings of one table.

    Attributes:
        leave_out: Columns that are not read.
        hash: Columns of which only a hash is stored.
        labels: true, false, or the columns that get a label; by default the catalogue's.
        cursor: false to read the table in full each time.
        where: A SuiteQL condition; other rows are not read.
        preview: Whether Dagster shows a few rows of it after each sync; by default no rows of people.
        schedule: The schedule that syncs the table, instead of the connection's own.
        fresh_for_hours: The age at which the check `fresh` of this table fails; 0 for no check.
        warn_after_hours: The age at which the check `fresh` of this table warns; 0 for no warning.
    """

    leave_out: list[str] = []  # noqa: RUF012 - a pydantic field, copied for each instance
    hash: list[str] = []  # noqa: RUF012 - a pydantic field
    labels: bool | list[str] | None = None
    cursor: bool = True
    where: str | None = None
    preview: bool | None = None
    schedule: str | None = None
    fresh_for_hours: float | None = None
    warn_after_hours: float | None = None

    def settings(self) -> TableSettings:
        """Return the settings of the table itself, without its schedule and its freshness."""
        return TableSettings(
            leave_out=tuple(self.leave_out),
            hashed=tuple(self.hash),
            labels=tuple(self.labels) if isinstance(self.labels, list) else self.labels,
            cursor=self.cursor,
            where=self.where,
            preview=self.preview,
        )


class ScheduleAttributes(dg.Model, dg.Resolvable):
    """A schedule beside the connection's own.

    Attributes:
        cron_schedule: When it syncs; required.
        execution_timezone: The time zone of `cron_schedule`; by default the connection's.
        tables: Names and groups of tables; tables that are set to this schedule are added.
        default_status: RUNNING or STOPPED: whether it is on from the start.
        sweep_every_days: How often its syncs compare all keys with NetSuite's; 0 for never.
    """

    cron_schedule: str = ""
    execution_timezone: str | None = None
    tables: list[str] = []  # noqa: RUF012 - a pydantic field
    default_status: Status = "STOPPED"
    sweep_every_days: int = WEEKLY


class QueryAttributes(dg.Model, dg.Resolvable):
    """A table that is a SuiteQL query.

    Attributes:
        query: The SELECT statement.
        key: The column, or columns, that identify a row.
        cursor: The datetime column that changes whenever a row changes, if there is one.
        title: The table's name for people.
        about: What one row is.
        group: The asset group.
        columns: Types of columns, by name; other types are inferred from the first rows.
    """

    query: str
    key: str | list[str]
    cursor: str | None = None
    title: str = ""
    about: str = ""
    group: str = "custom"
    columns: dict[str, str] = {}  # noqa: RUF012 - a pydantic field

    def query_table_arguments(self) -> dict[str, Any]:
        """Return the arguments of `query_table`."""
        key = (self.key,) if isinstance(self.key, str) else tuple(self.key)
        return {**self.__dict__, "key": key}


def freshness_window(fail_hours: float, warn_hours: float) -> FreshnessWindow | None:
    """Return a freshness window; None for 0 hours.

    Example:
        >>> freshness_window(24, 0)
        FreshnessWindow(fail=datetime.timedelta(days=1), warn=None)
    """
    if not fail_hours:
        return None
    return FreshnessWindow(timedelta(hours=fail_hours), timedelta(hours=warn_hours) if warn_hours else None)
