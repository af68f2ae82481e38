"""A process that reads the published file: the same one all along, or a new one again and again."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

# What every published file must have: each line's transaction, and each transaction's lines.
FACTS = """
SELECT (SELECT count(*) FROM netsuite.transaction), (SELECT count(*) FROM netsuite.transactionline),
  (SELECT max(lastmodifieddate)::VARCHAR FROM netsuite.transaction),
  (SELECT sum(hash(t)::HUGEINT)::VARCHAR FROM netsuite.transaction t),
  (SELECT sum(hash(l)::HUGEINT)::VARCHAR FROM netsuite.transactionline l),
  (SELECT count(*) FROM netsuite.transactionline l ANTI JOIN netsuite.transaction t ON l.transaction = t.id),
  (SELECT count(*) FROM netsuite.transaction t ANTI JOIN netsuite.transactionline l ON l.transaction = t.id)
"""


def facts(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """Rows and fingerprints of the transactions and their lines; at the end, how many lack the other."""
    row = connection.execute(FACTS).fetchone()
    assert row is not None
    return list(row)


class Reader:
    """A child process with its own view of the file; DuckDB shares a file that one process opens twice."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def observe(self) -> Any:
        """Let the process read once, and return what it read."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the reader has ended"
        return json.loads(line)


@contextmanager
def reading(path: Path, how: str) -> Iterator[Reader]:
    """Start a reader. `held` keeps the file open, `anew` opens it at each read, and `always` opens it again
    and again, and returns at a read how often it did and what failed."""
    command = [sys.executable, "-m", "netsuite_pipeline_tests.survival.reader", str(path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Reader(process)
        finally:
            process.kill()


def _held(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as connection:
        for _ in sys.stdin:
            print(json.dumps(facts(connection)), flush=True)


def _anew(path: Path) -> None:
    for _ in sys.stdin:
        with duckdb.connect(str(path), read_only=True) as connection:
            print(json.dumps(facts(connection)), flush=True)


def _always(path: Path) -> None:
    import threading

    seen: dict[str, Any] = {"looks": 0, "different": 0, "wrong": []}

    def look() -> None:
        last: list[Any] = []
        while True:
            time.sleep(0.2)
            if not path.exists():
                continue
            try:
                with duckdb.connect(str(path), read_only=True) as connection:
                    found = facts(connection)
            except duckdb.Error as error:
                seen["wrong"].append(str(error))
                continue
            seen["looks"] += 1
            seen["different"] += found != last
            if found[-2:] != [0, 0]:
                seen["wrong"].append(found)
            last = found

    threading.Thread(target=look, daemon=True).start()
    for _ in sys.stdin:
        print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    {"held": _held, "anew": _anew, "always": _always}[sys.argv[2]](Path(sys.argv[1]))
