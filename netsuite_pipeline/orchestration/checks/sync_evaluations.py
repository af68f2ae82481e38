"""What a sync says to the checks of its tables, table by table, while it runs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.known_good import read_known_good
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.check_history import recorded_events, repeat_evaluation
from netsuite_pipeline.orchestration.checks.check_results import evaluation, result
from netsuite_pipeline.orchestration.checks.sync_findings import (
    STICKY_CHECKS,
    findings_of_sync,
    freshness,
)
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.warehouse import Warehouse


class SyncEvaluations:
    """Tells the checks of a sync's tables.

    It gives evaluations, not results: so a sync can also tell checks that are executed elsewhere
    (`readable`), and need not tell each check of a table that failed. They are to be yielded: what is logged
    by the context is lost when the step fails right after it (Dagster 1.13, tried).

    Args:
        context: The run's.
        keys: The connection's asset keys.
        tables: The tables that are synced.
        fresh_for: How old a table may get; None where there is no check of it.
    """

    def __init__(
        self,
        context: dg.OpExecutionContext | dg.AssetExecutionContext,
        keys: AssetKeys,
        tables: Sequence[Table],
        fresh_for: timedelta | None,
    ) -> None:
        self._context = context
        self._keys = keys
        self._tables = {table.name: table for table in tables}
        self._fresh_for = fresh_for

    def for_table(self, report: TableReport) -> Iterator[dg.AssetCheckEvaluation]:
        """What a sync found out of one table; what it does not know, as it was found last."""
        found = findings_of_sync(self._tables[report.table], report)
        for name, finding in found.items():
            if name != "fresh" or self._fresh_for is not None:
                yield evaluation(self._key(report.table, name), (finding,))
        if report.committed:
            unknown = [self._key(report.table, name) for name in STICKY_CHECKS if name not in found]
            yield from map(repeat_evaluation, recorded_events(self._context.instance, unknown).values())

    def for_stale(self, whole: SyncReport, warehouse: Warehouse) -> Iterator[dg.AssetCheckEvaluation]:
        """How old the tables are that the sync did not get."""
        failed = [report for report in whole.failed if not report.committed]
        if self._fresh_for is None or not failed:
            return
        try:
            known = read_known_good(warehouse, self._keys.connection)
        except WarehouseError as error:
            self._context.log.warning(f"How old the tables are is not known. {error}")
            return
        now = utc_now()
        for report in failed:
            before = known.tables.get(report.table) if known else None
            age = freshness(report.table, before, self._fresh_for, now)
            yield evaluation(self._key(report.table, "fresh"), (age,))

    def _key(self, table: str, check: str) -> dg.AssetCheckKey:
        return dg.AssetCheckKey(self._keys.table_key(table), check)


def last_results(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    """The answer to somebody who executes a check that only a sync can answer: what the last sync said."""
    wanted = sorted(keys, key=lambda key: key.to_user_string())
    told = recorded_events(instance, wanted)
    for key in wanted:
        last = told.get(key)
        if last is None:
            nothing = Finding(key.name, State.UNKNOWN, "Only a sync can tell, and none has yet.")
            yield result(key, (nothing,))
        else:
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=last.passed,
                severity=last.severity,
                description=last.description,
                metadata=last.metadata,
            )
