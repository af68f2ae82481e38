"""Where values that signed in go: the lines of `.env`, or `export` lines, and what is to be said of both."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.commands.connecting.credential_kinds import all_variables, name_with
from netsuite_pipeline.netsuite.auth.factory import kind_of_credentials
from netsuite_pipeline.netsuite.config.env_file import read_text, values_in, with_values, write_text
from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables
from netsuite_pipeline.netsuite.errors import ConfigurationError


@dataclass(frozen=True)
class EnvFile:
    """A file of variables, for one connection.

    Attributes:
        path: Where it is, or will be.
        prefix: What the connection's variables begin with.
    """

    path: Path
    prefix: str

    @property
    def values(self) -> Mapping[str, str]:
        """The connection's variables, by their standard names."""
        return connection_variables(values_in(read_text(self.path)), self.prefix)

    @property
    def has_credentials(self) -> bool:
        """Whether there are some of any kind already."""
        own = set(all_variables(self.prefix)) - {name_with(self.prefix, "NETSUITE_ACCOUNT_ID")}
        return bool(own & {name for name, value in values_in(read_text(self.path)).items() if value})

    @property
    def kind(self) -> str:
        """Of which kind they are; empty where two are mixed."""
        try:
            return kind_of_credentials(self.values)
        except ConfigurationError:
            return ""

    def keep(self, values: Mapping[str, str]) -> None:
        """Writes the values in the place of all credentials of the connection; every other line stays.

        Raises:
            ConfigurationError: The file cannot be read or written.
        """
        text = with_values(read_text(self.path), self.lines(values))
        write_text(self.path, text)

    def lines(self, values: Mapping[str, str]) -> dict[str, str | None]:
        """What becomes of each variable: its value, or None for those of other kinds."""
        own = {name_with(self.prefix, name): value for name, value in values.items()}
        return {**dict.fromkeys(all_variables(self.prefix)), **own}

    def shadowed(self, values: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
        """Variables that the shell has set to something else, and that win over the file.

        Args:
            values: What will be kept.
            environment: The process's, which `.env` was read into.
        """
        before = values_in(read_text(self.path))
        return [
            name
            for name, value in self.lines(values).items()
            if environment.get(name) and environment[name] not in {value, before.get(name)}
        ]


def export_lines(values: Mapping[str, str], prefix: str) -> list[str]:
    """The values for a shell's `eval`.

    Example:
        >>> export_lines({"NETSUITE_ACCOUNT_ID": "1234567_SB1"}, "NETSUITE")
        ['export NETSUITE_ACCOUNT_ID=1234567_SB1']
    """
    return [f"export {name_with(prefix, name)}={shlex.quote(value)}" for name, value in values.items()]


def not_ignored_by_git(paths: Sequence[Path]) -> list[Path]:
    """Those of some files that git would take into a repository; none where there is neither."""
    found = []
    for path in paths:
        folder = path.absolute().parent
        while not folder.is_dir():
            folder = folder.parent
        try:
            asked = subprocess.run(
                ["git", "-C", str(folder), "check-ignore", "--quiet", str(path.absolute())],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        if asked.returncode == 1:  # 0: ignored, 128: no repository
            found.append(path)
    return found
