"""Shows a person at a terminal what is being looked at: for commands that ask one thing after another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def watched() -> Iterator[Callable[[str], object]]:
    """Gives what to tell of each step: a sentence. Nothing is shown where nobody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status("Looking") as status:
        yield status.update
