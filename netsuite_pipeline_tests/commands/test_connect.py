"""`netsuite-pipeline connect` as a person and as a pipe use it: what is asked, shown, refused and written."""

import re
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from netsuite_pipeline.commands.connecting.credential_kinds import KINDS
from netsuite_pipeline.commands.connecting.env_writer import EnvFile
from netsuite_pipeline.commands.connecting.guide import lines_of, steps_of
from netsuite_pipeline.commands.connecting.validation import normalize, validate
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES, TBA_VARIABLES, CredentialVariable
from netsuite_pipeline.netsuite.config.env_file import values_in
from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables
from netsuite_pipeline_tests.commands.calling import Called, call
from netsuite_pipeline_tests.commands.terminal import Terminal

KEY = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4


def _variable(name: str) -> CredentialVariable:
    return next(each for each in CREDENTIAL_VARIABLES if each.variable == name)


@pytest.mark.parametrize(
    ("variable", "typed", "value"),
    [
        ("NETSUITE_ACCOUNT_ID", " 1234567_SB1\r", "1234567_SB1"),
        ("NETSUITE_ACCOUNT_ID", "https://1234567-sb1.app.netsuite.com/app/center/card.nl?c=1", "1234567-sb1"),
        ("NETSUITE_ACCOUNT_ID", "1234567.suitetalk.api.netsuite.com", "1234567"),
        ("NETSUITE_TOKEN_ID", f"NETSUITE_TOKEN_ID={KEY}", KEY),
        ("NETSUITE_TOKEN_ID", f'export NETSUITE_TOKEN_ID="{KEY}"', KEY),
        ("NETSUITE_TOKEN_ID", f"\t'{KEY}'  ", KEY),
    ],
)
def test_what_is_pasted_along_is_left_out(variable: str, typed: str, value: str) -> None:
    assert normalize(_variable(variable), typed) == value


@pytest.mark.parametrize(
    ("variable", "value", "words", "certain"),
    [
        ("NETSUITE_ACCOUNT_ID", "", "is needed", True),
        ("NETSUITE_ACCOUNT_ID", KEY, "64 characters: a key or a token", True),
        ("NETSUITE_ACCOUNT_ID", "1234567/SB1", "no NetSuite account id", True),
        ("NETSUITE_CONSUMER_SECRET", OTHER, "gave as Consumer Key", True),
        ("NETSUITE_CONSUMER_SECRET", f"{KEY[:30]} {KEY[30:]}", "a blank", True),
        ("NETSUITE_CONSUMER_SECRET", KEY[:-1], "63 characters", False),
        ("NETSUITE_CONSUMER_SECRET", KEY.upper(), "other characters than 0-9 and a-f", False),
        ("NETSUITE_CLIENT_ID", "1234567", "7 characters", False),
        ("NETSUITE_CERTIFICATE_ID", KEY, "looks like a key or a token", False),
        ("NETSUITE_CERTIFICATE_ID", "-----BEGIN CERTIFICATE-----", "PEM", True),
        ("NANGO_HOST", "nango.example.com", "", True),
    ],
)
def test_a_wrong_value_is_explained_without_being_shown(
    variable: str, value: str, words: str, certain: bool
) -> None:
    problem = validate(_variable(variable), value, {"NETSUITE_CONSUMER_KEY": OTHER})
    assert problem is not None
    assert words in problem.text
    assert problem.certain is certain
    assert len(value) < 30 or value not in problem.text


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NETSUITE_ACCOUNT_ID", "tstdrv2184096"),
        ("NETSUITE_CONSUMER_SECRET", KEY),
        ("NETSUITE_CERTIFICATE_ID", "qquFg07EyIYw9zDqeMvKPZR9XLPpjY1UjYIaUSEVZXQ"),
        ("NANGO_HOST", "https://nango.example.com"),
    ],
)
def test_a_value_of_the_right_form_is_taken(variable: str, value: str) -> None:
    assert validate(_variable(variable), value, {"NETSUITE_CONSUMER_KEY": OTHER}) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_guide_of_each_kind_comes_to_its_values_and_has_no_marks_left(kind: str) -> None:
    steps = steps_of(kind)
    printed = "\n".join(line for step in steps for line in lines_of(step, 1, len(steps), kind, 90))
    assert not re.search(r"[*`]|\]\(", printed), printed
    copied = {each.variable for step in steps for each in step.values}
    needed = {each.variable for each in KINDS[kind].prompts if not each.default}
    assert copied >= needed - {"NETSUITE_CERTIFICATE_ID"}
    if kind != "nango":
        own, other = "Log in using Access Tokens", "Log in using OAuth 2.0 Access Tokens"
        assert (own in printed, other in printed) == (kind == "tba", kind == "oauth2")


# A pipe


def _connect(
    folder: Path,
    emulator: EmulatorProcess,
    *arguments: str,
    given: str = "",
    env: Mapping[str, str] | None = None,
) -> Called:
    base = {"NETSUITE_BASE_URL": emulator.base_url}
    return call(folder, "connect", *arguments, env=base if env is None else env, given=given)


def _tba(emulator: EmulatorProcess, **changed: str) -> str:
    return "".join(f"{({**emulator.env, **changed})[name]}\n" for name in TBA_VARIABLES)


def _env(folder: Path) -> dict[str, str]:
    return values_in((folder / ".env").read_text())


def _refusals(emulator: EmulatorProcess) -> int:
    return sum(row["status"] == "Failure" for row in emulator.admin.login_audit())


def test_a_pipe_signs_in_and_only_the_credentials_of_the_file_change(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    before = "# our own\nNETSUITE_WAREHOUSE=data/ours.duckdb\nNETSUITE_CLIENT_ID=of-another-kind\n"
    (tmp_path / ".env").write_text(before)
    called = _connect(tmp_path, emulator, "--kind", "tba", given=_tba(emulator))
    assert called.code == 0, called
    text = (tmp_path / ".env").read_text()
    assert text.startswith("# our own\nNETSUITE_WAREHOUSE=data/ours.duckdb\n")
    expected = {name: emulator.env[name] for name in (*TBA_VARIABLES, "NETSUITE_BASE_URL")}
    assert _env(tmp_path) == {"NETSUITE_WAREHOUSE": "data/ours.duckdb", **expected}
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [".env"]
    for name in TBA_VARIABLES[1:]:
        assert emulator.env[name] not in called.out + called.err
    assert "✓ SuiteQL" in called.out


@pytest.mark.long
def test_a_key_that_is_made_here_signs_in_once_its_certificate_is_uploaded(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text(".env\n")
    variables = emulator.env_of("oauth2")
    options = [
        "--kind",
        "oauth2",
        "--account-id",
        variables["NETSUITE_ACCOUNT_ID"],
        "--client-id",
        variables["NETSUITE_CLIENT_ID"],
    ]
    called = _connect(tmp_path, emulator, *options)
    assert called.code == 2
    assert "Still missing: Certificate ID (NETSUITE_CERTIFICATE_ID)" in called.err
    assert "OAuth 2.0 Client Credentials (M2M) Setup and press Create New" in called.out.replace(
        "\n     ", " "
    )
    certificate = tmp_path / ".netsuite" / "certificate.pem"
    uploaded = emulator.admin.upload_certificate(certificate.read_text())
    called = _connect(tmp_path, emulator, *options, given=f"{uploaded['NETSUITE_CERTIFICATE_ID']}\n")
    assert called.code == 0, called
    key = tmp_path / ".netsuite" / "private_key.pem"
    assert _env(tmp_path) == {
        "NETSUITE_ACCOUNT_ID": variables["NETSUITE_ACCOUNT_ID"],
        "NETSUITE_CLIENT_ID": variables["NETSUITE_CLIENT_ID"],
        "NETSUITE_CERTIFICATE_ID": uploaded["NETSUITE_CERTIFICATE_ID"],
        "NETSUITE_PRIVATE_KEY": str(key),
        "NETSUITE_CERTIFICATE": str(certificate),
        "NETSUITE_BASE_URL": emulator.base_url,
    }
    assert "add the line .netsuite/ to .gitignore" in called.out
    assert "add the line .env" not in called.out
    assert key.read_text().splitlines()[1] not in called.out + called.err


@pytest.mark.long
def test_what_nango_keeps_signs_in_as_a_second_connection(tmp_path: Path, emulator: EmulatorProcess) -> None:
    (tmp_path / ".env").write_text("NETSUITE_TOKEN_ID=of-the-first\n")
    variables = emulator.env_of("nango")
    given = f"{variables['NANGO_SECRET_KEY']}\n{variables['NANGO_CONNECTION_ID']}\n"
    env = {"SANDBOX_BASE_URL": emulator.base_url}
    options = ["--kind", "nango", "--prefix", "SANDBOX", "--nango-host", variables["NANGO_HOST"]]
    called = _connect(tmp_path, emulator, *options, given=given, env=env)
    assert called.code == 0, called
    found = _env(tmp_path)
    assert found.pop("NETSUITE_TOKEN_ID") == "of-the-first"
    assert connection_variables(found, "SANDBOX") == {
        "NANGO_SECRET_KEY": variables["NANGO_SECRET_KEY"],
        "NANGO_CONNECTION_ID": variables["NANGO_CONNECTION_ID"],
        "NANGO_HOST": variables["NANGO_HOST"],
        "NETSUITE_ACCOUNT_ID": emulator.account_id,
        "NETSUITE_BASE_URL": emulator.base_url,
    }


@pytest.mark.long
def test_a_pipe_that_ends_too_early_exits_2_and_names_what_is_missing(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    called = _connect(tmp_path, emulator, "--kind", "tba", given=f"1234567\n{KEY}\n{OTHER}\n")
    assert called.code == 2
    assert "Token ID (NETSUITE_TOKEN_ID), Token Secret (NETSUITE_TOKEN_SECRET)" in called.err
    assert KEY not in called.out + called.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_value_that_cannot_be_right_exits_2_and_is_not_shown(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    called = _connect(tmp_path, emulator, "--kind", "tba", given=f"{KEY}\n" * 5)
    assert called.code == 2
    assert "64 characters: a key or a token" in called.err
    assert KEY not in called.out + called.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_what_is_refused_replaces_nothing_unless_that_is_wanted(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / ".env").write_text("NETSUITE_TOKEN_ID=works\n")
    before = _refusals(emulator)
    wrong = _tba(emulator, NETSUITE_TOKEN_SECRET=KEY)
    called = _connect(tmp_path, emulator, "--kind", "tba", given=wrong)
    assert called.code == 1
    assert "✗ Sign-in" in called.out
    assert "View Login Audit Trail" in re.sub(r"\s+", " ", called.out)
    assert "Nothing was written." in called.out
    assert _env(tmp_path) == {"NETSUITE_TOKEN_ID": "works"}
    assert _refusals(emulator) == before + 1
    assert _connect(tmp_path, emulator, "--kind", "tba", "--yes", given=wrong).code == 1
    assert _env(tmp_path)["NETSUITE_TOKEN_SECRET"] == KEY


@pytest.mark.long
def test_a_permission_that_is_missing_exits_1_with_its_menu_and_the_values_are_kept(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    emulator.admin.drop_permission("REPO_ANALYTICS")
    called = _connect(tmp_path, emulator, "--kind", "tba", given=_tba(emulator))
    assert called.code == 1
    assert "✗ SuiteQL" in called.out
    assert "Permissions > Reports: add SuiteAnalytics Workbook" in re.sub(r"\s+", " ", called.out)
    assert _env(tmp_path)["NETSUITE_TOKEN_ID"] == emulator.env["NETSUITE_TOKEN_ID"]


@pytest.mark.long
def test_printed_lines_are_all_there_is_on_standard_output_and_no_file_is_made(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    called = _connect(tmp_path, emulator, "--kind", "tba", "--print", given=_tba(emulator))
    assert called.code == 0, called
    names = (*TBA_VARIABLES, "NETSUITE_BASE_URL")
    assert called.out.splitlines() == [f"export {name}={emulator.env[name]}" for name in names]
    assert "✓ Sign-in" in called.err
    assert list(tmp_path.iterdir()) == []


def test_a_variable_of_the_shell_that_wins_over_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NETSUITE_TOKEN_SECRET=old\n")
    environment = {"NETSUITE_TOKEN_ID": "of the shell", "NETSUITE_TOKEN_SECRET": "old", "NANGO_HOST": "n"}
    values = {"NETSUITE_TOKEN_ID": "new", "NETSUITE_TOKEN_SECRET": "new"}
    shadowed = EnvFile(tmp_path / ".env", "NETSUITE").shadowed(values, environment)
    assert shadowed == ["NETSUITE_TOKEN_ID", "NANGO_HOST"]


def test_the_file_that_NETSUITE_ENV_FILE_names_wins_over_the_shell(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / "new.env").write_text(f"NETSUITE_TOKEN_SECRET={emulator.env['NETSUITE_TOKEN_SECRET']}\n")
    env = {**emulator.env, "NETSUITE_TOKEN_SECRET": KEY, "NETSUITE_ENV_FILE": "new.env"}
    called = call(tmp_path, "suiteql", "SELECT id FROM currency ORDER BY id", env=env)
    assert called.code == 0, called
    gone = call(tmp_path, "suiteql", "SELECT 1", env={**env, "NETSUITE_ENV_FILE": "gone.env"})
    assert gone.code == 2
    assert "Correct NETSUITE_ENV_FILE" in gone.err


@pytest.mark.parametrize("named", ["", "our.env"])
def test_it_says_whether_a_running_dagster_reads_the_file_again(
    named: str, tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / "our.env").write_text("X=1\n")
    env = {"NETSUITE_BASE_URL": emulator.base_url, "NETSUITE_ENV_FILE": named}
    called = _connect(
        tmp_path, emulator, "--kind", "tba", "--env-file", "our.env", given=_tba(emulator), env=env
    )
    assert called.code == 0, called
    assert ("uses the new values at its next sync" in called.out) is bool(named)
    assert (f"set NETSUITE_ENV_FILE={tmp_path / 'our.env'}" in called.out) is not bool(named)


@pytest.mark.long
def test_it_imports_neither_dagster_nor_pandas(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom netsuite_pipeline.cli import main\n"
        "sys.argv = ['netsuite-pipeline', 'connect', '--kind', 'tba']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 2\n"
        "heavy = {'dagster', 'pandas'} & set(sys.modules)\nassert not heavy, heavy\n"
    )
    subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, input=b"", check=True, capture_output=True, timeout=600
    )


# A person


@pytest.mark.long
def test_a_person_is_led_corrected_and_signed_in_and_no_secret_is_ever_shown(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    before = _refusals(emulator)
    secrets = {name: emulator.env[name] for name in TBA_VARIABLES[1:]}
    with Terminal(tmp_path, "connect", env={"NETSUITE_BASE_URL": emulator.base_url}) as terminal:
        terminal.expect("Kind ")
        terminal.enter("tba")
        terminal.expect("step by step")
        terminal.enter("")
        for title in ("features", "role", "user"):
            terminal.expect(title)
            terminal.expect("when this step is done")
            terminal.enter("")
        terminal.expect("Create the integration record")
        terminal.expect("Consumer Key .*: ")
        terminal.enter(f" {secrets['NETSUITE_CONSUMER_KEY']} ")
        terminal.expect("Consumer Secret .*: ")
        terminal.enter(secrets["NETSUITE_CONSUMER_KEY"])
        terminal.expect("you gave as Consumer Key")
        terminal.expect("Consumer Secret .*: ")
        terminal.enter(secrets["NETSUITE_CONSUMER_SECRET"])
        terminal.expect("Create the access token")
        terminal.expect("Token ID .*: ")
        terminal.enter(secrets["NETSUITE_TOKEN_ID"])
        terminal.expect("Token Secret .*: ")
        terminal.enter(KEY)
        terminal.expect("Account ID: ")
        terminal.enter("https://1234567-sb1.app.netsuite.com/app")
        terminal.expect("✗ Sign-in")
        terminal.expect("Correct the values, or leave")
        terminal.enter("correct")
        for words in ("Account ID", "Consumer Key", "Consumer Secret", "Token ID"):
            terminal.expect(f"{words} .*: ")
            terminal.enter("")
        terminal.expect("Token Secret .*: ")
        terminal.enter(secrets["NETSUITE_TOKEN_SECRET"])
        terminal.expect("✓ Sign-in")
        terminal.expect("Wrote .env")
        terminal.expect("add the line .env to .gitignore")
        assert terminal.ended() == 0, terminal.shown
    for value in (*secrets.values(), KEY):
        assert value not in terminal.shown
    assert _env(tmp_path) == {
        "NETSUITE_ACCOUNT_ID": "1234567-sb1",
        **secrets,
        "NETSUITE_BASE_URL": emulator.base_url,
    }
    assert _refusals(emulator) == before + 1


@pytest.mark.long
def test_a_person_makes_a_key_uploads_its_certificate_and_signs_in(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    variables = emulator.env_of("oauth2")
    env = {"NETSUITE_BASE_URL": emulator.base_url}
    with Terminal(tmp_path, "connect", "--kind", "oauth2", "--no-guide", env=env) as terminal:
        terminal.expect("Account ID: ")
        terminal.enter(variables["NETSUITE_ACCOUNT_ID"])
        terminal.expect("Client ID: ")
        terminal.enter(variables["NETSUITE_CLIENT_ID"])
        terminal.expect("Map the certificate to user and role")
        terminal.expect("The file is .*certificate.pem")
        terminal.expect("Certificate ID: ")
        certificate = (tmp_path / ".netsuite" / "certificate.pem").read_text()
        terminal.enter(emulator.admin.upload_certificate(certificate)["NETSUITE_CERTIFICATE_ID"])
        terminal.expect("✓ Sign-in")
        assert terminal.ended() == 0, terminal.shown
    assert _env(tmp_path)["NETSUITE_PRIVATE_KEY"] == str(tmp_path / ".netsuite" / "private_key.pem")


@pytest.mark.long
def test_after_two_refused_sign_ins_there_is_no_third_and_ctrl_c_leaves_the_file_alone(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    (tmp_path / ".env").write_text("NETSUITE_ACCOUNT_ID=1234567_SB1\nNETSUITE_TOKEN_ID=works\n")
    before = _refusals(emulator)
    env = {"NETSUITE_BASE_URL": emulator.base_url}
    with Terminal(tmp_path, "connect", "--kind", "tba", "--no-guide", env=env) as terminal:
        terminal.expect(r"Account ID \[1234567_SB1\]: ")
        terminal.enter("")
        for digit in "1234":
            terminal.expect(r"nothing\): ")
            terminal.enter(digit * 64)
        terminal.expect("Correct the values, or leave")
        terminal.enter("correct")
        for _ in range(5):
            terminal.expect("(Enter keeps|Account ID).*: ")
            terminal.enter("")
        terminal.expect("refused two sign-ins; five lock the user")
        terminal.expect("although they do not sign in")
        terminal.press_ctrl_c()
        assert terminal.ended() == 130, terminal.shown
    assert (tmp_path / ".env").read_text() == "NETSUITE_ACCOUNT_ID=1234567_SB1\nNETSUITE_TOKEN_ID=works\n"
    assert _refusals(emulator) == before + 2
