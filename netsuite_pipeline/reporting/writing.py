"""Writes the page: whole, or not at all."""

import os
import shutil
from pathlib import Path


def write_page(page: str, path: Path) -> None:
    """Replace a file by the page; whoever has the old one open keeps it.

    The page names what people need: a new file is its owner's alone, and one that is there keeps its mode.
    Where the path is a link, the file that it leads to is replaced.

    Args:
        page: The page.
        path: Where it goes; its folder is made.

    Raises:
        OSError: It cannot be written; an older page is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.touch(mode=0o600)
        unfinished.write_text(page, encoding="utf-8")
        if target.exists():
            shutil.copymode(target, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
