"""What Dagster's pages say: assets, checks, jobs, schedules, sensors, what each can be set to, and ticks."""

import inspect
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import pytest
from pydantic import BaseModel
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.orchestration.check_specs import CONNECTION_CHECKS, TABLE_CHECKS
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation
from netsuite_pipeline.orchestration.checks.check_results import check_outcome
from netsuite_pipeline.orchestration.checks.new_fields_check import NewField, new_fields_text
from netsuite_pipeline.orchestration.checks.sign_in_gate import block_reason
from netsuite_pipeline.orchestration.component.attributes import (
    QueryAttributes,
    ScheduleAttributes,
    TableAttributes,
)
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.orchestration.sensors.missed_runs import missed_runs_text
from netsuite_pipeline.orchestration.sensors.tick_messages import join_sentences, status_text, unknown_text
from netsuite_pipeline.orchestration.sync_config import SyncConfig
from netsuite_pipeline.orchestration.translator import (
    DagsterNetSuiteTranslator,
    NetSuiteTableProps,
    last_sync_text,
    materialize_result,
)
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables.catalogue import standard_tables
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.tables.table import Table


def _spec(table: Table) -> dg.AssetSpec:
    return DagsterNetSuiteTranslator().get_asset_spec(NetSuiteTableProps(table, "netsuite"))


_SINCE = datetime(2026, 11, 24, 9, 55)
_NOW = datetime(2026, 11, 24, 12)
_TABLES = standard_tables()
_OF_EACH_KIND = {
    "with a cursor": _TABLES["customer"],
    "lines of a parent": _TABLES["transactionline"],
    "a list": _TABLES["currency"],
    "of a feature": _TABLES["subsidiary"],
    "joining two": _TABLES["customersubsidiaryrelationship"],
    "the log of deletions": _TABLES["deletedrecord"],
    "a query": query_table(
        "open_invoice",
        query="SELECT id, tranid FROM transaction WHERE type = 'CustInvc'",
        key=("id",),
        known=_TABLES,
    ),
}


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    """A connection of two tables with two schedules."""
    return build_netsuite_definitions(
        tables=["customer", "vendor"],
        catalogue=_TABLES,
        schedules=(ScheduleSpec(), ScheduleSpec("nightly", cron_schedule="30 2 * * *", tables=("vendor",))),
    )


def _described(things: Iterable[tuple[str, str | None]]) -> str:
    return "\n\n".join(f"{name}\n  {text or '(nothing)'}" for name, text in sorted(things))


def test_assets(definitions: dg.Definitions, snapshot: SnapshotAssertion) -> None:
    """Each asset of a connection says what it is."""
    specs = definitions.resolve_all_asset_specs()
    assert _described((spec.key.to_user_string(), spec.description) for spec in specs) == snapshot


def test_checks(definitions: dg.Definitions, snapshot: SnapshotAssertion) -> None:
    """Each check says what it looks after."""
    graph = definitions.resolve_asset_graph()
    reported = ((key.to_user_string(), graph.get(key).description) for key in graph.asset_check_keys)
    assert _described(reported) == snapshot


def test_jobs_schedules_and_sensors(definitions: dg.Definitions, snapshot: SnapshotAssertion) -> None:
    """Each job, schedule and sensor says what it does."""
    repository = definitions.get_repository_def()
    jobs = (job for job in repository.get_all_jobs() if not job.name.startswith("__"))
    everything: tuple[Any, ...] = (*jobs, *repository.schedule_defs, *repository.sensor_defs)
    assert _described((each.name, each.description) for each in everything) == snapshot


@pytest.mark.parametrize("table", _OF_EACH_KIND.values(), ids=_OF_EACH_KIND)
def test_the_page_of_a_table(table: Table, snapshot: SnapshotAssertion) -> None:
    """The page of each kind of table says what it holds and needs."""
    spec = _spec(table)
    columns = spec.metadata["dagster/column_schema"].columns
    reported = _described((column.name, column.description) for column in columns)
    assert f"{spec.description}\n\n{reported}" == snapshot


_REPORTS = {
    "changes": TableReport(
        "vendor", "changed", "done", _SINCE, seconds=0.8, rows_written=12, rows=300, requests=2, counted=300
    ),
    "whole": TableReport(
        "vendor", "full", "done", _SINCE, seconds=3725, rows_written=22_481, rows=22_481, requests=1
    ),
}


@pytest.mark.parametrize("report", _REPORTS.values(), ids=_REPORTS)
def test_a_sync_of_a_table(report: TableReport, snapshot: SnapshotAssertion) -> None:
    """Each sync has one sentence and named figures."""
    result = materialize_result(dg.AssetKey("vendor"), report)
    assert "\n".join((last_sync_text(report), *sorted(result.metadata or ()))) == snapshot


_MODELS = (NetSuiteResource, WarehouseResource, SyncConfig)


@pytest.mark.parametrize("model", _MODELS, ids=lambda model: model.__name__)
def test_what_can_be_set(model: type[BaseModel], snapshot: SnapshotAssertion) -> None:
    """Each field of a resource or run says what it is for."""
    fields = model.model_fields.items()
    reported = _described((name, field.description) for name, field in fields)
    assert f"{inspect.getdoc(model)}\n\n{reported}" == snapshot


_DOCUMENTED = (NetSuiteComponent, TableAttributes, ScheduleAttributes, QueryAttributes)


@pytest.mark.parametrize("model", _DOCUMENTED, ids=lambda model: model.__name__)
def test_the_component(model: type, snapshot: SnapshotAssertion) -> None:
    """The component and its attributes explain themselves in Dagster's documentation."""
    assert inspect.getdoc(model) == snapshot


_CAUSE = Cause("The cause.", "What shows it.", "How to fix it.")


def _failed(id_: str, seen: str = "What was seen.", since: datetime | None = _SINCE) -> Finding:
    return Finding(id_, State.FAILED, seen, (_CAUSE,), _CAUSE.remedy, since)


@pytest.mark.parametrize("check", [*CONNECTION_CHECKS, *TABLE_CHECKS])
def test_a_check_without_findings(check: str, snapshot: SnapshotAssertion) -> None:
    """Each check says in words that all is well."""
    assert check_outcome(check, []).description == snapshot


_FINDINGS = {
    "one": [_failed("sign_in")],
    "not known since when": [_failed("sign_in", since=None)],
    "seven for one reason": [
        _failed(f"column:customer.c{place}", f"c{place} is gone.") for place in range(7)
    ],
    "forty for one reason": [
        _failed(f"column:customer.c{place}", f"c{place} is gone.") for place in range(40)
    ],
    "a warning": [Finding("rows:vendor", State.WARNING, "What was seen.", (_CAUSE,), _CAUSE.remedy)],
    "not known": [Finding("table:vendor", State.UNKNOWN, "not checked (sign-in must work first)")],
    "well": [Finding("host", State.OK, "The host answers.")],
}


@pytest.mark.parametrize("findings", _FINDINGS.values(), ids=_FINDINGS)
@pytest.mark.parametrize("confirmed", [None, _NOW], ids=["seen once", "confirmed"])
def test_a_check_with_findings(
    findings: list[Finding], confirmed: datetime | None, snapshot: SnapshotAssertion
) -> None:
    """A check reports what was seen, why, how to fix it and since when."""
    assert check_outcome("columns", findings, confirmed_at=confirmed).description == snapshot


def _alerted(*findings: Finding) -> SensorCursor:
    return SensorCursor(subjects={each.id: SubjectState(reported=each, alerted=True) for each in findings})


_CURSORS = {
    "well": SensorCursor(),
    "one": _alerted(_failed("sign_in")),
    "a warning": _alerted(Finding("deleted_records", State.WARNING, "What was seen.")),
    "many": _alerted(*(_failed(f"table:t{place}") for place in range(7))),
    "one that awaits a second look": SensorCursor(
        subjects={"host": SubjectState(pending="failed: no answer", pending_since=_SINCE)}
    ),
}


@pytest.mark.parametrize("cursor", _CURSORS.values(), ids=_CURSORS)
def test_how_a_tick_says_what_stands(cursor: SensorCursor, snapshot: SnapshotAssertion) -> None:
    """A sensor's tick names what is not well."""
    assert status_text(cursor) == snapshot


def test_how_a_tick_says_what_is_not_known(snapshot: SnapshotAssertion) -> None:
    """A sensor's tick names what could not be looked at."""
    findings = [
        Finding(f"table:t{place}", State.UNKNOWN, f"not looked at: reason {place % 3}") for place in range(7)
    ]
    assert join_sentences("7 tables looked at", unknown_text(findings)) == snapshot


@pytest.mark.parametrize("missed", [[], [1], [3], [3, 1]], ids=str)
def test_what_became_of_missed_syncs(missed: list[int], snapshot: SnapshotAssertion) -> None:
    """A sentence reports what became of missed syncs."""
    assert missed_runs_text(missed) == snapshot


def test_why_a_schedule_waits(snapshot: SnapshotAssertion) -> None:
    """A schedule says why it does not sign in."""
    reported = LastEvaluation(
        _NOW - timedelta(hours=1), passed=False, is_error=True, description="NetSuite refuses it."
    )
    assert block_reason(reported, "netsuite", _NOW) == snapshot


_NEWS = {
    "none": [],
    "one": [NewField("customer", "custentity_tier", "text", "Tier.")],
    "a table": [NewField("customrecord_x", name, "text", "", table_is_new=True) for name in ("id", "name")],
    "many": [NewField("customer", f"custentity_{place}", "text", "") for place in range(14)],
}


@pytest.mark.parametrize("news", _NEWS.values(), ids=_NEWS)
def test_fields_that_are_new(news: list[NewField], snapshot: SnapshotAssertion) -> None:
    """The check of fields reports new fields and how to add them."""
    assert new_fields_text(news) == snapshot
