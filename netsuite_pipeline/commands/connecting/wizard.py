"""The set-up of one connection: prompt for values, sign in, write them, say what is next."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from netsuite_pipeline.commands.connecting.credential_kinds import KINDS, CredentialKind
from netsuite_pipeline.commands.connecting.env_writer import EnvFile, export_lines, not_ignored_by_git
from netsuite_pipeline.commands.connecting.guide import MAPPING, lines_of, steps_of
from netsuite_pipeline.commands.connecting.keys import KeyOptions, key_values
from netsuite_pipeline.commands.connecting.prompts import MissingValue, Prompts, require_valid
from netsuite_pipeline.commands.connecting.sign_in_check import MAX_REFUSALS, Outcome, sign_in
from netsuite_pipeline.commands.connecting.validation import normalize
from netsuite_pipeline.commands.doctor_output import finding_lines
from netsuite_pipeline.commands.exit_codes import CONFIGURATION_OR_SIGN_IN, OK, SOMETHING_FAILED
from netsuite_pipeline.health.setup_guide.guide import Step
from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.netsuite.auth.variables import ACCOUNT_ID, CredentialVariable
from netsuite_pipeline.netsuite.config.env_reload import ENV_FILE
from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
    with_prefix_names,
)
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.menus import LOGIN_AUDIT_TRAIL

_PASSED_ON = ("NETSUITE_BASE_URL", "NETSUITE_CONCURRENCY")


@dataclass(frozen=True)
class ConnectOptions:
    """The options of the command line.

    Attributes:
        kind: The kind of credentials.
        given: Values by variable.
        key: The options about the key of OAuth 2.0.
        file: The file to write.
        printed: Whether to print the values instead.
        guided: Whether to show NetSuite's menus; None: ask.
        width: Columns of the terminal.
    """

    kind: CredentialKind
    given: Mapping[str, str]
    key: KeyOptions
    file: EnvFile
    printed: bool
    guided: bool | None
    width: int


class ConnectWizard:
    """Prompt for values, sign in, write the values.

    Args:
        options: The options of the command line.
        prompts: The source of all other answers.
    """

    def __init__(self, options: ConnectOptions, prompts: Prompts) -> None:
        self._options = options
        self._prompts = prompts
        self._values: dict[str, str] = {}
        self._before: Mapping[str, str] = {}

    def run(self) -> int:
        """Run the set-up and return the exit code: 0 complete, 1 sign-in refused or something missing.

        Raises:
            ConfigurationError: A value is missing or invalid, and nobody can be asked again.
        """
        options = self._options
        if options.file.has_credentials and not options.printed:
            self._echo(f"{options.file.path} has credentials already. They stay until the new ones sign in.")
        if options.file.kind == options.kind.name and self._prompts.is_person:
            self._before = options.file.values
        self._use_options()
        try:
            self._prompt_all()
        except MissingValue as missing:
            raise self._missing_error(missing) from None
        outcome = self._sign_in()
        if not outcome.signed_in and not self._keeps_unsigned():
            self._echo("Nothing was written.")
            invalid = isinstance(outcome.failure, ConfigurationError)
            return CONFIGURATION_OR_SIGN_IN if invalid else SOMETHING_FAILED
        self._write(outcome)
        return OK if outcome.is_complete else SOMETHING_FAILED

    # Values
    # ------

    def _use_options(self) -> None:
        """Validate the values that were given as options, before the first prompt."""
        for variable in dict.fromkeys((*self._options.kind.prompts, ACCOUNT_ID)):  # Nango may have one
            value = normalize(variable, self._options.given.get(variable.variable, ""))
            if value:
                require_valid(variable, value, self._values)
                self._values[variable.variable] = value

    def _prompt_all(self) -> None:
        kind = self._options.kind
        if self._prompts.is_person and self._is_guided():
            steps = steps_of(kind.name)
            total = len(steps) + (1 if kind.name == "oauth2" else 0)
            for number, step in enumerate(steps, 1):
                self._show(step, number, total)
                shown = {each.variable for each in step.values}
                wanted = [variable for variable in self._open() if variable.variable in shown]
                for variable in wanted:
                    self._prompt(variable)
                if not wanted and number < total:
                    self._prompts.pause("Press Enter when this step is done.")
        for variable in self._open():
            if variable.variable != "NETSUITE_CERTIFICATE_ID":
                self._prompt(variable)
        if kind.name == "oauth2":
            self._prompt_certificate_id()

    def _is_guided(self) -> bool:
        if self._options.guided is not None:
            return self._options.guided
        return self._prompts.confirm("Go through NetSuite's set-up step by step?", not self._before)

    def _prompt_certificate_id(self) -> None:
        """Make the key pair, show where its certificate goes, prompt for the certificate's id."""
        if "NETSUITE_PRIVATE_KEY" not in self._values:
            realm = parse_account_id(self._values["NETSUITE_ACCOUNT_ID"]).realm
            prefix = self._options.file.prefix
            key = key_values(self._options.key, self._prompts, self._echo, prefix=prefix, realm=realm)
            self._values.update(key)
            if key["NETSUITE_PRIVATE_KEY"] != self._before.get("NETSUITE_PRIVATE_KEY"):
                self._before = {**self._before, "NETSUITE_CERTIFICATE_ID": ""}  # the old key's id
        for variable in self._open():
            number = len(steps_of("oauth2")) + 1
            self._show(MAPPING, number, number)
            self._prompt(variable)

    def _open(self) -> list[CredentialVariable]:
        return [each for each in self._options.kind.prompts if each.variable not in self._values]

    def _prompt(self, variable: CredentialVariable) -> None:
        before = self._before.get(variable.variable, "")
        others = {name: value for name, value in self._values.items() if name != variable.variable}
        self._values[variable.variable] = self._prompts.value(variable, others, before)

    def _missing_error(self, missing: MissingValue) -> ConfigurationError:
        variables = [each for each in self._open() if not each.default] or [missing.variable]
        names = ", ".join(f"{each.label} ({each.variable})" for each in variables)
        return ConfigurationError(
            f"The input ended too early. Still missing: {names}.",
            remedy="`netsuite-pipeline connect --help` shows the order of the values, one a line.",
        )

    def _prompt_again(self) -> None:
        """Prompt for each value once more; Enter keeps it."""
        self._before = dict(self._values)
        for variable in self._options.kind.prompts:
            del self._values[variable.variable]
            self._prompt(variable)

    # Sign-in
    # -------

    def _sign_in(self) -> Outcome:
        """Sign in; repeat after corrections until `MAX_REFUSALS` sign-ins were refused."""
        refusals = 0
        while True:
            self._echo("")
            self._echo("Signing in …")
            outcome = sign_in(self._variables())
            self._show_outcome(outcome)
            refusals += outcome.refused
            if outcome.signed_in or not self._prompts.is_person:
                return outcome
            if refusals >= MAX_REFUSALS:
                self._echo(
                    "NetSuite refused two sign-ins; five lock the user for half an hour. Open the Login "
                    f"Audit Trail first ({LOGIN_AUDIT_TRAIL}), then run this command again."
                )
                return outcome
            chosen = self._prompts.choice("Correct the values, or leave?", ("correct", "leave"), "correct")
            if chosen == "leave":
                return outcome
            self._prompt_again()

    def _variables(self) -> dict[str, str]:
        standard = connection_variables(os.environ, self._options.file.prefix)
        passed_on = {name: standard[name] for name in _PASSED_ON if standard.get(name, "").strip()}
        return {**passed_on, **self._values}

    def _show_outcome(self, outcome: Outcome) -> None:
        if outcome.failure is not None:
            self._echo(outcome.failure.message)
            if outcome.failure.remedy:
                self._echo(f"  {outcome.failure.remedy}")
        for finding in outcome.findings:
            for line in finding_lines(finding, self._options.width):
                self._echo(line)

    def _keeps_unsigned(self) -> bool:
        where = "Print" if self._options.printed else f"Write to {self._options.file.path}"
        return self._prompts.confirm(f"{where} the values although they do not sign in?", False)

    # Result
    # ------

    def _write(self, outcome: Outcome) -> None:
        file = self._options.file
        values = {**self._values}
        if outcome.realm and self._options.kind.name == "nango":
            values["NETSUITE_ACCOUNT_ID"] = outcome.realm  # so that no other account's rows are accepted
        base_url = self._variables().get("NETSUITE_BASE_URL")
        if base_url:
            values["NETSUITE_BASE_URL"] = base_url
        for variable in KINDS["nango"].prompts:
            if variable.default and values.get(variable.variable) == variable.default:
                del values[variable.variable]
        if self._options.printed:
            click.echo("\n".join(export_lines(file.prefixed(values))))
        else:
            self._write_file(values)
        self._warn_of_git(values)
        self._show_next(outcome, values)

    def _write_file(self, values: Mapping[str, str]) -> None:
        file = self._options.file
        is_reread = _is_same_file(os.environ.get(ENV_FILE, ""), file.path)
        shadowed = [] if is_reread else file.shadowed(values, os.environ)
        file.write(values)
        self._echo(f"Wrote {file.path}; only this user may read it.")
        if is_reread:
            self._echo(f"{ENV_FILE} names this file: a running Dagster uses the new values at its next sync.")
        else:
            self._echo(
                "A running Dagster keeps the old values until its restart. To change values without a "
                f"restart, set {ENV_FILE}={file.path.absolute()} where Dagster starts."
            )
        for name in shadowed:
            self._echo(f"! This shell sets {name} to another value, which overrides the file: unset {name}.")

    def _warn_of_git(self, values: Mapping[str, str]) -> None:
        secret = [] if self._options.printed else [self._options.file.path]
        if "NETSUITE_PRIVATE_KEY" in values:
            secret.append(Path(values["NETSUITE_PRIVATE_KEY"]))
        for path in not_ignored_by_git(secret):
            line = f"{path.parent.name}/" if path.suffix == ".pem" else path.name
            self._echo(f"! git does not ignore {path}: add the line {line} to .gitignore.")

    def _show_next(self, outcome: Outcome, values: Mapping[str, str]) -> None:
        if "NETSUITE_CERTIFICATE" in values:
            ends = read_certificate(values["NETSUITE_CERTIFICATE"]).ends
            self._echo(f"The certificate ends on {ends:%Y-%m-%d}. Run this command before, with --new-key.")
        path = self._options.file.path
        option = "" if self._options.printed or path == Path(".env") else f" --env-file {path}"
        prefix = self._options.file.prefix
        if prefix != STANDARD_PREFIX:
            self._echo(f"Next: set `env_prefix: {prefix}` for this connection in defs.yaml.")
        elif outcome.is_complete:
            self._echo(f"Next: `netsuite-pipeline doctor{option}` checks every table.")
        elif outcome.signed_in:
            self._echo(f"Next: fix what is marked ✗, then run `netsuite-pipeline doctor{option}`.")

    # Output
    # ------

    def _show(self, step: Step, number: int, total: int) -> None:
        if not self._prompts.is_person and step is not MAPPING:
            return
        for line in lines_of(step, number, total, self._options.kind.name, self._options.width):
            self._echo(line)
        if step is MAPPING and "NETSUITE_CERTIFICATE" in self._values:
            self._echo(f"  The file is {self._values['NETSUITE_CERTIFICATE']}")

    def _echo(self, text: str) -> None:
        click.echo(with_prefix_names(self._options.file.prefix, text), err=self._options.printed)


def _is_same_file(named: str, path: Path) -> bool:
    return bool(named.strip()) and Path(named.strip()).resolve() == path.resolve()
