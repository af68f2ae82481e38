"""Fields that NetSuite has and the specs lack are reported each night, without an alert."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.orchestration.asset_keys import AssetKeys, ConnectionTables
from netsuite_pipeline.orchestration.check_specs import connection_key, connection_spec
from netsuite_pipeline.orchestration.checks.new_fields_check import (
    NewField,
    build_field_check,
    discoverable_tables,
    fields_result,
    new_fields,
    new_fields_text,
)
from netsuite_pipeline.orchestration.resources import NetSuiteResource
from netsuite_pipeline.tables import Column, Table, standard_tables
from netsuite_pipeline.tables.discovery.discover import Discovery

TABLES = standard_tables()
CUSTOMER = TABLES["customer"]
TIER = Column("custentity_tier", "text", "Tier.", doubt="No row has one.")
MACHINE = replace(CUSTOMER, name="customrecord_machine", columns=(CUSTOMER.column("id"), TIER))
NAMES = ("customer", "currency")


def _news(
    found: list[Table],
    *,
    taken: tuple[Table, ...] = (CUSTOMER,),
    left_out: dict[str, list[str]] | None = None,
) -> list[str]:
    news = new_fields(taken, TABLES, Discovery({table.name: table for table in found}), left_out or {})
    return [f"{new.table}.{new.name}" for new in news]


WITH_TIER = replace(CUSTOMER, columns=(*CUSTOMER.columns, TIER))


def test_a_field_that_the_spec_has_not_is_news_and_one_that_is_gone_is_not() -> None:
    assert _news([WITH_TIER]) == ["customer.custentity_tier"]
    assert _news([replace(CUSTOMER, columns=CUSTOMER.columns[:3])]) == []


def test_a_field_that_was_left_out_on_purpose_is_no_news() -> None:
    assert _news([WITH_TIER], left_out={"customer": ["custentity_tier"]}) == []


def test_a_table_that_was_left_out_on_purpose_is_no_news_and_a_new_one_is() -> None:
    vendor = replace(TABLES["vendor"], columns=(*TABLES["vendor"].columns, TIER))
    assert _news([vendor]) == []
    assert _news([MACHINE]) == ["customrecord_machine.id", "customrecord_machine.custentity_tier"]


def test_statements_of_somebody_s_own_are_not_checked_at() -> None:
    mine = replace(CUSTOMER, name="bigcustomers", query="SELECT id FROM customer")
    assert set(discoverable_tables([CUSTOMER, mine])) == {"customer"}


@pytest.mark.parametrize(
    ("news", "text"),
    [
        ([], "NetSuite has no field that the tables lack."),
        (
            [NewField("customer", "custentity_tier", "text", "")],
            "1 field is new in NetSuite: customer.custentity_tier (text).\n"
            "Add it: netsuite-pipeline discover customer --write",
        ),
        (
            [
                NewField("customer", "custentity_x", "date", ""),
                NewField("customrecord_m", "id", "integer", "", table_is_new=True),
                NewField("customrecord_m", "name", "text", "", table_is_new=True),
            ],
            "3 fields are new in NetSuite: customrecord_m (a new table of 2 fields), "
            "customer.custentity_x (date).\n"
            "Add them: netsuite-pipeline discover customer customrecord_m --write",
        ),
    ],
)
def test_the_news_names_each_field_and_the_command_that_takes_it(news: list[NewField], text: str) -> None:
    assert new_fields_text(news) == text


def test_many_new_fields_are_cut_in_words_and_whole_in_the_table() -> None:
    news = [NewField("customer", f"custentity_{n}", "text", "") for n in range(14)]
    result = fields_result(Discovery({"customer": CUSTOMER}), news)
    assert (result.passed, result.severity) == (True, dg.AssetCheckSeverity.WARN)
    assert "custentity_9 (text), and 4 more.\n" in (result.description or "")
    assert result.metadata is not None
    fields: Any = result.metadata["fields"]
    assert len(fields.records) == 14


def test_what_could_not_be_checked_at_is_shown_and_is_a_warning_where_that_is_all() -> None:
    partly = fields_result(Discovery({"customer": CUSTOMER}, notes=["customfield is refused"]), [])
    assert partly.passed
    assert partly.metadata is not None
    assert "customfield is refused" in partly.metadata["not_checked"].value
    nothing = fields_result(Discovery({}, notes=["customfield is refused"]), [])
    assert (nothing.passed, nothing.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert nothing.description == "Not everything could be checked. customfield is refused."


# As Dagster runs it


def _location() -> dg.Definitions:
    target = ConnectionTables(AssetKeys("netsuite"), [TABLES[name] for name in NAMES], TABLES)
    check, schedule = build_field_check(target)
    return dg.Definitions(
        assets=[connection_spec("netsuite")],
        asset_checks=[check],
        schedules=[schedule],
        resources={"netsuite": NetSuiteResource()},
    )


def _checked(instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation:
    result = _location().resolve_job_def("netsuite_fields").execute_in_process(instance=instance)
    (evaluation,) = result.get_asset_check_evaluations()
    return evaluation


def _refuse_sign_in(instance: dg.DagsterInstance) -> None:
    key = dg.AssetCheckKey(connection_key("netsuite"), "sign_in")
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=key.asset_key, check_name=key.name, passed=False, description="The token was revoked."
        )
    )


def _tick(instance: dg.DagsterInstance) -> Any:
    schedule = _location().resolve_schedule_def("netsuite_fields_schedule")
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime(2026, 11, 24, 3, 30),
        resources={"netsuite": NetSuiteResource()},
    ) as context:
        return schedule.evaluate_tick(context)


@pytest.fixture
def signed_in(emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> EmulatorProcess:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    return emulator


def test_a_night_finds_the_account_s_custom_fields_and_records(
    signed_in: EmulatorProcess, instance: dg.DagsterInstance
) -> None:
    evaluation = _checked(instance)
    assert evaluation.passed
    assert "customrecord_machine (a new table of 8 fields)" in (evaluation.description or "")
    assert "discover" in (evaluation.description or "")
    listed: Any = evaluation.metadata["fields"]
    fields = {(record.data["table"], record.data["field"]) for record in listed.records}
    assert ("customrecord_machine", "custrecord_serial") in fields
    assert {table for table, _ in fields} <= {"customer", "customrecord_machine", "customlist_region"}


def test_a_role_that_may_not_look_is_a_warning_and_the_run_succeeds(
    signed_in: EmulatorProcess, instance: dg.DagsterInstance
) -> None:
    signed_in.admin.drop_permission("REPO_ANALYTICS")
    evaluation = _checked(instance)
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "SuiteAnalytics Workbook" in (evaluation.description or "")


def test_without_credentials_nothing_is_asked_and_the_run_says_what_is_missing(
    instance: dg.DagsterInstance,
) -> None:
    assert "NETSUITE_TOKEN_SECRET" in (_checked(instance).description or "")
    data = _tick(instance)
    assert not data.run_requests
    assert "NETSUITE_TOKEN_SECRET" in (data.skip_message or "")


def test_a_refused_sign_in_is_not_tried_by_night_either(
    signed_in: EmulatorProcess, instance: dg.DagsterInstance
) -> None:
    assert len(_tick(instance).run_requests or ()) == 1
    _refuse_sign_in(instance)
    data = _tick(instance)
    assert not data.run_requests
    assert "The token was revoked." in (data.skip_message or "")
    assert _checked(instance).passed, "Execute looks at once, and the sign-in works again"


def test_it_runs_each_night_unless_it_is_shown_not_to() -> None:
    _, schedule = build_field_check(ConnectionTables(AssetKeys("netsuite"), [], {}))
    assert (schedule.cron_schedule, schedule.job_name) == ("30 3 * * *", "netsuite_fields")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    _, off = build_field_check(
        ConnectionTables(AssetKeys("sandbox"), [], {}),
        cron_schedule="0 1 * * 1",
        execution_timezone="Europe/Berlin",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    assert off.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (off.name, off.execution_timezone) == (
        "sandbox_fields_schedule",
        "Europe/Berlin",
    )
