"""A sync that is killed, wherever it is at: nothing is lost, and only what was in flight is asked again."""

import random
import time
from collections.abc import Callable
from functools import partial

import pytest

from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.survival.reader import reading
from netsuite_pipeline_tests.survival.syncing import LINES, Home

KILLS = searches(6, 60)
ROUND = searches(4, 8)  # kills in a row before a sync may run to its end
LATENCY = 15.0
LIMIT = 5  # requests in flight


def test_kills_at_any_moment_lose_nothing(home: Home) -> None:
    home = home.with_tables(*LINES, "currency")
    home.emulator.admin.set_latency(LATENCY)
    chance = random.Random(30)
    life = _life(home)
    home.assert_equal()
    kills = rounds = 0
    with reading(home.warehouse.path, "always") as reader:
        while kills < KILLS:
            rounds += 1
            home.emulator.admin.tick(20)
            # By turns all is read again, so that kills strike long reads too, and what changed.
            how = ("--full",) if rounds % 2 else ()
            in_a_row = 0
            while in_a_row < ROUND:
                sync = home.start(*how)
                if sync.until_it_holds_the_folder():
                    time.sleep(chance.uniform(0.0, life))
                if not sync.kill():
                    break
                in_a_row += 1
            kills += in_a_row
            ended = home.run(*how)
            assert ended.code == 0, ended.out + ended.err
            home.assert_equal()
        seen = reader.observe()
    assert seen["wrong"] == []
    assert seen["looks"] > KILLS
    assert seen["different"] > 2


def _life(home: Home) -> float:
    """Seconds that an undisturbed sync takes, from the moment on when it holds the folder."""
    sync = home.start()
    assert sync.until_it_holds_the_folder()
    began = time.monotonic()
    ended = sync.ended()
    assert ended.code == 0, ended.err
    return time.monotonic() - began


def test_a_sync_killed_amid_many_pages_asks_again_only_for_those_in_flight(home: Home) -> None:
    lines = home.with_tables("transactionaccountingline")
    admin = home.emulator.admin
    admin.set_latency(LATENCY)
    undisturbed = Home(home.folder / "undisturbed", home.emulator, lines.names)
    undisturbed.folder.mkdir()
    asked = _requested_pages(undisturbed)
    assert asked >= 30
    # What a sync asks for that follows at once: a killed sync's work is finished, then followed by that.
    following = _requested_pages(undisturbed)
    admin.reset_stats()
    sync = lines.start()
    sync.reaches(lambda: len(lines.pages()) >= asked // 2)
    assert sync.kill()
    landed = len(lines.pages())
    assert landed < asked - LIMIT
    ended = lines.run("--json")
    assert ended.code == 0, ended.err
    # A run that was slow to be killed has also fetched the count and what changed in the cutoff's second.
    assert admin.stats().pages <= asked + following + LIMIT + 2
    notes = ended.report["tables"][0]["notes"]
    assert any(f"{landed:,} page" in note for note in notes), notes
    lines.assert_equal()


def _requested_pages(home: Home) -> int:
    home.emulator.admin.reset_stats()
    ended = home.run()
    assert ended.code == 0, ended.err
    return home.emulator.admin.stats().pages


def _a_plan_is_landed(home: Home) -> bool:
    return any((home.landing(name) / "manifest.json").exists() for name in home.names)


def _a_page_is_landed(home: Home) -> bool:
    return bool(home.pages())


def _rows_are_staged(home: Home) -> bool:
    return any((home.landing(name) / "stage.duckdb").exists() for name in home.names)


def _rows_are_merged(home: Home) -> bool:
    log = home.warehouse.working_path.with_name(f"{home.warehouse.working_path.name}.wal")
    try:
        return log.stat().st_size > 0
    except FileNotFoundError:
        return False


def _a_copy_is_being_published(home: Home) -> bool:
    return any(home.warehouse.path.parent.glob(f".{home.warehouse.path.name}.*.new"))


PHASES = (
    _a_plan_is_landed,
    _a_page_is_landed,
    _rows_are_staged,
    _rows_are_merged,
    _a_copy_is_being_published,
)


def test_a_sync_killed_in_each_phase_is_caught_up_with(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    with reading(home.warehouse.path, "held") as reader:
        before = reader.observe()
        for phase in PHASES:
            _kill_in(phase, home)
            assert not home.sync(full=True).failed
            home.assert_equal()
        assert reader.observe() == before


def _kill_in(phase: Callable[[Home], bool], home: Home) -> None:
    # The phase may be over before anybody can strike.
    for _ in range(8):
        home.emulator.admin.tick(20)
        sync = home.start("--full")
        if sync.until(partial(phase, home)) and sync.kill():
            return
        sync.ended()
    pytest.fail(f"never struck: {phase.__name__}")


def test_a_first_sync_that_is_killed_leaves_no_file_that_readers_could_mistake_for_a_whole_one(
    home: Home,
) -> None:
    lines = home.with_tables(*LINES)
    sync = lines.start()
    sync.reaches(lambda: _rows_are_staged(lines))
    assert sync.kill()
    assert not home.warehouse.path.exists()
    assert lines.run().code == 0
    lines.assert_equal()
