"""Rows edited by hand change what is asked for, at once for every query, and nothing else."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline_tests.emulator.rest_client import RestClient

FREE = (
    "SELECT id, recordtype, TO_CHAR(SYS_EXTRACT_UTC(lastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') AS at "
    "FROM transaction WHERE type IN ('Journal', 'Check') ORDER BY id"
)


@pytest.fixture(scope="module")
def edited() -> Iterator[tuple[RestClient, AdminClient]]:
    """An emulator of this file's own, for its rows do not come back."""
    with start_emulator(scale=0.02, seed=5, max_seconds=3600) as emulator:
        yield RestClient(emulator.env), emulator.admin


def dumped(admin: AdminClient, table: str) -> list[Mapping[str, Any]]:
    dump = admin.table(table)
    return [dict(zip(dump.columns, row, strict=True)) for row in dump.rows]


def test_deleted_transactions_go_with_their_lines_and_are_recorded(
    edited: tuple[RestClient, AdminClient],
) -> None:
    client, admin = edited
    gone = client.items(FREE)[:3]
    ids = [int(row["id"]) for row in gone]
    among = f"IN ({', '.join(map(str, ids))})"
    assert client.items(f"SELECT id FROM transactionline WHERE transaction {among}")
    admin.delete_transactions(ids)
    for table, column in (
        ("transaction", "id"),
        ("transactionline", "transaction"),
        ("transactionaccountingline", "transaction"),
    ):
        assert client.items(f"SELECT {column} FROM {table} WHERE {column} {among}") == []
    recorded = client.items(
        "SELECT recordid, scriptid FROM deletedrecord "
        f"WHERE recordtypeid = -30 AND recordid {among} ORDER BY recordid"
    )
    assert [(row["recordid"], row["scriptid"]) for row in recorded] == [
        (row["id"], row["recordtype"]) for row in gone
    ]


def test_a_deletion_of_the_activity_is_recorded_with_its_record_type(
    edited: tuple[RestClient, AdminClient],
) -> None:
    _, admin = edited
    were = {row["id"]: row["recordtype"] for row in dumped(admin, "transaction")}
    deleted = [id for id in admin.tick(60)["deleted"] if id in were]
    assert deleted
    recorded = {row["recordid"]: row["scriptid"] for row in dumped(admin, "deletedrecord")}
    assert {id: recorded.get(id) for id in deleted} == {id: were[id] for id in deleted}


def test_what_is_linked_or_not_there_is_not_deleted_nor_is_anything_with_it(
    edited: tuple[RestClient, AdminClient],
) -> None:
    client, admin = edited
    free = int(client.items(FREE)[0]["id"])
    linked = dumped(admin, "nexttransactionlinelink")[0]["nextdoc"]
    for other in (linked, 999_999_999):
        with pytest.raises(AdminError, match=rf"Not there, or linked with other transactions: \[{other}\]"):
            admin.delete_transactions([free, other])
    assert client.items(f"SELECT id FROM transaction WHERE id IN ({free}, {linked}) ORDER BY id") != []
    assert any(row["id"] == free for row in dumped(admin, "transaction"))


def test_a_deleted_line_changes_only_its_header(edited: tuple[RestClient, AdminClient]) -> None:
    _, admin = edited
    recorded, headers, lines = (
        dumped(admin, name) for name in ("deletedrecord", "transaction", "transactionline")
    )
    time.sleep(1.1)  # stamps have whole seconds, and the header may have been changed in this one
    of = admin.drop_line()
    before = [row["id"] for row in lines if row["transaction"] == of]
    after = [row["id"] for row in dumped(admin, "transactionline") if row["transaction"] == of]
    assert set(after) < set(before)
    assert len(after) == len(before) - 1
    assert dumped(admin, "deletedrecord") == recorded
    (was,) = (row["lastmodifieddate"] for row in headers if row["id"] == of)
    (now,) = (row["lastmodifieddate"] for row in dumped(admin, "transaction") if row["id"] == of)
    assert now > was


@pytest.mark.long
def test_a_certain_transaction_may_have_no_line_to_spare(edited: tuple[RestClient, AdminClient]) -> None:
    client, admin = edited
    journal = int(client.items(FREE)[0]["id"])
    with pytest.raises(AdminError, match=f"no line to delete from {journal}"):
        admin.drop_line(journal)


def test_rows_are_changed_copied_and_deleted_as_named(edited: tuple[RestClient, AdminClient]) -> None:
    client, admin = edited
    count = "SELECT COUNT(*) AS n FROM customer"
    first, customers = dumped(admin, "customer")[0], int(client.items(count)[0]["n"])
    new: dict[str, str | int] = {
        "id": 900_000_001,
        "companyname": "Ünter & Co",
        "lastmodifieddate": "2026-01-02 03:04:05",
    }
    assert admin.insert_like("customer", f"id = {first['id']}", new) == 1
    assert int(client.items(count)[0]["n"]) == customers + 1
    copy = next(row for row in dumped(admin, "customer") if row["id"] == 900_000_001)
    assert {**copy, **{name: first[name] for name in new}} == first
    assert (copy["companyname"], copy["lastmodifieddate"][:19]) == ("Ünter & Co", "2026-01-02T03:04:05")
    assert admin.change_rows("customer", "id > 900000000", {"lastmodifieddate": None}) == 1
    undated = client.items("SELECT id FROM customer WHERE lastmodifieddate IS NULL")
    assert [row["id"] for row in undated] == ["900000001"]
    recorded = dumped(admin, "deletedrecord")
    assert admin.delete_rows("customer", "id > 900000000") == 1
    assert int(client.items(count)[0]["n"]) == customers
    assert dumped(admin, "deletedrecord") == recorded


def test_what_is_no_edit_is_refused_and_changes_nothing(edited: tuple[RestClient, AdminClient]) -> None:
    _, admin = edited
    before = admin.tables()
    edits: list[Callable[[], object]] = [
        lambda: admin.delete_rows("nosuch", "TRUE"),
        lambda: admin.delete_rows("customer", "TRUE; DROP TABLE ns.vendor"),
        lambda: admin.change_rows("customer", "TRUE", {"nosuch": 1}),
        lambda: admin.change_rows("customer", "TRUE", {}),
        lambda: admin.change_rows("customer", "TRUE", {"id": "no number"}),
        lambda: admin.ask("insert_like", table="customer", condition="TRUE", values={"id": [1]}),
    ]
    for edit in edits:
        with pytest.raises(AdminError):
            edit()
    assert admin.tables() == before
