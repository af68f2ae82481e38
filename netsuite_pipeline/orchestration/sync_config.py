"""What can be set for one run of a sync, and which op syncs which tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

import dagster as dg
from pydantic import Field

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.sync.planning.date_range import DATE_FORMATS, parse_date_range
from netsuite_pipeline.sync.planning.read_plan import OVERLAP
from netsuite_pipeline.sync.request import LOCK_WAIT_SECONDS, SyncRequest
from netsuite_pipeline.tables import Table, choose_tables
from netsuite_pipeline.wording import listed_up_to

_MAX_LISTED = 12

SyncEvent = dg.MaterializeResult[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation
SyncRunner = Callable[..., Iterator[SyncEvent]]
"""Syncs the selected tables: takes context, NetSuiteResource, WarehouseResource and SyncConfig."""

_RUNNERS: WeakKeyDictionary[Any, SyncRunner] = WeakKeyDictionary()


def register_sync(op: object, runner: SyncRunner) -> None:
    """Register what `NetSuiteResource.sync` runs in an op."""
    _RUNNERS[op] = runner


def registered_sync(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> SyncRunner:
    """Return what `NetSuiteResource.sync` runs in the op of a context.

    Raises:
        Failure: The op syncs no tables.
    """
    runner = _RUNNERS.get(context.op_execution_context.op_def)
    if runner is None:
        raise dg.Failure(
            description=f"{context.op_execution_context.op_def.name} has no tables to sync: "
            "NetSuiteResource.sync works in a function that netsuite_assets decorates.",
            allow_retries=False,
        )
    return runner


class SyncConfig(dg.Config):
    """What can be set for one run, in the launchpad or by `run_config`."""

    tables: list[str] = Field(
        default=[],
        description="Sync only these of the run's tables: names (customer) or groups (lists); - before a "
        "name leaves it out. All of the run's tables when empty. Selecting assets does the same, and if the "
        "run fails, Dagster then does not show the other tables as failed.",
    )
    full: bool = Field(default=False, description="Read every selected table in full, not only its changes.")
    since: str = Field(
        default="",
        description="Read again the rows that last changed at this time or later, in tables with a cursor "
        f"and in their lines: {DATE_FORMATS}. Lists without a cursor are read as usual. "
        "Nothing is removed by it.",
    )
    until: str = Field(
        default="",
        description="With since, or alone: read again only the rows that last changed before this time. "
        "Empty: up to now.",
    )
    overlap_minutes: int = Field(
        default=round(OVERLAP.total_seconds() / 60),
        ge=0,
        description="Read again the changes of so many minutes before the last sync, for late commits.",
    )
    sweep: bool = Field(
        default=False,
        description="Compare the keys of all rows with NetSuite's. Rows that NetSuite deleted are removed; "
        "other missing rows are marked and named.",
    )
    sweep_every_days: int = Field(
        default=0,
        ge=0,
        description="Sweep the tables that were not swept for so many days; 0 for never.",
    )
    keep_pages_days: int = Field(
        default=0,
        ge=0,
        description="Keep the pages as NetSuite sent them for so many days, beside the warehouse; 0 for not "
        "at all.",
    )
    accept_shrink: list[str] = Field(
        default=[],
        description="Tables whose rows are removed if NetSuite no longer shows them, without evidence of "
        "their deletion.",
    )
    wait_minutes: int = Field(
        default=0,
        ge=0,
        description="Wait so long for another sync of this connection before the run fails; 0 for some "
        "seconds.",
    )


def build_sync_request(
    config: SyncConfig, connection: str, tables: tuple[Table, ...], catalogue: Mapping[str, Table]
) -> SyncRequest:
    """Return the request to a sync.

    Args:
        config: The run's configuration.
        connection: The connection's name.
        tables: The selected tables.
        catalogue: All known tables, by name.

    Raises:
        Failure: A setting is malformed. The message says what to write; the run is not retried.
    """
    try:
        since, until = parse_date_range(config.since, config.until, full=config.full, now=utc_now())
        shrink = choose_tables(catalogue, config.accept_shrink) if config.accept_shrink else ()
        return SyncRequest(
            tables=select_tables(config.tables, tables, catalogue),
            catalogue=catalogue,
            connection=connection,
            full=config.full,
            overlap=timedelta(minutes=config.overlap_minutes),
            accept_shrink=frozenset(table.name for table in shrink),
            sweep_after=_sweep_after(config),
            keep_pages=timedelta(days=config.keep_pages_days) if config.keep_pages_days else None,
            since=since,
            until=until,
            wait_seconds=max(LOCK_WAIT_SECONDS, config.wait_minutes * 60.0),
        )
    except ConfigurationError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def select_tables(
    names: Sequence[str], tables: tuple[Table, ...], catalogue: Mapping[str, Table]
) -> tuple[Table, ...]:
    """Return the tables of a run that its configuration names.

    Args:
        names: Tables and groups; all of the run's tables when empty.
        tables: The run's tables.
        catalogue: All known tables, by name.

    Raises:
        TableSpecError: A name is no table and no group.
        ConfigurationError: A named table is not in the run, or no table is left.
    """
    if not names:
        return tables
    named = {table.name for table in choose_tables(catalogue, names)}
    chosen = tuple(table for table in tables if table.name in named)
    explicit = {name.strip().lower() for name in names}
    elsewhere = sorted((named & explicit) - {table.name for table in chosen})
    if elsewhere or not chosen:
        names_of_run = listed_up_to([table.name for table in tables], _MAX_LISTED)
        what = ", ".join(elsewhere) or f"no table of {', '.join(names)}"
        raise ConfigurationError(
            f"tables: {what} is {'not ' if elsewhere else ''}part of this run, which has {names_of_run}.",
            remedy="Name tables of the run, or launch a run (or a job) that includes the table.",
        )
    return chosen


def _sweep_after(config: SyncConfig) -> timedelta | None:
    if config.sweep:
        return timedelta(0)
    return timedelta(days=config.sweep_every_days) if config.sweep_every_days else None
