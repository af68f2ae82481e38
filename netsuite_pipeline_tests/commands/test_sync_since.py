"""`netsuite-pipeline sync --since`: what a person writes, what is read, what is refused."""

import json
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.commands.calling import call


@pytest.mark.long
def test_a_date_range_is_read_again_and_the_next_sync_completes_the_table(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    how = ("--select", "transaction", "--select", "transactionline", "--json")
    called = call(
        tmp_path, "sync", *how, "--since", "2026-01-01", "--until", "2026-07-01T02:00+02:00", env=emulator.env
    )
    assert called.code == 0, called.err
    tables = {table["table"]: table for table in json.loads(called.out)["tables"]}
    assert tables["transaction"]["watermark"] is None
    assert (
        "not complete: it holds rows last changed from 2026-01-01 00:00 UTC to 2026-07-01 00:00 UTC"
        in str(tables["transaction"]["notes"])
    )
    with duckdb.connect(str(tmp_path / "data" / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*), min(lastmodifieddate) >= '2026-01-01', max(lastmodifieddate) < '2026-07-01', "
            "(SELECT count(*) FROM netsuite.transactionline SEMI JOIN netsuite.transaction t ON t.id = "
            "transaction) = (SELECT count(*) FROM netsuite.transactionline) FROM netsuite.transaction"
        ).fetchone()
    assert found is not None
    assert found[1:] == (True, True, True)
    rows = emulator.admin.tables()
    assert 0 < found[0] == tables["transaction"]["rows"] < rows["transaction"]
    whole = call(tmp_path, "sync", *how, env=emulator.env)
    after = {table["table"]: table["rows"] for table in json.loads(whole.out)["tables"]}
    assert after == {name: rows[name] for name in ("transaction", "transactionline")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--since", "soon"), "since is 'soon', which is not a date"),
        (("--since", "2026-01-01", "--full"), "full reads all rows"),
        (("--since", "2026-01-01", "--until", "2025-01-01"), "not later than since"),
    ],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_what_cannot_be_is_refused_before_anything_is_asked(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    called = call(tmp_path, "sync", *arguments)
    assert called.code == 2
    assert says in called.err
    assert "NETSUITE_ACCOUNT_ID" not in called.err


@pytest.mark.long
def test_the_help_says_in_which_time_zone_dates_are_meant(tmp_path: Path) -> None:
    help_text = " ".join(call(tmp_path, "sync", "--help").out.split())
    assert "--since DATE" in help_text
    assert "UTC without a time zone" in help_text
