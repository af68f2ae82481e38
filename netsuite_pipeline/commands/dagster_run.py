"""A Dagster run in this process, with its materializations as they are recorded."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from netsuite_pipeline.commands.dagster_home import quiet_settings
from netsuite_pipeline.definitions import defs
from netsuite_pipeline.orchestration.sensors.run_failure_sensor import step_failure_text

_POLL_SECONDS = 0.2


class JobRun:
    """A run of one job of this code location; it has ended when `materializations()` has.

    Args:
        job_name: The job.
        home: The DAGSTER_HOME that records the run.

    Attributes:
        run_id: Dagster's id of the run.
        seconds: How long the run took.
        failure: Why the run failed; empty if it did not.
    """

    def __init__(self, job_name: str, home: Path) -> None:
        self.run_id = str(uuid.uuid4())
        self.seconds = 0.0
        self.failure = ""
        self._job = defs().resolve_job_def(job_name)
        self._home = home

    def materializations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Run the job, and yield each table and mart when Dagster's event log has it, with its metadata."""
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
                    event = record.asset_materialization
                    if event is not None:
                        metadata = {name: value.value for name, value in event.metadata.items()}
                        yield event.asset_key.path[-1], metadata
                if not ended:
                    time.sleep(_POLL_SECONDS)
            self.seconds = time.monotonic() - started
            self.failure = _why_failed(running.result())


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


def _why_failed(result: dg.ExecuteInProcessResult) -> str:
    if result.success:
        return ""
    reasons = [step_failure_text(event.step_failure_data) for event in result.get_step_failure_events()]
    return "\n".join(reasons) or "Dagster recorded no reason. Open the run in Dagster's UI."
