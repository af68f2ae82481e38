"""Two syncs of one warehouse, and readers beside syncs: nobody waits for long, nobody sees half of anything."""

import time

from netsuite_pipeline_tests.lengths import SLOWEST
from netsuite_pipeline_tests.survival.reader import reading
from netsuite_pipeline_tests.survival.syncing import LINES, Home

SOMETHING_FAILED = 1


def test_a_second_sync_ends_soon_and_names_the_process_that_holds_the_folder(home: Home) -> None:
    lines = home.with_tables(*LINES)
    lines.emulator.admin.set_latency(8000.0)
    first = lines.start("--json")
    assert first.until_it_holds_the_folder()
    began = time.monotonic()
    second = lines.run()
    assert time.monotonic() - began < 8.0 * SLOWEST
    lines.emulator.admin.set_latency(5.0)
    assert second.code == SOMETHING_FAILED, second
    assert f"Another sync of this connection runs: process {first.process.pid}, since 20" in second.err
    assert "Traceback" not in second.err
    ended = first.ended()
    assert ended.code == 0, ended.err
    assert {table["status"] for table in ended.report["tables"]} == {"done"}
    lines.assert_equal()


def test_a_folder_is_free_again_when_its_holder_is_killed(home: Home) -> None:
    currency = home.with_tables("currency")
    holder = currency.start()
    assert holder.until_it_holds_the_folder()
    assert holder.kill()
    assert currency.run().code == 0
    currency.assert_equal()


def test_a_reader_keeps_its_file_and_blocks_nobody(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    seen = []
    with reading(home.warehouse.path, "held") as old, reading(home.warehouse.path, "anew") as new:
        before = old.observe()
        assert before[-2:] == [0, 0]
        for _ in range(3):
            home.emulator.admin.tick(15)
            report = home.sync()
            assert not report.failed
            assert old.observe() == before
            seen.append(new.observe())
            assert seen[-1][-2:] == [0, 0]
    assert len({str(facts) for facts in [before, *seen]}) == 4
    home.assert_equal()
