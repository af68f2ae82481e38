"""Business goes on when asked, and what changed can be seen by the next query."""

import time

import pytest

from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline_tests.emulator.rest_client import RestClient

COUNT = "SELECT COUNT(*) AS n FROM transaction"
LATEST = (
    "SELECT TO_CHAR(MAX(SYS_EXTRACT_UTC(lastmodifieddate)), 'YYYY-MM-DD HH24:MI:SS') AS latest "
    "FROM transaction"
)


def test_a_tick_changes_rows_and_every_count() -> None:
    with start_emulator(scale=0.02, max_seconds=120) as emulator:
        client = RestClient(emulator.env)
        before = emulator.admin.tables()
        page = client.suiteql("SELECT id FROM transaction ORDER BY id", paging="?limit=5&offset=0").json()
        assert page["totalResults"] == before["transaction"]
        assert int(client.items(COUNT)[0]["n"]) == before["transaction"]
        done = emulator.admin.tick(40)
        assert done["inserted"]
        after = emulator.admin.tables()
        assert after["transaction"] == before["transaction"] + len(done["inserted"]) - len(done["deleted"])
        again = client.suiteql("SELECT id FROM transaction ORDER BY id", paging="?limit=5&offset=0").json()
        assert again["totalResults"] == after["transaction"]
        books = client.items(
            "SELECT transaction, SUM(debit) AS debit, SUM(credit) AS credit FROM transactionaccountingline "
            "WHERE posting = 'T' GROUP BY transaction, accountingbook "
            "HAVING SUM(NVL(debit, 0)) <> SUM(NVL(credit, 0))"
        )
        assert books == []


@pytest.mark.long
def test_a_rate_keeps_business_going_while_queries_run() -> None:
    with start_emulator(scale=0.02, live=30, max_seconds=120) as emulator:
        client = RestClient(emulator.env)
        before = client.items(LATEST)
        until = time.monotonic() + 150
        while client.items(LATEST) == before and time.monotonic() < until:
            time.sleep(0.1)
        assert client.items(LATEST) != before
        emulator.admin.set_live(0)
        assert emulator.admin.state()["live_changes_per_second"] == 0
        assert emulator.stderr_text() == ""
