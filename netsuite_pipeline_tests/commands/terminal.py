"""A person at a terminal: a command on a pseudo-terminal of its own, what it shows, what is typed."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

# The command's own terminal, as a login gives it one: typing without echo asks for that very one.
_ATTACH = (
    "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """Starts `netsuite-pipeline …` in a folder."""

    def __init__(self, folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._master, slave = os.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ATTACH, sys.executable, "-m", "netsuite_pipeline", *arguments],
            cwd=folder,
            env={**os.environ, "COLUMNS": "100", **(env or {})},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""
        self._read = 0

    def expect(self, words: str, seconds: float = 300.0) -> str:
        """Waits until a pattern is shown that was not waited for before; gives what came until then."""
        until = time.monotonic() + seconds
        while not (found := re.search(words, self.shown[self._read :])):
            assert time.monotonic() < until, f"{words!r} is not shown:\n{self.shown[self._read :]}"
            self._more(0.2)
        start, self._read = self._read, self._read + found.end()
        return self.shown[start : self._read]

    def enter(self, line: str) -> None:
        """Types a line, once what is asked may be typed."""
        time.sleep(0.05)  # the echo is switched off just after the prompt, which drops what came before
        os.write(self._master, f"{line}\n".encode())

    def press_ctrl_c(self) -> None:
        time.sleep(0.05)
        os.write(self._master, b"\x03")

    def ended(self) -> int:
        """The exit code, once all is shown."""
        until = time.monotonic() + 600
        while self._process.poll() is None and time.monotonic() < until:
            self._more(0.2)
        self._more(0.1)
        code = self._process.poll()
        assert code is not None, self.shown
        return code

    def _more(self, seconds: float) -> None:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if ready:
            try:
                self.shown += os.read(self._master, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:  # the other end is closed
                time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)
