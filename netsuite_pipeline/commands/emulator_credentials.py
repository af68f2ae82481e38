"""The variables that `netsuite-pipeline emulator` prints, and its switches of credentials."""

from collections.abc import Callable, Mapping
from typing import IO

import click

from netsuite_pipeline.commands.connecting.env_writer import export_lines
from netsuite_pipeline.emulator.admin.client import AdminClient

Turn = Callable[[str, Callable[[AdminClient], object]], None]


def add_credential_switches(group: click.Group, turn: Turn) -> None:
    """Add the sub-commands of credentials.

    Args:
        group: `netsuite-pipeline emulator`.
        turn: Calls a switch of the running emulator and prints a sentence.
    """

    def replaced(sentence: str, replace: Callable[[AdminClient], Mapping[str, str]]) -> None:
        turn(f"# {sentence}", lambda admin: print(*export_lines(replace(admin)), sep="\n"))

    @group.command("rotate-token")
    def rotate_token() -> None:
        """Replace the pipeline's token, in Nango too, and print its export lines."""
        replaced("The old token is refused.", lambda admin: admin.rotate_token())

    @group.command("rotate-certificate")
    def rotate_certificate() -> None:
        """Make a second key pair and certificate, and print their export lines."""
        replaced(
            "The old certificate is valid until it is revoked.", lambda admin: admin.rotate_certificate()
        )

    @group.command("upload-certificate")
    @click.argument("file", type=click.File(encoding="ascii"))
    def upload_certificate(file: IO[str]) -> None:
        """Map the certificate in a PEM FILE to the pipeline's role, and print its export lines."""
        pem = file.read()
        replaced("The certificate is mapped.", lambda admin: admin.upload_certificate(pem))

    @group.command("revoke-certificate")
    @click.argument("certificate", default="")
    @click.option("--undo", is_flag=True, help="Restore it.")
    def revoke_certificate(certificate: str, undo: bool) -> None:
        """Revoke a CERTIFICATE by its id; by default the latest that the emulator made."""
        if undo:
            turn("The certificate works again.", lambda admin: admin.restore_certificate(certificate))
        else:
            turn("The certificate is revoked.", lambda admin: admin.revoke_certificate(certificate))

    @group.command("certificate-expires")
    @click.argument("days", type=float)
    def certificate_expires(days: float) -> None:
        """Set the certificate's end to DAYS after the emulator's start (in the past: `-- -1`)."""
        turn(f"The certificate ends on day {days:g}.", lambda admin: admin.expire_certificate(days))

    @group.command("expire-token")
    def expire_token() -> None:
        """Expire all access tokens of OAuth 2.0; the certificate stays valid."""
        turn("All access tokens are expired.", lambda admin: admin.expire_access_tokens())
