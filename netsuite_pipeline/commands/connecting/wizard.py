"""One set-up from the first question to the last word: what is asked, tried, kept and said, in this order."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from netsuite_pipeline.commands.connecting.credential_kinds import ACCOUNT, KINDS, Asked, Kind
from netsuite_pipeline.commands.connecting.env_writer import EnvFile, export_lines, not_ignored_by_git
from netsuite_pipeline.commands.connecting.guide import MAPPING, lines_of, steps_of
from netsuite_pipeline.commands.connecting.keys import KeyChoice, key_values
from netsuite_pipeline.commands.connecting.prompts import Answers, MissingValue, checked
from netsuite_pipeline.commands.connecting.sign_in_check import MOST_REFUSALS, Outcome, sign_in
from netsuite_pipeline.commands.connecting.validation import tidied
from netsuite_pipeline.commands.doctor_output import finding_lines
from netsuite_pipeline.commands.exit_codes import CONFIGURATION_OR_SIGN_IN, OK, SOMETHING_FAILED
from netsuite_pipeline.health.setup_guide import Step
from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
    with_prefix_names,
)
from netsuite_pipeline.netsuite.errors import LOGIN_AUDIT_TRAIL, ConfigurationError

_PASSED_ON = ("NETSUITE_BASE_URL", "NETSUITE_CONCURRENCY")


@dataclass(frozen=True)
class Wished:
    """What was said on the command line.

    Attributes:
        kind: Of the credentials.
        given: Values by their variables.
        key: What was said about the key of OAuth 2.0.
        file: Where the values go.
        printed: Whether they are printed instead.
        guided: Whether the guide is gone through: None, where that is to be asked.
        width: Columns of the terminal.
    """

    kind: Kind
    given: Mapping[str, str]
    key: KeyChoice
    file: EnvFile
    printed: bool
    guided: bool | None
    width: int


class SetUp:
    """Asks, signs in, keeps.

    Args:
        wished: What was said on the command line.
        answers: Who answers the rest.
    """

    def __init__(self, wished: Wished, answers: Answers) -> None:
        self._wished = wished
        self._answers = answers
        self._values: dict[str, str] = {}
        self._before: Mapping[str, str] = {}

    def run(self) -> int:
        """Gives the exit code: 0 all is well, 1 something is missing or the sign-in is refused.

        Raises:
            ConfigurationError: A value is missing or cannot be right, and there is nobody to be asked again.
        """
        wished = self._wished
        if wished.file.has_credentials and not wished.printed:
            self._say(f"{wished.file.path} has credentials already. They stay until the new ones sign in.")
        if wished.file.kind == wished.kind.name and self._answers.is_person:
            self._before = wished.file.values
        self._take_given()
        try:
            self._ask()
        except MissingValue as missing:
            raise self._missing(missing) from None
        outcome = self._signed_in()
        if not outcome.signed_in and not self._keeps_nevertheless(outcome):
            self._say("Nothing was written.")
            unusable = isinstance(outcome.failure, ConfigurationError)
            return CONFIGURATION_OR_SIGN_IN if unusable else SOMETHING_FAILED
        self._keep(outcome)
        return OK if outcome.is_complete else SOMETHING_FAILED

    # Asking
    # ------

    def _take_given(self) -> None:
        """Options; what is wrong with one is said before anything is asked."""
        for asked in self._wished.kind.asked:
            value = tidied(asked, self._wished.given.get(asked.variable, ""))
            if value:
                checked(asked, value, self._values)
                self._values[asked.variable] = value
        account = tidied(ACCOUNT, self._wished.given.get(ACCOUNT.variable, ""))
        if account:  # which Nango need not be told, but then is held to
            checked(ACCOUNT, account, {})
            self._values[ACCOUNT.variable] = account

    def _ask(self) -> None:
        kind = self._wished.kind
        if self._answers.is_person and self._is_guided():
            steps = steps_of(kind.name)
            total = len(steps) + (1 if kind.name == "oauth2" else 0)
            for number, step in enumerate(steps, 1):
                self._show(step, number, total)
                copied = {each.variable for each in step.values}
                wanted = [asked for asked in self._open() if asked.variable in copied]
                for asked in wanted:
                    self._take(asked)
                if not wanted and number < total:
                    self._answers.go_on("Done? Enter goes on.")
        for asked in self._open():
            if asked.variable != "NETSUITE_CERTIFICATE_ID":
                self._take(asked)
        if kind.name == "oauth2":
            self._ask_for_the_certificate()

    def _is_guided(self) -> bool:
        if self._wished.guided is not None:
            return self._wished.guided
        return self._answers.yes("Go through NetSuite's set-up step by step?", not self._before)

    def _ask_for_the_certificate(self) -> None:
        """Makes the pair, says where its certificate goes, and asks what NetSuite calls it."""
        if "NETSUITE_PRIVATE_KEY" not in self._values:
            realm = parse_account_id(self._values["NETSUITE_ACCOUNT_ID"]).realm
            prefix = self._wished.file.prefix
            key = key_values(self._wished.key, self._answers, self._say, prefix=prefix, realm=realm)
            self._values.update(key)
            if key["NETSUITE_PRIVATE_KEY"] != self._before.get("NETSUITE_PRIVATE_KEY"):
                self._before = {**self._before, "NETSUITE_CERTIFICATE_ID": ""}  # the id is the old one's
        for asked in self._open():
            number = len(steps_of("oauth2")) + 1
            self._show(MAPPING, number, number)
            self._take(asked)

    def _open(self) -> list[Asked]:
        return [asked for asked in self._wished.kind.asked if asked.variable not in self._values]

    def _take(self, asked: Asked) -> None:
        before = self._before.get(asked.variable, "")
        others = {name: value for name, value in self._values.items() if name != asked.variable}
        self._values[asked.variable] = self._answers.value(asked, others, before)

    def _missing(self, missing: MissingValue) -> ConfigurationError:
        open_ = [each for each in self._open() if not each.otherwise]
        names = ", ".join(f"{each.words} ({each.variable})" for each in open_)
        if not open_:
            names = f"{missing.asked.words} ({missing.asked.variable})"
        return ConfigurationError(
            f"The input ended too early. Still missing: {names}.",
            remedy="`netsuite-pipeline connect --help` tells the order of the values, one a line.",
        )

    def _ask_again(self) -> None:
        """Each value once more; Enter keeps it."""
        self._before = dict(self._values)
        for asked in self._wished.kind.asked:
            del self._values[asked.variable]
            self._take(asked)

    # Signing in
    # ----------

    def _signed_in(self) -> Outcome:
        """Signs in, and again after corrections, as long as few enough sign-ins were refused."""
        refusals = 0
        while True:
            self._say("")
            self._say("Signing in …")
            outcome = sign_in(self._variables())
            self._tell(outcome)
            refusals += outcome.refused
            if outcome.signed_in or not self._answers.is_person:
                return outcome
            if refusals >= MOST_REFUSALS:
                self._say(
                    "Two sign-ins were refused, and five lock the user for half an hour: look at the Login "
                    f"Audit Trail first ({LOGIN_AUDIT_TRAIL}), then run this again."
                )
                return outcome
            next_ = self._answers.choice("Correct the values, or leave it?", ("correct", "leave"), "correct")
            if next_ == "leave":
                return outcome
            self._ask_again()

    def _variables(self) -> dict[str, str]:
        standard = connection_variables(os.environ, self._wished.file.prefix)
        passed_on = {name: standard[name] for name in _PASSED_ON if standard.get(name, "").strip()}
        return {**passed_on, **self._values}

    def _tell(self, outcome: Outcome) -> None:
        if outcome.failure is not None:
            self._say(outcome.failure.message)
            if outcome.failure.remedy:
                self._say(f"  {outcome.failure.remedy}")
        for finding in outcome.findings:
            for line in finding_lines(finding, self._wished.width):
                self._say(line)

    def _keeps_nevertheless(self, outcome: Outcome) -> bool:
        where = "Print" if self._wished.printed else f"Write to {self._wished.file.path}"
        return self._answers.yes(f"{where} them although they do not sign in?", False)

    # Keeping
    # -------

    def _keep(self, outcome: Outcome) -> None:
        file = self._wished.file
        values = {**self._values}
        if outcome.realm and self._wished.kind.name == "nango":
            values["NETSUITE_ACCOUNT_ID"] = outcome.realm  # so that no other account's rows get among its
        base_url = self._variables().get("NETSUITE_BASE_URL")
        if base_url:
            values["NETSUITE_BASE_URL"] = base_url
        values = {name: value for name, value in values.items() if not self._goes_without_saying(name, value)}
        if self._wished.printed:
            click.echo("\n".join(export_lines(values, file.prefix)))
        else:
            shadowed = file.shadowed(values, os.environ)
            file.keep(values)
            self._say(
                f"Written to {file.path}, for this user's eyes only. Dagster takes it at its next sync."
            )
            for name in shadowed:
                self._say(f"! {name} is set to something else in this shell, and wins: unset it.")
        self._tell_what_git_takes(values)
        self._say_what_is_next(outcome, values)

    def _goes_without_saying(self, name: str, value: str) -> bool:
        return any(asked.variable == name and asked.otherwise == value for asked in KINDS["nango"].asked)

    def _tell_what_git_takes(self, values: Mapping[str, str]) -> None:
        secret = [] if self._wished.printed else [self._wished.file.path]
        if "NETSUITE_PRIVATE_KEY" in values:
            secret.append(Path(values["NETSUITE_PRIVATE_KEY"]))
        for path in not_ignored_by_git(secret):
            line = f"{path.parent.name}/" if path.suffix == ".pem" else path.name
            self._say(f"! git does not ignore {path}: add the line {line} to .gitignore.")

    def _say_what_is_next(self, outcome: Outcome, values: Mapping[str, str]) -> None:
        if "NETSUITE_CERTIFICATE" in values:
            ends = read_certificate(values["NETSUITE_CERTIFICATE"]).ends
            self._say(f"The certificate ends on {ends:%Y-%m-%d}: run this again before, with --new-key.")
        path = self._wished.file.path
        elsewhere = "" if path.name == ".env" and path.parent == Path() else f" --env-file {path}"
        if self._wished.printed:
            elsewhere = ""
        if self._wished.file.prefix != STANDARD_PREFIX:
            self._say(f"Next: say `variables: {self._wished.file.prefix}` for this connection in defs.yaml.")
        elif outcome.is_complete:
            self._say(f"Next: netsuite-pipeline doctor{elsewhere} looks at every table.")
        elif outcome.signed_in:
            self._say(f"Mend what is marked ✗, then: netsuite-pipeline doctor{elsewhere}")

    # Talking
    # -------

    def _show(self, step: Step, number: int, total: int) -> None:
        if not self._answers.is_person and step is not MAPPING:
            return
        for line in lines_of(step, number, total, self._wished.kind.name, self._wished.width):
            self._say(line)
        if step is MAPPING and "NETSUITE_CERTIFICATE" in self._values:
            self._say(f"  The file is {self._values['NETSUITE_CERTIFICATE']}")

    def _say(self, text: str) -> None:
        click.echo(with_prefix_names(self._wished.file.prefix, text), err=self._wished.printed)
