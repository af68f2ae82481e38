"""The nightly check for fields that NetSuite has and the table specs lack: news, never a failure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.orchestration.checks.sign_in_gate import may_confirm_sign_in, sign_in_block_reason
from netsuite_pipeline.orchestration.resources import NetSuiteResource
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.discovery.discover import Discovery, discover
from netsuite_pipeline.wording import as_sentence, counted

FIELDS = "fields"
NIGHTLY = "30 3 * * *"
_MAX_LISTED = 10  # fields in the description; the metadata has all


@dataclass(frozen=True)
class NewField:
    """A field that NetSuite has and the spec lacks.

    Attributes:
        table: The table's name.
        name: The column's name.
        type: The column's type, as far as discovery knows it.
        about: What the field means, and what is uncertain.
        table_is_new: Whether the specs lack the table too.
    """

    table: str
    name: str
    type: str
    about: str
    table_is_new: bool = False


def build_field_check(
    target: ConnectionTables,
    *,
    excluded: Mapping[str, Collection[str]] | None = None,
    cron_schedule: str = NIGHTLY,
    execution_timezone: str = "UTC",
    default_status: dg.DefaultScheduleStatus = dg.DefaultScheduleStatus.RUNNING,
) -> tuple[dg.AssetChecksDefinition, dg.ScheduleDefinition]:
    """Return the check `fields` of `<connection>/connection`, and the schedule of `<connection>_fields`.

    The check passes whatever it finds. If it cannot probe NetSuite, it warns and sends no alert.

    Args:
        target: The connection's tables; custom records of the account are checked besides.
        excluded: Columns that are excluded on purpose, by table: they are no news.
        cron_schedule: When the check runs.
        execution_timezone: The time zone of `cron_schedule`.
        default_status: Whether the schedule is on from the start.
    """
    connection = target.connection
    key = dg.AssetCheckKey(connection_key(connection), FIELDS)

    @dg.asset_check(
        asset=key.asset_key,
        name=FIELDS,
        required_resource_keys={connection},
        description="Lists custom fields and records that NetSuite has and the tables lack. They are news: "
        "the check passes, and only warns if it cannot probe NetSuite.",
    )
    def fields(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        confirm = may_confirm_sign_in(context.instance, connection, utc_now())
        try:
            with netsuite.client(netsuite.client_settings(confirm_sign_in=confirm)) as client:
                tables = discoverable_tables(target.tables)
                found = discover(client, tables, all_custom_fields=True, on_step=context.log.debug)
        except NetSuiteError as error:
            return not_checked(f"Not checked. {netsuite.with_variable_names(str(error))}")
        return fields_result(found, new_fields(target.tables, target.catalogue, found, excluded or {}))

    job = dg.define_asset_job(
        f"{connection}_{FIELDS}",
        selection=dg.AssetSelection.checks(key),
        description=f"Checks for fields that NetSuite has and the tables of {connection} lack.",
    )

    def check_unless_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        reason = sign_in_block_reason(context.instance, connection, utc_now())
        if reason:
            return dg.SkipReason(reason)
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        try:
            netsuite.client().close()  # sends no request: it only shows whether there are credentials
        except ConfigurationError as error:
            return dg.SkipReason(f"Not checked: {error}")
        return dg.RunRequest()

    schedule = dg.ScheduleDefinition(
        name=f"{connection}_{FIELDS}_schedule",
        job=job,
        cron_schedule=cron_schedule,
        execution_timezone=execution_timezone,
        default_status=default_status,
        required_resource_keys={connection},
        execution_fn=check_unless_refused,
        description="Checks once a night for fields that NetSuite has and the tables lack. Skips while "
        "NetSuite refuses the sign-in.",
    )
    return fields, schedule


def discoverable_tables(tables: Sequence[Table]) -> Mapping[str, Table]:
    """Return the tables that discovery probes: the connection's own tables of NetSuite, without queries.

    Discovery finds custom records of the account besides; `new_fields` leaves out those that are known.
    """
    return {table.name: table for table in tables if table.query is None}


def new_fields(
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    found: Discovery,
    excluded: Mapping[str, Collection[str]],
) -> tuple[NewField, ...]:
    """Return the fields that discovery found and the specs lack.

    Args:
        tables: The tables that the connection syncs.
        catalogue: All known tables; those that the connection does not sync are no news.
        found: What discovery found.
        excluded: Columns that are excluded on purpose, by table.
    """
    synced = {table.name: table for table in tables}
    news: list[NewField] = []
    for table in found.tables.values():
        spec = synced.get(table.name)
        if spec is None and table.name in catalogue:
            continue
        known = {column.name for column in spec.columns} if spec else set()
        known.update(excluded.get(table.name, ()))
        news.extend(
            NewField(
                table.name,
                column.name,
                column.type,
                f"{column.description}{f' Not certain: {column.doubt}' if column.doubt else ''}",
                table_is_new=spec is None,
            )
            for column in table.columns
            if column.name not in known
        )
    return tuple(news)


def fields_result(found: Discovery, news: Sequence[NewField]) -> dg.AssetCheckResult:
    """Return the result of the check."""
    failed = [*found.notes, *(f"{table}: {why}" for table, why in found.failed.items())]
    if failed and not found.tables:
        return not_checked(f"Not everything could be checked. {' '.join(map(as_sentence, failed))}")
    metadata: dict[str, dg.MetadataValue | int | float | str] = {"new_fields": len(news)}
    if news:
        metadata["fields"] = dg.MetadataValue.table(
            records=[
                dg.TableRecord({"table": new.table, "field": new.name, "type": new.type, "about": new.about})
                for new in news
            ]
        )
    if failed:
        metadata["not_checked"] = dg.MetadataValue.md("\n".join(f"- {note}" for note in failed))
    return dg.AssetCheckResult(
        passed=True,
        severity=dg.AssetCheckSeverity.WARN,
        description=new_fields_text(news),
        metadata=metadata,
    )


def not_checked(why: str) -> dg.AssetCheckResult:
    """Return the result of a check that could not probe NetSuite."""
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description=why)


def new_fields_text(news: Sequence[NewField]) -> str:
    """Return the new fields in words, with the command that adds them.

    Example:
        >>> print(new_fields_text([NewField("customer", "custentity_tier", "text", "Tier.")]))
        1 field is new in NetSuite: customer.custentity_tier (text).
        Add it: netsuite-pipeline discover customer --write
    """
    if not news:
        return "NetSuite has no field that the tables lack."
    tables = list(dict.fromkeys(new.table for new in news))
    new_tables = {new.table for new in news if new.table_is_new}
    parts = [
        *(
            f"{table} (a new table of {sum(new.table == table for new in news)} fields)"
            for table in tables
            if table in new_tables
        ),
        *(f"{new.table}.{new.name} ({new.type})" for new in news if new.table not in new_tables),
    ]
    more = f", and {len(parts) - _MAX_LISTED:,} more" if len(parts) > _MAX_LISTED else ""
    return (
        f"{counted(len(news), 'field is', 'fields are')} new in NetSuite: "
        f"{', '.join(parts[:_MAX_LISTED])}{more}.\n"
        f"Add {'it' if len(news) == 1 else 'them'}: netsuite-pipeline discover {' '.join(tables)} --write"
    )
