"""`netsuite-pipeline marts`: the finance marts without a sync and without Dagster."""

import json
from pathlib import Path
from typing import Any

import click

from netsuite_pipeline.commands.connection_option import configured, defs_option
from netsuite_pipeline.commands.exit_codes import OK
from netsuite_pipeline.commands.table_output import marts_line
from netsuite_pipeline.commands.text_grid import print_grid
from netsuite_pipeline.marts import marts_schema, refresh_marts
from netsuite_pipeline.sync.load.marts import publish_marts
from netsuite_pipeline.sync.report import MartsBuild, marts_json
from netsuite_pipeline.warehouse.schema.schema import quoted
from netsuite_pipeline.warehouse.store import Store


@click.command("marts")
@defs_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def command(defs: Path | None, as_json: bool) -> int:
    """Build the finance marts from the synced tables, and publish them.

    A sync does the same if tables of the marts changed. The command sends no request to NetSuite. In a pipe
    each line is one mart with tabs between its values. Exit codes: 0 the marts are built, 1 they could not be
    built and stay as they were, 2 configuration.
    """
    connection = configured(defs)
    built = publish_marts(connection.warehouse, connection.name, connection.catalogue, refresh_marts)
    if built is None:  # a build without condition always has a result
        raise click.ClickException("no mart was built.")
    left_out = _left_out(connection.warehouse, connection.name)
    if as_json:
        print(json.dumps(_as_json(built, left_out), indent=2))
        return OK
    print_grid(
        ("mart", "rows", "seconds"),
        ((mart.name, f"{mart.rows:,}", f"{mart.seconds:.1f}") for mart in built.marts),
        f"{marts_line(built)}. {_left_out_sentence(built.schema, left_out)}",
    )
    return OK


def _left_out(warehouse: Store, connection_name: str) -> list[tuple[str, str, str]]:
    """Return what the marts lack: the mart, the missing thing, the consequence."""
    with warehouse.published() as published:
        return published.execute(
            f"SELECT mart, what, consequence FROM {quoted(marts_schema(connection_name))}.left_out "
            "ORDER BY ALL"
        ).fetchall()


def _left_out_sentence(schema: str, left_out: list[tuple[str, str, str]]) -> str:
    """Return a sentence on what is left out.

    Example:
        >>> _left_out_sentence("marts", [("trial_balance", "account.generalrate", "…")])
        '1 mart lacks something: SELECT * FROM marts.left_out names it.'
    """
    marts = len({mart for mart, _, _ in left_out})
    if not marts:
        return "Nothing is left out."
    lack = "1 mart lacks" if marts == 1 else f"{marts} marts lack"
    return f"{lack} something: SELECT * FROM {schema}.left_out names it."


def _as_json(built: MartsBuild, left_out: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "schema": built.schema,
        "seconds": round(built.seconds, 3),
        "marts": marts_json(built),
        "left_out": [
            {"mart": mart, "what": what, "consequence": consequence} for mart, what, consequence in left_out
        ],
    }
