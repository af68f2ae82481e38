"""One sync as a step of a run: what Dagster is told while it goes on, and how the step fails."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.netsuite.errors import NetSuiteError, Throttled, Unavailable
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.assets.progress_log import RunProgress, expected_rows
from netsuite_pipeline.orchestration.assets.sync_config import SyncConfig, build_sync_request
from netsuite_pipeline.orchestration.checks.sync_evaluations import SyncEvaluations
from netsuite_pipeline.orchestration.lineage import parents_first
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.translator import materialize_result
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError

SyncContext = dg.OpExecutionContext | dg.AssetExecutionContext


def execute_sync(
    context: SyncContext,
    config: SyncConfig,
    keys: AssetKeys,
    tables: tuple[Table, ...],
    catalogue: Mapping[str, Table],
    fresh_for: timedelta | None,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckEvaluation]:
    """Syncs tables; tells of each as soon as it is committed.

    Args:
        context: The step's.
        config: What is set for the run.
        keys: The connection's asset keys.
        tables: The tables to sync.
        catalogue: All tables that are known, by name.
        fresh_for: How old the tables may get; None for no check of it.

    Raises:
        Failure: A table failed, or nothing could be synced; what the others got is committed and stays.
    """
    netsuite: NetSuiteResource = getattr(context.resources, keys.connection)
    warehouse: WarehouseResource = getattr(context.resources, warehouse_key(keys.connection))
    request = replace(
        build_sync_request(config, keys.connection, tables, catalogue), salt=netsuite.hash_salt()
    )
    telling = SyncEvaluations(context, keys, request.tables, fresh_for)
    known, _ = warehouse.known_good(keys.connection)
    progress = RunProgress(
        context.log,
        [table.name for table in request.tables],
        expected=expected_rows(request.tables, known, full=request.full),
    )
    try:
        with netsuite.client() as client:
            sync = Sync(client, warehouse.warehouse(), request, on_progress=progress)
            for report in parents_first(sync, request.tables):
                progress.ended(report)
                _log(context, report)
                yield from telling.for_table(report)
                if report.committed:
                    yield materialize_result(keys.table_key(report.table), report)
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
    yield from telling.for_stale(whole, warehouse.warehouse())
    _fail_for_failed(whole)


def _log(context: SyncContext, report: TableReport) -> None:
    if report.failure is not None:
        kept = "does not equal NetSuite" if report.committed else "left as it was"
        context.log.error(f"{report.table}: {kept}. {report.error}")
    elif report.status == "absent":
        context.log.warning(f"{report.table}: left out. {'; '.join(report.notes)}")
    else:
        context.log.info(
            f"{report.table}: {report.rows_read:,} rows read, {report.rows_written:,} written, "
            f"{report.rows_deleted:,} deleted; {report.requests:,} requests, {report.seconds:.1f} s"
        )
        for note in report.notes:
            context.log.info(f"{report.table}: {note}")


def _fail_for_failed(whole: SyncReport) -> None:
    """The step fails naming each failed table and why; what the others got is committed and stays."""
    if whole.no_visible_table:
        raise dg.Failure(description=str(whole.no_visible_table), allow_retries=False)
    # What was committed and does not equal NetSuite is told by its checks, which are red; the run is not at
    # fault.
    failed = [report for report in whole.failed if not report.committed]
    if not failed:
        return
    if whole.common_refusal:
        raise dg.Failure(description=str(whole.common_refusal), allow_retries=False)
    reasons = "\n".join(f"- {report.table}: {report.error}" for report in failed)
    raise dg.Failure(
        description=f"{len(failed)} of {len(whole.tables)} tables failed and "
        f"{'is as it was' if len(failed) == 1 else 'are as they were'}"
        f"{_others(len(whole.tables) - len(failed))}.\n{reasons}",
        metadata={report.table: dg.MetadataValue.md(f"{report.error}") for report in failed},
        allow_retries=all(isinstance(report.failure, Throttled | Unavailable) for report in failed),
    )


def _others(done: int) -> str:
    if not done:
        return ""
    return "; the other is up to date" if done == 1 else f"; the other {done} are up to date"
