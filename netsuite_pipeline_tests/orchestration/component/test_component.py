"""NetSuiteComponent: the definitions of its YAML, and that each error names its line."""

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster.components.resolved.errors import ResolutionException
from dagster.components.testing import create_defs_folder_sandbox
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.attributes import ScheduleAttributes, TableAttributes
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.scaffolder import NetSuiteScaffolder
from netsuite_pipeline.orchestration.component.schedules import resolve_schedule_attributes
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.discovery.spec_writer import render_tables

TYPE = "netsuite_pipeline.NetSuiteComponent"
CONFIGURE = Path(__file__).parents[3] / "docs" / "configure.md"

# Dagster 1.13 notes for each definition which YAML it comes from, by classes and parameters that it calls beta.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


def attributes(text: str) -> str:
    """A defs.yaml of these attributes; the first of them is on line 3."""
    return f"type: {TYPE}\nattributes:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"


@contextmanager
def project(**files: str) -> Iterator[dg.Definitions]:
    """The definitions of a project whose folder defs/netsuite/ has these files (`defs_yaml` is `defs.yaml`)."""
    with create_defs_folder_sandbox() as sandbox:
        folder = sandbox.defs_folder_path / "netsuite"
        folder.mkdir()
        for name, text in files.items():
            stem, _, suffix = name.rpartition("_")
            (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
        with sandbox.build_all_defs() as definitions:
            yield definitions


def load(text: str, **files: str) -> dg.Definitions:
    with project(defs_yaml=attributes(text), **files) as definitions:
        return definitions


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs()}


def synced_by(definitions: dg.Definitions, job: str) -> set[str]:
    return {key.path[-1] for key in definitions.resolve_job_def(job).asset_layer.selected_asset_keys}


def error_of(text: str, **files: str) -> str:
    """What is said to be wrong with attributes, in the words of the error that Dagster shows as the cause."""
    with pytest.raises(Exception, match="netsuite") as raised:
        load(text, **files)
    cause = raised.value.__cause__
    assert isinstance(cause, ConfigurationError | ValidationError | ResolutionException)
    return str(cause)


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


@pytest.mark.parametrize(
    ("text", "line", "wording"),
    [
        (
            "tables: [lists]\ncron_shedule: x",
            4,
            "there is no attribute 'cron_shedule' (did you mean 'cron_schedule'",
        ),
        ("tables:\n- lists\n- custmer", 3, "did you mean 'customer'"),
        ("table_settings:\n  custmer: {cursor: false}", 4, "no such table (did you mean 'customer'"),
        ("table_settings:\n  customer:\n    leaveout: [email]", 5, "did you mean 'leave_out'"),
        ("table_settings:\n  customer:\n    leave_out:\n    - phone\n    - emial", 7, "did you mean 'email'"),
        ("table_settings:\n  customer:\n    hash: [id]", 5, "is part of the key"),
        ("table_settings:\n  customer:\n    cursor: perhaps", 5, "cursor"),
        ("table_settings:\n  customer:\n    where: isinactive", 5, "is no condition"),
        ("table_settings:\n  customer: true", 4, "must be a mapping of leave_out, hash"),
        ("table_settings:\n  customer:\n    schedule: nightly", 5, "there is no schedule 'nightly'"),
        ("cron_schedule: every day", 3, "'every day' is no cron expression"),
        ("execution_timezone: Europe/Berlim", 3, "did you mean 'Europe/Berlin'"),
        (
            "schedules:\n  nightly:\n    tables: [lists]\n    cron_schedule: 61 * * * *",
            6,
            "is no cron expression",
        ),
        (
            "schedules:\n  nightly:\n    tables: [lists]\n    execution_timezone: CEST",
            6,
            "no time zone 'CEST'",
        ),
        ("schedules:\n  nightly:\n    tables: [custmer]", 5, "did you mean 'customer'"),
        ("schedules:\n  nightly:\n    cron_schedule: 0 2 * * *", 4, "has no tables"),
        ("schedules:\n  Nightly-1:\n    tables: [lists]", 4, "cannot have the name"),
        ("schedules:\n  fields:\n    tables: [lists]", 4, "cannot have the name"),
        ("schedules:\n  nightly:\n    tables: [lists]", 4, "has no cron"),  # it ran hourly, silently
        ("custom_tables:\n- none.yaml", 4, "cannot be read"),
        ("custom_tables:\n- machine:\n    title: Machines", 4, "lacks about"),
        ("queries:\n  mine:\n    key: id\n    query: SELECT id FRM customer", 6, "mine"),
        ("queries:\n  mine:\n    key: idd\n    query: SELECT id FROM customer", 5, "idd"),
        ("queries:\n  mine:\n    query: SELECT id FROM customer", 4, "Field required"),
        ("tables: all", 3, "valid list"),
        ("translation:\n  group_name: '{{ tabel.name }}'", 3, "'tabel' not found in scope"),
        ("tables: [lists]\ntranslation:\n  key: same", 4, "same"),
        ("translation:\n  group: mine", 4, "did you mean 'group_name'"),
        ("connection: Net-Suite", 3, "cannot have the name"),
        ("env_prefix: sandbox", 3, "cannot begin the names of variables"),
        ("tables: [lists]\nconcurrency: 300", 4, "between 0 and 200"),
        ("tables: [lists]\nconcurrency: many", 4, "valid integer"),
        ("tables: [lists]\nfields_cron: daily at 3", 4, "is no cron expression"),
        ("fresh_for_hours: -1", 3, "0 or more"),
        ("minimum_interval_seconds: 0", 3, "more than 0"),
    ],
)
def test_what_is_wrong_is_shown_with_its_line(text: str, line: int, wording: str) -> None:
    outcome = error_of(text)
    assert wording in outcome
    assert re.search(rf"defs\.yaml(, line |:){line}\b", outcome), outcome


@pytest.mark.parametrize(
    "name", ["token_secret", "consumer_key", "private_key", "password", "nango_secret_key"]
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(name: str) -> None:
    outcome = error_of(f"tables: [lists]\n{name}: hunter2")
    assert "no credentials here: they come from environment variables" in outcome
    assert re.search(r"defs\.yaml:4\b", outcome)
    assert "hunter2" not in outcome


def test_addresses_of_alerts_are_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_URLS", "mailto://me:hunter2@example.org")
    url = "mailto://me:hunter2@example.org"
    for written in (url, "'{{ env.MY_URLS }}'", f"[{url}]", f"{{urls: '{url}'}}"):
        outcome = error_of(f"tables: [lists]\nalert_urls_env: {written}")
        assert re.search(r"defs\.yaml(, line |:)4\b", outcome)
        assert "must be the name of an environment variable, never the addresses" in outcome
        assert "hunter2" not in outcome


def test_what_is_wrong_in_a_file_of_tables_is_shown_with_both_lines() -> None:
    outcome = error_of(
        "custom_tables:\n- mine.yaml", mine_yaml="machine:\n  title: Machines\n  colour: red\n"
    )
    assert "defs.yaml, line 4: mine.yaml, line 3: table 'machine': there is no field 'colour'" in outcome


def test_each_example_in_what_is_scaffolded_loads(tmp_path: Path) -> None:
    request: Any = dg.ScaffoldRequest(
        type_name=TYPE, target_path=tmp_path, scaffold_format="yaml", project_root=None, params=None
    )
    NetSuiteScaffolder().scaffold(request)
    text = (tmp_path / "defs.yaml").read_text().replace("  # ", "  ").replace("[all]", "[lists, customer]")
    table = render_tables({"currency": standard_tables()["currency"]})
    with project(defs_yaml=text, netsuite_tables_yaml=table) as definitions:
        assert specs(definitions)["customer"].owners == ["team:finance"]


@pytest.mark.long
def test_what_is_scaffolded_as_python_loads(tmp_path: Path) -> None:
    request: Any = dg.ScaffoldRequest(
        type_name=TYPE, target_path=tmp_path, scaffold_format="python", project_root=None, params=None
    )
    NetSuiteScaffolder().scaffold(request)
    with project(component_py=(tmp_path / "component.py").read_text()) as definitions:
        assert "customer" in specs(definitions)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", CONFIGURE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", [block for block in blocks("yaml") if block.startswith("type:")])
@pytest.mark.few(1)
def test_each_yaml_of_the_page_fits_the_schema_and_loads(text: str) -> None:
    validator = Draft202012Validator(NetSuiteComponent.model().model_json_schema())
    for document in yaml.safe_load_all(text):
        validator.validate(document["attributes"])
    table = render_tables({"currency": standard_tables()["currency"]})
    with project(defs_yaml=text, netsuite_tables_yaml=table) as definitions:
        assert specs(definitions)


@pytest.mark.parametrize(
    ("attributes", "path", "wording"),
    [
        ({"tables": "all"}, ["tables"], "'all' is not of type 'array'"),
        (
            {"table_settings": {"customer": {"hash": "x"}}},
            ["table_settings", "customer", "hash"],
            "'x' is not of type",
        ),
        (
            {"table_settings": {"customer": True}},
            ["table_settings", "customer"],
            "True is not of type 'object'",
        ),
        ({"schedules": {"nightly": {"corn": "x"}}}, ["schedules", "nightly"], "'corn' was unexpected"),
        ({"queries": {"mine": {"query": "x"}}}, ["queries", "mine"], "'key' is a required"),
        ({"custom_tables": [5]}, ["custom_tables", 0], "5 is not valid"),
        ({"private_key": "hunter2"}, ["private_key"], "no credentials here"),
    ],
)
def test_editors_and_dg_check_yaml_are_shown_where_it_is_wrong(
    attributes: dict[str, Any], path: list[Any], wording: str
) -> None:
    errors = Draft202012Validator(NetSuiteComponent.model().model_json_schema()).iter_errors(attributes)
    (error,) = [error for error in errors if list(error.absolute_path)[: len(path)] == path]
    assert wording in error.message
    assert "hunter2" not in error.message


def test_the_schema_leaves_room_for_templates() -> None:
    validator = Draft202012Validator(NetSuiteComponent.model().model_json_schema())
    validator.validate(
        {"tables": "{{ our_tables }}", "table_settings": "{{ ours }}", "concurrency": "{{ limit }}"}
    )


def test_the_class_of_the_page_is_one_that_yaml_can_name() -> None:
    (code,) = (block for block in blocks("python") if "class Finance" in block)
    text = attributes("tables: [account, customer]").replace(TYPE, ".finance.Finance")
    with project(defs_yaml=text, finance_py=code) as definitions:
        assert specs(definitions)["account"].owners == ["team:ledger"]


def test_the_page_shows_every_attribute() -> None:
    text = "".join(re.findall(r"^\| \[?(`.*?) \|", CONFIGURE.read_text(), re.MULTILINE))
    missing = [name for name in NetSuiteComponent.model_fields if f"`{name}`" not in text]
    assert not missing
    assert all(f"`{name}" in CONFIGURE.read_text() for name in TableAttributes.model_fields)
