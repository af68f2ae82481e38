"""What can be set for one run of a sync, and the request that it comes to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

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


class SyncConfig(dg.Config):
    """What can be set for one run, in the launchpad or by `run_config`."""

    tables: list[str] = Field(
        default=[],
        description="Sync only these of the run's tables: names (customer), groups (lists), or either with - "
        "before it to leave it out. All of the run's tables when empty. Selecting the assets does the same, "
        "and should the run fail, Dagster does not show the others as failed, too.",
    )
    full: bool = Field(default=False, description="Read every selected table whole, not only what changed.")
    since: str = Field(
        default="",
        description="Read again what last changed at this moment or later, in tables with a cursor and in "
        f"their lines: {DATE_FORMATS}. Lists without a cursor are read as usual. Nothing is removed by it.",
    )
    until: str = Field(
        default="",
        description="With since, or alone: read again only what last changed before this moment. Up to now "
        "when empty.",
    )
    overlap_minutes: int = Field(
        default=round(OVERLAP.total_seconds() / 60),
        ge=0,
        description="How far behind the last sync to read again, for changes that were committed late.",
    )
    sweep: bool = Field(
        default=False,
        description="Compare the keys of all rows with NetSuite's. Rows that it deleted go; others that are "
        "missing are marked and named.",
    )
    sweep_every_days: int = Field(
        default=0,
        ge=0,
        description="Do so with tables of which it was not done for so many days; 0 for never.",
    )
    keep_pages_days: int = Field(
        default=0,
        ge=0,
        description="Keep the pages as NetSuite sent them for so many days, beside the warehouse; 0 for not "
        "at all.",
    )
    accept_shrink: list[str] = Field(
        default=[],
        description="Tables whose rows that NetSuite no longer shows go without evidence of their deletion.",
    )
    wait_minutes: int = Field(
        default=0,
        ge=0,
        description="How long to wait for another sync of this connection to end before this run fails; 0 "
        "for some seconds.",
    )


def build_sync_request(
    config: SyncConfig, connection: str, tables: tuple[Table, ...], catalogue: Mapping[str, Table]
) -> SyncRequest:
    """What a run asks a sync to do.

    Args:
        config: The run's.
        connection: The connection's name.
        tables: The tables that were selected.
        catalogue: All tables there are, by name.

    Raises:
        Failure: Something is set that cannot be; it says what to write, and the run is not tried again.
    """
    try:
        return _request(config, connection, tables, catalogue)
    except ConfigurationError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def _request(
    config: SyncConfig, connection: str, tables: tuple[Table, ...], catalogue: Mapping[str, Table]
) -> SyncRequest:
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


def select_tables(
    names: Sequence[str], tables: tuple[Table, ...], catalogue: Mapping[str, Table]
) -> tuple[Table, ...]:
    """Those of a run's tables that its configuration names.

    Args:
        names: Tables and groups; all of the run's tables when empty.
        tables: The run's tables.
        catalogue: All tables there are, by name.

    Raises:
        TableSpecError: A name is no table and no group.
        ConfigurationError: A table is not among the run's, or none of them is chosen.
    """
    if not names:
        return tables
    wanted = {table.name for table in choose_tables(catalogue, names)}
    chosen = tuple(table for table in tables if table.name in wanted)
    said = {name.strip().lower() for name in names}
    elsewhere = sorted((wanted & said) - {table.name for table in chosen})
    if elsewhere or not chosen:
        tables_of_run = listed_up_to([table.name for table in tables], _MAX_LISTED)
        what = ", ".join(elsewhere) or f"what {', '.join(names)} means"
        raise ConfigurationError(
            f"tables: {what} is not part of this run, which has {tables_of_run}.",
            remedy="Name tables of the run, or launch a run (or a job) in which it is selected.",
        )
    return chosen


def _sweep_after(config: SyncConfig) -> timedelta | None:
    if config.sweep:
        return timedelta(0)
    return timedelta(days=config.sweep_every_days) if config.sweep_every_days else None
