"""The destination of values that signed in: lines of `.env`, or `export` lines."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.commands.connecting.credential_kinds import all_variables
from netsuite_pipeline.netsuite.auth.factory import kind_of_credentials
from netsuite_pipeline.netsuite.config.env_file import read_text, values_in, with_values, write_text
from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables, prefixed_name
from netsuite_pipeline.netsuite.errors import ConfigurationError


@dataclass(frozen=True)
class EnvFile:
    """A file of variables, for one connection.

    Attributes:
        path: The file, which may not exist yet.
        prefix: The prefix of the connection's variables.
    """

    path: Path
    prefix: str

    @property
    def values(self) -> Mapping[str, str]:
        """The connection's variables, by their standard names."""
        return connection_variables(values_in(read_text(self.path)), self.prefix)

    @property
    def has_credentials(self) -> bool:
        """Whether the file holds credentials of any kind."""
        own = set(all_variables(self.prefix)) - {prefixed_name(self.prefix, "NETSUITE_ACCOUNT_ID")}
        return bool(own & {name for name, value in values_in(read_text(self.path)).items() if value})

    @property
    def kind(self) -> str:
        """The kind of the file's credentials; empty where two kinds are mixed."""
        try:
            return kind_of_credentials(self.values)
        except ConfigurationError:
            return ""

    def write(self, values: Mapping[str, str]) -> None:
        """Replace all credentials of the connection by the values; every other line stays.

        Raises:
            ConfigurationError: The file is not readable or not writable.
        """
        text = with_values(read_text(self.path), self.lines(values))
        write_text(self.path, text)

    def lines(self, values: Mapping[str, str]) -> dict[str, str | None]:
        """Return the new value of each credential variable; None removes the variable."""
        return {**dict.fromkeys(all_variables(self.prefix)), **self.prefixed(values)}

    def prefixed(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return values by the connection's own names of their variables."""
        return {prefixed_name(self.prefix, name): value for name, value in values.items()}

    def shadowed(self, values: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
        """Return the variables that the shell sets to other values, which override the file.

        Args:
            values: The values to be written.
            environment: The process's environment, into which `.env` was loaded.
        """
        before = values_in(read_text(self.path))
        return [
            name
            for name, value in self.lines(values).items()
            if environment.get(name) and environment[name] not in {value, before.get(name)}
        ]


def export_lines(variables: Mapping[str, str]) -> list[str]:
    r"""Return variables as lines for a shell's `eval`.

    A PEM has `\n` in place of line ends, as in files of variables.

    Example:
        >>> export_lines({"A": "1", "B": "-----BEGIN\nabc\n"})
        ['export A=1', "export B='-----BEGIN\\nabc\\n'"]
    """
    written = ((name, value.replace("\n", "\\n")) for name, value in variables.items())
    return [f"export {name}={shlex.quote(value)}" for name, value in written]


def not_ignored_by_git(paths: Sequence[Path]) -> list[Path]:
    """Return the files that git would add to a repository; none without git or a repository."""
    found = []
    for path in paths:
        folder = next(each for each in path.absolute().parents if each.is_dir())
        try:
            checked = subprocess.run(
                ["git", "-C", str(folder), "check-ignore", "--quiet", str(path.absolute())],  # noqa: S607 - the user's git
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        if checked.returncode == 1:  # 0: ignored, 128: no repository
            found.append(path)
    return found
