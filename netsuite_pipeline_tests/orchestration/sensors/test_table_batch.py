"""Which tables a tick checks, and which evaluations it emits, without NetSuite."""

from dataclasses import replace
from datetime import timedelta

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation
from netsuite_pipeline.orchestration.sensors.evaluations import TickResult, checks_to_emit
from netsuite_pipeline.orchestration.sensors.table_batch import advance_pass, next_batch
from netsuite_pipeline.tables import choose_tables, standard_tables

NOON = utc_now().replace(hour=12, minute=0)
VENDOR_LOST = Finding("table:vendor", State.FAILED, "gone", remedy="add it")
TABLES = choose_tables(standard_tables(), ["vendor", "customer", "currency"])
EVERY = timedelta(hours=1)


def _after(look: ProbeResult, memory: SensorCursor, minutes: int = 0) -> TickResult:
    at = NOON + timedelta(minutes=minutes)
    stored, changes = update(memory, look, at)
    return TickResult(AssetKeys("netsuite"), look, stored, changes, at)


def test_what_is_not_confirmed_is_not_shown_and_what_is_confirmed_is_shown_when_the_log_says_otherwise() -> (
    None
):
    once = _after(ProbeResult((VENDOR_LOST,)), SensorCursor())
    assert checks_to_emit(once, {}) == {}
    twice = _after(ProbeResult((VENDOR_LOST,)), once.cursor, 5)
    (key,) = checks_to_emit(twice, {})
    assert key.to_user_string() == "netsuite/vendor:readable"
    again = _after(ProbeResult((VENDOR_LOST,)), twice.cursor, 10)
    assert checks_to_emit(again, {key: LastEvaluation(NOON, passed=False)}) == {}
    assert set(checks_to_emit(again, {key: LastEvaluation(NOON, passed=True)})) == {key}
    assert set(checks_to_emit(again, {key: LastEvaluation(NOON - timedelta(days=2), passed=False)})) == {key}
    unknown = replace(VENDOR_LOST, state=State.UNKNOWN)
    assert (
        checks_to_emit(
            _after(ProbeResult((unknown,)), twice.cursor, 15), {key: LastEvaluation(NOON, passed=False)}
        )
        == {}
    )


def test_a_pass_begins_each_hour_counted_from_its_beginning() -> None:
    names = [table.name for table in TABLES]
    first = next_batch(TABLES, SensorCursor(), NOON, EVERY)
    assert [table.name for table in first.remaining] == names
    memory = advance_pass(SensorCursor(), 2, first, NOON, EVERY)
    second = next_batch(TABLES, memory, NOON + timedelta(minutes=5), EVERY)
    assert [table.name for table in second.remaining] == names[2:]
    memory = advance_pass(memory, 1, second, NOON + timedelta(minutes=5), EVERY)
    assert next_batch(TABLES, memory, NOON + timedelta(minutes=55), EVERY).is_empty
    assert len(next_batch(TABLES, memory, NOON + timedelta(minutes=60), EVERY).remaining) == 3


def test_a_table_that_is_lost_is_checked_at_each_tick() -> None:
    lost = _after(ProbeResult((VENDOR_LOST,)), SensorCursor(next_check_at=NOON + EVERY))
    assert [table.name for table in next_batch(TABLES, lost.cursor, NOON, EVERY).recheck] == ["vendor"]
    confirmed = _after(ProbeResult((VENDOR_LOST,)), lost.cursor, 5)
    assert [table.name for table in next_batch(TABLES, confirmed.cursor, NOON, EVERY).recheck] == ["vendor"]
    well = _after(ProbeResult((replace(VENDOR_LOST, state=State.OK),)), confirmed.cursor, 10)
    assert next_batch(TABLES, well.cursor, NOON, EVERY).is_empty
