"""New values of a changed `.env`, without a restart: variables that a process took from there are read anew.

Dagster reads `.env` once, at its start, and hands the values down to its code servers and runs. So it is
noted, in a variable that is handed down too, which variables came from the file: those follow it. What
somebody set otherwise, in a shell say, wins as it always did.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.netsuite.config.env_file import is_whole, values_in
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.user_file import UnreadableFile, read_user_file

NOTE = "NETSUITE_PIPELINE_FROM_ENV_FILE"
ENV_FILE = "NETSUITE_ENV_FILE"

_PROJECTS = "DAGSTER_PROJECT_ENV_FILE_PATHS"
_JUST_NOW_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 0.1

_log = logging.getLogger(__name__)
_last_good: dict[str, Mapping[str, str]] = {}


@dataclass(frozen=True)
class FromFile:
    """Which variables of a process came from a file.

    Attributes:
        path: The file's whole path.
        names: Each with a fingerprint of the value that it had: one that was set to something else since is
            the file's no more.
        was_there: Whether there was such a file. Where there was none, one that is made later counts.
    """

    path: str
    names: Mapping[str, str]
    was_there: bool

    @property
    def as_text(self) -> str:
        """For the environment."""
        return json.dumps({"path": self.path, "names": dict(self.names), "was_there": self.was_there})

    @classmethod
    def read(cls, text: str) -> "FromFile | None":
        """Reads what a parent process noted; None where that is nothing."""
        try:
            told = json.loads(text)
            return cls(str(told["path"]), dict(told["names"]), bool(told["was_there"]))
        except (ValueError, KeyError, TypeError):
            return None

    def follows(self, name: str, environment: Mapping[str, str]) -> bool:
        """Whether the file has the say about a variable."""
        if name in self.names:
            return name not in environment or self.names[name] == _fingerprint(environment[name])
        # A kind of credentials that was not there before: nobody else has set it.
        return name not in environment and (bool(self.names) or not self.was_there)


def note_env_file(environment: MutableMapping[str, str] = os.environ, folder: Path | None = None) -> None:
    """Notes which variables have the values of the `.env` in the working folder. A process that was told so
    by its parent takes the file's present values instead, so that `dg.EnvVar` gives them too.

    Args:
        environment: The process's own; it is changed.
        folder: Where `.env` is; the working folder when left out.
    """
    told = environment.get(NOTE)
    if told is None:
        environment[NOTE] = _compared(environment, _place(environment, folder or Path.cwd())).as_text
        return
    noted = FromFile.read(told)
    if noted is None:
        return
    values = _present(Path(noted.path), noted.was_there)
    names = dict(noted.names)
    for name in noted.names:
        if name in values and noted.follows(name, environment):
            environment[name] = values[name]
            names[name] = _fingerprint(values[name])
    environment[NOTE] = FromFile(noted.path, names, noted.was_there).as_text


def fresh_variables(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """The environment, with what came from `.env` as the file has it now.

    A file that is gone, empty or cut short changes nothing: its last good values stay, with a warning in the
    log.

    Args:
        environment: As it is. `NETSUITE_ENV_FILE` names a file whose values win over everything.

    Raises:
        ConfigurationError: The file that `NETSUITE_ENV_FILE` names was never readable.
    """
    if explicit := explicit_values(environment):
        return {**environment, **explicit}
    noted = FromFile.read(environment.get(NOTE, ""))
    if noted is None:
        return environment
    values = _present(Path(noted.path), noted.was_there)
    if not values:
        return environment
    kept = {
        name: value
        for name, value in environment.items()
        if name in values or name not in noted.names or not noted.follows(name, environment)
    }
    return {**kept, **{name: value for name, value in values.items() if noted.follows(name, environment)}}


def explicit_values(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """What the file says that `NETSUITE_ENV_FILE` names; nothing where that is not set.

    Raises:
        ConfigurationError: It was never readable.
    """
    named = environment.get(ENV_FILE, "").strip()
    if not named:
        return {}
    path = Path(named)
    values = _present(path, True)
    if values:
        return values
    try:
        values_in(read_user_file(path))
        why = "it holds no variables, or a line of it is cut short"
    except UnreadableFile as error:
        why = error.why
    raise ConfigurationError(
        f"{path}, which {ENV_FILE} names, cannot be used: {why}.",
        remedy=f"Correct {ENV_FILE} or the file, which must be in UTF-8; or unset {ENV_FILE}.",
    )


def _place(environment: Mapping[str, str], folder: Path) -> Path:
    """Dagster reads `.env` in the folder where it was started, and in the project's where that is another."""
    try:
        projects = [str(path) for path in json.loads(environment.get(_PROJECTS, "{}")).values()]
    except (ValueError, AttributeError):
        projects = []
    places = [folder / project / ".env" for project in projects] if len(projects) == 1 else []
    return next((place for place in places if place.exists()), folder / ".env").absolute()


def _compared(environment: Mapping[str, str], path: Path) -> FromFile:
    try:
        values = values_in(read_user_file(path))
    except UnreadableFile as error:
        if error.is_missing:
            return FromFile(str(path), {}, False)
        values = {}
    names = {
        name: _fingerprint(environment[name])
        for name, value in values.items()
        if environment.get(name) == value
    }
    return FromFile(str(path), names, True)


def _present(path: Path, expected: bool) -> Mapping[str, str]:
    """What the file says now; what it said last, where it cannot be read."""
    problem = ""
    try:
        text = _settled(path)
        if not is_whole(text):
            problem = "a line of it is cut short"
        elif not (values := values_in(text)):
            problem = "it holds no variables"
        else:
            _last_good[str(path)] = values
            return values
    except UnreadableFile as error:
        problem = error.why
        if error.is_missing:
            problem = "it is gone" if expected else ""
    except FileNotFoundError:  # between two looks
        problem = "it is gone"
    except OSError as error:
        problem = error.strerror or "it cannot be read"
    if problem:
        _log.warning("%s is not read: %s. The values that were good last are used.", path, problem)
    return _last_good.get(str(path), {})


def _settled(path: Path) -> str:
    """The text of a file that nobody is about to write: one changed a moment ago is looked at twice."""
    text = read_user_file(path)
    until = time.monotonic() + _JUST_NOW_SECONDS
    while abs(time.time() - path.stat().st_mtime) < _LOOK_AGAIN_SECONDS and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN_SECONDS)
        text = read_user_file(path)
    return text


def _fingerprint(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:16]
