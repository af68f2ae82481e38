"""Text files that people write: read as UTF-8, with errors that name file and encoding."""

import codecs
from pathlib import Path

from netsuite_pipeline.netsuite.errors import ConfigurationError

_MAX_BYTES = 16 << 20
_MARKS = {
    # The longer marks first: that of UTF-32 begins like that of UTF-16.
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class UnreadableFile(ConfigurationError):
    """A file that somebody named cannot be read as text. Correct the file, or name another.

    Attributes:
        why: What is wrong, as a clause.
        is_missing: Whether there is no such file.
    """

    def __init__(self, path: Path, why: str, remedy: str, *, is_missing: bool = False) -> None:
        super().__init__(f"{path} cannot be read: {why}.", remedy=remedy)
        self.why = why
        self.is_missing = is_missing


def read_user_file(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Args:
        path: The file.

    Raises:
        UnreadableFile: The file is missing, a folder, not readable by this user, larger than 16 MiB, in
            another encoding than UTF-8, or it holds NUL bytes.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        failure = UnreadableFile(path, "there is no such file", "Name a file that is there.", is_missing=True)
    except IsADirectoryError:
        failure = UnreadableFile(path, "it is a folder", "Name a file.")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = (getattr(error, "strerror", None) or str(error)).lower()
        failure = UnreadableFile(path, why, "Name another file, or let this user read it.")
    else:
        return _decoded(path, content)
    raise failure


def encoding_problem(content: bytes) -> str:
    """Return what a file's first bytes or NUL bytes say against UTF-8, as a clause; empty where nothing does.

    Example:
        >>> encoding_problem("A=1".encode("utf-16")), encoding_problem(b"A=1")
        ('it is in UTF-16, not in UTF-8', '')
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return f"it is in {encoding}, not in UTF-8"
    return "it holds NUL bytes, as text in UTF-16 does" if b"\0" in content else ""


def _decoded(path: Path, content: bytes) -> str:
    remedy = "Save it as UTF-8: most editors ask for the encoding when they save a file under a new name."
    if len(content) > _MAX_BYTES:
        raise UnreadableFile(path, f"it is larger than {_MAX_BYTES >> 20} MiB", "Name another file.")
    if why := encoding_problem(content):
        raise UnreadableFile(path, why, remedy)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        # The line itself is not shown: it may hold a secret.
        why = f"line {line} is not UTF-8 (it may be in Latin-1 or Windows-1252)"
    raise UnreadableFile(path, why, remedy)
