"""`netsuite-pipeline connect`: set up a sign-in that works and write it to `.env`."""

import os
import shutil
import sys
from pathlib import Path

import click

from netsuite_pipeline.commands.connecting.credential_kinds import KINDS, CredentialKind
from netsuite_pipeline.commands.connecting.env_writer import EnvFile
from netsuite_pipeline.commands.connecting.keys import KEY_FOLDER, KeyOptions
from netsuite_pipeline.commands.connecting.prompts import PipedValues, Prompts, TerminalPrompts
from netsuite_pipeline.commands.connecting.wizard import ConnectOptions, ConnectWizard
from netsuite_pipeline.commands.exit_codes import INTERRUPTED
from netsuite_pipeline.netsuite.auth.key_pair import KEY_TYPES
from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
    rename_variables,
)
from netsuite_pipeline.netsuite.errors import ConfigurationError

_WIDEST = 110
_ORDER = "\n\n".join(
    f"  {kind.name}: {', '.join(each.label for each in kind.prompts)}" for kind in KINDS.values()
)


@click.command(
    "connect",
    epilog="A pipe gives one value a line, in this order, without the values that are given as options:"
    f"\n\n{_ORDER}\n\nExit codes: 0 signed in, 1 the sign-in is refused or something is missing, 2 a value "
    "is missing or invalid.",
)
@click.option(
    "--kind", "kind_name", type=click.Choice(list(KINDS)), help="How to sign in; prompted for if left out."
)
@click.option("--account-id", default="", help="1234567, or 1234567_SB1 for a sandbox.")
@click.option("--client-id", default="", help="OAuth 2.0: of the integration record.")
@click.option("--certificate-id", default="", help="OAuth 2.0: the certificate's id in NetSuite.")
@click.option(
    "--key-type",
    type=click.Choice(KEY_TYPES),
    default=KEY_TYPES[0],
    show_default=True,
    help="OAuth 2.0: the type of a new key.",
)
@click.option(
    "--private-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="OAuth 2.0: the file of your own key, instead of a new one.",
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="OAuth 2.0: the file of that key's certificate, so that you are warned before it expires.",
)
@click.option("--new-key", is_flag=True, help="OAuth 2.0: make a new key beside the existing one.")
@click.option(
    "--key-folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=KEY_FOLDER,
    show_default=True,
    help="OAuth 2.0: the folder for a new key.",
)
@click.option("--connection-id", default="", help="Nango: the connection's id.")
@click.option(
    "--provider-config-key", default="", help="Nango: the integration's id; netsuite-tba if left out."
)
@click.option("--nango-host", default="", help="Nango: its address, if not api.nango.dev.")
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".env"),
    show_default=True,
    help="The file to write; all other lines of the file stay.",
)
@click.option(
    "--print", "printed", is_flag=True, help="Print `export` lines, secrets included, and write no file."
)
@click.option(
    "--prefix",
    default=STANDARD_PREFIX,
    show_default=True,
    metavar="NAME",
    help="The prefix of the variables' names: SANDBOX for a second connection.",
)
@click.option(
    "--guide/--no-guide", "guided", default=None, help="Show NetSuite's menus step by step, or not."
)
@click.option(
    "--yes", is_flag=True, help="Answer every question with yes; also write values that do not sign in."
)
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
    """Set up the sign-in to your account. Keep NetSuite open beside it.

    The command leads you through NetSuite's menus, prompts for the values (secrets are not shown), signs in,
    says what is missing and how to fix it, and writes .env. For OAuth 2.0 it makes the key pair and the
    certificate. It risks at most two refused sign-ins, because five lock the user.
    """
    connection_variables({}, prefix)  # refuses an invalid prefix before the first prompt
    prompts: Prompts = (
        TerminalPrompts(err=printed, yes_to_all=yes) if sys.stdin.isatty() else PipedValues(yes_to_all=yes)
    )
    given = {
        "NETSUITE_ACCOUNT_ID": account_id,
        "NETSUITE_CLIENT_ID": client_id,
        "NETSUITE_CERTIFICATE_ID": certificate_id,
        "NANGO_CONNECTION_ID": connection_id,
        "NANGO_PROVIDER_CONFIG_KEY": provider_config_key,
        "NANGO_HOST": nango_host or connection_variables(os.environ, prefix).get("NANGO_HOST", ""),
    }
    try:
        options = ConnectOptions(
            kind=_kind(kind_name, prompts, printed),
            given=given,
            key=KeyOptions(private_key, certificate, key_type, key_folder, new_key),
            file=EnvFile(env_file, prefix),
            printed=printed,
            guided=guided,
            width=min(shutil.get_terminal_size().columns, _WIDEST),
        )
        return ConnectWizard(options, prompts).run()
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nnetsuite-pipeline: interrupted. No file is half-written.", err=True)
        return INTERRUPTED
    except ConfigurationError as error:
        rename_variables(prefix, error)
        raise


def _kind(name: str | None, prompts: Prompts, printed: bool) -> CredentialKind:
    if name is None and not prompts.is_person:
        raise ConfigurationError(
            "The input is not a terminal, and --kind is not given.",
            remedy=f"Add --kind {', --kind '.join(KINDS)}. `netsuite-pipeline connect --help` shows the "
            "values of each.",
        )
    if name is None:
        click.echo("How does the pipeline sign in?", err=printed)
        for kind in KINDS.values():
            click.echo(f"  {kind.name:<8}{kind.title}, {kind.audience}", err=printed)
        name = prompts.choice("Kind", tuple(KINDS), "tba")
    return KINDS[name]
