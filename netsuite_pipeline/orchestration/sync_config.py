"""What can be set for one run of a sync, and the request that it comes to."""

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg
from pydantic import Field

from netsuite_pipeline.sync.context import SyncRequest
from netsuite_pipeline.sync.plan import OVERLAP
from netsuite_pipeline.tables import Table


class SyncConfig(dg.Config):
    """What can be set for one run, in the launchpad or by `run_config`."""

    full: bool = Field(default=False, description="Read every selected table whole, not only what changed.")
    overlap_minutes: int = Field(
        default=round(OVERLAP.total_seconds() / 60),
        ge=0,
        description="How far behind the last sync to read again, for changes that were committed late.",
    )
    sweep: bool = Field(
        default=False,
        description="Compare the keys of all rows with NetSuite's, and remove what it no longer shows.",
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
        description="Tables that may lose more than a fifth of their rows by this run.",
    )


def request_of(
    config: SyncConfig, connection: str, tables: tuple[Table, ...], catalogue: Mapping[str, Table]
) -> SyncRequest:
    """What a run asks a sync to do.

    Args:
        config: The run's.
        connection: The connection's name.
        tables: The tables that were selected.
        catalogue: All tables there are, by name.
    """
    return SyncRequest(
        tables=tables,
        catalogue=catalogue,
        connection=connection,
        full=config.full,
        overlap=timedelta(minutes=config.overlap_minutes),
        accept_shrink=frozenset(config.accept_shrink),
        sweep_after=_sweep_after(config),
        keep_pages=timedelta(days=config.keep_pages_days) if config.keep_pages_days else None,
    )


def _sweep_after(config: SyncConfig) -> timedelta | None:
    if config.sweep:
        return timedelta(0)
    return timedelta(days=config.sweep_every_days) if config.sweep_every_days else None
