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


class SyncEvaluations:
    """Makes the check evaluations of a sync's tables.

    They are evaluations and not results: a sync also evaluates checks that are executed elsewhere
    (`readable`), and not every check of a table that failed. Yield them: an event that the context logs is
    lost if the step fails right after it (Dagster 1.13, tried).

    Args:
        instance: The Dagster instance that has the event log.
        log: The run's log.
        target: The connection's tables.
    """

    def __init__(self, instance: dg.DagsterInstance, log: Logger, target: ConnectionTables) -> None:
        self._instance = instance
        self._log = log
        self._target = target

    def for_table(self, report: TableReport) -> Iterator[dg.AssetCheckEvaluation]:
        """Yield what a sync found in a table.

        Dagster shows only evaluations of an asset's latest materialization. So a sync repeats the last
        evaluation of the sticky checks, which hold until a probe finds otherwise.
        """
        found = findings_of_sync(self._target.catalogue[report.table], report)
        if report.table not in self._target.freshness:
            found = {name: finding for name, finding in found.items() if name != "fresh"}
        for name, finding in found.items():
            yield check_outcome(name, (finding,)).evaluation(self._key(report.table, name))
        if report.committed:
            unknown = [self._key(report.table, name) for name in STICKY_CHECKS if name not in found]
            for key, last in last_evaluations(self._instance, unknown).items():
                if last.event is not None:
                    yield repeat_outcome(last.event).evaluation(key)

    def for_stale(self, whole: SyncReport, warehouse: WarehouseResource) -> Iterator[dg.AssetCheckEvaluation]:
        """Yield the ages of the tables that the sync did not commit."""
        windows = self._target.freshness
        failed = [each.table for each in whole.failed if not each.committed and each.table in windows]
        if not failed:
            return
        known, unread = warehouse.known_good(self._target.connection)
        if unread:
            self._log.warning(f"The age of the tables is unknown. {unread}")
            return
        now = utc_now()
        for name in failed:
            finding = freshness_finding(name, known.tables.get(name), windows[name], now)
            yield check_outcome("fresh", (finding,)).evaluation(self._key(name, "fresh"))

    def _key(self, table: str, check: str) -> dg.AssetCheckKey:
        return dg.AssetCheckKey(self._target.keys.table_key(table), check)


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
