"""Sources of answers: a person at a terminal, or a pipe that gives one value a line."""

import sys
from collections.abc import Mapping, Sequence

import click

from netsuite_pipeline.commands.connecting.validation import normalize, validate
from netsuite_pipeline.netsuite.auth.variables import CredentialVariable
from netsuite_pipeline.netsuite.errors import ConfigurationError

_TYPED_VISIBLY = {"client_id", "certificate_id"}  # secret, but long texts that people check as they paste


class TerminalPrompts:
    """A person at a terminal. Secrets are not shown while the person types.

    Args:
        err: Whether to write to standard error.
        yes_to_all: Whether every question is answered with yes.
    """

    is_person = True

    def __init__(self, *, err: bool, yes_to_all: bool) -> None:
        self._err = err
        self._yes_to_all = yes_to_all

    def value(self, variable: CredentialVariable, known: Mapping[str, str], before: str = "") -> str:
        """Prompt until the value is valid; an uncertain one is accepted when it is given twice.

        Args:
            variable: The value to prompt for.
            known: The values given so far, by variable.
            before: The present value, which an empty answer keeps; empty if there is none.
        """
        kept = before or variable.default
        doubtful = ""
        while True:
            value = normalize(variable, self._typed(variable, kept)) or kept
            problem = validate(variable, value, known)
            if problem is None or (not problem.certain and value == doubtful):
                return value
            doubtful = value
            again = "" if problem.certain else " If it is right, enter it once more."
            click.echo(f"  {problem.text}{again}", err=self._err)

    def _typed(self, variable: CredentialVariable, kept: str) -> str:
        label = f"  {variable.label}"
        is_hidden = variable.secret and variable.field not in _TYPED_VISIBLY
        if kept and variable.secret:
            label += " (Enter keeps the present value)"
        elif kept:
            label += f" [{kept}]"
        if is_hidden:
            label += " (typing shows nothing)"
        typed: str = click.prompt(label, default="", show_default=False, hide_input=is_hidden, err=self._err)
        return typed

    def confirm(self, question: str, default: bool) -> bool:
        """Ask a yes-no question, unless all are answered with yes."""
        return self._yes_to_all or click.confirm(question, default=default, err=self._err)

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of the choices."""
        chosen: str = click.prompt(question, type=click.Choice(choices), default=default, err=self._err)
        return chosen

    def pause(self, text: str) -> None:
        """Show a text and wait for Enter."""
        click.prompt(text, default="", show_default=False, prompt_suffix=" ", err=self._err)


class PipedValues:
    """A pipe. An invalid value ends the command, because a pipe cannot be asked again.

    Args:
        yes_to_all: Whether every question is answered with yes.
    """

    is_person = False

    def __init__(self, *, yes_to_all: bool) -> None:
        self._yes_to_all = yes_to_all

    def value(self, variable: CredentialVariable, known: Mapping[str, str], before: str = "") -> str:
        """Read one line.

        Raises:
            MissingValue: The line is empty and the value has no default.
            ConfigurationError: The value is invalid.
        """
        value = normalize(variable, sys.stdin.readline()) or before or variable.default
        if not value:
            raise MissingValue(variable)
        require_valid(variable, value, known)
        return value

    def confirm(self, question: str, default: bool) -> bool:
        """Return the default, or yes to all."""
        return self._yes_to_all or default

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Return the default."""
        return default

    def pause(self, text: str) -> None:
        """Do nothing: nobody reads the text."""


Prompts = TerminalPrompts | PipedValues
"""A source of answers."""


class MissingValue(Exception):
    """Raised when a pipe ends, or gives an empty line, where a value is needed."""

    def __init__(self, variable: CredentialVariable) -> None:
        super().__init__(variable.variable)
        self.variable = variable


def require_valid(variable: CredentialVariable, value: str, known: Mapping[str, str]) -> None:
    """Refuse an invalid value that nobody can be asked for again; warn of an uncertain one.

    Raises:
        ConfigurationError: The value is invalid.
    """
    problem = validate(variable, value, known)
    if problem is None:
        return
    if problem.certain:
        raise ConfigurationError(
            f"{variable.label} ({variable.variable}) is not valid. {problem.text}",
            remedy="`netsuite-pipeline connect --help` shows the order of the values.",
        )
    click.echo(f"{variable.label}: {problem.text}", err=True)
