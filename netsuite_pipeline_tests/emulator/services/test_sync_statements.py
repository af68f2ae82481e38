"""What a sync asks is answered over HTTP as the rows say that lie in the company."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline_tests.emulator.rest_client import RestClient, refusal

Row = Mapping[str, Any]
Key = tuple[Any, ...]

COUNT = "SELECT COUNT(*) AS counted FROM customer"
UNSUPPORTED = "Search error occurred: Invalid or unsupported search"


def index(table: str, key: str, conditions: str = "", every: int = 20) -> str:
    """The page index: every 20th key."""
    inner = f"SELECT {key} FROM {table}{conditions} ORDER BY {key}"
    numbered = f"SELECT {key}, ROWNUM AS rn FROM ({inner})"
    return f"SELECT {key} FROM ({numbered}) WHERE MOD(rn, {every}) = 0 ORDER BY {key}"


def moment(at: str) -> str:
    return f"TO_TIMESTAMP('{at}', 'YYYY-MM-DD HH24:MI:SS')"


def stored(admin: AdminClient, table: str) -> list[Row]:
    dump = admin.table(table)
    return [dict(zip(dump.columns, row, strict=True)) for row in dump.rows]


def keys(rows: list[Row], *key: str, where: Callable[[Row], bool] = lambda row: True) -> list[Key]:
    """The keys of rows, in order."""
    return sorted(tuple(row[part] for part in key) for row in rows if where(row))


def asked(client: RestClient, sql: str) -> list[Key]:
    """The answer's rows: their values in order, as numbers."""
    items = client.items(sql)
    return [tuple(int(value) for name, value in item.items() if name != "links") for item in items]


def test_the_page_index_gives_every_nth_key(client: RestClient, admin: AdminClient) -> None:
    every = keys(stored(admin, "transaction"), "id")
    assert asked(client, index("transaction", "id")) == every[19::20]
    low, high = every[33][0], every[-40][0]
    between = [key for key in every if low < key[0] <= high]
    conditions = f" WHERE id > {low} AND id <= {high}"
    assert asked(client, index("transaction", "id", conditions)) == between[19::20]


def test_the_page_index_of_a_composite_key(client: RestClient, admin: AdminClient) -> None:
    every = keys(stored(admin, "transactionline"), "transaction", "id")
    assert asked(client, index("transactionline", "transaction, id")) == every[19::20]
    of, number = every[500]
    conditions = f" WHERE (transaction > {of} OR (transaction = {of} AND id > {number}))"
    rest = every[501:]
    assert asked(client, index("transactionline", "transaction, id", conditions)) == rest[19::20]


def test_the_page_index_qualifies_a_reserved_word_where_the_table_is(
    client: RestClient, admin: AdminClient
) -> None:
    every = keys(stored(admin, "accounttype"), "id", where=lambda row: row["left"] == "T")
    sql = index("accounttype", "id", " WHERE accounttype.left = 'T'", every=2)
    assert [(item["id"],) for item in client.items(sql)] == every[1::2]


def test_ranges_have_both_ends(client: RestClient, admin: AdminClient) -> None:
    every = keys(stored(admin, "transactionline"), "transaction", "id")
    low, high = every[101], every[340]
    above = f"(transaction > {low[0]} OR (transaction = {low[0]} AND id > {low[1]}))"
    below = f"(transaction < {high[0]} OR (transaction = {high[0]} AND id <= {high[1]}))"
    select = "SELECT transaction, id FROM transactionline WHERE "
    assert asked(client, f"{select}{above} AND {below} ORDER BY transaction, id") == every[102:341]
    assert asked(client, f"{select}{below} ORDER BY transaction, id") == every[:341]
    first = [key for key in every if key[0] <= low[0]]
    assert asked(client, f"{select}transaction <= {low[0]} ORDER BY transaction, id") == first


def test_the_greatest_key_comes_first_when_asked_downwards(client: RestClient, admin: AdminClient) -> None:
    down = "SELECT id FROM customer ORDER BY id DESC"
    assert asked(client, down)[0] == keys(stored(admin, "customer"), "id")[-1]
    down = "SELECT transaction, id FROM transactionline ORDER BY transaction DESC, id DESC"
    assert asked(client, down) == keys(stored(admin, "transactionline"), "transaction", "id")[::-1][:1000]


def test_rows_are_counted_and_those_newer_than_a_moment(client: RestClient, admin: AdminClient) -> None:
    rows = stored(admin, "customer")
    dates = sorted(row["lastmodifieddate"][:19].replace("T", " ") for row in rows)
    at = dates[len(dates) // 2]
    newer = f"SUM(CASE WHEN SYS_EXTRACT_UTC(lastmodifieddate) > {moment(at)} THEN 1 ELSE 0 END) AS newer"
    count = f"SELECT COUNT(*) AS counted, {newer} FROM customer"
    assert asked(client, count) == [(len(rows), sum(date > at for date in dates))]
    assert asked(client, COUNT) == [(len(rows),)]


def test_the_changed_are_those_from_a_moment_on_and_those_without_a_date(
    client: RestClient, admin: AdminClient
) -> None:
    rows = stored(admin, "employee")
    date = rows[len(rows) // 2]["lastmodifieddate"]
    since = f"SYS_EXTRACT_UTC(lastmodifieddate) >= {moment(date[:19].replace('T', ' '))}"
    changed = f"SELECT id FROM employee WHERE ({since} OR lastmodifieddate IS NULL) ORDER BY id"
    undated = rows[0]["id"]
    admin.change_rows("employee", f"id = {undated}", {"lastmodifieddate": None})
    try:
        expected = keys(rows, "id", where=lambda row: row["id"] == undated or row["lastmodifieddate"] >= date)
        assert asked(client, changed) == expected
        assert (
            asked(
                client,
                index("employee", "id", changed[len("SELECT id FROM employee") : -len(" ORDER BY id")], 2),
            )
            == expected[1::2]
        )
    finally:
        admin.change_rows("employee", f"id = {undated}", {"lastmodifieddate": rows[0]["lastmodifieddate"]})


def test_deletions_and_what_still_exists(client: RestClient, admin: AdminClient) -> None:
    rows = stored(admin, "deletedrecord")
    date = sorted(row["deleteddate"] for row in rows)[len(rows) // 3]
    items = client.items(
        "SELECT recordid, scriptid, TO_CHAR(SYS_EXTRACT_UTC(deleteddate), 'YYYY-MM-DD HH24:MI:SS') AS deleteddate, "
        "recordtypeid, type, name FROM deletedrecord "
        f"WHERE SYS_EXTRACT_UTC(deleteddate) >= {moment(date[:19].replace('T', ' '))} "
        "ORDER BY recordtypeid, recordid, scriptid"
    )
    received = [(int(item["recordtypeid"]), int(item["recordid"]), item["scriptid"]) for item in items]
    assert received == keys(
        rows, "recordtypeid", "recordid", "scriptid", where=lambda row: row["deleteddate"] >= date
    )
    gone = [row["recordid"] for row in rows if row["recordtypeid"] == -30][:5]
    there = stored(admin, "transaction")[0]["id"]
    listed = ", ".join(map(str, [*gone, there]))
    assert asked(client, f"SELECT id FROM transaction WHERE id IN ({listed}) ORDER BY id") == [(there,)]


def test_without_its_permission_there_are_no_deleted_records(client: RestClient, admin: AdminClient) -> None:
    admin.drop_permission("ADMI_DELETEDRECORD")
    status, code, words = refusal(client.suiteql("SELECT recordid FROM deletedrecord ORDER BY recordid"))
    assert (status, code) == (400, "INVALID_PARAMETER")
    assert "Record 'deletedrecord' was not found" in words


@pytest.mark.parametrize(
    ("variant", "refused", "answered"),
    [
        ("rownum_nested", index("customer", "id"), COUNT),
        ("rownum_nested", index("transactionline", "transaction, id"), COUNT),
        ("count_star", COUNT, index("customer", "id")),
        (
            "count_star",
            COUNT.replace(" FROM", ", SUM(CASE WHEN id > 5 THEN 1 ELSE 0 END) AS newer FROM"),
            index("customer", "id"),
        ),
    ],
)
def test_an_account_without_it_says_that_the_search_is_unsupported(
    variant: str, refused: str, answered: str, client: RestClient, admin: AdminClient
) -> None:
    admin.set_variant(variant, "off")
    assert UNSUPPORTED in refusal(client.suiteql(refused))[2]
    assert client.items(answered)


def test_a_poisoned_column_falls_over_only_when_it_is_asked_for(
    client: RestClient, admin: AdminClient
) -> None:
    admin.hide_column("customer", "email", "POISON")
    for sql in ("SELECT id, email FROM customer", "SELECT id FROM customer WHERE email IS NULL ORDER BY id"):
        assert refusal(client.suiteql(sql))[:2] == (500, "UNEXPECTED_ERROR")
    for sql in ("SELECT id, companyname FROM customer ORDER BY id", COUNT, index("customer", "id")):
        assert client.items(sql)
