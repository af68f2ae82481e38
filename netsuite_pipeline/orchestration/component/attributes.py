"""The attributes that a `defs.yaml` has below the first level: of a table, a schedule, a table by a query."""

from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.schedules import WEEKLY
from netsuite_pipeline.tables.settings import TableSettings


class TableAttributes(dg.Model, dg.Resolvable):
    """What is set for one table.

    Attributes:
        leave_out: Columns that are not asked for.
        hash: Columns of which only a hash is kept.
        labels: true, false, or the columns that get a label; without it the catalogue's.
        cursor: false to read the table whole each time.
        where: A SuiteQL condition that rows must meet to be taken.
        preview: Whether Dagster shows a few rows of it at each sync; without it no rows of people.
        schedule: The schedule that syncs the table, instead of the connection's own.
    """

    leave_out: list[str] = []  # noqa: RUF012 - a pydantic field, copied for each instance
    hash: list[str] = []  # noqa: RUF012
    labels: bool | list[str] | None = None
    cursor: bool = True
    where: str | None = None
    preview: bool | None = None
    schedule: str | None = None

    def settings(self) -> TableSettings:
        """The same without the schedule, which is no matter of the table's."""
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
        cron: When it syncs; it has no default.
        time_zone: The zone that `cron` is meant in; without it the connection's.
        tables: Names and groups of tables; those that are set to this schedule come on top.
        running: Whether it is on from the start.
        sweep_every_days: How often its syncs compare all keys with NetSuite's; 0 for never.
    """

    cron: str = ""
    time_zone: str | None = None
    tables: list[str] = []  # noqa: RUF012
    running: bool = False
    sweep_every_days: int = WEEKLY


class QueryAttributes(dg.Model, dg.Resolvable):
    """A table that is a SuiteQL query.

    Attributes:
        query: The SELECT statement.
        key: The column, or columns, that name one of its rows.
        cursor: The datetime column that moves when a row changes, if there is one.
        title: What a person calls the table.
        about: What its rows are.
        group: The group it shows in.
        columns: Types of columns, by name; those that are not said are found by the first rows.
    """

    query: str
    key: str | list[str]
    cursor: str | None = None
    title: str = ""
    about: str = ""
    group: str = "custom"
    columns: dict[str, str] = {}  # noqa: RUF012

    def query_table_arguments(self) -> dict[str, Any]:
        """The arguments of `query_table`."""
        key = (self.key,) if isinstance(self.key, str) else tuple(self.key)
        return {**self.__dict__, "key": key}
