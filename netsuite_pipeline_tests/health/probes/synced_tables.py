"""Tables as their last sync left them, and the findings about them by id."""

from datetime import UTC, datetime, timedelta

from netsuite_pipeline.health.findings import Finding, ProbeResult
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.tables import standard_tables

TABLES = standard_tables()
# transaction.subsidiary is disputed, and the emulated account does not expose it.
NOT_OFFERED = {"transaction": {"subsidiary"}}


def synced(table: str, rows: int = 0) -> KnownTable:
    """How the last sync left a table: with all columns, that many rows, a moment ago."""
    columns = {column.name for column in TABLES[table].columns} - NOT_OFFERED.get(table, set())
    just_now = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=60)
    return KnownTable(frozenset(columns), rows, just_now)


def by_id(result: ProbeResult) -> dict[str, Finding]:
    return {finding.id: finding for finding in result.findings}
