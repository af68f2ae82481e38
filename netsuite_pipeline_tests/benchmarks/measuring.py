"""Runs a command in a process of its own, and measures the whole process."""

import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

_HERE = "netsuite_pipeline_tests.benchmarks"


@dataclass(frozen=True)
class Taken:
    """What a process took, from its being spawned to its exit.

    Attributes:
        seconds: Start of the interpreter and the end of it included.
        cpu_seconds: Processor time, user and system.
        output: The JSON object that it printed, if it is one that prints one.
    """

    seconds: float
    cpu_seconds: float
    output: Mapping[str, Any]


class Unmeasured(Exception):
    """A measured process failed, or did not do what was to be measured; the message says which and how."""


def run(arguments: Sequence[str], env: Mapping[str, str] | None = None) -> Taken:
    """Runs `python …` to its end.

    Args:
        arguments: After `python`, such as `["-m", "netsuite_pipeline", "--help"]`.
        env: More variables.

    Raises:
        Unmeasured: It ended with another code than 0.
    """
    variables = {**os.environ, **(env or {})}
    # Whoever installs the package has compiled modules after the first start.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout:
            out = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            message = (errors.read() or out).strip()[-2000:]
            raise Unmeasured(f"{' '.join(arguments)} ended with {process.returncode}: {message}")
    output = json.loads(out) if out.startswith("{") else {}
    return Taken(seconds, used.ru_utime + used.ru_stime, output)


def run_here(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Taken:
    """Runs a module of this folder."""
    return run(["-m", f"{_HERE}.{module}", *arguments], env)


def warm(module: str) -> Taken:
    """Imports a module in a process of its own, twice: what it takes once it is compiled and in the cache."""
    arguments = ["-c", f"import {module}"]
    run(arguments)
    return run(arguments)


def peak_mib() -> float:
    """The most memory that this process has had so far, resident, in MiB."""
    if sys.platform == "linux":
        # ru_maxrss counts what the process that forked this one had.
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert found is not None
        return int(found[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def available_gib() -> float | None:
    """Return the free memory in GiB; None where the system does not report it."""
    meminfo = Path("/proc/meminfo")
    found = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text()) if meminfo.exists() else None
    return None if found is None else int(found[1]) / 1024**2


def machine() -> str:
    """What the measurements were taken on, in a line."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "requests", "urllib3", "netsuite"))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"Python {platform.python_version()}, {versions}; {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores; load before the measurement {load}."
    )
