"""Checks Dagster: its home, its daemon, the schedule and the sensors.

The check reads Dagster's SQLite files without Dagster, because importing Dagster takes seconds and a stuck
daemon cannot answer. The layout is that of Dagster 1.13 (`history/runs.db`, `schedules/schedules.db`).
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
from netsuite_pipeline.wording import formatted_time, listed

ALIVE = timedelta(minutes=5)  # a daemon writes a heartbeat every 30 to 60 s
_DAEMONS = ("SCHEDULER", "SENSOR")
_ON = frozenset({"RUNNING", "DECLARED_IN_CODE"})
_WAIT_SECONDS = 2.0
_SET_HOME = (
    "Set DAGSTER_HOME to the absolute path of the folder that `dagster` or `netsuite-pipeline dev` uses. "
    "`netsuite-pipeline dev` uses data/dagster without it."
)


@dataclass(frozen=True)
class DagsterState:
    """The state in Dagster's files.

    Attributes:
        heartbeats: The last heartbeat of each daemon, UTC.
        switches: The statuses of each schedule and sensor that Dagster has ever run or switched:
            `RUNNING`, `STOPPED`, or `DECLARED_IN_CODE` (on by its definition). One that is off by its
            definition and was never switched is missing.
        failing: Schedules and sensors whose latest tick failed.
    """

    heartbeats: Mapping[str, datetime]
    switches: Mapping[str, frozenset[str]]
    failing: frozenset[str] = frozenset()


class UnreadableHome(Exception):
    """Raised when Dagster's files are elsewhere, damaged, or of another layout."""


def dagster_names(connection: str) -> tuple[str, ...]:
    """Return the names of a connection's schedule and sensors.

    Example:
        >>> dagster_names("netsuite")
        ('netsuite_schedule', 'netsuite_connection_sensor', 'netsuite_permission_sensor')
    """
    return (f"{connection}_schedule", f"{connection}_connection_sensor", f"{connection}_permission_sensor")


def check_dagster(home: Path | None, connection: str, now: datetime) -> Finding:
    """Return the finding `dagster`, without writing and within some seconds.

    Args:
        home: DAGSTER_HOME, or its default; None where it is not set.
        connection: The connection's name.
        now: UTC.
    """
    if home is None:
        return _finding(State.UNKNOWN, "not checked: DAGSTER_HOME is not set", _SET_HOME)
    if not home.is_absolute():
        return _finding(State.FAILED, f"DAGSTER_HOME is {home}, which is not an absolute path.", _SET_HOME)
    if not home.is_dir():
        return _finding(State.FAILED, f"DAGSTER_HOME is {home}, but there is no such folder.", _SET_HOME)
    if not os.access(home, os.R_OK | os.X_OK):
        return _finding(
            State.FAILED,
            f"This user may not read DAGSTER_HOME ({home}).",
            "Allow this user to read the folder.",
        )
    try:
        state = read_dagster_state(home)
    except UnreadableHome as reason:
        return _finding(
            State.UNKNOWN,
            str(reason),
            "Check in Dagster's UI that the daemon runs (Deployment > Daemons), and that "
            f"{listed(dagster_names(connection))} are on (Automation).",
        )
    return dagster_finding(state, home, dagster_names(connection), now)


def dagster_finding(state: DagsterState, home: Path, names: Sequence[str], now: datetime) -> Finding:
    """Return the finding `dagster` for a state in Dagster's files."""
    last = [state.heartbeats[name] for name in _DAEMONS if name in state.heartbeats]
    off = [name for name in names if not state.switches.get(name, frozenset()) & _ON]
    problems: list[str] = []
    remedies: list[str] = []
    if len(last) < len(_DAEMONS):
        problems.append(f"No Dagster daemon has ever run in {home}: schedule and sensors do not run.")
    elif min(last) < now - ALIVE:
        problems.append(
            f"The last heartbeat of Dagster's daemon was at {formatted_time(min(last))}: "
            "schedule and sensors do not run."
        )
    if problems:
        remedies.append(
            "Start `dagster-daemon run` (or `netsuite-pipeline dev`) with the same DAGSTER_HOME, and keep it "
            "running."
        )
    if off:
        problems.append(f"{listed(off)} {'is' if len(off) == 1 else 'are'} off.")
        remedies.append(f"Dagster's UI > Automation: switch on {listed(off)}.")
    failing = [name for name in names if name in state.failing and name not in off]
    if failing:
        problems.append(f"The latest tick of {listed(failing)} failed.")
        remedies.append(f"Dagster's UI > Automation > {failing[0]}: the failed tick says why.")
    if problems:
        return _finding(State.WARNING, " ".join(problems), " ".join(remedies))
    return _finding(State.OK, f"The daemon runs; {listed(names)} are on ({home}).")


def read_dagster_state(home: Path) -> DagsterState:
    """Read Dagster's files.

    Raises:
        UnreadableHome: They are not SQLite, or have another layout.
    """
    folder = _storage_folder(home)
    heartbeats = _rows(folder / "history" / "runs.db", _HEARTBEATS)
    switches = _rows(folder / "schedules" / "schedules.db", _SWITCHES)
    try:
        return _state(heartbeats, switches)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableHome(f"Dagster's files in {folder} have an unknown layout.") from error


def _state(heartbeats: Sequence[tuple[Any, ...]], switches: Sequence[tuple[Any, ...]]) -> DagsterState:
    statuses: dict[str, frozenset[str]] = {}
    failing: set[str] = set()
    for status, body, tick in switches:
        name = json.loads(body)["origin"]["job_name"]
        statuses[name] = statuses.get(name, frozenset()) | {status}
        if tick == "FAILURE":
            failing.add(name)
    beats = {daemon: _utc(json.loads(body)["timestamp"]) for daemon, body in heartbeats}
    return DagsterState(beats, statuses, frozenset(failing))


_HEARTBEATS = "SELECT daemon_type, body FROM daemon_heartbeats"
_SWITCHES = """
    SELECT status, instigator_body, (
        SELECT t.status FROM job_ticks t WHERE t.selector_id = i.selector_id AND t.status <> 'STARTED'
        ORDER BY t.timestamp DESC LIMIT 1)
    FROM instigators i"""


def _storage_folder(home: Path) -> Path:
    """Return the folder of the files, by `dagster.yaml`, which may name another database instead."""
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
        raise UnreadableHome(f"not checked: Dagster keeps its state in {kind} ({settings})")
    return home


def _rows(file: Path, statement: str) -> list[tuple[Any, ...]]:
    if not file.exists():
        return []  # Dagster has written nothing yet
    # Without an open connection SQLite would create files beside the database to read its log.
    quiet = not file.with_name(f"{file.name}-wal").exists()
    uri = f"file:{quote(str(file))}?mode=ro{'&immutable=1' if quiet else ''}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS)) as connection:
            return connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise UnreadableHome(f"{file} cannot be read as Dagster's database: {error}.") from error


def _utc(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)


def _finding(state: State, seen: str, remedy: str = "") -> Finding:
    return Finding("dagster", state, seen, remedy=remedy)
