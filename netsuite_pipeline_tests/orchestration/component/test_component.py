"""NetSuiteComponent: the definitions of its YAML."""

import textwrap

import dagster as dg
import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.attributes import ScheduleAttributes, TableAttributes
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.schedules import resolve_schedule_attributes
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.discovery.spec_writer import render_tables
from netsuite_pipeline_tests.orchestration.component.loading import (
    TYPE,
    attributes,
    load,
    project,
    specs,
    synced_by,
)

# Dagster 1.13 notes for each definition which YAML it comes from, by classes and parameters that it calls beta.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


def test_tables_are_chosen_by_group_and_name() -> None:
    found = set(specs(load("tables: [lists, customer, -nexus]")))
    assert {"customer", "currency"} < found
    assert not found & {"nexus", "transaction"}


def test_settings_reach_the_specs_without_the_salt_that_only_a_run_needs() -> None:
    definitions = load(
        """
        tables: [customer, transaction, transactionline]
        table_settings:
          customer:
            leave_out: [phone]
            hash: [email]
            where: isinactive = 'F'
          transaction: {cursor: false, labels: [currency]}
        """
    )
    found = specs(definitions)
    columns = {column.name: column for column in found["customer"].metadata["dagster/column_schema"].columns}
    assert "phone" not in columns
    assert columns["email"].type == "VARCHAR"
    assert found["customer"].metadata["hashed"] == "email"
    assert found["customer"].metadata["only_rows_where"] == "isinactive = 'F'"
    assert "Read in full" in found["transaction"].description
    assert "Read in full" in found["transactionline"].description
    labels = [
        column.name
        for column in found["transaction"].metadata["dagster/column_schema"].columns
        if column.name.endswith("_label")
    ]
    assert labels == ["currency_label"]


def test_custom_tables_come_from_files_beside_the_yaml_and_from_specs_in_it() -> None:
    machine = render_tables({"currency": standard_tables()["currency"]}).replace(
        "currency:", "customrecord_machine:", 1
    )
    definitions = load(
        """
        tables: [customrecord_machine, customrecord_rent]
        custom_tables:
          - mine.yaml
          - customrecord_rent:
              title: Rents
              about: One row a rent.
              group: custom
              key: [id]
              permission: {id: LIST_RENT, name: Lists > Rents}
              columns:
                id: {type: integer, about: "NetSuite's internal id."}
                machine: {type: integer, references: customrecord_machine, about: What is rented.}
        """,
        mine_yaml=machine,
    )
    assert set(specs(definitions)) >= {"customrecord_machine", "customrecord_rent"}


def test_a_query_is_a_table_and_takes_settings() -> None:
    definitions = load(
        """
        tables: [lists, open_invoice]
        queries:
          open_invoice:
            query: SELECT id, tranid, entity FROM transaction WHERE type = 'CustInvc'
            key: id
            group: transactions
        table_settings:
          open_invoice: {hash: [tranid]}
        """
    )
    spec = specs(definitions)["open_invoice"]
    assert spec.group_name == "transactions"
    assert spec.metadata["hashed"] == "tranid"


def test_schedules_have_their_names_times_and_tables() -> None:
    definitions = load(
        """
        tables: [customer, vendor, currency]
        cron_schedule: "15 * * * *"
        execution_timezone: Europe/Berlin
        default_status: RUNNING
        schedules:
          nightly: {cron_schedule: "30 2 * * *", default_status: RUNNING}
          monthly: {cron_schedule: "0 6 1 * *", execution_timezone: America/New_York, tables: [masterdata]}
        table_settings:
          currency: {schedule: nightly}
        """
    )
    found = {
        name: (schedule.cron_schedule, schedule.execution_timezone, schedule.default_status.value)
        for name in ("netsuite_schedule", "netsuite_nightly_schedule", "netsuite_monthly_schedule")
        for schedule in [definitions.resolve_schedule_def(name)]
    }
    assert found == {
        "netsuite_schedule": ("15 * * * *", "Europe/Berlin", "RUNNING"),
        "netsuite_nightly_schedule": ("30 2 * * *", "Europe/Berlin", "RUNNING"),
        "netsuite_monthly_schedule": ("0 6 1 * *", "America/New_York", "STOPPED"),
    }
    assert synced_by(definitions, "netsuite_nightly_sync") == {"currency"}
    assert synced_by(definitions, "netsuite_monthly_sync") == {"customer", "vendor"}


def test_a_table_that_is_set_to_a_schedule_leaves_the_connection_s_own_and_no_other_does() -> None:
    first, second = resolve_schedule_attributes(
        ScheduleSpec(cron_schedule="0 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING),
        {"nightly": ScheduleAttributes(cron_schedule="30 2 * * *", tables=["masterdata"])},
        {"currency": TableAttributes(schedule="nightly"), "customer": TableAttributes(cursor=False)},
        [standard_tables()[name] for name in ("currency", "customer", "nexus")],
        YamlPositions(),
    )
    assert (first.name, first.tables, first.default_status.value) == ("", ("all", "-currency"), "RUNNING")
    assert (second.name, second.tables, second.default_status.value) == (
        *("nightly", ("currency", "customer"), "STOPPED"),
    )


def test_a_connection_all_of_whose_tables_are_on_other_schedules_has_no_own_one() -> None:
    definitions = load(
        "tables: [customer]\nschedules: {nightly: {cron_schedule: 30 2 * * *}}\n"
        "table_settings: {customer: {schedule: nightly}}"
    )
    names = {schedule.name for schedule in definitions.schedules or ()}
    assert "netsuite_nightly_schedule" in names
    assert "netsuite_schedule" not in names


def test_an_account_has_its_own_variables_limit_and_alerts() -> None:
    definitions = load(
        "connection: sandbox\nenv_prefix: SANDBOX\nconcurrency: 3\nwarehouse: other/warehouse.duckdb"
    )
    resource = definitions.resources["sandbox"]  # type: ignore[index]
    assert (resource.env_prefix, resource.concurrency) == ("SANDBOX", 3)
    assert definitions.resources["sandbox_warehouse"].path == "other/warehouse.duckdb"  # type: ignore[index]


def test_translation_changes_each_spec_by_its_table() -> None:
    spec = specs(
        load(
            """
            tables: [customer, currency]
            translation:
              key_prefix: erp
              group_name: "erp_{{ table.group }}"
              owners: ["team:finance"]
              tags: {domain: "{{ table.name }}"}
              description: "{{ spec.description }} Ask finance."
            """
        )
    )["customer"]
    assert spec.key == dg.AssetKey(["erp", "netsuite", "customer"])
    assert spec.group_name == "erp_masterdata"
    assert spec.owners == ["team:finance"]
    assert spec.tags["domain"] == "customer"
    assert "netsuite/permission" in spec.tags
    assert spec.description.endswith("Ask finance.")


def test_a_class_of_one_s_own_says_how_assets_show() -> None:
    python = """
    import dagster as dg
    from netsuite_pipeline import NetSuiteComponent

    class Finance(NetSuiteComponent):
        domain: str = "none"

        def get_asset_spec(self, table) -> dg.AssetSpec:
            return super().get_asset_spec(table).merge_attributes(tags={"domain": self.domain})
    """
    text = attributes("tables: [customer]\ndomain: finance\ntranslation: {owners: ['team:x']}").replace(
        TYPE, ".finance.Finance"
    )
    with project(defs_yaml=text, finance_py=textwrap.dedent(python)) as definitions:
        spec = specs(definitions)["customer"]
    assert spec.tags["domain"] == "finance"
    assert spec.owners == ["team:x"]


def test_python_users_make_it_of_the_same_attributes() -> None:
    component = NetSuiteComponent(
        tables=["customer"], table_settings={"customer": TableAttributes(hash=["email"])}, fresh_for_hours=0
    )
    definitions = component.build_defs(dg.ComponentTree.for_test().load_context)
    assert specs(definitions)["customer"].metadata["hashed"] == "email"
    with pytest.raises(ConfigurationError, match=r"^concurrency: must be between"):
        NetSuiteComponent(concurrency=-1).build_defs(dg.ComponentTree.for_test().load_context)
