"""Checks that are executed, by a person or by a run: they look just as the sensors do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.diagnosis.run_evidence import without_disproved_causes
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownGood, KnownTable
from netsuite_pipeline.health.probes.connection_probe import probe_connection
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import (
    CONNECTION_CHECKS,
    SYNC_CHECKS,
    connection_check_specs,
    probed_checks,
    table_check_specs,
)
from netsuite_pipeline.orchestration.checks.check_results import by_check, result
from netsuite_pipeline.orchestration.checks.client_failures import result_without_client, with_variable_names
from netsuite_pipeline.orchestration.checks.sign_in_gate import may_confirm_sign_in
from netsuite_pipeline.orchestration.checks.sync_evaluations import last_results
from netsuite_pipeline.orchestration.checks.sync_findings import freshness
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.tables import Table

# A check of these asks NetSuite; `fresh` does not.
_ASKING = frozenset({"readable", "columns", "rows"})


def build_connection_checks(connection: str) -> dg.AssetChecksDefinition:
    """The checks of `<connection>/connection`: whether NetSuite lets us in. Together they cost four requests.

    Args:
        connection: The connection's name.
    """

    @dg.multi_asset_check(
        name=f"{connection}_connection_checks",
        specs=connection_check_specs(connection),
        can_subset=True,
        required_resource_keys={connection, warehouse_key(connection)},
        description="Looks whether NetSuite lets us in, and what the role may do.",
    )
    def evaluate_connection_tick(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        known, _ = _known_good(context.resources, connection)
        confirm = may_confirm_sign_in(context.instance, connection, _utc_now())
        try:
            with netsuite.probing_client(confirm_sign_in=confirm) as client:
                looked = probe_connection(client, last_good=known.last_good if known else None)
            look = with_variable_names(looked, netsuite)
        except NetSuiteError as error:
            without = result_without_client(error)
            look = without or ProbeResult(tuple(_not_configured(name, error) for name in CONNECTION_CHECKS))
        found = by_check(AssetKeys(connection), look.findings)
        for key in _selected(context):
            yield result(key, found.get(key) or (_not_looked_at(key),))

    return evaluate_connection_tick


def build_table_checks(
    keys: AssetKeys, tables: Sequence[Table], fresh_for: timedelta | None
) -> dg.AssetChecksDefinition:
    """The checks of the tables.

    A look costs one request a table, and one more for `rows`. What only a sync can answer costs none: the
    last sync's answer is repeated.

    Args:
        keys: The connection's asset keys.
        tables: Its tables.
        fresh_for: How old a table may get; None for no check of it.
    """
    connection = keys.connection
    by_asset = {keys.table_key(table.name): table for table in tables}

    @dg.multi_asset_check(
        name=f"{connection}_table_checks",
        specs=table_check_specs(keys.table_key, tables, {**probed_checks(fresh_for), **SYNC_CHECKS}),
        can_subset=True,
        required_resource_keys={connection, warehouse_key(connection)},
        description="Looks whether the tables can be read as before.",
    )
    def evaluate_permission_tick(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        known, unread = _known_good(context.resources, connection)
        selected = [key for key in _selected(context) if key.name not in SYNC_CHECKS]
        asked = [
            (table, any(key == dg.AssetCheckKey(asset, "rows") for key in selected))
            for asset, table in by_asset.items()
            if any(key.asset_key == asset and key.name in _ASKING for key in selected)
        ]
        confirm = may_confirm_sign_in(context.instance, connection, _utc_now())
        try:
            look = with_variable_names(
                _look(netsuite, asked, known.tables if known else {}, confirm), netsuite
            )
        except NetSuiteError as error:
            look = _nothing_asked(asked, error.message, error.remedy)
        found = by_check(keys, look.findings)
        looked_at = set(keys.table_keys(look.tables))
        for key in selected:
            if key.name == "fresh":
                age = _age(by_asset[key.asset_key].name, known, unread, fresh_for)
                yield result(key, (age,))
            elif key.name == "columns" and key not in found and key.asset_key in looked_at:
                yield result(key, ())
            else:
                yield result(key, found.get(key) or (_not_looked_at(key, found),))
        yield from last_results(
            context.instance, [key for key in context.selected_asset_check_keys if key.name in SYNC_CHECKS]
        )

    return evaluate_permission_tick


def _look(
    netsuite: NetSuiteResource,
    asked: Sequence[tuple[Table, bool]],
    known: Mapping[str, KnownTable],
    confirm_sign_in: bool,
) -> ProbeResult:
    if not asked:
        return ProbeResult(())
    with netsuite.probing_client(confirm_sign_in=confirm_sign_in) as client:
        return without_disproved_causes(probe_tables(client, asked, known), [table for table, _ in asked])


def probe_tables(
    client: NetSuiteClient,
    asked: Sequence[tuple[Table, bool]],
    known: Mapping[str, KnownTable],
    *,
    probe: Callable[..., ProbeResult] = probe_table,
) -> ProbeResult:
    """Looks at several tables at once; at the first of them alone, since a sign-in that is refused to five
    questions at once counts five times.

    Args:
        client: Whom to ask.
        asked: The tables, and whether to count each one's rows.
        known: What is known of them.
        probe: How to look at one.
    """

    def one(table: Table, count: bool) -> ProbeResult:
        return probe(client, table, known.get(table.name), count=count)

    (first, count_first), *others = asked
    look = one(first, count_first)
    if not others:
        return look
    with ThreadPoolExecutor(max_workers=min(len(others), client.settings.concurrency)) as pool:
        for each in pool.map(lambda pair: one(*pair), others):
            look += each
    return look


def _known_good(resources: Any, connection: str) -> tuple[KnownGood | None, str]:
    """What is known, and otherwise why the file could not be read."""
    warehouse: WarehouseResource = getattr(resources, warehouse_key(connection))
    return warehouse.known_good(connection)


def _age(table: str, known: KnownGood | None, unread: str, fresh_for: timedelta | None) -> Finding:
    assert fresh_for is not None, "without it there is no such check"
    if unread:
        return Finding(f"fresh:{table}", State.UNKNOWN, f"The published file cannot be read: {unread}")
    return freshness(table, known.tables.get(table) if known else None, fresh_for, _utc_now())


def _selected(context: dg.AssetCheckExecutionContext) -> Sequence[dg.AssetCheckKey]:
    return sorted(context.selected_asset_check_keys, key=lambda key: key.to_user_string())


def _nothing_asked(asked: Sequence[tuple[Table, bool]], seen: str, remedy: str) -> ProbeResult:
    return ProbeResult(
        tuple(
            Finding(f"{kind}:{table.name}", State.UNKNOWN, seen, remedy=remedy)
            for table, _ in asked
            for kind in ("table", "column", "rows")
        )
    )


def _not_configured(name: str, error: NetSuiteError) -> Finding:
    return Finding(name, State.UNKNOWN, error.message, remedy=error.remedy)


def _not_looked_at(
    key: dg.AssetCheckKey, found: Mapping[dg.AssetCheckKey, Sequence[Finding]] | None = None
) -> Finding:
    """What to say of columns and rows of a table that could not be read, or that no sync has read yet."""
    readable = (found or {}).get(dg.AssetCheckKey(key.asset_key, "readable"), ())
    if any(finding.state is not State.OK for finding in readable):
        seen = "Not looked at: the table cannot be read. The check readable says why."
    elif key.name == "rows":
        seen = "Not counted: no sync has read the table yet, so there is nothing to compare with."
    else:
        seen = "Not looked at: another check comes first."
    return Finding(key.name, State.UNKNOWN, seen)


def _utc_now() -> datetime:
    return utc_now()
