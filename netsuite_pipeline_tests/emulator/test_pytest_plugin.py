"""Users' own tests get the emulator as a fixture: one process a session, reset and set up for each test."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

TESTS = """
import os

from netsuite_pipeline.netsuite.config.client_factory import client_from_environment


def test_the_client_signs_in(netsuite_account):
    assert "NANGO_SECRET_KEY" not in os.environ
    assert os.environ["NETSUITE_ACCOUNT_ID"] == "1234567_SB1"
    with client_from_environment() as client:
        customers = client.query("SELECT id FROM customer")
    assert len(customers) == netsuite_account.admin.tables()["customer"]
    netsuite_account.admin.drop_permission("LIST_VENDOR")


def test_switches_are_reset(netsuite_account, netsuite_emulator):
    assert netsuite_account is netsuite_emulator
    roles = {role["name"]: role for role in netsuite_account.admin.state()["roles"]}
    assert "LIST_VENDOR" in roles["Data pipeline"]["permissions"]
    assert netsuite_account.admin.state()["scale"] == 0.01


def test_the_own_account_is_back():
    assert os.environ["NETSUITE_ACCOUNT_ID"] == "7654321"
    assert os.environ["NANGO_SECRET_KEY"] == "own"
"""


@pytest.mark.long
def test_the_fixtures_start_reset_and_set_up_an_emulator(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nnetsuite_emulator_scale = 0.01\n")
    installed = {each.name for each in entry_points(group="pytest11")}
    plugin = [] if "netsuite_pipeline" in installed else ["-p", "netsuite_pipeline.emulator.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *plugin],
        cwd=tmp_path,
        env={
            "PATH": "",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "NETSUITE_ACCOUNT_ID": "7654321",
            "NANGO_SECRET_KEY": "own",
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
