"""`netsuite-pipeline demo`: an emulated NetSuite, synced by Dagster into DuckDB, in one command."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from netsuite_pipeline.commands.dagster_home import prepared_home
from netsuite_pipeline.commands.emulator_session import emulated_only, emulator
from netsuite_pipeline.commands.exit_codes import OK, SOMETHING_FAILED
from netsuite_pipeline.commands.table_output import figures_line
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.warehouse import warehouse_from_environment
from netsuite_pipeline.wording import counted


@click.command("demo")
@click.option("--scale", type=float, default=1.0, show_default=True, help="Size of the sample company.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same company.")
def command(scale: float, seed: int) -> int:
    """See it work: start an emulated NetSuite account and sync all its tables through Dagster.

    The tables go to NETSUITE_WAREHOUSE, or to data/warehouse.duckdb. The run is recorded in DAGSTER_HOME,
    or in data/dagster, where `netsuite-pipeline dev` shows it.
    """
    warehouse = warehouse_from_environment()
    with emulator(scale=scale, seed=seed) as process, _environment(emulated_only(process.env)):
        print(
            f"Emulated NetSuite account {process.account_id} on {process.base_url} "
            f"(sample company, {process.transactions:,} transactions)",
            flush=True,
        )
        home = prepared_home()
        os.environ["DAGSTER_HOME"] = str(home)
        # Dagster takes seconds to import, so the first line is printed before.
        from netsuite_pipeline.commands.dagster_run import JobRun

        counts: list[int] = []
        marts = 0
        run = JobRun("netsuite_sync", home)
        print(f"Dagster run {run.run_id[:8]}…  netsuite_sync", flush=True)
        for table, done in run.materializations():
            if "rows_read" not in done:  # a mart is built, not read
                marts += 1
                continue
            print(figures_line(table, done["rows_read"], done["requests"], done["seconds"]), flush=True)
            counts.append(done["rows_read"])
    rows = sum(counts)
    print(
        f"{counted(len(counts), 'table')}, {counted(rows, 'row')} in {run.seconds:.1f} s "
        f"({rows / max(run.seconds, 0.001):,.0f} rows/s)"
    )
    if run.failure:
        print(f"The run failed. {run.failure}")
        return SOMETHING_FAILED
    print(f"{counted(marts, 'mart')} for finance built from them, in the schema marts.")
    print(_double_entry(warehouse))
    print(_next_steps(warehouse))
    return OK


def _double_entry(warehouse: Store) -> str:
    """Return whether debits equal credits in the published file, to the last digit."""
    with warehouse.published() as connection:
        row = connection.execute(
            "SELECT count(*), count(*) FILTER (debits <> credits) FROM ("
            "SELECT coalesce(sum(a.debit), 0) AS debits, coalesce(sum(a.credit), 0) AS credits "
            "FROM netsuite.transactionaccountingline a "
            "JOIN netsuite.transaction t ON t.id = a.transaction "
            "GROUP BY a.accountingbook, t.postingperiod)"
        ).fetchone()
    groups, unbalanced = row if row else (0, 0)
    if unbalanced:
        return f"Debits differ from credits in {unbalanced:,} of {groups:,} books and periods."
    return f"Debits equal credits in every book and period ({groups:,} checked)."


def _next_steps(warehouse: Store) -> str:
    return f"""
The tables are in {warehouse.name}. Next:
  1. Read a table          python -c "import netsuite_pipeline as n; print(n.read('customer'))"
                           (or, with DuckDB's own client: {warehouse.open_command})
  2. See them in Dagster   netsuite-pipeline dev    (in this repository: make dev)
  3. Use your own account  netsuite-pipeline connect    (with another NETSUITE_WAREHOUSE than this file)"""


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables inside the block; Dagster's resources read them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
