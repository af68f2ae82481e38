"""Checks that a person or a run executes: they probe NetSuite as the sensors do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.diagnosis.run_evidence import without_disproved_causes
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownGood, KnownTable
from netsuite_pipeline.health.probes.connection_probe import probe_connection
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NangoError, NetSuiteError, Unavailable
from netsuite_pipeline.orchestration.asset_keys import AssetKeys, ConnectionTables
from netsuite_pipeline.orchestration.check_specs import (
    CONNECTION_CHECKS,
    SYNC_CHECKS,
    connection_check_specs,
    table_check_specs,
)
from netsuite_pipeline.orchestration.checks.check_results import by_check, check_outcome
from netsuite_pipeline.orchestration.checks.sign_in_gate import SIGN_IN, may_confirm_sign_in
from netsuite_pipeline.orchestration.checks.sync_evaluations import last_results
from netsuite_pipeline.orchestration.freshness import FreshnessWindow, freshness_finding
from netsuite_pipeline.orchestration.resources import NetSuiteResource, connection_resources, resource_keys
from netsuite_pipeline.tables import Table

# These checks send requests; `fresh` sends none.
_REQUESTING = frozenset({"readable", "columns", "rows"})


def build_connection_checks(connection: str) -> dg.AssetChecksDefinition:
    """Return the checks of `<connection>/connection`. Together they send four requests."""

    @dg.multi_asset_check(
        name=f"{connection}_connection_checks",
        specs=connection_check_specs(connection),
        can_subset=True,
        required_resource_keys=resource_keys(connection),
        description="Checks that the connection can sign in and that its role has its permissions.",
    )
    def check_connection(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        netsuite, warehouse = connection_resources(context, connection)
        known, _ = warehouse.known_good(connection)
        confirm = may_confirm_sign_in(context.instance, connection, utc_now())
        try:
            with netsuite.probing_client(confirm_sign_in=confirm) as client:
                probed = probe_connection(client, last_good=known.last_good)
            probed = with_variable_names(probed, netsuite)
        except NetSuiteError as error:
            probed = result_without_client(error) or _all_unknown(CONNECTION_CHECKS, error)
        found = by_check(AssetKeys(connection), probed.findings)
        for key in _sorted(context.selected_asset_check_keys):
            yield check_outcome(key.name, found.get(key) or (_not_probed(key, found),)).result(key)

    return check_connection


def build_table_checks(target: ConnectionTables) -> dg.AssetChecksDefinition:
    """Return the checks of a connection's tables.

    A probe sends one request for a table, and one more for `rows`. The checks that only a sync evaluates send
    none: they repeat the result of the last sync.
    """
    connection, keys = target.connection, target.keys
    by_asset = {keys.table_key(table.name): table for table in target.tables}

    @dg.multi_asset_check(
        name=f"{connection}_table_checks",
        specs=table_check_specs(keys.table_key, target.tables, target.freshness),
        can_subset=True,
        required_resource_keys=resource_keys(connection),
        description="Checks that the role can read the tables as before.",
    )
    def check_tables(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        netsuite, warehouse = connection_resources(context, connection)
        known, unread = warehouse.known_good(connection)
        selected = _sorted(context.selected_asset_check_keys)
        tables = {
            table: dg.AssetCheckKey(asset, "rows") in selected
            for asset, table in by_asset.items()
            if any(key.asset_key == asset and key.name in _REQUESTING for key in selected)
        }
        confirm = may_confirm_sign_in(context.instance, connection, utc_now())
        probed = ProbeResult(())
        try:
            if tables:
                with netsuite.probing_client(confirm_sign_in=confirm) as client:
                    probed = probe_tables(client, tables, known.tables)
                probed = with_variable_names(without_disproved_causes(probed, list(tables)), netsuite)
        except NetSuiteError as error:
            probed = _all_unknown(
                [f"{kind}:{table.name}" for table in tables for kind in ("table", "column", "rows")], error
            )
        found = by_check(keys, probed.findings)
        fully_probed = set(map(keys.table_key, probed.tables))
        for key in selected:
            if key.name in SYNC_CHECKS:
                continue
            if key.name == "fresh":
                name = by_asset[key.asset_key].name
                findings: Sequence[Finding] = (_age(name, known, unread, target.freshness[name]),)
            elif key.name == "columns" and key not in found and key.asset_key in fully_probed:
                findings = ()
            else:
                findings = found.get(key) or (_not_probed(key, found),)
            yield check_outcome(key.name, findings).result(key)
        yield from last_results(context.instance, [key for key in selected if key.name in SYNC_CHECKS])

    return check_tables


def probe_tables(
    client: NetSuiteClient, tables: Mapping[Table, bool], known: Mapping[str, KnownTable]
) -> ProbeResult:
    """Probe the first table alone, then the others in parallel.

    A sign-in that NetSuite refuses to five parallel requests would count five times.

    Args:
        client: The account's client.
        tables: Whether to count the rows of each table; one table at least.
        known: What syncs have read, by table.
    """

    def probe(table: Table) -> ProbeResult:
        return probe_table(client, table, known.get(table.name), count=tables[table])

    first, *others = tables
    result = probe(first)
    with ThreadPoolExecutor(client.settings.concurrency) as pool:
        return sum(pool.map(probe, others), start=result)


def _age(table: str, known: KnownGood, unread: str, window: FreshnessWindow) -> Finding:
    if unread:
        return Finding(f"fresh:{table}", State.UNKNOWN, f"The published file cannot be read: {unread}")
    return freshness_finding(table, known.tables.get(table), window, utc_now())


def _sorted(keys: Iterable[dg.AssetCheckKey]) -> Sequence[dg.AssetCheckKey]:
    return sorted(keys, key=dg.AssetCheckKey.to_user_string)


def _all_unknown(ids: Iterable[str], error: NetSuiteError) -> ProbeResult:
    return ProbeResult(
        tuple(Finding(each, State.UNKNOWN, error.message, remedy=error.remedy) for each in ids)
    )


def _not_probed(key: dg.AssetCheckKey, found: Mapping[dg.AssetCheckKey, Sequence[Finding]]) -> Finding:
    """Return why a check has no finding: the table is unreadable, or no sync has read it yet."""
    readable = found.get(dg.AssetCheckKey(key.asset_key, "readable"), ())
    if any(finding.state is not State.OK for finding in readable):
        seen = "Not checked: the table cannot be read. The check readable shows why."
    elif key.name == "rows":
        seen = "Not counted: no sync has read the table yet, so there is nothing to compare with."
    else:
        seen = "Not checked: another check comes first."
    return Finding(key.name, State.UNKNOWN, seen)


def result_without_client(error: NetSuiteError) -> ProbeResult | None:
    """Return the findings if no client can be made; None if the connection is not configured yet.

    A refusal by Nango is a failed sign-in. If Nango does not answer, the sign-in is unknown.

    Example:
        >>> result_without_client(NangoError("Nango has no connection 'acme'.")).findings[0].state
        <State.FAILED: 'failed'>
    """
    if isinstance(error, NangoError | Unavailable):
        state = State.FAILED if isinstance(error, NangoError) else State.UNKNOWN
        return ProbeResult((Finding(SIGN_IN, state, error.message, remedy=error.remedy),))
    return None


def with_variable_names(probed: ProbeResult, netsuite: NetSuiteResource) -> ProbeResult:
    """Return findings with the variable names of the connection."""
    own = netsuite.with_variable_names

    def renamed(finding: Finding) -> Finding:
        causes = tuple(
            replace(
                cause, summary=own(cause.summary), indication=own(cause.indication), remedy=own(cause.remedy)
            )
            for cause in finding.causes
        )
        return replace(finding, seen=own(finding.seen), causes=causes, remedy=own(finding.remedy))

    return replace(probed, findings=tuple(map(renamed, probed.findings)))
