"""The schedules of a component's attributes, and the tables that each of them syncs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import dagster as dg

from netsuite_pipeline.orchestration.component.attributes import ScheduleAttributes, TableAttributes
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.schedules import (
    ScheduleSpec,
    check_cron_schedule,
    check_schedule_name,
    check_timezone,
)
from netsuite_pipeline.tables import Table, choose_tables
from netsuite_pipeline.tables.table import did_you_mean


def resolve_schedule_attributes(
    own: ScheduleSpec,
    named: Mapping[str, ScheduleAttributes],
    settings: Mapping[str, TableAttributes],
    chosen: Sequence[Table],
    positions: YamlPositions,
) -> list[ScheduleSpec]:
    """Return the schedules, the connection's own first.

    Args:
        own: The connection's own schedule, which syncs the tables that no other one is set for.
        named: The other schedules, by name.
        settings: The settings of tables; a table with a schedule leaves the connection's own.
        chosen: The connection's tables.
        positions: The lines of the attributes.

    Raises:
        TableSpecError: A cron expression, a time zone or a name is malformed, or a schedule has no table. The
            message has the line.
    """
    tables = {table.name: table for table in chosen}
    _check_times(own.cron_schedule, own.execution_timezone, positions)
    moved = {name: each.schedule for name, each in settings.items() if each.schedule and name in tables}
    for name, each in settings.items():
        if each.schedule and each.schedule not in named:
            close = did_you_mean(each.schedule, list(named))
            raise positions.error(
                f"there is no schedule {each.schedule!r}{close}",
                "table_settings",
                name,
                "schedule",
                remedy="Describe it under schedules.",
            )
    others = [
        _named(name, each, own, tables, [table for table, to in moved.items() if to == name], positions)
        for name, each in named.items()
    ]
    if len(moved) == len(tables):
        return others
    return [replace(own, tables=("all", *(f"-{name}" for name in moved))), *others]


def _named(
    name: str,
    attributes: ScheduleAttributes,
    own: ScheduleSpec,
    tables: Mapping[str, Table],
    moved: Sequence[str],
    positions: YamlPositions,
) -> ScheduleSpec:
    path = ("schedules", name)
    with positions.located(*path):
        check_schedule_name(name)
    timezone = attributes.execution_timezone or own.execution_timezone
    _check_times(attributes.cron_schedule or own.cron_schedule, timezone, positions, *path)
    if attributes.sweep_every_days < 0:
        raise positions.error("must be 0 or more", *path, "sweep_every_days")
    with positions.located(*path, "tables"):
        chosen = [each.name for each in choose_tables(tables, attributes.tables)] if attributes.tables else []
    synced = tuple(table for table in tables if table in {*chosen, *moved})
    if not synced:
        raise positions.error(
            "has no tables",
            *path,
            remedy=f"Name some under tables, or write `schedule: {name}` in the table_settings of a table.",
        )
    if not attributes.cron_schedule:
        raise positions.error(
            "has no cron_schedule",
            *path,
            remedy='Set when it syncs, such as cron_schedule: "30 2 * * *" for each night at 02:30.',
        )
    return ScheduleSpec(
        name,
        attributes.cron_schedule,
        timezone,
        synced,
        dg.DefaultScheduleStatus[attributes.default_status],
        attributes.sweep_every_days,
    )


def _check_times(
    cron_schedule: str | Sequence[str], timezone: str, positions: YamlPositions, *path: str
) -> None:
    with positions.located(*path, "cron_schedule", named=True):
        check_cron_schedule(cron_schedule)
    with positions.located(*path, "execution_timezone", named=True):
        check_timezone(timezone)
