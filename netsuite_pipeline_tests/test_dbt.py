"""docs/dbt.md: what dbt's models in wide use read is in the published file, and each statement there runs."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.tables.dbt_columns import DBT_COLUMNS

DOCUMENT = (Path(__file__).parent.parent / "docs" / "dbt.md").read_text(encoding="utf-8")
BLOCKS = [
    (re.findall(r"`([\w/]+\.(?:yml|sql))`", DOCUMENT[: block.start()])[-1], block[1], block[2])
    for block in re.finditer(r"```(yaml|sql)\n(.*?)```", DOCUMENT, re.DOTALL)
]
MODELS = {
    Path(name).stem: text for name, kind, text in BLOCKS if name.startswith("models/") and kind == "sql"
}
SOURCES, PROFILE = (
    next(yaml.safe_load(text) for name, _, text in BLOCKS if name == wanted)
    for wanted in ("models/sources.yml", "profiles.yml")
)
(ATTACHED,) = PROFILE["finance"]["outputs"]["dev"]["attach"]

# What the package's staging compares with 'T', casts to a date, and adds up.
FLAGS = {
    "account": "includechildren isinactive issummary eliminate",
    "accountingbook": "isadjustmentonly isconsolidated isprimary",
    "accountingperiod": "isquarter isyear isadjust isposting closed alllocked arlocked aplocked",
    "accounttype": "balancesheet left",
    "classification": "isinactive",
    "customer": "isperson",
    "department": "isinactive",
    "employee": "isinactive",
    "entity": "isperson",
    "subsidiary": "iselimination",
    "transaction": "posting intercoadj isreversal reversaldefer taxregoverride taxdetailsoverride taxpointdateoverride",
    "transactionaccountingline": "posting",
    "transactionline": "isclosed isbillable iscogs cleared commitmentfirm mainline taxline eliminate",
}
DATES = {
    "accountingperiod": "startdate enddate",
    "customer": "firstorderdate",
    "transaction": "trandate duedate closedate reversaldate taxpointdate",
}
NUMBERS = {
    "consolidatedexchangerate": "currentrate averagerate historicalrate",
    "transactionaccountingline": "amount netamount credit debit amountpaid amountunpaid exchangerate",
    "transactionline": "netamount",
}


def _columns(tables: dict[str, str]) -> list[tuple[str, str]]:
    return [(table, column) for table, columns in tables.items() for column in columns.split()]


@pytest.fixture(scope="module")
def published(running_emulator: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's published file."""
    warehouse = Warehouse(tmp_path_factory.mktemp("dbt") / "warehouse.duckdb")
    known = standard_tables()
    request = SyncRequest(tuple(known.values()), known, "netsuite", full=False, overlap=timedelta(hours=1))
    credentials = TokenCredentials.from_variables(running_emulator.env)
    with NetSuiteClient(credentials, base_url=running_emulator.base_url) as client:
        assert {table.status for table in Sync(client, warehouse, request)} == {"done"}
    return warehouse.path


@pytest.fixture(scope="module")
def models(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models' file as dbt has it open: the published one is attached as the profile says."""
    assert ATTACHED["read_only"] is True
    with duckdb.connect(str(tmp_path_factory.mktemp("models") / "finance.duckdb")) as connection:
        connection.execute(f"ATTACH '{published}' AS {ATTACHED['alias']} (READ_ONLY)")
        yield connection


def rendered(text: str, **names: Any) -> str:
    """A template as dbt renders it, with its sources as the document and the package declare them."""
    (own,) = SOURCES["sources"]

    def source(name: str, table: str) -> str:
        if name == own["name"]:
            assert table in {each["name"] for each in own["tables"]}
            return f'"{own["database"]}"."{own["schema"]}"."{table}"'
        # The package's default identifiers are its names without the underscores.
        assert name == "netsuite2"
        return f'"{ATTACHED["alias"]}"."netsuite"."{table.replace("_", "")}"'

    context = {"source": source, "ref": str, "config": lambda **_: "", **names}
    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(context)


def test_all_that_the_package_reads_can_be_selected_from_the_attached_file(
    models: duckdb.DuckDBPyConnection,
) -> None:
    for table, columns in DBT_COLUMNS.items():
        selected = ", ".join(f'"{column}"' for column in columns.split())
        models.execute(f'SELECT {selected} FROM "warehouse"."netsuite"."{table}"').fetchall()


def test_what_the_package_treats_in_a_way_of_its_own_is_among_what_it_reads() -> None:
    treated = {*_columns(FLAGS), *_columns(DATES), *_columns(NUMBERS)}
    assert treated <= set(_columns(DBT_COLUMNS))


@pytest.mark.parametrize(("table", "column"), _columns(FLAGS))
def test_a_flag_compared_with_t_is_true_where_it_is_true(
    models: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    otherwise = models.execute(
        f'SELECT count(*) FROM warehouse.netsuite."{table}" WHERE ("{column}" = \'T\') IS DISTINCT FROM "{column}"'
    ).fetchone()
    assert otherwise == (0,)
    kind = models.execute(
        f'SELECT typeof(any_value("{column}")) FROM warehouse.netsuite."{table}"'
    ).fetchone()
    assert kind == ("BOOLEAN",)


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [(*each, "DATE") for each in _columns(DATES)] + [(*each, "DECIMAL(38,10)") for each in _columns(NUMBERS)],
)
def test_days_are_days_and_amounts_are_exact(
    models: duckdb.DuckDBPyConnection, table: str, column: str, kind: str
) -> None:
    described = models.execute(f'DESCRIBE SELECT "{column}" FROM warehouse.netsuite."{table}"').fetchone()
    assert described is not None
    assert described[1] == kind


def test_what_is_joined_has_one_type_on_both_sides_but_for_lists_of_subsidiaries(
    models: duckdb.DuckDBPyConnection,
) -> None:
    joined = models.execute(
        "SELECT r.table_name, r.column_name, a.data_type, b.data_type FROM warehouse._netsuite.relationships r "
        "JOIN duckdb_columns() a ON a.database_name = 'warehouse' AND a.schema_name = r.connection "
        "AND a.table_name = r.table_name AND a.column_name = r.column_name "
        "JOIN duckdb_columns() b ON b.database_name = 'warehouse' AND b.schema_name = r.connection "
        "AND b.table_name = r.references_table AND b.column_name = r.references_column"
    ).fetchall()
    assert len(joined) > 50
    differing = {(table, column) for table, column, left, right in joined if left != right}
    assert differing == {
        (table, "subsidiary") for table in ("item", "department", "classification", "location")
    }


def test_each_model_of_the_document_runs_and_has_rows(models: duckdb.DuckDBPyConnection) -> None:
    assert list(MODELS) == ["invoices", "sales_by_customer", "stg_netsuite2__account_types"]
    for name, text in MODELS.items():
        kind = "TABLE" if "materialized='table'" in text else "VIEW"
        models.execute(f'CREATE {kind} "{name}" AS {rendered(text)}')
        assert models.execute(f'SELECT count(*) > 0 FROM "{name}"').fetchone() == (True,)
    ledger = models.execute(
        "SELECT is_balancesheet, is_leftside FROM stg_netsuite2__account_types WHERE account_type_id = 'Bank'"
    )
    assert ledger.fetchall() == [(True, True)]


def test_the_model_that_is_replaced_could_not_run(models: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ParserException):
        models.execute("SELECT left = 'T' AS is_leftside FROM warehouse.netsuite.accounttype")


def test_the_macro_makes_a_date(models: duckdb.DuckDBPyConnection) -> None:
    (text,) = (text for name, _, text in BLOCKS if name == "macros/date_from_parts.sql")
    called = rendered(
        f"SELECT {text}{{{{ duckdb__date_from_parts('y', 'm', '1') }}}} FROM (SELECT 2025 AS y, 4 AS m)"
    )
    (made,) = models.execute(called).fetchone() or ()
    assert str(made) == "2025-04-01"
    with pytest.raises(duckdb.ParserException):
        models.execute("SELECT date(2025, 4, 1)")


def test_freshness_asks_when_a_table_was_last_synced(models: duckdb.DuckDBPyConnection) -> None:
    (own,) = SOURCES["sources"]
    for table in own["tables"]:
        this = SimpleNamespace(schema=own["schema"], identifier=table["name"])
        ((synced_at,),) = models.execute(rendered(own["config"]["loaded_at_query"], this=this)).fetchall()
        stored = models.execute(
            f"SELECT synced_at FROM warehouse._netsuite.table_state WHERE table_name = '{table['name']}'"
        )
        assert stored.fetchone() == (synced_at,)


def test_the_source_tests_of_the_document_hold(models: duckdb.DuckDBPyConnection) -> None:
    (own,) = SOURCES["sources"]
    tested = [(table["name"], column) for table in own["tables"] for column in table.get("columns", [])]
    assert [(name, column["name"]) for name, column in tested] == [("transaction", "id")]
    for name, column in tested:
        assert column["data_tests"] == ["unique", "not_null"]
        is_unique = f'count(*) = count(DISTINCT "{column["name"]}")'
        assert models.execute(f'SELECT {is_unique} FROM warehouse.netsuite."{name}"').fetchone() == (True,)


def test_the_document_names_the_packages_places_as_the_profile_does() -> None:
    (variables,) = (
        project["vars"]
        for name, _, text in BLOCKS
        if name == "dbt_project.yml" and "vars" in (project := yaml.safe_load(text))
    )
    assert variables["netsuite_database"] == ATTACHED["alias"]
    assert variables["netsuite_schema"] == "netsuite"
    assert f"{len(DBT_COLUMNS)} source tables" in DOCUMENT
