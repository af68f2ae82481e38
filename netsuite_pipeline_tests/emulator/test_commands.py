"""Whatever a command of `netsuite-pipeline emulator` breaks, another one repairs."""

import pytest
from click.testing import CliRunner

from netsuite_pipeline.commands import emulator as commands
from netsuite_pipeline.emulator.admin.client import AdminClient

BREAK_AND_REPAIR = [
    ("revoke-token", "restore-token"),
    ("refresh-sandbox", "reset"),
    ("block-integration", "block-integration --undo"),
    ("deactivate-role", "deactivate-role --undo"),
    ("deactivate-user", "deactivate-user --undo"),
    ("revoke-certificate", "revoke-certificate --undo"),
    ("certificate-expires -- -1", "certificate-expires 365"),
    ("rotate-certificate", "reset"),
    ("feature TBA off", "feature TBA on"),
    ("feature OAUTH2 off", "feature OAUTH2 on"),
    ("feature REST off", "feature REST on"),
    ("feature SOAP off", "feature SOAP on"),
    ("feature WORKBOOK off", "feature WORKBOOK on"),
    ("drop-permission ADMI_LOGIN_OAUTH", "grant-permission ADMI_LOGIN_OAUTH"),
    ("drop-permission ADMI_LOGIN_OAUTH2", "grant-permission ADMI_LOGIN_OAUTH2"),
    ("drop-permission ADMI_RESTWEBSERVICES", "grant-permission ADMI_RESTWEBSERVICES"),
    ("drop-permission ADMI_WEBSERVICES", "grant-permission ADMI_WEBSERVICES"),
    ("drop-permission REPO_ANALYTICS", "reset"),
    ("drop-permission LIST_VENDOR", "reset"),
    ("hide-column customer email", "show-column customer email"),
    ("restrict-rows customer", "unrestrict-rows customer"),
    ("skew-clock 360", "skew-clock 0"),
    ("skew-clock -- -360", "skew-clock 0"),
    ("occupy 5", "occupy 0"),
    ("down", "down --undo"),
    ("variant login_missing 400", "variant login_missing 401"),
    ("variant rest_missing 403", "variant rest_missing 400"),
    ("variant nango_down on", "variant nango_down off"),
]


@pytest.mark.parametrize(("break_it", "repair_it"), BREAK_AND_REPAIR)
def test_what_is_broken_by_command_is_repaired_by_command(
    admin: AdminClient, monkeypatch: pytest.MonkeyPatch, break_it: str, repair_it: str
) -> None:
    monkeypatch.setattr(commands, "running_emulator", lambda: admin)

    def run(line: str) -> None:
        done = CliRunner().invoke(commands.command, line.split(), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert done.output.strip().endswith(".")

    before = admin.state()
    run(break_it)
    assert admin.state() != before
    run(repair_it)
    assert admin.state() == before
