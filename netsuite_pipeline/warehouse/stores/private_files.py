"""Files and folders that only their owner may read, because they hold personal data."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_OTHERS = 0o077

_lock = threading.Lock()
_open_blocks = 0
_usual_mask = 0


def make_private_folder(path: Path) -> None:
    """Create a folder and its missing parents for their owner alone.

    An existing folder keeps its mode, which an administrator may have chosen.

    Raises:
        OSError: The folder cannot be created.
    """
    if not path.is_dir():
        if path != path.parent:
            make_private_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; an existing file keeps its mode.

    Raises:
        OSError: The file cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


@contextmanager
def private_files() -> Iterator[None]:
    """Create this process's new files for their owner alone inside the block.

    DuckDB creates its files, such as the log beside a database, with the mode that the umask leaves. The
    umask belongs to the whole process: blocks of several threads share it, and the last one restores it.
    """
    global _open_blocks, _usual_mask
    with _lock:
        if not _open_blocks:
            _usual_mask = os.umask(_OTHERS)
            os.umask(_usual_mask | _OTHERS)
        _open_blocks += 1
    try:
        yield
    finally:
        with _lock:
            _open_blocks -= 1
            if not _open_blocks:
                os.umask(_usual_mask)
