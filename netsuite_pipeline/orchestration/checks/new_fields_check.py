"""The nightly look at which fields NetSuite has and the table specs have not: news, never a failure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.orchestration.checks.sign_in_gate import may_confirm_sign_in, sign_in_block_reason
from netsuite_pipeline.orchestration.resources import NetSuiteResource
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.discovery.discover import Discovery, discover

FIELDS = "fields"
NIGHTLY = "30 3 * * *"
_MAX_LISTED = 10  # so many fields are told in words; the table beside has all


@dataclass(frozen=True)
class NewField:
    """A field that NetSuite has and the spec has not.

    Attributes:
        table: Its table.
        name: The column that it would be.
        type: As far as could be seen.
        about: What it means, and what is not certain of it.
        table_is_new: Whether the specs have not even its table.
    """

    table: str
    name: str
    type: str
    about: str
    table_is_new: bool = False


@dataclass(frozen=True)
class FieldCheck:
    """The check, and the schedule that runs it, which brings its job along."""

    check: dg.AssetChecksDefinition
    schedule: dg.ScheduleDefinition


def build_field_check(
    connection: str,
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    *,
    left_out: Mapping[str, Collection[str]] | None = None,
    cron: str = NIGHTLY,
    time_zone: str = "UTC",
    running: bool = True,
    now: Callable[[], datetime] = utc_now,
) -> FieldCheck:
    """The check `fields` of `<connection>/connection`, the job `<connection>_fields` and its schedule.

    It passes whatever it finds. That it could not look is a warning, and alarms nobody.

    Args:
        connection: The connection's name.
        tables: The tables it takes; custom records of the account are looked at besides.
        catalogue: All tables that are known, by name.
        left_out: Columns that were left out on purpose, by table: they are no news.
        cron: When to look.
        time_zone: The zone that `cron` is meant in.
        running: Whether the schedule is on from the start.
        now: The clock, UTC.
    """
    key = dg.AssetCheckKey(connection_key(connection), FIELDS)

    @dg.asset_check(
        asset=key.asset_key,
        name=FIELDS,
        required_resource_keys={connection},
        description="Tells which custom fields and records NetSuite has and the tables have not. They are "
        "news: the check passes, and only warns where it could not look.",
    )
    def fields(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        confirm = may_confirm_sign_in(context.instance, connection, now())
        try:
            with netsuite.client(netsuite.client_settings(confirm_sign_in=confirm)) as client:
                found = discover(
                    client,
                    known_to_discovery(tables),
                    all_custom_fields=True,
                    on_step=context.log.debug,
                )
        except NetSuiteError as error:
            return not_checked(f"Not looked at. {netsuite.with_variable_names(str(error))}")
        return told(found, new_fields(tables, catalogue, found, left_out or {}))

    job = dg.define_asset_job(
        f"{connection}_{FIELDS}",
        selection=dg.AssetSelection.checks(key),
        description=f"Looks which fields NetSuite has and the tables of {connection} have not.",
    )

    def look_unless_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        reason = sign_in_block_reason(context.instance, connection, now())
        if reason:
            return dg.SkipReason(reason)
        netsuite: NetSuiteResource = getattr(context.resources, connection)
        try:
            netsuite.client().close()  # it asks nothing: only whether there are credentials
        except ConfigurationError as error:
            return dg.SkipReason(f"Not looked: {error}")
        return dg.RunRequest()

    schedule = dg.ScheduleDefinition(
        name=f"{connection}_{FIELDS}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone=time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        required_resource_keys={connection},
        execution_fn=look_unless_refused,
        description="Looks once a night which fields NetSuite has and the tables have not. Waits while "
        "NetSuite refuses the sign-in.",
    )
    return FieldCheck(fields, schedule)


def known_to_discovery(tables: Sequence[Table]) -> Mapping[str, Table]:
    """What discovery is to look at: the connection's own tables of NetSuite, not statements of somebody's.

    Custom records that the connection does not take stay out; discovery finds them in the account all the
    same, and `new_fields` leaves them be.
    """
    return {table.name: table for table in tables if table.query is None}


def new_fields(
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    found: Discovery,
    left_out: Mapping[str, Collection[str]],
) -> tuple[NewField, ...]:
    """The fields that discovery found and the specs have not.

    Args:
        tables: The tables that the connection takes.
        catalogue: All tables that are known; those of them that it does not take are no news.
        found: What discovery found.
        left_out: Columns that were left out on purpose, by table.
    """
    taken = {table.name: table for table in tables}
    news: list[NewField] = []
    for table in found.tables.values():
        spec = taken.get(table.name)
        if spec is None and table.name in catalogue:
            continue
        known = {column.name for column in spec.columns} if spec else set()
        known.update(left_out.get(table.name, ()))
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


def told(found: Discovery, news: Sequence[NewField]) -> dg.AssetCheckResult:
    """What the check says of a look."""
    missed = [*found.notes, *(f"{table}: {why}" for table, why in found.failed.items())]
    if missed and not found.tables:
        return not_checked(f"Not all could be looked at. {' '.join(map(_sentence, missed))}")
    metadata: dict[str, dg.MetadataValue | int | float | str] = {"new_fields": len(news)}
    if news:
        metadata["fields"] = dg.MetadataValue.table(
            records=[
                dg.TableRecord({"table": new.table, "field": new.name, "type": new.type, "about": new.about})
                for new in news
            ]
        )
    if missed:
        metadata["not_looked_at"] = dg.MetadataValue.md("\n".join(f"- {note}" for note in missed))
    return dg.AssetCheckResult(
        passed=True, severity=dg.AssetCheckSeverity.WARN, description=new_fields_text(news), metadata=metadata
    )


def not_checked(why: str) -> dg.AssetCheckResult:
    """What the check says where it could not look."""
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description=why)


def new_fields_text(news: Sequence[NewField]) -> str:
    """The news in words, with the command that takes them over.

    Example:
        >>> print(new_fields_text([NewField("customer", "custentity_tier", "text", "Tier.")]))
        1 field is new in NetSuite: customer.custentity_tier (text).
        Add it: netsuite-pipeline discover customer --write
    """
    if not news:
        return "NetSuite has no field that the tables have not."
    tables = list(dict.fromkeys(new.table for new in news))
    fresh = {new.table for new in news if new.table_is_new}
    single = [new for new in news if new.table not in fresh]
    parts = [
        *(
            f"{table} (a new table of {sum(new.table == table for new in news)} fields)"
            for table in tables
            if table in fresh
        ),
        *(f"{new.table}.{new.name} ({new.type})" for new in single),
    ]
    more = f", and {len(parts) - _MAX_LISTED:,} more" if len(parts) > _MAX_LISTED else ""
    one = len(news) == 1
    return (
        f"{len(news):,} {'field is' if one else 'fields are'} new in NetSuite: "
        f"{', '.join(parts[:_MAX_LISTED])}{more}.\n"
        f"Add {'it' if one else 'them'}: netsuite-pipeline discover {' '.join(tables)} --write"
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
