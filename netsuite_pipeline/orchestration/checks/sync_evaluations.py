"""The check evaluations that a sync emits, table by table, while it runs."""

from collections.abc import Iterator, Sequence
from logging import Logger

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline.orchestration.checks.check_results import check_outcome, repeat_outcome
from netsuite_pipeline.orchestration.checks.sync_findings import STICKY_CHECKS, findings_of_sync
from netsuite_pipeline.orchestration.freshness import freshness_finding
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.sync.report import SyncReport, TableReport


def table_evaluations(
    instance: dg.DagsterInstance, target: ConnectionTables, report: TableReport
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield what a sync found in a table.

    They are evaluations and not results: a sync also evaluates checks that are executed elsewhere
    (`readable`), and not every check of a table that failed. Yield them: an event that the context logs is
    lost if the step fails right after it (Dagster 1.13, tried).

    Dagster shows only evaluations of an asset's latest materialization. So a sync repeats the last
    evaluation of the sticky checks, which hold until a probe finds otherwise.

    Args:
        instance: The Dagster instance that has the event log.
        target: The connection's tables.
        report: What the sync did to the table.
    """
    asset = target.keys.table_key(report.table)
    found = findings_of_sync(target.catalogue[report.table], report)
    for name, finding in found.items():
        if name != "fresh" or report.table in target.freshness:
            yield check_outcome(name, (finding,)).evaluation(dg.AssetCheckKey(asset, name))
    if report.committed:
        unknown = [dg.AssetCheckKey(asset, name) for name in STICKY_CHECKS if name not in found]
        yield from repeated_evaluations(instance, unknown)


def repeated_evaluations(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the last evaluation of each check again, for the asset's new materialization."""
    for key, last in last_evaluations(instance, keys).items():
        if last.event is not None:
            yield repeat_outcome(last.event).evaluation(key)


def stale_evaluations(
    target: ConnectionTables, whole: SyncReport, warehouse: WarehouseResource, log: Logger
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the ages of the tables that a sync did not commit.

    Args:
        target: The connection's tables.
        whole: The sync's report.
        warehouse: The warehouse that it wrote.
        log: The run's log.
    """
    windows = target.freshness
    failed = [each.table for each in whole.failed if not each.committed and each.table in windows]
    if not failed:
        return
    known, unread = warehouse.known_good(target.connection)
    if unread:
        log.warning(f"The age of the tables is unknown. {unread}")
        return
    now = utc_now()
    for name in failed:
        finding = freshness_finding(name, known.tables.get(name), windows[name], now)
        key = dg.AssetCheckKey(target.keys.table_key(name), "fresh")
        yield check_outcome("fresh", (finding,)).evaluation(key)


def last_results(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    """Yield the results of checks that only a sync evaluates: those of the last sync."""
    last = last_evaluations(instance, keys)
    for key in keys:
        event = last[key].event if key in last else None
        if event is None:
            nothing = Finding(
                key.name, State.UNKNOWN, "Only a sync evaluates this check, and none has run yet."
            )
            yield check_outcome(key.name, (nothing,)).result(key)
        else:
            yield repeat_outcome(event).result(key)
