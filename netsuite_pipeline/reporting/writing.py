"""Writes the page: whole, or not at all."""

import os
from pathlib import Path


def write_page(page: str, path: Path) -> None:
    """Replaces a file by the page; whoever has the old one open keeps it.

    Args:
        page: The page.
        path: Where it goes; its folder is made.

    Raises:
        OSError: It cannot be written; an older page is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
