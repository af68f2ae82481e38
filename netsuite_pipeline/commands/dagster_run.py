"""A Dagster run in this process, with its materializations as they are recorded."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from netsuite_pipeline.commands.dagster_home import quiet_settings
from netsuite_pipeline.definitions import defs

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Materialized:
    """A table that Dagster has recorded as materialized.

    Attributes:
        table: The table's name.
        rows_read: Rows read from NetSuite.
        requests: Requests sent.
        seconds: Seconds of work.
    """

    table: str
    rows_read: int
    requests: int
    seconds: float


class JobRun:
    """A run of one job: `seconds` and `failure()` are known after `materializations()` has ended."""

    def __init__(self, job: dg.JobDefinition, home: Path) -> None:
        self.run_id = str(uuid.uuid4())
        self.seconds = 0.0
        self._job = job
        self._home = home
        self._failure = ""

    def materializations(self) -> Iterator[Materialized]:
        """Run the job, and yield each table when Dagster's event log has it."""
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        started = time.monotonic()
        with (
            dg.DagsterInstance.from_config(str(self._home), quiet_settings(self._home)) as instance,
            _one_thread() as pool,
        ):
            running: Future[dg.ExecuteInProcessResult] = pool.submit(
                self._job.execute_in_process,
                instance=instance,
                run_config=quiet,
                raise_on_error=False,
                run_id=self.run_id,
            )
            cursor: str | None = None
            ended = False
            while not ended:
                ended = running.done()
                records = instance.get_records_for_run(
                    self.run_id, cursor=cursor, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
                )
                cursor = records.cursor
                for record in records.records:
                    materialization = record.asset_materialization
                    if materialization is not None:
                        yield _materialized(materialization)
                if not ended:
                    time.sleep(_POLL_SECONDS)
            self.seconds = time.monotonic() - started
            self._failure = _why_failed(running.result())

    def failure(self) -> str:
        """Return why the run failed, or an empty text."""
        return self._failure


@contextmanager
def _one_thread() -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of one thread; wait for the thread unless an exception ends the block."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def run_job(name: str, home: Path) -> JobRun:
    """Return a run of a job of this code location, recorded in a DAGSTER_HOME."""
    return JobRun(defs().resolve_job_def(name), home)


def _materialized(materialization: dg.AssetMaterialization) -> Materialized:
    values = {name: value.value for name, value in materialization.metadata.items()}
    return Materialized(
        table=materialization.asset_key.path[-1],
        rows_read=_whole(values.get("rows_read")),
        requests=_whole(values.get("requests")),
        seconds=_number(values.get("seconds")),
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _why_failed(result: dg.ExecuteInProcessResult) -> str:
    if result.success:
        return ""
    reasons = [
        data.user_failure_data.description
        if data.user_failure_data and data.user_failure_data.description
        else (data.error.message if data.error else event.message or "")
        for event in result.get_step_failure_events()
        for data in [event.step_failure_data]
    ]
    return "\n".join(reasons) or "Dagster recorded no reason. Open the run in Dagster's UI."
