"""Exit codes, and errors as text on standard error: what is wrong and how to fix it."""

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


def run_command(run: Callable[[], Any]) -> int:
    """Run a command and return its exit code; print the errors that a user can correct.

    After a signal the process ends here with the signal's code, whatever the command raised or returned.

    Args:
        run: The command. It may return its exit code as an integer.
    """
    try:
        with interruption.running():
            code = _code_of(run)
            if interruption.code:
                _end_interrupted(None, printed=code == INTERRUPTED)
    except BaseException as error:
        if interruption.code:
            _end_interrupted(error)
        raise
    return code


def _code_of(run: Callable[[], Any]) -> int:
    try:
        code = run()
    except click.ClickException as error:
        error.show()
        return CONFIGURATION_OR_SIGN_IN
    except click.Abort as error:
        if not interruption.code:  # the input ended at a prompt
            _print("interrupted.")
            return INTERRUPTED
        raise error
    except (NetSuiteError, WarehouseError) as error:
        if interruption.code:
            raise
        nothing_done = isinstance(error, ConfigurationError | WarehouseMisconfigured)
        _print(f"{'cannot start' if nothing_done else 'failed'}\n  {error.message}")
        if error.remedy:
            _print(f"  {error.remedy}", name=False)
        return exit_code(error)
    except BrokenPipeError:
        # The reader of the output has ended, as in `… | head`.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at exit
        return OK
    except RuntimeError as error:
        if NO_THREAD not in str(error):
            raise
        _print(f"failed\n  This machine lets the process start no more threads ({error}).")
        _print(f"  {MORE_THREADS}", name=False)
        return SOMETHING_FAILED
    return code if isinstance(code, int) else OK


def _end_interrupted(error: BaseException | None, *, printed: bool = False) -> NoReturn:
    if not printed:
        _print("interrupted. Committed tables stay. Run the command again to go on.")
    for note in notes_of(error) if error is not None else ():
        _print(f"  {note}", name=False)
    interruption.leave()


def exit_code(error: NetSuiteError | WarehouseError) -> int:
    """Return the exit code of a failure.

    Example:
        >>> exit_code(SignInError("refused"))
        2
    """
    settings = isinstance(error, ConfigurationError | WarehouseMisconfigured | SignInError)
    return CONFIGURATION_OR_SIGN_IN if settings else SOMETHING_FAILED


def _print(text: str, *, name: bool = True) -> None:
    print(f"netsuite-pipeline: {text}" if name else text, file=sys.stderr)
