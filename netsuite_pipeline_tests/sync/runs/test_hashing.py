"""Values of hashed columns reach no file, from the first sync on that hashes them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.survival.syncing import Home
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    TRANSACTION,
    Killed,
    a_company,
    asked_sql,
    assert_equal,
    columns_of,
    document,
    killed_after,
    line,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite
from netsuite_pipeline_tests.sync.runs.hashed_company import (
    HASHED,
    HASHED_LINE,
    SALT,
    SECRET,
    a_secretive_company,
    assert_hashed,
    contents,
    files_with,
    hashed,
    memo,
    sha,
    started,
)


@pytest.mark.long
def test_no_value_of_a_hashed_column_is_ever_on_disk(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    seen: list[str] = []
    fake.before_page = lambda sql: seen.extend(files_with(warehouse))
    reports = hashed(fake, warehouse, (HASHED, HASHED_LINE), keep_pages=True)
    assert {report.status for report in reports.values()} == {"done"}
    assert (warehouse.folder / "kept").is_dir()
    assert seen == []
    assert files_with(warehouse) == []
    assert files_with(warehouse, SALT) == []
    assert_hashed(fake, warehouse)
    assert [row[-1] for row in stored(warehouse, HASHED_LINE)] == [sha(memo(0))] * 8
    assert not any("BUILTIN.DF(transaction.entity)" in sql for sql in fake.asked)
    assert SECRET not in repr(reports["transaction"].preview)


@pytest.mark.long
def test_what_changes_later_is_hashed_too_and_only_that_is_asked_for(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    hashed(fake, warehouse)
    fake.pass_time(2 * 3600)
    fake.change("transaction", "id = 11", memo=memo(99), entity=None, lastmodifieddate=fake.now)
    fake.insert("transaction", document(40, at=fake.now, memo=memo(40)))
    reports = hashed(fake, warehouse)
    assert (reports["transaction"].mode, reports["transaction"].rows_read) == ("changed", 2)
    assert_hashed(fake, warehouse)
    assert files_with(warehouse) == []


@pytest.mark.long
def test_a_row_that_a_sweep_finds_missing_is_brought_with_hashes(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    hashed(fake, warehouse, (HASHED, HASHED_LINE))
    fake.pass_time(2 * 3600)
    fake.insert("transaction", document(15, memo=memo(15)))
    fake.insert("transactionline", line(15, 0, memo=memo(0)))
    hashed(fake, warehouse, (HASHED, HASHED_LINE), sweep_after=timedelta(0))
    assert len(stored(warehouse, HASHED)) == 5
    assert_hashed(fake, warehouse)
    assert [row[-1] for row in stored(warehouse, HASHED_LINE)] == [sha(memo(0))] * 9
    assert files_with(warehouse) == []


def test_without_a_salt_nothing_is_asked(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    with pytest.raises(ConfigurationError, match="NETSUITE_HASH_SALT is not set"):
        hashed(fake, warehouse, salt="")
    assert fake.asked == []
    assert not warehouse.folder.exists()


def _interrupted(fake: FakeNetSuite, warehouse: Warehouse, table: Table, salt: str) -> int:
    """A sync is killed when some pages are landed; how many statements were answered."""
    answered = killed_after(fake, 4)
    with pytest.raises(Killed):
        list(started(fake, warehouse, (table,), salt))
    fake.before_page = lambda sql: None
    fake.pass_time(60)
    landed = list(warehouse.landing_path("netsuite").glob("transaction/0*.json"))
    assert landed
    return len(answered)


@pytest.mark.long
def test_an_interrupted_sync_is_resumed_from_hashed_pages(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    _interrupted(fake, warehouse, HASHED, SALT)
    assert files_with(warehouse) == []
    reports = hashed(fake, warehouse)
    assert any("by the interrupted sync" in note for note in reports["transaction"].notes)
    assert_hashed(fake, warehouse)


@pytest.mark.parametrize(("table", "salt"), [(HASHED, "another"), (TRANSACTION, "")])
@pytest.mark.few(1)
def test_pages_of_another_salt_or_of_none_are_not_loaded_and_go(
    warehouse: Warehouse, table: Table, salt: str
) -> None:
    fake = a_secretive_company()
    _interrupted(fake, warehouse, table, salt)
    assert bool(files_with(warehouse)) == (table is TRANSACTION)
    seen: list[str] = []
    fake.before_page = lambda sql: seen.extend(files_with(warehouse))
    reports = hashed(fake, warehouse)
    assert seen == []
    assert not any("by the interrupted sync" in note for note in reports["transaction"].notes)
    assert_hashed(fake, warehouse)


@pytest.mark.long
def test_a_sync_without_hashed_columns_does_not_write_plain_values_over_hashes(
    warehouse: Warehouse,
) -> None:
    fake = a_secretive_company()
    hashed(fake, warehouse, (HASHED, CUSTOMER))
    fake.pass_time(2 * 3600)
    fake.change("transaction", "id = 11", memo=memo(99), lastmodifieddate=fake.now)
    asked = len(fake.asked_of("transaction"))
    before = stored(warehouse, HASHED)
    reports = synced(fake, warehouse, (TRANSACTION, CUSTOMER), full=True, sweep_after=timedelta(0))
    assert (reports["customer"].status, reports["transaction"].status) == ("done", "failed")
    assert isinstance(reports["transaction"].failure, ConfigurationError)
    assert "earlier syncs hashed" in str(reports["transaction"].failure)
    assert len(fake.asked_of("transaction")) == asked
    assert stored(warehouse, HASHED) == before
    assert files_with(warehouse) == []
    hashed(fake, warehouse, (HASHED, CUSTOMER))
    assert_hashed(fake, warehouse)


@pytest.mark.long
def test_the_remedy_brings_plain_values_back_to_who_wants_them(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    hashed(fake, warehouse)
    failure = synced(fake, warehouse, (TRANSACTION,))["transaction"].failure
    assert failure is not None
    statement = failure.remedy.partition("in the working file, ")[2].partition("; then sync again")[0]
    with warehouse.working() as file:
        file.execute(statement)
    synced(fake, warehouse, (TRANSACTION,))
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.long
def test_another_salt_reads_all_anew(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    hashed(fake, warehouse)
    reports = hashed(fake, warehouse, salt="another")
    assert (reports["transaction"].mode, reports["transaction"].rows_written) == ("full", 4)
    assert_hashed(fake, warehouse, "another")
    assert hashed(fake, warehouse, salt="another")["transaction"].mode == "changed"


@pytest.mark.long
def test_another_condition_reads_all_anew(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION,))
    some = replace(TRANSACTION, where="transaction.id < 20")
    report = synced(fake, warehouse, (some,))["transaction"]
    assert (report.mode, report.rows_deleted) == ("full", 2)
    assert [row[0] for row in stored(warehouse, TRANSACTION)] == [10, 11]
    assert synced(fake, warehouse, (some,))["transaction"].mode == "changed"
    assert synced(fake, warehouse, (TRANSACTION,))["transaction"].mode == "full"
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.long
def test_rows_that_a_new_condition_leaves_out_go_at_once_as_netsuite_shows_them(warehouse: Warehouse) -> None:
    fake = a_company()
    fake.fill("accounttype", "SELECT 'T' || i AS id FROM range(300) r(i)")
    synced(fake, warehouse, (ACCOUNTTYPE,))
    some = replace(ACCOUNTTYPE, where="accounttype.id = 'Bank'")
    assert synced(fake, warehouse, (some,))["accounttype"].rows_deleted == 301
    assert len(stored(warehouse, ACCOUNTTYPE)) == 1


@pytest.mark.parametrize("stamped", [False, True])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_list_with_hashes_is_never_taken_for_what_it_was(warehouse: Warehouse, stamped: bool) -> None:
    kinds = "id:integer companyname:text balance:decimal" + (" lastmodifieddate:datetime" if stamped else "")
    table = replace(CUSTOMER, cursor=None, columns=columns_of(kinds), hashed=("companyname", "balance"))
    fake = FakeNetSuite((table,), page_rows=2)
    moment = {"lastmodifieddate": fake.now} if stamped else {}
    for number in range(5):
        fake.insert("customer", {"id": number, "companyname": memo(number), "balance": Decimal(1), **moment})
    hashed(fake, warehouse, (table,))
    unchanged = hashed(fake, warehouse, (table,))["customer"]
    # NetSuite can be asked whether it is as it was only where a stamp tells of changes of what is hashed.
    assert (unchanged.rows_read == 0) == stamped
    later = {"lastmodifieddate": fake.now} if stamped else {}
    fake.change("customer", "id = 3", companyname=memo(99), **later)
    assert hashed(fake, warehouse, (table,))["customer"].rows_written == 1
    rows = asked_sql(warehouse, "SELECT companyname FROM netsuite.customer ORDER BY id")
    assert rows == [(sha(memo(number)),) for number in (0, 1, 2, 99, 4)]


@pytest.mark.long
def test_over_http_nothing_but_hashes_of_the_addresses_lands(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    customer = replace(standard_tables()["customer"], hashed=("email", "phone"))
    catalogue = {**standard_tables(), "customer": customer}
    home = Home(tmp_path, emulator)
    found: set[str] = set()
    dump = emulator.admin.table("customer")
    at = dump.columns.index("email")
    addresses = [str(row[at]) for row in dump.rows if row[at]]

    def look(progress: object) -> None:
        content = b"".join(contents(home.warehouse.path.parent).values())
        found.update(address for address in addresses if address.encode() in content)

    report = home.sync(
        tables=(customer,), catalogue=catalogue, salt=SALT, keep_pages=timedelta(days=1), on_progress=look
    )
    assert [table.status for table in report.tables] == ["done"]
    look(report)
    assert len(addresses) > 20
    assert found == set()
    pages = list((home.warehouse.folder / "kept").rglob("0*.json"))
    assert len(pages) > 1
    with home.warehouse.published() as file:
        stored_emails = file.execute("SELECT email FROM netsuite.customer WHERE email IS NOT NULL").fetchall()
    assert sorted(row[0] for row in stored_emails) == sorted(str(sha(address)) for address in addresses)
