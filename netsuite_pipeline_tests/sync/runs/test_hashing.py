"""Values of hashed columns reach no file, from the first sync on that hashes them; and what was there goes."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.errors import ConfigurationError, SignInError
from netsuite_pipeline.sync import clear_values
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.survival.syncing import Home
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    LINE,
    TRANSACTION,
    Killed,
    a_company,
    a_sync,
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

SALT = "a-long-random-text"
SECRET = uuid4().hex
HASHED = replace(TRANSACTION, hashed=("memo", "entity", "trandate", "posting"))
HASHED_LINE = replace(LINE, hashed=("memo",))


def sha(value: object, salt: str = SALT) -> str | None:
    return None if value is None else hashlib.sha256(f"{salt}{value}".encode()).hexdigest()


def memo(number: int) -> str:
    return f"{SECRET}-{number}@example.com"


def a_secretive_company(**settings: object) -> FakeNetSuite:
    """Every memo of a document or a line is a secret; pages are short, so that there are several."""
    fake = a_company(page_rows=2, **settings)
    for number in (10, 11, 20, 30):
        fake.change("transaction", f"id = {number}", memo=memo(number))
    fake.change("transactionline", "true", memo=memo(0))
    return fake


def started(
    fake: FakeNetSuite, warehouse: Warehouse, tables: Sequence[Table], salt: str, **how: object
) -> Sync:
    keep = how.pop("keep_pages", None)
    sync = a_sync(fake, warehouse, tables, **how)  # type: ignore[arg-type]
    sync._request = replace(sync._request, salt=salt, keep_pages=timedelta(days=1) if keep else None)
    return sync


def hashed(
    fake: FakeNetSuite,
    warehouse: Warehouse,
    tables: Sequence[Table] = (HASHED,),
    *,
    salt: str = SALT,
    **how: object,
) -> dict[str, TableReport]:
    """Syncs with a salt; a minute passes afterwards."""
    reports = {report.table: report for report in started(fake, warehouse, tables, salt, **how)}
    fake.pass_time(60)
    return reports


def files_with(warehouse: Warehouse, secret: str = SECRET) -> list[str]:
    """The files under the warehouse's folder, hidden ones too, that hold a text."""
    files = contents(warehouse.path.parent)
    assert files
    return sorted(each.name for each, content in files.items() if secret.encode() in content)


def contents(folder: Path) -> dict[Path, bytes]:
    """All files under a folder, though threads of a sync may be renaming them: whoever meets that looks anew."""
    while True:
        try:
            return {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
        except FileNotFoundError:
            continue


def assert_hashed(fake: FakeNetSuite, warehouse: Warehouse, salt: str = SALT) -> None:
    """The published documents are the fake's, with hashes in the place of four columns' values."""
    plain = replace(TRANSACTION, columns=tuple(replace(each, label=False) for each in TRANSACTION.columns))
    kept = fake._spec["transaction"]
    fake._spec["transaction"] = plain
    rows = fake.rows("transaction")
    fake._spec["transaction"] = kept
    names = [column.name for column in plain.columns]
    wanted = [dict(zip(names, row, strict=True)) for row in rows]
    for row in wanted:
        row["posting"] = None if row["posting"] is None else "T" if row["posting"] else "F"
        row.update({name: sha(row[name], salt) for name in HASHED.hashed})
    label = [f"Label of {row['status']}" for row in wanted]
    got = stored(warehouse, HASHED)
    assert [row[:4] + row[5:] for row in got] == [tuple(row.values()) for row in wanted]
    assert [row[4] for row in got] == label


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


def test_clear_values_stay_until_netsuite_answers_and_the_sync_says_so(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    list(started(fake, warehouse, (TRANSACTION, LINE), "", keep_pages=True))
    fake.pass_time(60)
    assert {"warehouse.duckdb", "000000-000.json"} <= set(files_with(warehouse))
    fake.refuses_sign_in = True
    with pytest.raises(SignInError) as refused:
        list(started(fake, warehouse, (HASHED, HASHED_LINE), SALT))
    assert "transaction: memo, entity, trandate, posting; transactionline: memo" in refused.value.remedy
    assert {*files_with(warehouse)} == {"warehouse.duckdb"}, "archived pages go at once"
    assert_equal(fake, warehouse, TRANSACTION)
    fake.refuses_sign_in = False
    sync = started(fake, warehouse, (HASHED, HASHED_LINE), SALT)
    reports = {report.table: report for report in sync}
    fake.pass_time(60)
    assert files_with(warehouse) == []
    assert files_with(warehouse, SALT) == []
    assert not any("to be hashed" in note for note in sync.report().notes)
    assert (reports["transaction"].mode, reports["transaction"].rows_written) == ("full", 4)
    assert any(note.startswith("memo holds hashes from now on") for note in reports["transaction"].notes)
    assert_hashed(fake, warehouse)
    assert [row[-1] for row in stored(warehouse, HASHED_LINE)] == [sha(memo(0))] * 8
    with warehouse.published() as file:
        names = {row[0] for row in file.execute("SELECT column_name FROM duckdb_columns()").fetchall()}
        assert "entity_label" not in names
        assert "status_label" in names
    changes = asked_sql(
        warehouse,
        "SELECT column_name, change, from_type, to_type FROM _netsuite.schema_changes "
        "WHERE table_name = 'transaction' ORDER BY ALL",
    )
    assert changes == [
        ("entity", "hashed", "BIGINT", "VARCHAR"),
        ("memo", "hashed", "VARCHAR", "VARCHAR"),
        ("posting", "hashed", "BOOLEAN", "VARCHAR"),
        ("trandate", "hashed", "DATE", "VARCHAR"),
    ]
    again = hashed(fake, warehouse, (HASHED, HASHED_LINE))
    assert again["transaction"].mode == "changed"
    assert not any(note.startswith("read in full") for note in again["transaction"].notes)


@pytest.mark.long
def test_clear_values_that_netsuite_no_longer_sends_are_removed(warehouse: Warehouse) -> None:
    """A column that the account refuses since, and a row that is hidden since, both without their hash."""
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION, CUSTOMER))
    fake.hide("transaction", "id = 30")
    fake.hidden_columns["transaction", "memo"] = "named"
    reports = hashed(fake, warehouse, (HASHED, CUSTOMER))
    assert files_with(warehouse) == []
    assert reports["transaction"].missing == 1
    rows = asked_sql(warehouse, "SELECT id, memo, entity FROM netsuite.transaction ORDER BY id")
    assert rows == [(10, None, sha(3)), (11, None, sha(4)), (20, None, sha(6)), (30, None, None)]


@pytest.mark.long
def test_a_request_for_a_date_range_reads_in_full_where_clear_values_are_stored(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION,))
    sync = started(fake, warehouse, (HASHED,), SALT)
    sync._request = replace(sync._request, since=fake.now)
    (report,) = sync
    assert report.mode == "full"
    assert files_with(warehouse) == []
    assert_hashed(fake, warehouse)


@pytest.mark.long
def test_rejected_values_of_a_column_go_when_it_is_hashed(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    odd = replace(TRANSACTION, columns=(*columns_of("id:integer memo:decimal lastmodifieddate:datetime"),))
    synced(fake, warehouse, (odd,))
    count = "SELECT count(*) FROM _netsuite.rejected_values"
    assert asked_sql(warehouse, count) == [(4,)]
    hashed(fake, warehouse, (replace(odd, hashed=("memo",)),))
    assert asked_sql(warehouse, count) == [(0,)]
    rows = asked_sql(warehouse, "SELECT memo FROM netsuite.transaction ORDER BY id")
    assert rows == [(sha(memo(number)),) for number in (10, 11, 20, 30)]
    assert files_with(warehouse) == []


@pytest.mark.parametrize("dies_at", ["rewrite_file", "refresh_views"])
@pytest.mark.few(1)
def test_a_sync_killed_before_the_file_is_rewritten_leaves_that_to_the_next(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION,))

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(clear_values, dies_at, die)
        with pytest.raises(Killed):
            hashed(fake, warehouse)
    assert "warehouse.duckdb" in files_with(warehouse)
    fake.refuses_sign_in = True
    with pytest.raises(SignInError) as refused:
        hashed(fake, warehouse)
    assert "to be hashed" not in refused.value.remedy
    assert files_with(warehouse) == []
    assert_hashed(fake, warehouse)
    assert not list(warehouse.folder.glob("clear-values*"))


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
def test_a_table_that_is_not_selected_keeps_clear_values_and_the_sync_says_so(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION, CUSTOMER))
    sync = started(fake, warehouse, (CUSTOMER,), SALT)
    catalogue = {**sync._request.catalogue, "transaction": HASHED}
    sync._request = replace(sync._request, catalogue=catalogue)
    list(sync)
    note = sync.report().notes[-1]
    assert "to be hashed" in note
    assert "(transaction: memo, entity, trandate, posting)" in note
    hashed(fake, warehouse)
    assert files_with(warehouse) == []
    assert_hashed(fake, warehouse)


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
