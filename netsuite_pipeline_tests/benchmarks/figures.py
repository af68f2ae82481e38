"""The figures of ARCHITECTURE.md: lines by kind, and the files that one page and one commit pass.

`python -m netsuite_pipeline_tests.benchmarks.figures`. A file counts as passed when a function in it is called.
"""

import ast
import io
import sys
import threading
import tokenize
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import netsuite_pipeline
from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.sync.load.commit import TableCommit
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.sync.scheduling.scheduler import SyncScheduler
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse

PACKAGE = Path(netsuite_pipeline.__file__).parent
_NO_CODE = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)


def lines_of(text: str) -> Counter[str]:
    """Return how many lines of a module are code, docstring, comment and blank.

    Example:
        >>> sorted(lines_of('def f():  # why\\n    "Do it."\\n\\n    return 1\\n').items())
        [('blank', 1), ('code', 2), ('docstring', 1)]
    """
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    } - docstrings
    kinds = (
        "docstring"
        if number in docstrings
        else "code"
        if number in code
        else "comment"
        if line.strip()
        else "blank"
        for number, line in enumerate(text.splitlines(), 1)
    )
    return Counter(kinds)


def package_lines() -> tuple[int, Counter[str]]:
    """Return the number of the package's modules, and their lines by kind."""
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    return len(texts), sum((lines_of(text) for text in texts), Counter())


class FilesPassed:
    """Records the package's files whose functions are called, by what they are called for.

    A page passes the files of the worker threads and of the scheduler's handling of events. A commit passes the
    files between its call and its end.
    """

    def __init__(self) -> None:
        self.files: Mapping[str, set[str]] = {"page": set(), "commit": set()}
        self._entries = {
            SyncScheduler._wait_for_events.__code__: "page",
            TableCommit.run.__code__: "commit",
        }
        self._inside = threading.local()

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        """Record one call or return; for `threading.setprofile` and `sys.setprofile`."""
        code = frame.f_code
        if event not in {"call", "return"} or not code.co_filename.startswith(str(PACKAGE)):
            return
        inside: Counter[str] = self._inside.__dict__.setdefault("of", Counter())
        entry = self._entries.get(code)
        if event == "return":
            if entry:
                inside[entry] -= 1
            return
        if entry:
            inside[entry] += 1
        if threading.current_thread() is not threading.main_thread():
            inside["page"] = 1
        for of, files in self.files.items():
            if inside[of] > 0:
                files.add(str(Path(code.co_filename).relative_to(PACKAGE)))


def files_passed() -> Mapping[str, set[str]]:
    """Return the files that a page and a commit pass, in a first sync of `transaction` from the emulator."""
    passed = FilesPassed()
    with start_emulator(scale=0.3, max_seconds=1800) as emulator, TemporaryDirectory() as folder:
        with client_from_environment(emulator.env) as client:
            request = SyncRequest(
                tables=choose_tables(standard_tables(), ("transaction",)),
                catalogue=standard_tables(),
                connection="netsuite",
                full=True,
                overlap=timedelta(hours=1),
            )
            threading.setprofile(passed.profile)
            sys.setprofile(passed.profile)
            try:
                for _ in Sync(client, Warehouse(Path(folder) / "warehouse.duckdb"), request):
                    pass
            finally:
                sys.setprofile(None)
                threading.setprofile(None)
    return passed.files


def main() -> None:
    """Print the figures."""
    modules, lines = package_lines()
    print(
        f"modules {modules:,}, lines {lines.total():,}: "
        + ", ".join(f"{kind} {n:,}" for kind, n in lines.items())
    )
    for of, files in files_passed().items():
        print(f"one {of} passes {len(files)} files: {', '.join(sorted(files))}")


if __name__ == "__main__":
    main()
