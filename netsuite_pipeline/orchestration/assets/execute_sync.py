"""One sync as a step of a run: the events that it yields, and how the step fails."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace

import dagster as dg

from netsuite_pipeline.marts import refresh_marts
from netsuite_pipeline.netsuite.errors import NetSuiteError, Throttled, Unavailable
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.assets.lineage import parents_first
from netsuite_pipeline.orchestration.assets.progress_log import RunProgress, expected_rows
from netsuite_pipeline.orchestration.check_specs import LEDGER_CHECKS, LEDGER_MART
from netsuite_pipeline.orchestration.checks.sync_evaluations import (
    repeated_evaluations,
    stale_evaluations,
    table_evaluations,
)
from netsuite_pipeline.orchestration.marts.mart_events import MartEvent, mart_events
from netsuite_pipeline.orchestration.marts.mart_specs import mart_key
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.sync_config import SyncConfig, SyncEvent, build_sync_request
from netsuite_pipeline.orchestration.translator import materialize_result
from netsuite_pipeline.sync.report import MartsBuild, SyncReport, TableReport
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.wording import counted

SyncContext = dg.OpExecutionContext | dg.AssetExecutionContext | dg.AssetCheckExecutionContext


def execute_sync(
    context: SyncContext,
    netsuite: NetSuiteResource,
    warehouse: WarehouseResource,
    config: SyncConfig,
    target: ConnectionTables,
    tables: tuple[Table, ...],
) -> Iterator[SyncEvent]:
    """Sync tables, and yield the events of each table as soon as it is committed.

    Args:
        context: The step's context.
        netsuite: The account.
        warehouse: The warehouse to write.
        config: What is set for the run.
        target: The connection's tables.
        tables: The tables to sync.

    Raises:
        Failure: A table failed, or nothing could be synced; committed tables stay.
    """
    keys = target.keys
    request = build_sync_request(config, keys.connection, tables, target.catalogue)
    marts = refresh_marts if target.marts else None
    request = replace(request, salt=netsuite.hash_salt(), marts=marts)
    known, _ = warehouse.known_good(keys.connection)
    progress = RunProgress(
        context.log.info,
        [table.name for table in request.tables],
        expected=expected_rows(request.tables, known.tables, full=request.full),
    )
    try:
        with netsuite.client() as client:
            sync = Sync(client, warehouse.warehouse(keys.connection), request, on_progress=progress)
            yield from table_events(context, target, sync, request.tables, progress.table_done)
            whole = sync.report()
        for note in whole.notes:
            context.log.warning(note)
    except NetSuiteError as error:
        raise dg.Failure(
            description=netsuite.with_variable_names(str(error)),
            allow_retries=isinstance(error, Throttled | Unavailable),
        ) from error
    except WarehouseError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    own = context.run.asset_selection or frozenset()
    yield from built_mart_events(context, target, whole.marts, warehouse.warehouse(keys.connection), own)
    yield from stale_evaluations(target, whole, warehouse, context.log)
    _raise_for_failed(whole)


def table_events(
    context: SyncContext,
    target: ConnectionTables,
    sync: Sync,
    tables: Sequence[Table],
    table_done: Callable[[TableReport], None] = lambda report: None,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckEvaluation]:
    """Run a sync, and yield the events of each table as soon as it is committed.

    Args:
        context: The step's context.
        target: The connection's tables.
        sync: The sync.
        tables: Its tables.
        table_done: Called with the report of each table.

    Raises:
        NetSuiteError: By kind of failure.
        WarehouseError: The warehouse cannot be used, or another sync of this connection runs.
    """
    for report in parents_first(sync, tables):
        table_done(report)
        _log(context, report)
        yield from table_evaluations(context.instance, target, report)
        if report.committed:
            yield materialize_result(target.keys.table_key(report.table), report)


def built_mart_events(
    context: SyncContext,
    target: ConnectionTables,
    build: MartsBuild | None,
    warehouse: Store,
    own: Set[dg.AssetKey] = frozenset(),
) -> Iterator[MartEvent]:
    """Yield the events of the marts that a sync rebuilt, and the last evaluations of the ledger's checks.

    Args:
        context: The step's context.
        target: The connection's tables.
        build: What the sync built; None for nothing.
        warehouse: The warehouse that it published.
        own: The marts that a later step of the run materializes.
    """
    if build is None:
        return
    context.log.info(_built(build))
    if target.has_mart_assets:
        yield from mart_events(target.keys, build, warehouse, own)
        ledger = mart_key(target.connection, LEDGER_MART)
        yield from repeated_evaluations(
            context.instance, [dg.AssetCheckKey(ledger, name) for name in LEDGER_CHECKS]
        )


def _built(build: MartsBuild) -> str:
    rows = sum(mart.rows for mart in build.marts)
    return f"{build.schema}: {counted(len(build.marts), 'mart')} built, {rows:,} rows, {build.seconds:.1f} s"


def _log(context: SyncContext, report: TableReport) -> None:
    if report.failure is not None:
        outcome = "stored, but differs from NetSuite" if report.committed else "unchanged"
        context.log.error(f"{report.table}: {outcome}. {report.error}")
    elif report.status == "absent":
        context.log.warning(f"{report.table}: not synced. {'; '.join(report.notes)}")
    else:
        context.log.info(
            f"{report.table}: {counted(report.rows_read, 'row')} read, {report.rows_written:,} written, "
            f"{report.rows_deleted:,} deleted; {counted(report.requests, 'request')}, {report.seconds:.1f} s"
        )
        for note in report.notes:
            context.log.info(f"{report.table}: {note}")


def _raise_for_failed(whole: SyncReport) -> None:
    """Raise a failure that names each failed table and its reason; committed tables stay."""
    if whole.no_visible_table:
        raise dg.Failure(description=str(whole.no_visible_table), allow_retries=False)
    # A committed table that differs from NetSuite has failed checks; the run is not at fault.
    failed = [report for report in whole.failed if not report.committed]
    if not failed:
        return
    if whole.common_refusal:
        raise dg.Failure(description=str(whole.common_refusal), allow_retries=False)
    reasons = "\n".join(f"- {report.table}: {report.error}" for report in failed)
    raise dg.Failure(
        description=f"{len(failed)} of {len(whole.tables)} tables failed and "
        f"{'is' if len(failed) == 1 else 'are'} unchanged"
        f"{_others(len(whole.tables) - len(failed))}.\n{reasons}",
        metadata={report.table: dg.MetadataValue.md(f"{report.error}") for report in failed},
        allow_retries=all(isinstance(report.failure, Throttled | Unavailable) for report in failed),
    )


def _others(done: int) -> str:
    if not done:
        return ""
    return "; the other is up to date" if done == 1 else f"; the other {done} are up to date"
