"""Calls `netsuite-pipeline` as a person does: in a process and a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Called:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def call(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, given: str = "") -> Called:
    """Runs the command to its end, at most two minutes."""
    ended = subprocess.run(
        [sys.executable, "-m", "netsuite_pipeline", *arguments],
        cwd=folder,
        env={**os.environ, **(env or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Called(ended.returncode, ended.stdout, ended.stderr)
