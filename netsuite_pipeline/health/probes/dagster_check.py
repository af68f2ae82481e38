"""Is Dagster there to sync and to watch: its home, its daemon, the schedule and the sensors.

Read from Dagster's own SQLite files, without Dagster: importing it takes seconds, and a daemon that is stuck
would be no witness. The layout is that of Dagster 1.13 (`history/runs.db`, `schedules/schedules.db`).
"""

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.wording import listed

ALIVE = timedelta(minutes=5)  # a daemon notes every 30 to 60 s that it lives
_DAEMONS = ("SCHEDULER", "SENSOR")
_ON = frozenset({"RUNNING", "DECLARED_IN_CODE"})
_WAIT_SECONDS = 2.0
_SET_HOME = (
    "Set DAGSTER_HOME to the absolute path of the folder that `dagster` or `netsuite-pipeline dev` uses; "
    "`netsuite-pipeline dev` makes data/dagster where none is set."
)


@dataclass(frozen=True)
class DagsterState:
    """What Dagster's files say.

    Attributes:
        heartbeats: When each daemon last noted that it lives, UTC.
        switches: Status of each schedule and sensor that Dagster has ever run or switched:
            `RUNNING`, `STOPPED`, `DECLARED_IN_CODE`, the last being on by its definition. One that is off by
            its definition and was never switched is not among them.
        failing: Those of them whose latest tick raised.
    """

    heartbeats: Mapping[str, datetime]
    switches: Mapping[str, frozenset[str]]
    failing: frozenset[str] = frozenset()


class UnreadableHome(Exception):
    """Raised when Dagster's files cannot tell: they are kept elsewhere, damaged, or of another layout."""


def dagster_names(connection: str) -> tuple[str, ...]:
    """The schedule and the sensors that a connection has in Dagster.

    Example:
        >>> dagster_names("netsuite")
        ('netsuite_schedule', 'netsuite_connection_sensor', 'netsuite_permission_sensor')
    """
    return (f"{connection}_schedule", f"{connection}_connection_sensor", f"{connection}_permission_sensor")


def check_dagster(home: Path | None, connection: str, now: datetime) -> Finding:
    """The finding `dagster`. Writes nothing, and waits for nobody longer than two seconds.

    Args:
        home: DAGSTER_HOME, or where it would be; None where it is not set.
        connection: The connection's name.
        now: UTC.
    """
    if home is None:
        return _finding(
            State.UNKNOWN, "DAGSTER_HOME is not set: schedule and sensors are not known.", _SET_HOME
        )
    if not home.is_absolute():
        return _finding(State.FAILED, f"DAGSTER_HOME is {home}, which is no absolute path.", _SET_HOME)
    if not home.is_dir():
        return _finding(State.FAILED, f"DAGSTER_HOME is {home}, and there is no such folder.", _SET_HOME)
    if not os.access(home, os.R_OK | os.X_OK):
        return _finding(
            State.FAILED, f"This user may not read DAGSTER_HOME ({home}).", "Let it read the folder."
        )
    try:
        watch = read_dagster_state(home)
    except UnreadableHome as reason:
        return _finding(
            State.UNKNOWN,
            str(reason),
            "Look in Dagster's UI whether the daemon runs (Deployment > Daemons) and "
            f"{listed(dagster_names(connection))} are on (Automation).",
        )
    return dagster_finding(watch, home, dagster_names(connection), now)


def dagster_finding(watch: DagsterState, home: Path, names: Sequence[str], now: datetime) -> Finding:
    """What the files mean."""
    last = [watch.heartbeats[name] for name in _DAEMONS if name in watch.heartbeats]
    off = [name for name in names if not watch.switches.get(name, frozenset()) & _ON]
    said: list[str] = []
    remedies: list[str] = []
    if len(last) < len(_DAEMONS):
        said.append(f"No Dagster daemon has ever run in {home}: nothing is synced on schedule or watched.")
    elif min(last) < now - ALIVE:
        said.append(
            f"Dagster's daemon last gave a sign of life at {min(last):%Y-%m-%d %H:%M} UTC: "
            "nothing is synced on schedule or watched."
        )
    if said:
        remedies.append(
            "Start `dagster-daemon run` (or `netsuite-pipeline dev`) with the same DAGSTER_HOME, and keep it "
            "running."
        )
    if off:
        said.append(f"{listed(off)} {'is' if len(off) == 1 else 'are'} off.")
        remedies.append(f"Dagster's UI > Automation: switch on {listed(off)}.")
    failing = [name for name in names if name in watch.failing and name not in off]
    if failing:
        said.append(f"The latest tick of {listed(failing)} failed.")
        remedies.append(f"Dagster's UI > Automation > {failing[0]}: the failed tick says why.")
    if said:
        return _finding(State.WARNING, " ".join(said), " ".join(remedies))
    return _finding(State.OK, f"The daemon lives; {listed(names)} are on ({home}).")


def read_dagster_state(home: Path) -> DagsterState:
    """Reads Dagster's files.

    Raises:
        UnreadableHome: They are not there, not SQLite, or not of the layout that is known.
    """
    folder = _storage_folder(home)
    heartbeats = _rows(folder / "history" / "runs.db", _HEARTBEATS)
    switches = _rows(folder / "schedules" / "schedules.db", _SWITCHES)
    try:
        return _watch(heartbeats, switches)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableHome(f"What Dagster noted in {folder} has a form that is not known.") from error


def _watch(heartbeats: Sequence[tuple[Any, ...]], switches: Sequence[tuple[Any, ...]]) -> DagsterState:
    statuses: dict[str, frozenset[str]] = {}
    failing: set[str] = set()
    for status, body, tick in switches:
        name = json.loads(body)["origin"]["job_name"]
        statuses[name] = statuses.get(name, frozenset()) | {status}
        if tick == "FAILURE":
            failing.add(name)
    beats = {daemon: _moment(json.loads(body)["timestamp"]) for daemon, body in heartbeats}
    return DagsterState(beats, statuses, frozenset(failing))


_HEARTBEATS = "SELECT daemon_type, body FROM daemon_heartbeats"
_SWITCHES = """
    SELECT status, instigator_body, (
        SELECT t.status FROM job_ticks t WHERE t.selector_id = i.selector_id AND t.status <> 'STARTED'
        ORDER BY t.timestamp DESC LIMIT 1)
    FROM instigators i"""


def _storage_folder(home: Path) -> Path:
    """Where the files are, by `dagster.yaml`; it may also keep everything in another database."""
    settings = home / "dagster.yaml"
    try:
        read = yaml.safe_load(settings.read_text(encoding="utf-8")) if settings.exists() else None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UnreadableHome(f"{settings} cannot be read: {type(error).__name__}.") from error
    given: Mapping[str, Any] = read if isinstance(read, Mapping) else {}
    storage = given.get("storage")
    if isinstance(storage, Mapping) and isinstance(storage.get("sqlite"), Mapping):
        base = storage["sqlite"].get("base_dir")
        if isinstance(base, Mapping):
            base = os.environ.get(str(base.get("env")), "")
        return Path(str(base)) if base else home
    if storage or given.get("schedule_storage") or given.get("run_storage"):
        kind = next(iter(storage)) if isinstance(storage, Mapping) else "a storage of its own"
        raise UnreadableHome(f"Dagster keeps its state in {kind} ({settings}), which is not looked into.")
    return home


def _rows(file: Path, statement: str) -> list[tuple[Any, ...]]:
    if not file.exists():
        return []  # nothing was ever noted
    # Where nobody has the file open, SQLite would have to make files beside it to read its log.
    quiet = not file.with_name(f"{file.name}-wal").exists()
    uri = f"file:{quote(str(file))}?mode=ro{'&immutable=1' if quiet else ''}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS)) as connection:
            return connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise UnreadableHome(f"{file} cannot be read as Dagster's: {error}.") from error


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)


def _finding(state: State, seen: str, remedy: str = "") -> Finding:
    return Finding("dagster", state, seen, remedy=remedy)
