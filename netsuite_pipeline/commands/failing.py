"""Errors as a person meets them: what is wrong and what to do, on standard error, and an exit code."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import click

from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError, SignInError
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured

OK = 0
SOMETHING_FAILED = 1
CONFIGURATION_OR_SIGN_IN = 2
INTERRUPTED = 130


def told(run: Callable[[], Any]) -> int:
    """Runs a command and turns what it raises into words and an exit code.

    Args:
        run: The command; it may return its exit code.
    """
    try:
        code = run()
    except click.ClickException as error:
        error.show()
        return CONFIGURATION_OR_SIGN_IN
    except (click.Abort, KeyboardInterrupt) as interrupt:
        _say("interrupted. Committed tables stay; run it again to go on.")
        # click wraps the interrupt that carries the notes.
        for note in getattr(interrupt.__cause__ or interrupt, "__notes__", ()):
            _say(f"  {note}", name=False)
        sys.stdout.flush()
        # Threads may still wait for replies; what they would land is asked for again by the next sync.
        os._exit(INTERRUPTED)
    except (NetSuiteError, WarehouseError) as error:
        _say(f"{_outcome(error)}\n  {error.message}")
        if error.remedy:
            _say(f"  {error.remedy}", name=False)
        return exit_code(error)
    except BrokenPipeError:
        # Whoever read our output has had enough, as `… | head` does.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at the very end
        return OK
    return code if isinstance(code, int) else OK


def end_like_ctrl_c() -> None:
    """Lets SIGTERM, and SIGINT where a background shell ignores it, end this process as Ctrl-C does: what it
    started is stopped first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def exit_code(error: NetSuiteError | WarehouseError) -> int:
    """Which exit code a failure gives.

    Example:
        >>> exit_code(SignInError("refused"))
        2
    """
    settings = isinstance(error, ConfigurationError | WarehouseMisconfigured | SignInError)
    return CONFIGURATION_OR_SIGN_IN if settings else SOMETHING_FAILED


def _outcome(error: NetSuiteError | WarehouseError) -> str:
    return "cannot start" if isinstance(error, ConfigurationError | WarehouseMisconfigured) else "failed"


def _say(text: str, *, name: bool = True) -> None:
    print(f"netsuite-pipeline: {text}" if name else text, file=sys.stderr)
