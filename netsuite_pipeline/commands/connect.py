"""`netsuite-pipeline connect`: from NetSuite's menus to a sign-in that works, kept in `.env`."""

import os
import shutil
import sys
from pathlib import Path

import click

from netsuite_pipeline.commands.connecting.credential_kinds import KINDS, Kind
from netsuite_pipeline.commands.connecting.env_writer import EnvFile
from netsuite_pipeline.commands.connecting.keys import KEY_FOLDER, KeyChoice
from netsuite_pipeline.commands.connecting.prompts import Answers, Person, Pipe
from netsuite_pipeline.commands.connecting.wizard import SetUp, Wished
from netsuite_pipeline.commands.exit_codes import INTERRUPTED
from netsuite_pipeline.netsuite.auth.key_pair import KEY_TYPES
from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
    with_prefix_names,
)
from netsuite_pipeline.netsuite.errors import ConfigurationError

_WIDEST = 110
_ORDER = "\n\n".join(
    f"  {kind.name}: {', '.join(each.words for each in kind.asked)}" for kind in KINDS.values()
)


@click.command(
    "connect",
    epilog="From a pipe, the values come one a line, in this order, without those that are given as options:"
    f"\n\n{_ORDER}\n\nExit codes: 0 signed in, 1 the sign-in is refused or something is missing, 2 a value "
    "is missing or cannot be right.",
)
@click.option(
    "--kind", "kind_name", type=click.Choice(list(KINDS)), help="How to sign in; asked when left out."
)
@click.option("--account-id", default="", help="1234567, or 1234567_SB1 for a sandbox.")
@click.option("--client-id", default="", help="OAuth 2.0: of the integration record.")
@click.option("--certificate-id", default="", help="OAuth 2.0: what NetSuite calls the certificate.")
@click.option(
    "--key-type",
    type=click.Choice(KEY_TYPES),
    default=KEY_TYPES[0],
    show_default=True,
    help="OAuth 2.0: what a new key is made as.",
)
@click.option(
    "--private-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="OAuth 2.0: the file of a key of your own, instead of a new one.",
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="OAuth 2.0: the file of that key's certificate, so that its end is seen coming.",
)
@click.option("--new-key", is_flag=True, help="OAuth 2.0: make a new key beside the one that is there.")
@click.option(
    "--key-folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=KEY_FOLDER,
    show_default=True,
    help="OAuth 2.0: where a new key goes.",
)
@click.option("--connection-id", default="", help="Nango: of the connection.")
@click.option(
    "--provider-config-key", default="", help="Nango: of the integration; netsuite-tba if left out."
)
@click.option("--nango-host", default="", help="Nango: where it runs, if not at api.nango.dev.")
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".env"),
    show_default=True,
    help="Where the values go; all other lines of the file stay.",
)
@click.option(
    "--print", "printed", is_flag=True, help="Print `export` lines, secrets too, and write no file."
)
@click.option(
    "--prefix",
    default=STANDARD_PREFIX,
    show_default=True,
    metavar="NAME",
    help="Begin the variables' names with it: SANDBOX for a second connection.",
)
@click.option("--guide/--no-guide", "guided", default=None, help="Go through NetSuite's menus, or not.")
@click.option("--yes", is_flag=True, help="Answer every question with yes: keep what does not sign in, too.")
def command(
    kind_name: str | None,
    account_id: str,
    client_id: str,
    certificate_id: str,
    key_type: str,
    private_key: Path | None,
    certificate: Path | None,
    new_key: bool,
    key_folder: Path,
    connection_id: str,
    provider_config_key: str,
    nango_host: str,
    env_file: Path,
    printed: bool,
    prefix: str,
    guided: bool | None,
    yes: bool,
) -> int:
    """Set up the sign-in to your account, with NetSuite open beside it.

    It goes through NetSuite's menus, takes the values (secrets are not shown), signs in, says what is
    missing and where to mend it, and writes .env. For OAuth 2.0 it makes the key pair and the certificate.
    At most two sign-ins are refused: five lock the user.
    """
    connection_variables({}, prefix)  # refuses what cannot begin a name, before anything is asked
    answers: Answers = Person(err=printed, yes_to_all=yes) if sys.stdin.isatty() else Pipe(yes_to_all=yes)
    given = {
        "NETSUITE_ACCOUNT_ID": account_id,
        "NETSUITE_CLIENT_ID": client_id,
        "NETSUITE_CERTIFICATE_ID": certificate_id,
        "NANGO_CONNECTION_ID": connection_id,
        "NANGO_PROVIDER_CONFIG_KEY": provider_config_key,
        "NANGO_HOST": nango_host or connection_variables(os.environ, prefix).get("NANGO_HOST", ""),
    }
    try:
        wished = Wished(
            kind=_kind(kind_name, answers, printed),
            given=given,
            key=KeyChoice(private_key, certificate, key_type, key_folder, new_key),
            file=EnvFile(env_file, prefix),
            printed=printed,
            guided=guided,
            width=min(shutil.get_terminal_size().columns, _WIDEST),
        )
        return SetUp(wished, answers).run()
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nnetsuite-pipeline: interrupted. No file is half-written.", err=True)
        return INTERRUPTED
    except ConfigurationError as error:
        error.message, error.remedy = (
            with_prefix_names(prefix, error.message),
            with_prefix_names(prefix, error.remedy),
        )
        raise


def _kind(name: str | None, answers: Answers, printed: bool) -> Kind:
    if name is None and not answers.is_person:
        raise ConfigurationError(
            "The input is no terminal, and nobody said how to sign in.",
            remedy=f"Add --kind {', --kind '.join(KINDS)}; `netsuite-pipeline connect --help` tells which "
            "values each takes.",
        )
    if name is None:
        click.echo("How does the pipeline sign in?", err=printed)
        for kind in KINDS.values():
            click.echo(f"  {kind.name:<8}{kind.words}, {kind.who}", err=printed)
        name = answers.choice("Kind", tuple(KINDS), "tba")
    return KINDS[name]
