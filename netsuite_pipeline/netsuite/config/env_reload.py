"""New credentials without a restart: each sync reads the file that `NETSUITE_ENV_FILE` names."""

import logging
import os
import time
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from netsuite_pipeline.netsuite.config.credential_override import override_credentials
from netsuite_pipeline.netsuite.config.env_file import is_whole, values_in
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.user_file import UnreadableFile, read_user_file

ENV_FILE = "NETSUITE_ENV_FILE"

_STABLE_SECONDS = 0.1  # a file that changed within this time is read again
_MAX_WAIT_SECONDS = 1.0

_log = logging.getLogger(__name__)
_last_good: dict[str, Mapping[str, str]] = {}


def current_variables(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """Return the environment, overridden by the file that `NETSUITE_ENV_FILE` names, as the file is now.

    While the file is missing, empty or cut short, its last good values stay and a warning is logged.

    Raises:
        ConfigurationError: The file was never readable.
    """
    named = environment.get(ENV_FILE, "").strip()
    return override_credentials(environment, _values(Path(named))) if named else environment


def load_env_file(environment: MutableMapping[str, str] = os.environ) -> None:
    """Write `current_variables` into the environment, for `dg.EnvVar` and for child processes.

    Raises:
        ConfigurationError: The file that `NETSUITE_ENV_FILE` names is not readable.
    """
    current = dict(current_variables(environment))
    for name in environment.keys() - current.keys():
        del environment[name]
    environment.update(current)


def _values(path: Path) -> Mapping[str, str]:
    key = str(path.absolute())
    try:
        text = _stable_text(path)
        values = values_in(text)
        problem = "" if values else "it holds no variables"
        problem = problem if is_whole(text) else "a line of it is cut short"
    except UnreadableFile as error:
        values, problem = {}, error.why
    except OSError as error:  # the file vanished between reading and `stat`
        values, problem = {}, (error.strerror or "the file is not readable").lower()
    if not problem:
        _last_good[key] = values
    elif key in _last_good:
        _log.warning("%s is not used: %s. The last good values stay in use.", path, problem)
    else:
        raise ConfigurationError(
            f"{path}, which {ENV_FILE} names, cannot be used: {problem}.",
            remedy=f"Correct {ENV_FILE} or the file, which must be in UTF-8; or unset {ENV_FILE}.",
        )
    return _last_good[key]


def _stable_text(path: Path) -> str:
    """Return the text of a file; read again a file that changed a moment ago and may be half-written."""
    text = read_user_file(path)
    until = time.monotonic() + _MAX_WAIT_SECONDS
    while abs(time.time() - path.stat().st_mtime) < _STABLE_SECONDS and time.monotonic() < until:
        time.sleep(_STABLE_SECONDS)
        text = read_user_file(path)
    return text
