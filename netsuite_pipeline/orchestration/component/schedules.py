"""The schedules that a component's attributes come to, and which of its tables each of them syncs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from dagster._utils.schedules import is_valid_cron_schedule  # no public name for it in 1.13

from netsuite_pipeline.orchestration.component.attributes import ScheduleAttributes, TableAttributes
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.schedules import WEEKLY, ScheduleSpec
from netsuite_pipeline.tables import Table, choose_tables
from netsuite_pipeline.tables.table import did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = ("fields",)  # the look for new fields has a schedule of that name


@dataclass(frozen=True)
class DefaultSchedule:
    """The connection's own schedule, which syncs all that is on no other.

    Attributes:
        cron: When it syncs.
        time_zone: The zone that `cron` is meant in; other schedules that say none have it too.
        running: Whether it is on from the start.
    """

    cron: str
    time_zone: str
    running: bool


def resolve_schedule_attributes(
    own: DefaultSchedule,
    named: Mapping[str, ScheduleAttributes],
    settings: Mapping[str, TableAttributes],
    chosen: Sequence[Table],
    places: YamlPositions,
) -> tuple[ScheduleSpec, ...]:
    """The schedules, the connection's own first.

    Args:
        own: The connection's own.
        named: The others, by name.
        settings: What is set for tables; who is set to a schedule is off the connection's own.
        chosen: The connection's tables.
        places: Where it all stands.

    Raises:
        TableSpecError: A cron expression, a time zone or a name is none; a schedule has no table. The message
            names the line.
    """
    tables = {table.name: table for table in chosen}
    _check_times(own.cron, own.time_zone, places)
    moved = {name: said.schedule for name, said in settings.items() if said.schedule and name in tables}
    for name, said in settings.items():
        if said.schedule and said.schedule not in named:
            close = did_you_mean(said.schedule, list(named))
            raise places.error(
                f"there is no schedule {said.schedule!r}{close}",
                "settings",
                name,
                "schedule",
                remedy="Describe it under schedules.",
            )
    others = [
        _named(name, said, own, tables, [table for table, to in moved.items() if to == name], places)
        for name, said in named.items()
    ]
    if len(moved) == len(tables):
        return tuple(others)
    first = ScheduleSpec(
        cron=own.cron,
        time_zone=own.time_zone,
        tables=("all", *(f"-{name}" for name in moved)),
        running=own.running,
        sweep_every_days=WEEKLY,
    )
    return (first, *others)


def _named(
    name: str,
    said: ScheduleAttributes,
    own: DefaultSchedule,
    tables: Mapping[str, Table],
    moved: Sequence[str],
    places: YamlPositions,
) -> ScheduleSpec:
    path = ("schedules", name)
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise places.error(
            f"{name!r} cannot be a schedule's name",
            *path,
            remedy="Write it lower case, a letter first, then letters, digits and _: nightly, month_end.",
        )
    time_zone = said.time_zone or own.time_zone
    _check_times(said.cron or own.cron, time_zone, places, *path)
    if said.sweep_every_days < 0:
        raise places.error("must be 0 or more", *path, "sweep_every_days")
    with places.named(*path, "tables"):
        chosen = [table.name for table in choose_tables(tables, said.tables)] if said.tables else []
    taken = tuple(table for table in tables if table in {*chosen, *moved})
    if not taken:
        raise places.error(
            "has no tables",
            *path,
            remedy=f"Name some under tables, or write `schedule: {name}` in the settings of a table.",
        )
    if not said.cron:
        raise places.error(
            "has no cron",
            *path,
            remedy='Say when it syncs, such as cron: "30 2 * * *" for each night at 02:30.',
        )
    return ScheduleSpec(name, said.cron, time_zone, taken, said.running, said.sweep_every_days)


def check_cron(cron: str, places: YamlPositions, *path: str) -> None:
    """Raises TableSpecError, with its line, for what is no cron expression."""
    if not is_valid_cron_schedule(cron):
        raise places.error(
            f"{cron!r} is no cron expression",
            *path,
            remedy="Write minute, hour, day, month and day of the week, such as 30 5 * * 1-5.",
        )


def _check_times(cron: str, time_zone: str, places: YamlPositions, *path: str) -> None:
    check_cron(cron, places, *path, "cron")
    try:
        ZoneInfo(time_zone)
    except (OSError, ValueError, KeyError):
        close = did_you_mean(time_zone, sorted(available_timezones()))
        raise places.error(
            f"there is no time zone {time_zone!r}{close}",
            *path,
            "time_zone",
            remedy="Write it as in the IANA database: UTC, Europe/Berlin, America/New_York.",
        ) from None
