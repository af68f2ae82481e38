"""A file `.env`: parsed like export lines of a shell, and written so that every other line stays."""

import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.user_file import UnreadableFile, read_user_file

OWN_MODE = 0o600
_BARE = re.compile(r"[A-Za-z0-9_./:@%+,~-]+")
_EXPORTED = re.compile(r"\s*export\s")


def values_in(text: str) -> dict[str, str]:
    r"""Return the variables of a file's text, with `${OTHER}` filled in. A name without `=` is none.

    Example:
        >>> values_in("# ours\nexport A=1\nB='two words'\n")
        {'A': '1', 'B': 'two words'}
    """
    from dotenv import dotenv_values

    found = dotenv_values(stream=io.StringIO(text))
    return {name: value for name, value in found.items() if value is not None}


def is_whole(text: str) -> bool:
    """Return whether every line of a file's text can be parsed: a file cut short in a quoted value cannot.

    Example:
        >>> is_whole("A='1'"), is_whole("A='1")
        (True, False)
    """
    from dotenv.parser import parse_stream

    return not any(binding.error for binding in parse_stream(io.StringIO(text)))


def with_values(text: str, values: Mapping[str, str | None]) -> str:
    r"""Return a file's text with some variables set or removed; all other lines stay.

    Args:
        text: The present text.
        values: Name to value; None removes the variable.

    Raises:
        ConfigurationError: A value cannot be written so that it is read back unchanged.

    Example:
        >>> with_values("# ours\nA=1\nB=2\n", {"B": "3 4", "A": None, "C": "5"})
        "# ours\nB='3 4'\nC=5\n"
    """
    from dotenv.parser import parse_stream

    left = dict(values)
    lines: list[str] = []
    written: set[str] = set()
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.string
        name = binding.key
        if name is None or name not in values or binding.error:
            lines.append(line)
            continue
        value = left.pop(name, None)
        lead = line[: len(line) - len(line.lstrip("\r\n"))]
        if value is None or name in written:
            lines.append(lead)
            continue
        written.add(name)
        lines.append(f"{lead}{'export ' if _EXPORTED.match(line) else ''}{name}={quoted(value)}\n")
    whole = "".join(lines)
    added = [f"{name}={quoted(value)}\n" for name, value in left.items() if value is not None]
    if added and whole and not whole.endswith("\n"):
        whole += "\n"
    whole += "".join(added)
    read = values_in(whole)
    for name, value in values.items():
        if read.get(name) != value:
            raise ConfigurationError(
                f"The value of {name} cannot be written to an .env file so that it is read as it is.",
                remedy="Set it in the environment instead, or complete the file's incomplete lines.",
            )
    return whole


def quoted(value: str) -> str:
    r"""Return a value as it stands behind the `=`.

    Example:
        >>> quoted("1234567_SB1"), quoted("it's")
        ('1234567_SB1', "'it\\'s'")
    """
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def read_text(path: Path) -> str:
    """Return the text of a file; empty where there is none.

    Raises:
        UnreadableFile: The file is no UTF-8 text.
    """
    try:
        return read_user_file(path)
    except UnreadableFile as error:
        if error.is_missing:
            return ""
        raise


def default_text(path: Path) -> str:
    """Return the text of a default file such as `.env`; empty where there is no file.

    A folder of that name is no such file: a virtual environment may be called `.env`.

    Raises:
        UnreadableFile: The file is no UTF-8 text.
    """
    return "" if path.is_dir() else read_text(path)


def write_text(path: Path, text: str) -> None:
    """Replace a file atomically, with mode 600.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    place = path.resolve()  # a symbolic link keeps its target
    try:
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".env-")  # mode 600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, place)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror or 'no reason given'}.",
            remedy="Name another file by --env-file, or have the lines printed by --print.",
        ) from None
