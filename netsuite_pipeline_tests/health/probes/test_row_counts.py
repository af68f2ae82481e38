"""Rows that are gone: deletions that NetSuite lists explain them, a restricted role does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.probes.connection_probe import probing_settings
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline_tests.health.probes.synced_tables import TABLES, by_id, synced


def test_rows_that_vanish_without_deletions_are_a_restricted_role(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    rows = admin.tables()["transactionline"]
    admin.restrict_rows("transaction", "id % 2 = 0")
    found = by_id(probe_table(client, TABLES["transactionline"], synced("transactionline", rows), count=True))
    finding = found["rows:transactionline"]
    assert found["table:transactionline"].state is State.OK
    assert finding.state is State.FAILED
    assert "rows are missing; no deletions recorded" in finding.seen
    assert "restricted" in finding.causes[0].summary
    assert "Manage Roles" in finding.remedy
    admin.unrestrict_rows("transaction")
    recovered = probe_table(client, TABLES["transactionline"], synced("transactionline", rows), count=True)
    assert by_id(recovered)["rows:transactionline"].state is State.OK


@pytest.mark.parametrize(
    ("table", "gone", "state"),
    [
        ("transaction", 1, State.FAILED),  # its deletions are logged, so one row is one too many
        ("department", 1, State.FAILED),
        ("transactionline", 5, State.OK),  # lines go when their document is edited
        ("transactionline", 500, State.FAILED),
        ("pricing", 5, State.OK),  # NetSuite logs no deletions of prices
        ("pricing", 500, State.FAILED),
    ],
)
def test_how_many_rows_may_be_gone(
    table: str, gone: int, state: State, client: NetSuiteClient, admin: AdminClient
) -> None:
    rows = admin.tables()[table]
    found = by_id(probe_table(client, TABLES[table], synced(table, rows + gone), count=True))
    assert found[f"rows:{table}"].state is state


def test_rows_that_the_sync_found_missing_stay_reported_with_what_they_have_in_common(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    rows = admin.tables()["transaction"]
    known = replace(synced("transaction", rows + 40), missing=40, missing_what="all 40 with type VendBill")
    finding = by_id(probe_table(client, TABLES["transaction"], known, count=True))["rows:transaction"]
    assert finding.state is State.FAILED
    assert "40 rows are missing: all 40 with type VendBill" in finding.seen
    assert "some types of transactions" in finding.causes[0].summary
    shown = by_id(probe_table(client, TABLES["transaction"], replace(known, rows=rows), count=True))
    assert shown["rows:transaction"].state is State.OK
    assert "visible again" in shown["rows:transaction"].seen


@pytest.fixture(scope="module")
def own_emulator() -> Iterator[EmulatorProcess]:
    """One whose records may be deleted."""
    with start_emulator(scale=0.02, max_seconds=3600) as process:
        yield process


@pytest.mark.parametrize("table", ["transaction", "transactionline"])
@pytest.mark.parametrize("utc", ["on", "off"])
def test_recorded_deletions_explain_rows_that_are_gone(
    table: str, utc: str, own_emulator: EmulatorProcess
) -> None:
    admin = own_emulator.admin
    admin.set_variant("sys_extract_utc", utc)
    stored = admin.table("transaction")
    at = {name: place for place, name in enumerate(stored.columns)}
    admin.delete_transactions([row[at["id"]] for row in stored.rows if row[at["type"]] == "Journal"][:6])
    counted = admin.tables()[table]
    # Fewer rows are gone than the six records had.
    before = synced(table, counted + 5)
    with client_from_environment(own_emulator.env, probing_settings()) as client:
        found = by_id(probe_table(client, TABLES[table], before, count=True))[f"rows:{table}"]
        later = replace(before, synced_at=before.synced_at + timedelta(days=2))
        later = replace(later, rows=counted + counted // 4)
        unexplained = by_id(probe_table(client, TABLES[table], later, count=True))[f"rows:{table}"]
    assert found.state is State.OK
    assert "deletions recorded since" in found.seen
    assert unexplained.state is State.FAILED


def test_deletions_that_the_role_does_not_see_explain_nothing(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    rows = admin.tables()["transaction"]
    admin.drop_permission("ADMI_DELETEDRECORD")
    found = by_id(probe_table(client, TABLES["transaction"], synced("transaction", 2 * rows), count=True))
    assert found["rows:transaction"].state is State.FAILED


@pytest.mark.parametrize("table", ["customer", "item", "entity", "job", "vendor"])
def test_deletions_are_asked_for_by_the_table_s_kinds_of_record(
    table: str, client: NetSuiteClient, admin: AdminClient
) -> None:
    rows = admin.tables()[table]
    admin.restrict_rows(table, "id % 2 = 0")
    before = synced(table, rows + 200)
    finding = by_id(probe_table(client, TABLES[table], before, count=True))[f"rows:{table}"]
    assert finding.state is State.FAILED
    assert finding.facts["deleted"] == 0


def test_a_count_that_netsuite_refuses_is_unknown(client: NetSuiteClient, admin: AdminClient) -> None:
    admin.set_variant("count_star", "off")
    found = by_id(probe_table(client, TABLES["vendor"], synced("vendor", 5000), count=True))
    assert found["table:vendor"].state is State.OK
    assert found["rows:vendor"].state is State.UNKNOWN


def test_nothing_is_counted_where_there_is_nothing_to_compare_with(client: NetSuiteClient) -> None:
    assert set(by_id(probe_table(client, TABLES["vendor"], None, count=True))) == {"table:vendor"}
