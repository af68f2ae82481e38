"""Tables as Dagster assets: one multi-asset a connection, in which any subset of tables can be synced."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.netsuite.errors import NetSuiteError, Throttled, Unavailable
from netsuite_pipeline.orchestration.asset_keys import AssetKeys, keys_of
from netsuite_pipeline.orchestration.asset_pages import asset_spec, materialized
from netsuite_pipeline.orchestration.check_specs import CHECKS_BY_SYNC, table_check_specs
from netsuite_pipeline.orchestration.frames import frames_key
from netsuite_pipeline.orchestration.lineage import parents_first, with_parents
from netsuite_pipeline.orchestration.progress import RunProgress, expected_rows
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.sync_config import SyncConfig, request_of
from netsuite_pipeline.orchestration.sync_telling import SyncTelling, said_last
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError

_IO_MANAGER_KEY = "dagster/io_manager_key"
SpecChange = Callable[[Table, dg.AssetSpec], dg.AssetSpec]


def table_specs(
    connection: str, tables: Sequence[Table], change_spec: SpecChange, fresh_for: timedelta | None
) -> Mapping[str, dg.AssetSpec]:
    """How the tables show in Dagster, by their names, with what the project changes.

    Args:
        connection: The connection's name.
        tables: The tables it takes.
        change_spec: Changes a table's asset spec.
        fresh_for: How old the tables may get; None for no such policy.

    Raises:
        TableSpecError: The changes give two tables the same key.
    """
    specs = {table.name: change_spec(table, asset_spec(table, connection)) for table in tables}
    if fresh_for is not None:
        policy = dg.FreshnessPolicy.time_window(fail_window=fresh_for)
        specs = {name: spec.replace_attributes(freshness_policy=policy) for name, spec in specs.items()}
    frames = frames_key(connection)
    specs = {
        name: spec if _IO_MANAGER_KEY in spec.metadata else spec.with_io_manager_key(frames)
        for name, spec in specs.items()
    }
    return with_parents(specs, tables, keys_of(connection, specs))


def build_assets(
    keys: AssetKeys,
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    specs: Mapping[str, dg.AssetSpec],
    *,
    fresh_for: timedelta | None = None,
) -> dg.AssetsDefinition:
    """The multi-asset that syncs a connection's tables.

    Args:
        keys: The connection's asset keys; its name is the key of its resource, and the schema in DuckDB.
        tables: The tables it takes, in the catalogue's order.
        catalogue: All tables that are known, by name.
        specs: How each table shows, by its name (`table_specs`).
        fresh_for: How old the tables may get; None for no check of it.
    """
    connection = keys.connection

    @dg.multi_asset(
        name=f"{connection}_tables",
        specs=list(specs.values()),
        check_specs=table_check_specs(keys.of_table, tables, CHECKS_BY_SYNC),
        can_subset=True,
        required_resource_keys={connection, warehouse_key(connection)},
        retry_policy=dg.RetryPolicy(max_retries=1, delay=30),
        pool=f"netsuite_{connection}",
    )
    def sync_tables(
        context: dg.AssetExecutionContext, config: SyncConfig
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckEvaluation | dg.AssetCheckResult]:
        if not context.selected_asset_keys:
            yield from said_last(context.instance, context.selected_asset_check_keys)
            return
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        warehouse: WarehouseResource = getattr(context.resources, warehouse_key(connection))
        chosen = tuple(table for table in tables if keys.of_table(table.name) in context.selected_asset_keys)
        request = replace(request_of(config, connection, chosen, catalogue), salt=netsuite.hash_salt())
        telling = SyncTelling(context, keys, request.tables, fresh_for)
        known, _ = warehouse.known_good(connection)
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
                    yield from telling.of_table(report)
                    if report.status == "done":
                        yield materialized(keys.of_table(report.table), report)
                whole = sync.report()
            for note in whole.notes:
                context.log.warning(note)
        except NetSuiteError as error:
            raise dg.Failure(
                description=netsuite.own_words(str(error)),
                allow_retries=isinstance(error, Throttled | Unavailable),
            ) from error
        except WarehouseError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        yield from telling.of_ages(whole, warehouse.warehouse())
        _fail_for_failed(whole)

    return sync_tables


def _log(context: dg.AssetExecutionContext, report: TableReport) -> None:
    if report.failure is not None:
        context.log.error(f"{report.table}: left as it was. {report.error}")
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
    if whole.shows_nothing:
        raise dg.Failure(description=str(whole.shows_nothing), allow_retries=False)
    if not whole.failed:
        return
    reasons = "\n".join(f"- {report.table}: {report.error}" for report in whole.failed)
    raise dg.Failure(
        description=f"{len(whole.failed)} of {len(whole.tables)} tables failed and "
        f"{'is as it was' if len(whole.failed) == 1 else 'are as they were'}"
        f"{_others(len(whole.tables) - len(whole.failed))}.\n{reasons}",
        metadata={report.table: dg.MetadataValue.md(f"{report.error}") for report in whole.failed},
        allow_retries=all(isinstance(report.failure, Throttled | Unavailable) for report in whole.failed),
    )


def _others(done: int) -> str:
    if not done:
        return ""
    return "; the other is up to date" if done == 1 else f"; the other {done} are up to date"
