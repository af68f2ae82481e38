"""A role that sees less than before: hidden rows stay, are reported, and are read again later."""

import random
from datetime import UTC, datetime
from typing import Any

from netsuite_pipeline_tests.survival.reader import reading
from netsuite_pipeline_tests.survival.syncing import LINES, Home, journals

SOMETHING_FAILED = 1


def test_a_narrowed_role_removes_nothing_until_somebody_accepts_it(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    before = _facts(home)
    home.emulator.admin.restrict_rows("transaction", "id % 2 = 0")
    ended = home.run("--full")
    assert ended.code == SOMETHING_FAILED, ended
    assert "--accept-shrink transaction" in ended.out
    assert "The warehouse keeps them" in ended.out
    assert _facts(home) == before
    accepted = home.run("--full", "--accept-shrink", "transaction", "--accept-shrink", "transactionline")
    assert accepted.code == 0, accepted
    after = _facts(home)
    assert 0.3 < after[0] / before[0] < 0.7
    assert after[-2:] == [0, 0]
    home.emulator.admin.unrestrict_rows("transaction")
    assert home.run("--full").code == 0
    home.assert_equal()


def test_accepting_the_shrinking_of_transactions_takes_their_lines_along(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    before = _facts(home)
    home.emulator.admin.restrict_rows("transaction", "id % 2 = 0")
    ended = home.run("--full", "--accept-shrink", "transaction")
    assert ended.code == 0, ended
    after = _facts(home)
    assert after[0] < before[0]
    assert after[-2:] == [0, 0]


def _facts(home: Home) -> list[Any]:
    with reading(home.warehouse.path, "anew") as reader:
        return list(reader.observe())


def test_a_role_that_does_not_see_deletions_says_so_once_and_netsuites_count_finds_them(home: Home) -> None:
    admin = home.emulator.admin
    home = home.with_tables(*LINES)
    home.sync()
    admin.drop_permission("ADMI_DELETEDRECORD")
    ids = journals(admin)[:3]
    admin.delete_transactions(ids)
    first = home.sync()
    assert not first.failed
    assert any("Deleted Records" in note for note in first.notes), first.notes
    # NetSuite's count differs, so the keys are compared at once; three rows are few for the table.
    assert _stored_among(home, ids) == 0
    assert home.sync().notes == ()
    home.assert_equal()


def _stored_among(home: Home, ids: list[int]) -> int:
    return len(_asked(home, "SELECT id FROM netsuite.transaction WHERE list_contains(?, id)", [ids]))


def _asked(home: Home, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with home.warehouse.published() as connection:
        return connection.execute(sql, values or []).fetchall()


def test_a_poisoned_column_is_left_out_keeps_its_values_and_is_filled_when_it_is_back(home: Home) -> None:
    admin = home.emulator.admin
    home = home.with_tables("customer")
    home.sync()
    phones = _asked(home, "SELECT id, phone FROM netsuite.customer ORDER BY id")
    admin.hide_column("customer", "phone", "POISON")
    # Half of them get another number, and an older stamp than any sync would ask for.
    admin.change_rows("customer", "id % 2 = 0", {"phone": f"+1 555 {random.randrange(10**6):06}"})
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    admin.change_rows("customer", "id % 3 = 0", {"comments": "Poisoned", "lastmodifieddate": now})
    report = home.sync().tables[0]
    assert report.status == "done"
    assert any(note.startswith("columns lost; their old values stay: phone") for note in report.notes)
    assert _asked(home, "SELECT id, phone FROM netsuite.customer ORDER BY id") == phones
    assert _asked(home, "SELECT DISTINCT comments FROM netsuite.customer WHERE id % 3 = 0") == [("Poisoned",)]
    admin.show_column("customer", "phone")
    _let_a_day_pass(home)
    report = home.sync().tables[0]
    assert any(note.startswith("columns available again: phone") for note in report.notes)
    assert home.sync().tables[0].mode == "full"
    home.assert_equal()
    assert home.sync().tables[0].mode == "changed"


def _let_a_day_pass(home: Home) -> None:
    """What an account does not offer is asked for again after a day."""
    with home.warehouse.working() as connection:
        connection.execute(
            "UPDATE _netsuite.table_state SET absent_asked_at = absent_asked_at - INTERVAL 25 HOUR"
        )
