"""What `netsuite-pipeline emulator` prints to sign in by, and its switches that end or replace that."""

import shlex
from collections.abc import Callable, Mapping
from typing import IO

import click

from netsuite_pipeline.emulator.admin.client import AdminClient

Turn = Callable[[str, Callable[[AdminClient], object]], None]


def export_lines(variables: Mapping[str, str]) -> list[str]:
    """Writes variables as lines for a shell, one each: `eval "$(…)"` takes them, and so does a paste.

    A PEM is written with `\\n` in the place of line ends, as files of variables have it.

    Example:
        >>> export_lines({"A": "1", "B": "-----BEGIN\\nabc\\n"})
        ['export A=1', "export B='-----BEGIN\\\\nabc\\\\n'"]
    """
    written = ((name, value.replace("\n", "\\n")) for name, value in variables.items())
    return [f"export {name}={shlex.quote(value)}" for name, value in written]


def add_credential_switches(group: click.Group, turn: Turn) -> None:
    """Adds the sub-commands to the group of all switches.

    Args:
        group: `netsuite-pipeline emulator`.
        turn: Turns a switch of the running emulator, then says what it did.
    """

    def replaced(told: str, replace: Callable[[AdminClient], Mapping[str, str]]) -> None:
        turn(f"# {told}", lambda admin: print(*export_lines(replace(admin)), sep="\n"))

    @group.command("rotate-token")
    def rotate_token() -> None:
        """Replace the pipeline's token, in Nango too; prints the export lines of the new one."""
        replaced("The old token is refused.", lambda admin: admin.rotate_token())

    @group.command("rotate-certificate")
    def rotate_certificate() -> None:
        """Make a second key pair and certificate; prints their export lines."""
        replaced("The old certificate is good until it is revoked.", lambda admin: admin.rotate_certificate())

    @group.command("upload-certificate")
    @click.argument("file", type=click.File(encoding="ascii"))
    def upload_certificate(file: IO[str]) -> None:
        """Map the certificate in a PEM FILE to the pipeline's role; prints its id as an export line."""
        pem = file.read()
        replaced("The certificate is mapped.", lambda admin: admin.upload_certificate(pem))

    @group.command("revoke-certificate")
    @click.argument("certificate", default="")
    @click.option("--undo", is_flag=True, help="Give it back.")
    def revoke_certificate(certificate: str, undo: bool) -> None:
        """Revoke a CERTIFICATE by its id, or the latest that the emulator made."""
        if undo:
            turn("The certificate works again.", lambda admin: admin.restore_certificate(certificate))
        else:
            turn("The certificate is revoked.", lambda admin: admin.revoke_certificate(certificate))

    @group.command("certificate-expires")
    @click.argument("days", type=float)
    def certificate_expires(days: float) -> None:
        """Let the certificate end DAYS after the emulator's start (ended already: `-- -1`)."""
        turn(f"The certificate ends on day {days:g}.", lambda admin: admin.expire_certificate(days))

    @group.command("expire-token")
    def expire_token() -> None:
        """End all access tokens of OAuth 2.0; the certificate stays good."""
        turn("All access tokens are gone.", lambda admin: admin.expire_access_tokens())
