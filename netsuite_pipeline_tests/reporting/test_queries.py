"""What is read of the published file: every kind of trouble, bounded, and whatever version made the file."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.reporting.facts import ConnectionFacts, Mismatch, RowCount, TableChange
from netsuite_pipeline.reporting.queries import MAX_SYNCS, WINDOW, read_warehouse
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.record import count_notes
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.reporting.noting import LOST, NOW, Noting, entry, many_syncs

HOUR = timedelta(hours=1)


@pytest.fixture
def noting(tmp_path: Path) -> Noting:
    return Noting(tmp_path / "warehouse.duckdb").account()


def _only(noting: Noting) -> ConnectionFacts:
    return read_warehouse(noting.warehouse, NOW).connections[0]


def test_a_missing_file_and_one_without_syncs_are_reported_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="There is no warehouse"):
        read_warehouse(Warehouse(tmp_path / "none.duckdb"), NOW)
    for name, prepare in (("bare", lambda file: duckdb.connect(str(file)).close()), ("new", Noting)):
        file = tmp_path / f"{name}.duckdb"
        prepare(file)
        with pytest.raises(WarehouseError, match="Nothing was synced") as raised:
            read_warehouse(Warehouse(file), NOW)
        assert "netsuite-pipeline sync" in raised.value.remedy


def test_a_file_of_something_else_is_an_error_in_our_words(tmp_path: Path) -> None:
    file = tmp_path / "other.duckdb"
    with duckdb.connect(str(file)) as opened:
        opened.execute("CREATE SCHEMA _netsuite")
        opened.execute("CREATE TABLE _netsuite.sync_log (connection VARCHAR, notes INTEGER)")
        opened.execute("INSERT INTO _netsuite.sync_log VALUES ('netsuite', 1)")
    with pytest.raises(WarehouseError, match="What the syncs recorded in .* cannot be read"):
        read_warehouse(Warehouse(file), NOW)
    file.write_text("no database")
    with pytest.raises(WarehouseError, match="cannot be read"):
        read_warehouse(Warehouse(file), NOW)


def test_one_sync_is_read_as_it_was_noted(noting: Noting) -> None:
    at = NOW - HOUR
    noting.log(
        entry("vendor", at, sync_id="a", rows=300, written=300, requests=2, retries=1, throttled=1),
        entry("customer", at, sync_id="a", rows=100, written=100, deleted=1),
    ).state("vendor", at, 300).state("customer", at, 100).deletions("customer", at)
    found = _only(noting)
    (sync,) = found.syncs
    assert (sync.tables, sync.failed, sync.rows_read, sync.rows_written, sync.rows_deleted) == (
        2,
        0,
        400,
        400,
        1,
    )
    assert (sync.requests, sync.retries, sync.throttled, sync.seconds) == (3, 1, 1, 10.0)
    assert sync.rows_per_second == 40
    customer, vendor = found.tables
    assert (customer.name, customer.deletions_until, customer.changes) == (
        "customer",
        at,
        (TableChange(0, 100, 1),),
    )
    assert (vendor.rows, vendor.status, vendor.history) == (
        300,
        "done",
        (RowCount(at + timedelta(seconds=10), 300),),
    )
    assert (found.account, found.failures, found.mismatches, found.rejected) == ("1234567_SB1", (), (), ())


def test_the_rows_are_known_at_full_reads_and_now(noting: Noting) -> None:
    days = [NOW - timedelta(days=back) for back in (9, 5, 3, 1)]
    noting.log(
        entry("vendor", days[0], rows=290),
        entry("vendor", days[1], rows=5, mode="changed"),
        entry("vendor", days[2], rows=310),
        entry("vendor", days[3], rows=2, mode="changed"),
    ).state("vendor", days[3], 312)
    later = timedelta(seconds=10)
    assert _only(noting).tables[0].history == (
        RowCount(days[0] + later, 290),
        RowCount(days[2] + later, 310),
        RowCount(days[3], 312),
    )


@pytest.mark.parametrize(
    ("states", "since"),
    [
        # newest last; hours ago in which the present series of failures began
        (["failed"], 1),
        (["done", "failed"], 1),
        (["failed", "done", "failed", "failed"], 2),
        (["failed", "done"], None),
        (["failed", "absent"], None),
        # taking out deleted records is no reading of the table
        (["failed", "deleted"], 2),
    ],
)
@pytest.mark.few(1)
def test_a_failure_counts_since_the_table_was_last_well(
    noting: Noting, states: list[str], since: int | None
) -> None:
    for place, state in enumerate(states):
        at = NOW - HOUR * (len(states) - place)
        mode = "deleted" if state == "deleted" else "changed"
        status = "done" if state == "deleted" else state
        noting.log(entry("vendor", at, mode=mode, status=status, error=LOST if state == "failed" else None))
    noting.state("vendor", NOW - 9 * HOUR, 300)
    failures = _only(noting).failures
    if since is None:
        assert failures == ()
    else:
        assert [(each.since, each.last_good, each.error) for each in failures] == [
            (NOW - since * HOUR, NOW - 9 * HOUR, LOST)
        ]


def test_a_count_that_differs_is_taken_from_the_note_that_the_sync_made(noting: Noting) -> None:
    (note,) = count_notes(RowCountRange(305, 305), 300)
    noting.log(
        entry("vendor", NOW - 3 * HOUR, notes=["another", note]),
        entry("vendor", NOW - HOUR, mode="changed"),
        entry("customer", NOW - 3 * HOUR, notes=[note]),
        entry("customer", NOW - HOUR),
    )
    at = NOW - 3 * HOUR + timedelta(seconds=10)
    assert _only(noting).mismatches == (
        Mismatch("vendor", at, "NetSuite counts 305 rows, but 300 were read"),
    )


def test_rejected_values_are_counted_by_column_and_never_read(noting: Noting) -> None:
    for _ in range(3):
        noting.reject("customer", "terms", "thirty days", NOW - HOUR)
    noting.reject("customer", "terms", "old", NOW - WINDOW - HOUR)
    noting.change("customer", SchemaChange("email", "lost", "VARCHAR", None), NOW - HOUR).deletions_refused()
    found = _only(noting)
    assert [(r.table, r.column, r.wanted_type, r.values) for r in found.rejected] == [
        ("customer", "terms", "BIGINT", 3)
    ]
    assert "thirty days" not in repr(found)
    assert [(c.column, c.change) for c in found.column_changes] == [("email", "lost")]
    assert found.deletions_refused


def test_hundreds_of_syncs_are_bounded_by_number_and_by_age(tmp_path: Path) -> None:
    found = _only(many_syncs(tmp_path / "warehouse.duckdb", syncs=600, tables=4))
    assert len(found.syncs) == MAX_SYNCS
    assert found.syncs == tuple(sorted(found.syncs, key=lambda sync: sync.started_at))
    assert found.syncs[-1].started_at == NOW
    assert max(change.sync for table in found.tables for change in table.changes) < MAX_SYNCS
    old = Noting(tmp_path / "old.duckdb").account()
    old.log(entry("vendor", NOW - WINDOW - HOUR, sync_id="old"), entry("vendor", NOW - HOUR, sync_id="new"))
    assert [sync.sync_id for sync in _only(old).syncs] == ["new"]


def test_accounts_in_one_file_are_kept_apart(noting: Noting) -> None:
    noting.account("netsuite_uk", "7654321").log(
        entry("vendor", NOW - HOUR), entry("vendor", NOW - HOUR, connection="netsuite_uk", rows=7)
    ).state("vendor", NOW - HOUR, 300).state("vendor", NOW - HOUR, 7, connection="netsuite_uk")
    found = read_warehouse(noting.warehouse, NOW).connections
    assert [(c.name, c.account, c.tables[0].rows, c.syncs[0].rows_read) for c in found] == [
        ("netsuite", "1234567_SB1", 300, 300),
        ("netsuite_uk", "7654321", 7, 7),
    ]


def test_a_file_of_an_earlier_version_is_read_as_far_as_it_goes(noting: Noting) -> None:
    noting.log(entry("vendor", NOW - HOUR)).state("vendor", NOW - HOUR, 300)
    noting.run("DROP TABLE _netsuite.deletions_known").run("DROP TABLE _netsuite.schema_changes")
    noting.run("ALTER TABLE _netsuite.sync_log DROP netsuite_rows").run(
        "ALTER TABLE _netsuite.sync_log DROP notes"
    )
    found = _only(noting)
    assert [table.rows for table in found.tables] == [300]
    assert (found.column_changes, found.mismatches) == ((), ())


def test_reading_leaves_the_file_as_it_is_and_opens_no_other(noting: Noting) -> None:
    noting.log(entry("vendor", NOW - HOUR))
    before = noting.warehouse.path.read_bytes()
    read_warehouse(noting.warehouse, NOW)
    assert noting.warehouse.path.read_bytes() == before
    assert list(noting.warehouse.path.parent.iterdir()) == [noting.warehouse.path]
