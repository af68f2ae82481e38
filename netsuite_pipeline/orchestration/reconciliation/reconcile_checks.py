"""The checks of a reconciliation, and the job and schedule that run them once a day."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.marts import marts_schema, refresh_marts
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.assets.execute_sync import built_mart_events, table_events
from netsuite_pipeline.orchestration.check_specs import (
    CLOSED_PERIODS,
    CONSOLIDATED,
    LEDGER_CHECKS,
    TIES,
)
from netsuite_pipeline.orchestration.checks.check_results import CheckOutcome, check_outcome
from netsuite_pipeline.orchestration.checks.sign_in_gate import may_confirm_sign_in, sign_in_block_reason
from netsuite_pipeline.orchestration.reconciliation.consolidated_ties import consolidation_outcome
from netsuite_pipeline.orchestration.reconciliation.ledger_ties import LedgerTies, closed_periods_outcome
from netsuite_pipeline.orchestration.reconciliation.reconcile_specs import (
    ledger_check_key,
    reconcile_check_specs,
    table_ties_key,
)
from netsuite_pipeline.orchestration.reconciliation.table_ties import TableTies
from netsuite_pipeline.orchestration.resources import (
    NetSuiteResource,
    WarehouseResource,
    connection_resources,
    resource_keys,
)
from netsuite_pipeline.orchestration.schedules import reconcile_job_name
from netsuite_pipeline.orchestration.sync_config import SyncEvent
from netsuite_pipeline.reconciliation.comparison import ReconcileRequest
from netsuite_pipeline.reconciliation.differences import ReconcileReport
from netsuite_pipeline.reconciling import reconcile
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.wording import counted, listed_up_to

DAILY = "45 4 * * *"
WAIT_SECONDS = 1800.0
"""How long a comparison, and a repair, wait for the end of a sync."""


def build_reconcile_checks(target: ConnectionTables) -> dg.AssetChecksDefinition:
    """Return the checks of a connection's tables and ledger. They send one request at a time.

    The step has a pool of its own: comparisons of a connection follow each other, and a sync never waits for
    a place. Only a repair keeps a sync waiting, for as long as it reads the rows that differ.

    Args:
        target: The connection's tables.
    """
    connection = target.connection

    @dg.multi_asset_check(
        name=f"{connection}_reconcile_checks",
        specs=list(reconcile_check_specs(target)),
        can_subset=True,
        required_resource_keys=resource_keys(connection),
        pool=f"netsuite_{connection}_reconcile",
        description="Compares tables and ledger with NetSuite's own sums, and reads again what differs.",
    )
    def reconcile_now(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        netsuite, warehouse = connection_resources(context, connection)
        run = _ReconcileRun(target, netsuite, warehouse.warehouse(connection), context)
        failure = run.execute()
        # Dagster's type has results alone; a step may yield what it did to other assets, too (1.13, tried).
        yield from run.events  # type: ignore[misc]
        for key in sorted(context.selected_asset_check_keys, key=dg.AssetCheckKey.to_user_string):
            yield run.outcomes[key].result(key)
        # Nobody reads an alert about a check that somebody executes: that person sees the result.
        if failure and context.run.job_name == reconcile_job_name(connection):
            raise dg.Failure(description=failure, allow_retries=False)

    return reconcile_now


class _ReconcileRun:
    """One reconciliation in a step.

    Attributes:
        outcomes: The outcomes of the selected checks, after `execute`.
        events: What repairs did to tables and marts.
    """

    def __init__(
        self,
        target: ConnectionTables,
        netsuite: NetSuiteResource,
        warehouse: Store,
        context: dg.AssetCheckExecutionContext,
    ) -> None:
        self.outcomes: dict[dg.AssetCheckKey, CheckOutcome] = {}
        self.events: list[SyncEvent] = []
        self._target = target
        self._netsuite = netsuite
        self._warehouse = warehouse
        self._context = context

    def execute(self) -> str:
        """Compare and repair; return why the job fails, or an empty text."""
        target, selected = self._target, self._context.selected_asset_check_keys
        ledger = {name: ledger_check_key(target, name) for name in LEDGER_CHECKS}
        request = ReconcileRequest(
            tuple(table for table in target.tables if table_ties_key(target, table.name) in selected),
            target.catalogue,
            target.connection,
            marts_schema(target.connection) if target.marts else "",
            ledger=bool(selected & set(ledger.values())),
        )
        at = utc_now()
        try:
            report = self._reconcile(request)
        except (NetSuiteError, WarehouseError) as error:
            text = self._netsuite.with_variable_names(str(error))
            unknown = Finding(TIES, State.UNKNOWN, f"Not compared with NetSuite. {text}")
            self.outcomes = {key: check_outcome(key.name, (unknown,)) for key in selected}
            return text
        self._context.log.info(_summary(report))
        for table in report.tables:
            self.outcomes[table_ties_key(target, table.table)] = TableTies(table, report, at).outcome()
        if report.ledger is not None:
            of_ledger = {
                TIES: LedgerTies(report.ledger, report, at).outcome(),
                CLOSED_PERIODS: closed_periods_outcome(report, at),
                CONSOLIDATED: consolidation_outcome(report, at),
            }
            self.outcomes |= {key: of_ledger[name] for name, key in ledger.items() if key is not None}
        return _left_text(report)

    def _reconcile(self, request: ReconcileRequest) -> ReconcileReport:
        context, netsuite = self._context, self._netsuite
        confirm = may_confirm_sign_in(context.instance, self._target.connection, utc_now())
        with netsuite.client(netsuite.client_settings(confirm_sign_in=confirm)) as client:
            return reconcile(
                client,
                self._warehouse,
                request,
                salt=netsuite.hash_salt(),
                marts=refresh_marts if self._target.marts else None,
                wait_seconds=WAIT_SECONDS,
                run_sync=self._repair,
            )

    def _repair(self, client: NetSuiteClient, warehouse: Store, request: SyncRequest) -> int:
        """Run the sync of a repair, and keep its events; return its number of requests."""
        context, target = self._context, self._target
        sync = Sync(client, warehouse, request)
        for event in table_events(context, target, sync, request.tables):
            if isinstance(event, dg.AssetCheckEvaluation):
                self.events.append(event)
            else:
                # A materialization of a sync always has its key.
                made = dg.AssetMaterialization(event.asset_key, metadata=event.metadata)  # type: ignore[arg-type]
                self.events.append(made)
        report = sync.report()
        self.events += built_mart_events(context, target, report.marts, warehouse)
        return sum(table.requests for table in report.tables)


def _summary(report: ReconcileReport) -> str:
    return (
        f"{counted(report.periods_checked, 'posting period')} and {counted(report.tables_checked, 'table')} "
        f"compared: {counted(len(report.differences), 'difference')}, {counted(report.requests, 'request')}"
    )


def _left_text(report: ReconcileReport) -> str:
    """Return which differences are left, for the run's failure; empty for none."""
    left = [each for each in report.differences if not each.repaired]
    if not left:
        return ""
    places = listed_up_to(
        list(dict.fromkeys(f"{each.table} {each.document or ''}".strip() for each in left)), 5
    )
    return (
        f"{counted(len(left), 'difference from NetSuite is', 'differences from NetSuite are')} not repaired: "
        f"{places}. The checks {TIES} of these tables and of the ledger say what to do."
    )


def build_reconcile_job(target: ConnectionTables) -> Any:
    """Return the job `<connection>_reconcile`, which evaluates all checks of a reconciliation."""
    keys = [spec.key for spec in reconcile_check_specs(target)]
    return dg.define_asset_job(
        reconcile_job_name(target.connection),
        selection=dg.AssetSelection.checks(*keys),
        description=f"Compares tables and ledger of {target.connection} with NetSuite's own sums, one "
        "request at a time, and reads again what differs. The run fails if a difference is left.",
    )


def build_reconcile_schedule(
    target: ConnectionTables,
    job: Any,
    cron_schedule: str = DAILY,
    execution_timezone: str = "UTC",
    default_status: dg.DefaultScheduleStatus = dg.DefaultScheduleStatus.RUNNING,
) -> dg.ScheduleDefinition:
    """Return the schedule `<connection>_reconcile_schedule`.

    Args:
        target: The connection's tables.
        job: The job that it starts.
        cron_schedule: When it ticks.
        execution_timezone: The time zone of `cron_schedule`.
        default_status: Whether it is on from the start.
    """
    connection = target.connection

    def reconcile_unless_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        reason = sign_in_block_reason(context.instance, connection, utc_now())
        reason = reason or _not_ready(*connection_resources(context, connection), connection)
        return dg.SkipReason(reason) if reason else dg.RunRequest()

    return dg.ScheduleDefinition(
        name=f"{reconcile_job_name(connection)}_schedule",
        job=job,
        cron_schedule=cron_schedule,
        execution_timezone=execution_timezone,
        default_status=default_status,
        required_resource_keys=resource_keys(connection),
        execution_fn=reconcile_unless_refused,
        description="Compares the tables and the ledger with NetSuite once a day, at an hour with little "
        "business. A comparison takes about one request for each table and each open period, in one slot. "
        "Skips while NetSuite refuses the sign-in.",
    )


def _not_ready(netsuite: NetSuiteResource, warehouse: WarehouseResource, connection: str) -> str:
    """Return why nothing can be compared yet; empty for no reason. Sends no request."""
    try:
        netsuite.client().close()
        if not warehouse.warehouse(connection).is_published:
            return "Not compared: no sync has published a file yet."
    except (ConfigurationError, WarehouseError) as error:
        return f"Not compared: {error}"
    return ""
