"""The report as an asset: the page that `netsuite-pipeline report` writes, beside the warehouse's file."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.netsuite.config.client_factory import read_concurrency
from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.resources import (
    NetSuiteResource,
    WarehouseResource,
    connection_resources,
    resource_keys,
)
from netsuite_pipeline.reporting.assessment import FRESH_FOR, STATE_WORDS, assess, subject
from netsuite_pipeline.reporting.facts import ConnectionFacts
from netsuite_pipeline.reporting.formatting import size
from netsuite_pipeline.reporting.page import render_report, write_page
from netsuite_pipeline.reporting.queries import read_warehouse
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.wording import counted

_MAX_LISTED = 50


def after_each_sync() -> "dg.AutomationCondition[Any]":
    """Return a condition for the report: a table was synced, and no sync is running.

    `AutomationCondition.eager()` would never hold if the role cannot read a table: it needs every table to
    be materialized.
    """
    news = dg.AutomationCondition.any_deps_updated().since_last_handled()
    busy = dg.AutomationCondition.any_deps_in_progress() | dg.AutomationCondition.in_progress()
    return (news & ~busy).with_label("after each sync")


def build_report_asset(
    connection: str,
    tables: Sequence[dg.AssetKey],
    *,
    fresh_for: timedelta | None = FRESH_FOR,
    automation: "dg.AutomationCondition[Any] | None" = None,
) -> dg.AssetsDefinition:
    """Return the asset `<connection>/report`: one HTML page on the connection's tables and syncs.

    It reads only the published file: no sync waits for it, and it sends no request to NetSuite. Nothing
    writes it automatically: materialize it, put it into a job of your own, or give it a condition.

    Args:
        connection: The connection's name: its resource key, and its part of the file.
        tables: The asset keys of the connection's tables, on which the report depends.
        fresh_for: The age at which a table is overdue; None: 24 hours.
        automation: When Dagster writes the report, such as `after_each_sync()`. In one run with the tables it
            is written only if each of them is materialized: Dagster skips what depends on a table that the
            role cannot read.

    Example:
        >>> build_report_asset("netsuite", [dg.AssetKey(["netsuite", "customer"])]).key
        AssetKey(['netsuite', 'report'])
    """

    @dg.asset(
        key=dg.AssetKey([connection, "report"]),
        deps=list(tables),
        group_name="reports",
        kinds={"duckdb", "html"},
        tags={"netsuite/connection": connection},
        required_resource_keys=resource_keys(connection),
        automation_condition=automation,
        description="The state of tables and syncs as one HTML page that needs no other file: statements, "
        "freshness, rows and their history, throughput against the account's limit, throttling, findings. "
        "The command netsuite-pipeline report writes the same page. Dagster asks for confirmation if some "
        "tables were never synced; confirm: the page leaves them out.",
    )
    def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        netsuite, file = connection_resources(context, connection)
        try:
            written, facts, found = _write(connection, file, _concurrency(netsuite), fresh_for or FRESH_FOR)
        except (WarehouseError, ConfigurationError) as error:
            message = netsuite.with_variable_names(str(error))
            raise dg.Failure(description=message, allow_retries=False) from error
        context.log.info(f"{written.name} ({size(written.stat().st_size)}): open it in a browser.")
        return dg.MaterializeResult(metadata=_metadata(written, facts, found))

    return report


def _write(
    connection: str, resource: WarehouseResource, concurrency: int, fresh_for: timedelta
) -> tuple[Path, ConnectionFacts, Sequence[Finding]]:
    warehouse = resource.warehouse(connection)
    now = utc_now()
    facts = read_warehouse(warehouse, now)
    ours = tuple(each for each in facts.connections if each.name == connection)
    if not ours:
        raise WarehouseError(
            f"No table of {connection} was synced to {warehouse.name} yet, so there is nothing to report.",
            remedy=f"Materialize the tables of {connection} first.",
        )
    path = warehouse.report_path(f"{connection}_report.html")
    text = render_report(replace(facts, connections=ours), concurrency=concurrency, fresh_for=fresh_for)
    try:
        write_page(text, path)
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="It is written beside the warehouse's file: the folder must be writable, with space left.",
        ) from error
    return path, ours[0], assess(ours[0], now, fresh_for)


def _concurrency(netsuite: NetSuiteResource) -> int:
    """Return the limit that the report plots throughput against; it needs no credentials."""
    variables = connection_variables(os.environ, netsuite.env_prefix)
    return netsuite.concurrency or read_concurrency(variables)


def _metadata(
    path: Path, facts: ConnectionFacts, found: Sequence[Finding]
) -> dict[str, dg.MetadataValue | int | float | str]:
    states = Counter(finding.state for finding in found)
    return {
        "path": dg.MetadataValue.path(str(path.absolute())),
        "size": size(path.stat().st_size),
        "summary": summary(facts, found),
        "findings": dg.MetadataValue.md(findings_markdown(found)),
        "failed": states[State.FAILED],
        "warnings": states[State.WARNING],
        "tables": len(facts.tables),
        "rows": sum(table.rows or 0 for table in facts.tables),
    }


def summary(facts: ConnectionFacts, found: Sequence[Finding]) -> str:
    """Return the report in a sentence.

    Example:
        >>> summary(ConnectionFacts("netsuite"), ())
        '0 tables, 0 rows; nothing needs attention.'
    """
    rows = sum(table.rows or 0 for table in facts.tables)
    states = Counter(finding.state for finding in found)
    bad = states[State.FAILED], states[State.WARNING]
    state = f"{bad[0]:,} failed, {counted(bad[1], 'warning')}" if any(bad) else "nothing needs attention"
    return f"{counted(len(facts.tables), 'table')}, {counted(rows, 'row')}; {state}."


def findings_markdown(found: Sequence[Finding]) -> str:
    """Return the findings as a list, the worst first; the page has all of them."""
    if not found:
        return "None."
    lines = [f"- **{STATE_WORDS[finding.state]}** {_plain(finding)}" for finding in found[:_MAX_LISTED]]
    if len(found) > _MAX_LISTED:
        lines.append(f"- And {len(found) - _MAX_LISTED:,} more: see the page.")
    return "\n".join(lines)


def _plain(finding: Finding) -> str:
    fix = f"To fix: {finding.remedy}" if finding.remedy else ""
    when = finding.facts.get("when", "")
    text = " ".join(f"{subject(finding)}: {finding.seen} {when} {fix}".split())
    return text.replace("<", "&lt;")
