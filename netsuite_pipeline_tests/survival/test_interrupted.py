"""Ctrl-C and a signal to end: the sync ends within two seconds, keeps everything, and says so."""

import os
import re
import signal
import time

import pytest

from netsuite_pipeline_tests.survival.syncing import Home

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
@pytest.mark.parametrize("latency", [15.0, 15_000.0], ids=["replies come", "replies are awaited"])
def test_an_interrupted_sync_ends_within_two_seconds_and_says_how_to_go_on(
    home: Home, how: signal.Signals, latency: float
) -> None:
    lines = home.with_tables("transactionline")
    admin = home.emulator.admin
    admin.set_latency(15.0)
    sync = lines.start()
    sync.reaches(lambda: len(lines.pages()) > 5)
    if latency > 1000:
        admin.set_latency(latency)
        time.sleep(0.1)
    began = time.monotonic()
    # As a terminal does: everybody in the group is told.
    os.killpg(sync.process.pid, how)
    ended = sync.ended()
    # Two seconds; ten times slower is still before an awaited reply comes.
    assert time.monotonic() - began < 15.0
    admin.set_latency(5.0)
    assert ended.code == CODES[how], ended
    assert "interrupted. Committed tables stay. Run the command again to go on." in ended.err
    landed_pages = re.search(r"Pages landed and not yet loaded: ([\d,]+) of transactionline", ended.err)
    assert landed_pages, ended.err
    # A page may have been landed while it was told.
    kept = len(lines.pages())
    assert 5 < int(landed_pages[1].replace(",", "")) <= kept
    assert "Traceback" not in ended.err
    # Patiently, for what was awaited may still hold its slots.
    notes = lines.sync().tables[0].notes
    assert any(f"{kept:,} page" in note for note in notes), notes
    lines.assert_equal()
