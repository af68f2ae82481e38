"""`netsuite-pipeline upkeep`: merge a lake's small files, and forget its old snapshots."""

from datetime import timedelta
from pathlib import Path

import click

from netsuite_pipeline.commands.connection_option import configured, defs_option
from netsuite_pipeline.commands.exit_codes import OK
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import KEEP_HISTORY
from netsuite_pipeline.wording import formatted_time


@click.command("upkeep")
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=KEEP_HISTORY.days,
    show_default=True,
    help="How many days back the lake can still be read afterwards.",
)
@defs_option
def command(keep_days: float, defs: Path | None) -> int:
    """Merge small files of a lake, forget old snapshots, and remove files that nothing needs.

    Run the command once a day, also beside a sync. A warehouse in a DuckDB file needs none, and the command
    changes nothing then. Exit codes: 0 done, 1 the lake could not be written, 2 configuration.
    """
    warehouse = configured(defs).warehouse
    if not warehouse.is_published:
        raise WarehouseError(
            f"There is no warehouse at {warehouse.name} yet.",
            remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to where it is.",
        )
    warehouse.upkeep(timedelta(days=keep_days))
    stored = warehouse.stored()
    print(
        f"{warehouse.name} is in order: {stored.size / 1e6:,.1f} MB of current data, "
        f"last changed {formatted_time(stored.changed_at)}."
    )
    return OK
