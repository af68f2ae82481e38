"""Labels beside older rows follow a rename in the sync that brings it, in all tables that show the name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync import renamed_labels as following
from netsuite_pipeline.sync.report import SyncReport
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.tables.settings import TableSettings, with_settings
from netsuite_pipeline_tests.survival.short_pages import ShortPages
from netsuite_pipeline_tests.survival.syncing import Home, a_client

NAMES = (
    "transaction",
    "transactionline",
    "transactionaccountingline",
    "account",
    "accountingperiod",
    "department",
    "subsidiary",
    "customer",
    "employee",
    "entity",
    "item",
)
ALL_LABELS = with_settings(
    standard_tables(),
    {
        name: TableSettings(labels=True)
        for name in (
            "transaction",
            "transactionline",
            "transactionaccountingline",
            "customer",
            "item",
            "account",
        )
    },
)


def _watched(home: Home) -> tuple[ShortPages, list[str]]:
    """A client, and the statements that it asks."""
    asked: list[str] = []
    client = a_client(home.emulator, page_rows=1000)
    page = client.fetch_page

    def watched(sql: str, **how: Any) -> Page:
        asked.append(sql)
        return page(sql, **how)

    client.fetch_page = watched  # type: ignore[method-assign]
    return client, asked


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"


def _sync(home: Home, *names: str, catalogue: Mapping[str, Table] = ALL_LABELS, **how: Any) -> SyncReport:
    tables = tuple(catalogue[name] for name in names or NAMES)
    client = how.pop("client", None) or a_client(home.emulator, page_rows=1000)
    report = home.sync(client, tables=tables, catalogue=catalogue, **how)
    assert report.failed == ()
    return report


def _labels(home: Home, table: str, column: str) -> list[tuple[Any, Any]]:
    with duckdb.connect(str(home.warehouse.path), read_only=True) as connection:
        return connection.execute(
            f'SELECT DISTINCT "{column}"::VARCHAR, "{column}_label" FROM netsuite."{table}" '
            f'WHERE "{column}" IS NOT NULL ORDER BY 1, 2'
        ).fetchall()


def _assert_labels_are_netsuites(home: Home, catalogue: Mapping[str, Table] = ALL_LABELS) -> None:
    """Every label of every row is what NetSuite shows for the row's value now."""
    with a_client(home.emulator, page_rows=1000) as client:
        for name in NAMES:
            for column in catalogue[name].columns:
                here = _labels(home, name, column.name) if column.label and column.name != "status" else []
                if here:
                    rows = client.iter_rows(
                        f"SELECT DISTINCT {column.name} AS value, BUILTIN.DF({column.name}) AS shown "
                        f"FROM {name} WHERE {column.name} IS NOT NULL ORDER BY {column.name}"
                    )
                    there = sorted((str(row.get("value")), row.get("shown")) for row in rows)
                    assert here == there, f"{name}.{column.name}"


@pytest.fixture(scope="module")
def books(running_company: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The company's tables with all their labels, synced; each test goes on from where the last one was."""
    home = Home(tmp_path_factory.mktemp("books"), running_company)
    _sync(home)
    return home


def _rename_customer(admin: AdminClient, id_: int, name: str) -> None:
    stamp = {"lastmodifieddate": _now()}
    assert admin.change_rows("customer", f"id = {id_}", {"entityid": name, "altname": name, **stamp})
    assert admin.change_rows("entity", f"id = {id_}", {"entityid": name, "entitytitle": name, **stamp})


def _busiest(home: Home, table: str, column: str, of: str = "") -> int:
    among = f'AND "{column}" IN (SELECT id FROM netsuite."{of}")' if of else ""
    with duckdb.connect(str(home.warehouse.path), read_only=True) as connection:
        (row,) = connection.execute(
            f'SELECT "{column}" FROM netsuite."{table}" WHERE "{column}" IS NOT NULL {among} '
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        ).fetchall()
    return int(row[0])


def test_labels_follow_renames_in_the_sync_that_brings_them(books: Home) -> None:
    admin = books.emulator.admin
    customer, item = (
        _busiest(books, "transaction", "entity", "customer"),
        _busiest(books, "transactionline", "item"),
    )
    account = _busiest(books, "transactionaccountingline", "account")
    employee = _busiest(books, "customer", "salesrep")
    stamp = {"lastmodifieddate": _now()}
    _rename_customer(admin, customer, "Renamed & Söhne")
    admin.change_rows("item", f"id = {item}", {"itemid": "RENAMED-1", "displayname": "Renamed", **stamp})
    admin.change_rows("account", f"id = {account}", {"accountsearchdisplayname": "4711 Renamed"})
    admin.change_rows(
        "employee", f"id = {employee}", {"entityid": "Renamed, Ida", "lastname": "Renamed", **stamp}
    )
    admin.change_rows("entity", f"id = {employee}", {"entitytitle": "Renamed, Ida", **stamp})
    admin.change_rows(
        "department", "id = 1", {"name": "Renamed department", "fullname": "Renamed department"}
    )
    admin.change_rows("subsidiary", "id = 1", {"name": "Renamed Inc.", "fullname": "Renamed Inc."})
    admin.change_rows("accountingperiod", "id % 2 = 0", {"periodname": "Renamed period"})
    before = admin.table("transaction")
    report = _sync(books)
    assert admin.table("transaction") == before, "no document was touched"
    _assert_labels_are_netsuites(books)
    assert (str(customer), "Renamed & Söhne") in _labels(books, "transaction", "entity")
    (note,) = [
        note for note in report.notes if note.startswith("Labels follow what was renamed in NetSuite: ")
    ]
    assert "of transaction.entity_label" in note
    with duckdb.connect(str(books.warehouse.path), read_only=True) as connection:
        logged = connection.execute(
            "SELECT table_name, sum(rows_written) FROM _netsuite.sync_log "
            f"WHERE mode = 'labels' AND sync_id = '{report.sync_id}' AND status = 'done' GROUP BY ALL"
        ).fetchall()
        assert {name for name, rows in logged if rows} >= {"transaction", "transactionline", "customer"}
        assert connection.execute("SELECT * FROM _netsuite.renamed").fetchall() == []


def test_a_sync_in_which_nobody_was_renamed_asks_no_more(books: Home) -> None:
    admin, customer = books.emulator.admin, _busiest(books, "transaction", "entity", "customer")
    _sync(books)
    admin.change_rows(
        "customer", f"id = {customer}", {"phone": "1", "comments": "x", "lastmodifieddate": _now()}
    )
    client, asked = _watched(books)
    report = _sync(books, client=client)
    assert {each.table: each.rows_written for each in report.tables if each.rows_written} == {"customer": 1}
    assert not [sql for sql in asked if "DISTINCT" in sql and "BUILTIN.DF" in sql]


def test_a_rename_is_not_lost_when_netsuite_does_not_answer(
    books: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = _busiest(books, "transaction", "entity", "customer")
    _rename_customer(books.emulator.admin, customer, "Asked for later")

    def fail(*_: object) -> Mapping[str, str]:
        raise Unavailable("NetSuite is down.")

    with monkeypatch.context() as down:
        down.setattr(following, "_shown", fail)
        report = _sync(books)
    assert any("the next sync asks again" in note for note in report.notes)
    _sync(books, "currency")
    _assert_labels_are_netsuites(books)


def test_many_renames_follow_over_several_syncs(books: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = _now()
    books.emulator.admin.change_rows(
        "entity", "id > 0", {"entitytitle": "One and the same", "lastmodifieddate": stamp}
    )
    monkeypatch.setattr(following, "VALUES_PER_RANGE", 7)
    monkeypatch.setattr(following, "MAX_QUERIES", 5)
    report = _sync(books)
    assert any("follow with the next syncs" in note for note in report.notes)
    monkeypatch.setattr(following, "MAX_QUERIES", 1000)
    _sync(books, "currency")
    _assert_labels_are_netsuites(books)


def test_a_label_of_a_table_that_is_not_synced_follows_once_a_row_shows_another(home: Home) -> None:
    names = ("transaction", "transactionline", "transactionaccountingline")
    _sync(home, *names)
    customer = _busiest(home, "transaction", "entity")
    admin = home.emulator.admin
    admin.change_rows("entity", f"id = {customer}", {"entitytitle": "Known by a document"})
    with duckdb.connect(str(home.warehouse.path), read_only=True) as connection:
        (document,) = connection.execute(
            f"SELECT max(id) FROM netsuite.transaction WHERE entity = {customer}"
        ).fetchall()
    stamp = {"lastmodifieddate": _now()}
    assert admin.change_rows("transaction", f"id = {document[0]}", {"memo": "Edited", **stamp}) == 1
    _sync(home, *names)
    assert dict(_labels(home, "transaction", "entity"))[str(customer)] == "Known by a document"
    assert dict(_labels(home, "transactionline", "entity"))[str(customer)] == "Known by a document"


def test_labels_of_hashed_columns_never_come(home: Home) -> None:
    hashed = with_settings(standard_tables(), {"transaction": TableSettings(hashed=("entity",))})
    names = ("transaction", "customer", "entity")
    _sync(home, *names, catalogue=hashed, salt="s")
    with duckdb.connect(str(home.warehouse.path), read_only=True) as connection:
        (customer,) = connection.execute("SELECT id FROM netsuite.customer ORDER BY id LIMIT 1").fetchall()
    _rename_customer(home.emulator.admin, customer[0], "Nobody may know")
    client, asked = _watched(home)
    _sync(home, *names, catalogue=hashed, salt="s", client=client)
    assert not [sql for sql in asked if "BUILTIN.DF(entity)" in sql]
    with duckdb.connect(str(home.warehouse.path), read_only=True) as connection:
        columns = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = 'transaction'"
        ).fetchall()
    assert ("entity_label",) not in columns


def test_names_on_the_way_to_another_record_follow(books: Home) -> None:
    """Of a project below a customer NetSuite shows `Customer : Project`; the project itself does not change."""
    admin = books.emulator.admin
    ids = [int(value) for value, _ in _labels(books, "transaction", "entity")]
    with duckdb.connect(str(books.warehouse.path), read_only=True) as connection:
        known = {row[0] for row in connection.execute("SELECT id FROM netsuite.customer").fetchall()}
    customer, other, *_ = [each for each in ids if each in known]
    _rename_customer(admin, customer, "Above")
    _rename_customer(admin, other, "Above : Below")
    _sync(books)
    _rename_customer(admin, customer, "Higher")
    admin.change_rows("entity", f"id = {other}", {"entitytitle": "Higher : Below"})  # with its old stamp
    _sync(books)
    assert dict(_labels(books, "transaction", "entity"))[str(other)] == "Higher : Below"
