"""Errors as a person meets them: what is wrong and what to do, on standard error, and an exit code."""

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from netsuite_pipeline.commands.interruption import interruption, notes_of
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError, SignInError
from netsuite_pipeline.sync.worker_pool import MORE_THREADS, NO_THREAD
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured

OK = 0
SOMETHING_FAILED = 1
CONFIGURATION_OR_SIGN_IN = 2
INTERRUPTED = 130


def told(run: Callable[[], Any]) -> int:
    """Run a command and turn what it raises into words and an exit code.

    A process that was asked to end does so here, with its signal's code, whatever the command raised or
    returned.

    Args:
        run: The command; it may return its exit code.
    """
    try:
        with interruption.running():
            code = _in_words(run)
            if interruption.code:
                _end_interrupted(None, said=code == INTERRUPTED)
    except BaseException as error:
        if interruption.code:
            _end_interrupted(error)
        raise
    return code


def _in_words(run: Callable[[], Any]) -> int:
    try:
        code = run()
    except click.ClickException as error:
        error.show()
        return CONFIGURATION_OR_SIGN_IN
    except click.Abort as error:
        if not interruption.code:  # an end of the input where somebody was asked
            _say("interrupted.")
            return INTERRUPTED
        raise error
    except (NetSuiteError, WarehouseError) as error:
        if interruption.code:
            raise
        _say(f"{_outcome(error)}\n  {error.message}")
        if error.remedy:
            _say(f"  {error.remedy}", name=False)
        return exit_code(error)
    except BrokenPipeError:
        # Whoever read our output has had enough, as `… | head` does.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at the very end
        return OK
    except RuntimeError as error:
        if NO_THREAD not in str(error):
            raise
        _say(f"failed\n  This machine lets the process start no more threads ({error}).")
        _say(f"  {MORE_THREADS}", name=False)
        return SOMETHING_FAILED
    return code if isinstance(code, int) else OK


def _end_interrupted(error: BaseException | None, *, said: bool = False) -> NoReturn:
    if not said:
        _say("interrupted. Committed tables stay; run it again to go on.")
    for note in notes_of(error) if error is not None else ():
        _say(f"  {note}", name=False)
    interruption.leave()


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
