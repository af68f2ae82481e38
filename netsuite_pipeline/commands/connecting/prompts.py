"""Who answers: a person at a terminal, or a pipe that gives one value a line."""

import sys
from collections.abc import Mapping, Sequence
from typing import Protocol, TextIO

import click

from netsuite_pipeline.commands.connecting.credential_kinds import Asked
from netsuite_pipeline.commands.connecting.validation import problem_of, tidied
from netsuite_pipeline.netsuite.errors import ConfigurationError


class Answers(Protocol):
    """Where answers come from."""

    @property
    def is_person(self) -> bool:
        """Whether somebody is there who can be shown something and asked again."""
        ...

    def value(self, asked: Asked, known: Mapping[str, str], before: str = "") -> str:
        """One value, tidied and of a form that can be right.

        Args:
            asked: What.
            known: The values that are known already.
            before: What it is at present, which an empty answer keeps; empty where it is nothing.
        """
        ...

    def yes(self, question: str, otherwise: bool) -> bool:
        """Whether something is wanted. A pipe is never asked: it gets what is said otherwise."""
        ...

    def choice(self, question: str, offered: Sequence[str], otherwise: str) -> str:
        """One of the offered words."""
        ...

    def go_on(self, text: str) -> None:
        """Waits until somebody has read and done what is said."""
        ...


class Person:
    """Somebody at a terminal. Secrets are not shown while they are typed.

    Args:
        err: Whether to talk on standard error.
        yes_to_all: Whether every question is answered with yes.
    """

    is_person = True

    def __init__(self, *, err: bool, yes_to_all: bool) -> None:
        self._err = err
        self._yes_to_all = yes_to_all

    def value(self, asked: Asked, known: Mapping[str, str], before: str = "") -> str:
        kept = before or asked.otherwise
        doubted = ""
        while True:
            value = tidied(asked, self._typed(asked, kept)) or kept
            problem = problem_of(asked, value, known)
            if problem is None or (not problem.sure and value == doubted):
                return value
            doubted = value
            again = "" if problem.sure else " Give it once more if it is right."
            click.echo(f"  {problem.words}{again}", err=self._err)

    def _typed(self, asked: Asked, kept: str) -> str:
        words = f"  {asked.words}"
        if kept and (asked.secret or asked.variable in _NEVER_SHOWN):
            words += " (Enter keeps what was given)"
        elif kept:
            words += f" [{kept}]"
        if asked.secret:
            words += " (typing shows nothing)"
        typed: str = click.prompt(
            words, default="", show_default=False, hide_input=asked.secret, err=self._err
        )
        return typed

    def yes(self, question: str, otherwise: bool) -> bool:
        return self._yes_to_all or click.confirm(question, default=otherwise, err=self._err)

    def choice(self, question: str, offered: Sequence[str], otherwise: str) -> str:
        chosen: str = click.prompt(question, type=click.Choice(offered), default=otherwise, err=self._err)
        return chosen

    def go_on(self, text: str) -> None:
        click.prompt(text, default="", show_default=False, prompt_suffix=" ", err=self._err)


_NEVER_SHOWN = {"NETSUITE_CLIENT_ID", "NETSUITE_CERTIFICATE_ID"}


class Pipe:
    """Lines from elsewhere. What is wrong with one ends the command, as nobody can be asked again.

    Args:
        lines: Where they come from.
        yes_to_all: Whether every question is answered with yes.
    """

    is_person = False

    def __init__(self, lines: TextIO = sys.stdin, *, yes_to_all: bool) -> None:
        self._lines = lines
        self._yes_to_all = yes_to_all

    def value(self, asked: Asked, known: Mapping[str, str], before: str = "") -> str:
        value = tidied(asked, self._lines.readline()) or before or asked.otherwise
        if not value:
            raise MissingValue(asked)
        checked(asked, value, known)
        return value

    def yes(self, question: str, otherwise: bool) -> bool:
        return self._yes_to_all or otherwise

    def choice(self, question: str, offered: Sequence[str], otherwise: str) -> str:
        return otherwise

    def go_on(self, text: str) -> None:
        """Nobody reads it."""


class MissingValue(Exception):
    """A pipe ended, or gave an empty line, where a value is needed."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.variable)
        self.asked = asked


def checked(asked: Asked, value: str, known: Mapping[str, str]) -> None:
    """Says on standard error what is odd about a value that nobody can be asked for again.

    Raises:
        ConfigurationError: It cannot be right.
    """
    problem = problem_of(asked, value, known)
    if problem is None:
        return
    if problem.sure:
        raise ConfigurationError(
            f"{asked.words} ({asked.variable}) cannot be right. {problem.words}",
            remedy="`netsuite-pipeline connect --help` tells the order of the values.",
        )
    click.echo(f"{asked.words}: {problem.words}", err=True)
