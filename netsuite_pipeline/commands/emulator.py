"""`netsuite-pipeline emulator`: an emulated NetSuite in the foreground, and the switches of a running one."""

import json
import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from netsuite_pipeline.commands.connecting.env_writer import export_lines
from netsuite_pipeline.commands.emulator_credentials import add_credential_switches
from netsuite_pipeline.commands.emulator_session import emulator, running_emulator
from netsuite_pipeline.emulator.account.faults import FAULT_KINDS, QUERY_FAULT_KINDS
from netsuite_pipeline.emulator.admin.client import AdminClient, AdminError
from netsuite_pipeline.emulator.settings import EmulatorSettings
from netsuite_pipeline.netsuite.errors import ConfigurationError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _settings(function: Decorated) -> Decorated:
    """Add an option for each setting of the emulator that has a help."""
    for each in reversed(fields(EmulatorSettings)):
        if "help" in each.metadata:
            name = f"--{each.name.replace('_', '-')}"
            flags = f"{name}/--no-{each.name}" if each.default is True else name
            function = click.option(flags, default=each.default, show_default=True, **each.metadata)(function)
    return function


def _pairs(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--variant")
    return dict(text.split("=", 1) for text in texts)


@click.group("emulator", invoke_without_command=True)
@_settings
@click.option(
    "--variant", "variants", multiple=True, metavar="NAME=VALUE", callback=_pairs,
    help="Answer an open question the other way.",
)  # fmt: skip
@click.option(
    "--sign-in",
    type=click.Choice(["tba", "oauth2", "nango"]),
    default="tba",
    show_default=True,
    help="By which credentials the printed lines sign in: an access token of TBA, OAuth 2.0 client "
    "credentials, or Nango's.",
)
@click.pass_context
def command(ctx: click.Context, /, sign_in: str, **settings: Any) -> None:
    """Start an emulated NetSuite account; with a sub-command, break or repair the one that runs.

    The emulator checks signatures, permissions and limits as NetSuite does, on 127.0.0.1 only. It prints the
    `export …` lines for a shell's `eval` and ends on Ctrl-C. Sub-commands in the same folder find it.
    """
    if ctx.invoked_subcommand is not None:
        return
    with emulator(**settings) as process:
        print(
            f"# Emulated NetSuite account {process.account_id} on {process.base_url} "
            f"(sample company, {process.transactions:,} transactions); Ctrl-C ends it"
        )
        print(*export_lines(process.env_of(sign_in)), sep="\n", flush=True)
        while process.running:
            time.sleep(0.2)


def _call(switch: Callable[[AdminClient], object]) -> object:
    """Call a switch of the running emulator and return its result."""
    try:
        return switch(running_emulator())
    except AdminError as error:
        raise ConfigurationError(str(error)) from error


def _turn(sentence: str, switch: Callable[[AdminClient], object]) -> None:
    """Call a switch of the running emulator and print a sentence."""
    _call(switch)
    print(sentence)


add_credential_switches(command, _turn)


@command.command("revoke-token")
def revoke_token() -> None:
    """Revoke the pipeline's token: every sign-in is refused."""
    _turn("The token is revoked.", lambda admin: admin.revoke_token())


@command.command("restore-token")
def restore_token() -> None:
    """Restore the revoked token."""
    _turn("The token works again.", lambda admin: admin.restore_token())


@command.command("refresh-sandbox")
def refresh_sandbox() -> None:
    """Revoke all tokens, as a sandbox refresh does."""
    _turn("All tokens are revoked.", lambda admin: admin.revoke_all_tokens())


@command.command("block-integration")
@click.option("--undo", is_flag=True, help="Enable it again.")
def block_integration(undo: bool) -> None:
    """Block the integration record."""
    sentence = "The integration is enabled." if undo else "The integration is blocked."
    _turn(sentence, lambda admin: admin.set_integration_blocked(not undo))


@command.command("deactivate-role")
@click.option("--undo", is_flag=True, help="Make it active again.")
def deactivate_role(undo: bool) -> None:
    """Make the token's role inactive."""
    _turn(f"The role is {'' if undo else 'in'}active.", lambda admin: admin.set_role_inactive(not undo))


@command.command("deactivate-user")
@click.option("--undo", is_flag=True, help="Make it active again.")
def deactivate_user(undo: bool) -> None:
    """Make the token's user inactive."""
    _turn(f"The user is {'' if undo else 'in'}active.", lambda admin: admin.set_user_inactive(not undo))


@command.command("drop-permission")
@click.argument("permission")
def drop_permission(permission: str) -> None:
    """Remove a PERMISSION (such as LIST_VENDOR) from the role."""
    _turn(f"The role lost {permission}.", lambda admin: admin.drop_permission(permission))


@command.command("grant-permission")
@click.argument("permission")
def grant_permission(permission: str) -> None:
    """Give the role a PERMISSION."""
    _turn(f"The role has {permission}.", lambda admin: admin.grant_permission(permission))


@command.command("hide-column")
@click.argument("table")
@click.argument("column")
@click.option(
    "--as",
    "state",
    type=click.Choice(["NOT_EXPOSED", "REMOVED", "UNKNOWN", "POISON"]),
    default="NOT_EXPOSED",
    show_default=True,
    help="How asking for it is answered.",
)
def hide_column(table: str, column: str, state: str) -> None:
    """Hide a COLUMN of a TABLE."""
    _turn(f"{table}.{column} is hidden.", lambda admin: admin.hide_column(table, column, state))


@command.command("show-column")
@click.argument("table")
@click.argument("column")
def show_column(table: str, column: str) -> None:
    """Show a hidden COLUMN of a TABLE again."""
    _turn(f"{table}.{column} is shown.", lambda admin: admin.show_column(table, column))


@command.command("restrict-rows")
@click.argument("table")
@click.argument("condition", default="MOD(id, 2) = 0")
def restrict_rows(table: str, condition: str) -> None:
    """Restrict the role to the rows of a TABLE that meet a CONDITION."""
    _turn(
        f"The role sees only rows of {table} with {condition}.",
        lambda admin: admin.restrict_rows(table, condition),
    )


@command.command("unrestrict-rows")
@click.argument("table")
def unrestrict_rows(table: str) -> None:
    """Show the role all rows of a TABLE again."""
    _turn(f"The role sees all rows of {table}.", lambda admin: admin.unrestrict_rows(table))


@command.command("feature")
@click.argument("feature")
@click.argument("state", type=click.Choice(["on", "off"]))
def feature(feature: str, state: str) -> None:
    """Switch a FEATURE (such as SUBSIDIARIES or TBA) on or off."""
    _turn(f"{feature} is {state}.", lambda admin: admin.set_feature(feature, state == "on"))


@command.command("fail-next")
@click.argument("count", type=click.IntRange(min=1), default=1)
@click.option(
    "--kind",
    type=click.Choice(sorted({*FAULT_KINDS, *QUERY_FAULT_KINDS} - {"bad_row"})),
    default="unexpected_error",
    show_default=True,
)
@click.option("--matching", default="", help="Only requests whose query contains this regular expression.")
def fail_next(count: int, kind: str, matching: str) -> None:
    """Make the next COUNT requests fail."""
    _turn(f"The next {count} fail ({kind}).", lambda admin: admin.fail_next(count, kind, matching))


@command.command("down")
@click.option("--undo", is_flag=True, help="Answer again, and discard all planned faults.")
def down(undo: bool) -> None:
    """Answer every request with a 503, as while NetSuite is down."""
    if undo:
        _turn("NetSuite answers again.", lambda admin: admin.clear_faults())
    else:
        _turn("NetSuite is down.", lambda admin: admin.go_down())


@command.command("occupy")
@click.argument("slots", type=click.IntRange(min=0))
def occupy(slots: int) -> None:
    """Let other integrations hold SLOTS of the concurrency limit; 0 frees them."""
    _turn(f"Others hold {slots} slots.", lambda admin: admin.occupy(slots))


@command.command("limit")
@click.option("--concurrency", type=click.IntRange(min=1), help="Requests at once.")
@click.option("--latency", type=click.FloatRange(min=0), help="Milliseconds that a request takes at least.")
def limit(concurrency: int | None, latency: float | None) -> None:
    """Set the concurrency limit, or the latency."""
    if concurrency is not None:
        _turn(f"{concurrency} requests at once.", lambda admin: admin.set_concurrency(concurrency))
    if latency is not None:
        _turn(f"A request takes {latency:g} ms.", lambda admin: admin.set_latency(latency))


@command.command("skew-clock")
@click.argument("seconds", type=float)
def skew_clock(seconds: float) -> None:
    """Put the account's clock SECONDS ahead (or behind: after -- as in `skew-clock -- -360`)."""
    _turn(f"The clock is {seconds:+g} s off.", lambda admin: admin.set_clock_offset(seconds))


@command.command("language")
@click.argument("company_language")
def language(company_language: str) -> None:
    """Give the company COMPANY_LANGUAGE (de, zh_CN), which its users lack; `""` gives them the same."""
    sentence = f"The company's language is {company_language}; the users have another one."
    _turn(
        sentence if company_language else "The users have the company's language.",
        lambda admin: admin.set_company_language(company_language),
    )


@command.command("variant")
@click.argument("name")
@click.argument("value")
def variant(name: str, value: str) -> None:
    """Answer an open question NAME with another VALUE."""
    _turn(f"{name} is {value}.", lambda admin: admin.set_variant(name, value))


@command.command("live")
@click.argument("changes_per_second", type=click.FloatRange(min=0))
def live(changes_per_second: float) -> None:
    """Set the activity of the company to CHANGES_PER_SECOND; 0 stops it."""
    _turn(f"{changes_per_second:g} changes a second.", lambda admin: admin.set_live(changes_per_second))


@command.command("reset")
def reset() -> None:
    """Reset all switches to the emulator's start."""
    _turn("All switches are as at the start.", lambda admin: admin.reset())


@command.command("state")
def state() -> None:
    """Show every switch."""
    print(json.dumps(_call(lambda admin: admin.state()), indent=2))
