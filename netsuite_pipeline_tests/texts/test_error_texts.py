"""What errors say: of NetSuite's replies, of settings and files, and as a command prints them."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.commands.exit_codes import run_command
from netsuite_pipeline.netsuite.account import checked_base_url, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import TokenReply
from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.netsuite.auth.factory import credentials_from_variables
from netsuite_pipeline.netsuite.auth.key_pair import make_key_pair
from netsuite_pipeline.netsuite.auth.nango_api import checked_host, parse_connection
from netsuite_pipeline.netsuite.auth.oauth2 import parse_token_reply
from netsuite_pipeline.netsuite.config.client_factory import read_concurrency
from netsuite_pipeline.netsuite.config.env_file import with_values
from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables
from netsuite_pipeline.netsuite.errors import (
    AccountIdError,
    ConfigurationError,
    ImplausibleReply,
    NangoError,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import error_from_reply
from netsuite_pipeline.netsuite.probes.soap import Fault, fault_error
from netsuite_pipeline.netsuite.user_file import read_user_file
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.stores.location import check_is_ours, check_place
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name, check_table_name
from netsuite_pipeline_tests.netsuite.error_cases import CASES, Case
from netsuite_pipeline_tests.netsuite.keys import certificate_of, pem_of, public_pem_of

_ASKED = "POST /services/rest/query/v1/suiteql"
_CLASSES = (
    NetSuiteError,
    ConfigurationError,
    AccountIdError,
    NangoError,
    SignInError,
    PermissionDenied,
    QueryError,
    Throttled,
    Unavailable,
    ImplausibleReply,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reply_of_netsuites(case: Case, snapshot: SnapshotAssertion) -> None:
    """Each refusal that NetSuite sends is reported with what to do."""
    assert str(error_from_reply(case.status, case.body, endpoint=_ASKED)) == snapshot


@pytest.mark.parametrize("kind", _CLASSES, ids=lambda kind: kind.__name__)
def test_the_usual_remedy_of_an_error(kind: type[NetSuiteError], snapshot: SnapshotAssertion) -> None:
    """Each kind of error has a remedy, or none can be given for all of its kind."""
    assert str(kind("What happened.", endpoint=_ASKED, status=400, code="CODE")) == snapshot


_FAULTS = {
    "sign-in": Fault("invalidCredentialsFault", "USER_ERROR", "Invalid login attempt."),
    "permission": Fault("insufficientPermissionFault", "INSUFFICIENT_PERMISSION", "You need a permission."),
    "feature": Fault("", "FEATURE_DISABLED", "The feature is off."),
    "too many": Fault("exceededRequestLimitFault", "WS_CONCUR_SESSION_DISALLWD", "Too many."),
    "inside": Fault("unexpectedErrorFault", "UNEXPECTED_ERROR", "An error."),
    "unknown": Fault("", "", "Something."),
}


@pytest.mark.parametrize("fault", _FAULTS.values(), ids=_FAULTS)
def test_a_fault_of_soaps(fault: Fault, snapshot: SnapshotAssertion) -> None:
    """Each fault of SOAP is reported with what to do."""
    assert str(fault_error(fault, status=500)) == snapshot


_TBA = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CONSUMER_KEY": "ck",
    "NETSUITE_CONSUMER_SECRET": "cs",
    "NETSUITE_TOKEN_ID": "ti",
    "NETSUITE_TOKEN_SECRET": "ts",
}
_OAUTH2 = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CLIENT_ID": "ci",
    "NETSUITE_CERTIFICATE_ID": "id",
    "NETSUITE_PRIVATE_KEY": pem_of("P-256"),
}
_ENCRYPTED = pem_of("P-256", "right")
_NANGO = {
    "NANGO_SECRET_KEY": "sk",
    "NANGO_CONNECTION_ID": "netsuite",
    "NANGO_PROVIDER_CONFIG_KEY": "netsuite-tba",
}
_VARIABLES = {
    "nothing set": {},
    "one missing": {**_TBA, "NETSUITE_TOKEN_SECRET": ""},
    "account id alone": {"NETSUITE_ACCOUNT_ID": "1234567"},
    "a blank inside": {**_TBA, "NETSUITE_TOKEN_SECRET": "t s"},
    "an account id that is none": {**_TBA, "NETSUITE_ACCOUNT_ID": "https://system.netsuite.com"},
    "two kinds": {**_TBA, **_OAUTH2},
    "all kinds": {**_TBA, **_OAUTH2, **_NANGO},
    "Nango in part": {"NANGO_CONNECTION_ID": "netsuite"},
    "Nango in plain http": {**_NANGO, "NANGO_HOST": "http://nango.example.com"},
    "OAuth 2.0 in part": {"NETSUITE_CLIENT_ID": "ci", "NETSUITE_ACCOUNT_ID": "1234567"},
    "a key that is a certificate": {
        **_OAUTH2,
        "NETSUITE_PRIVATE_KEY": certificate_of("P-256", datetime(2026, 11, 1), 9),
    },
    "a key that is public": {**_OAUTH2, "NETSUITE_PRIVATE_KEY": public_pem_of("P-256")},
    "a key that is cut": {
        **_OAUTH2,
        "NETSUITE_PRIVATE_KEY": pem_of("P-256")[:80] + "\n-----END PRIVATE KEY-----",
    },
    "a key that is no file": {**_OAUTH2, "NETSUITE_PRIVATE_KEY": "nowhere/private.pem"},
    "a key without its password": {**_OAUTH2, "NETSUITE_PRIVATE_KEY": _ENCRYPTED},
    "a key with another password": {
        **_OAUTH2,
        "NETSUITE_PRIVATE_KEY": _ENCRYPTED,
        "NETSUITE_PRIVATE_KEY_PASSWORD": "wrong",
    },
    "a key on another curve": {**_OAUTH2, "NETSUITE_PRIVATE_KEY": pem_of("k1")},
    "a key of another kind": {**_OAUTH2, "NETSUITE_PRIVATE_KEY": pem_of("ed25519")},
    "a key that is too short": {**_OAUTH2, "NETSUITE_PRIVATE_KEY": pem_of("1024")},
    "an algorithm of another key": {**_OAUTH2, "NETSUITE_SIGNING_ALGORITHM": "PS256"},
}


@pytest.mark.parametrize("variables", _VARIABLES.values(), ids=_VARIABLES)
def test_variables_that_cannot_be_right(variables: dict[str, str], snapshot: SnapshotAssertion) -> None:
    """Settings that are missing or malformed are named with what to set."""
    with pytest.raises(NetSuiteError) as raised:
        credentials_from_variables(variables)
    assert str(raised.value) == snapshot


def _folder(path: str) -> Path:
    Path(path).mkdir()
    return Path(path)


def _file(path: str, content: bytes) -> Path:
    Path(path).write_bytes(content)
    return Path(path)


def _link(path: str, target: str) -> Path:
    Path(path).symlink_to(target)
    return Path(path)


_VALUES: dict[str, Callable[[], object]] = {
    "account id, empty": lambda: parse_account_id(" "),
    "account id, an address": lambda: parse_account_id("https://1234567.app.netsuite.com"),
    "account id, a token": lambda: parse_account_id("a1" * 32),
    "address, none": lambda: checked_base_url("host:8080"),
    "address with a password": lambda: checked_base_url("http://user:hush@host"),
    "address in plain http": lambda: checked_base_url("http://netsuite.example.com"),
    "Nango's address, none": lambda: checked_host("nango"),
    "concurrency": lambda: read_concurrency({"NETSUITE_CONCURRENCY": "five"}),
    "prefix": lambda: connection_variables({}, "sand box"),
    "type of key": lambda: make_key_pair("dsa", "warehouse"),
    "value for .env": lambda: with_values("B=1\n", {"A": "${HOME}"}),
    "certificate, none": lambda: read_certificate("nowhere.pem"),
    "certificate, a key": lambda: read_certificate(pem_of("P-256")),
    "certificate, cut": lambda: read_certificate(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    ),
    "file, none": lambda: read_user_file(Path("nowhere.yaml")),
    "file, a folder": lambda: read_user_file(_folder("folder")),
    "file in UTF-16": lambda: read_user_file(_file("tables.yaml", "größe".encode("utf-16"))),
    "file in Latin-1": lambda: read_user_file(_file("tables.yaml", "größe".encode("latin-1"))),
    "file with NUL": lambda: read_user_file(_file("tables.yaml", b"a\0b")),
    "connection's name": lambda: check_connection_name("My Connection"),
    "connection's name, taken": lambda: check_connection_name("main"),
    "table's name": lambda: check_table_name("my table"),
    "warehouse, a folder": lambda: check_place(_folder("warehouse.duckdb")),
    "warehouse below a file": lambda: check_place(_file("file", b"") / "warehouse.duckdb"),
    "warehouse, a link in a circle": lambda: check_place(_link("warehouse.duckdb", "warehouse.duckdb")),
    "warehouse with NUL": lambda: check_place(Path("ware\0house.duckdb")),
    "warehouse, another file": lambda: check_is_ours(_file("warehouse.duckdb", b"a letter")),
}


@pytest.mark.parametrize("use", _VALUES.values(), ids=_VALUES)
def test_a_value_or_file_that_cannot_serve(
    use: Callable[[], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    """A value or file that cannot serve is named with what to do."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((NetSuiteError, WarehouseError)) as raised:
        use()
    assert str(raised.value).replace(str(tmp_path), "…") == snapshot


_CONNECTIONS = {
    "no credentials": {"credentials": {}},
    "no account": {"credentials": {"type": "TBA"}, "connection_config": {}},
    "no secrets": {"credentials": {"type": "TBA"}, "connection_config": {"accountId": "1234567"}},
    "another kind": {"credentials": {"type": "BASIC"}, "connection_config": {"accountId": "1234567"}},
}


@pytest.mark.parametrize("connection", _CONNECTIONS.values(), ids=_CONNECTIONS)
def test_what_nango_keeps_and_cannot_be_used(
    connection: dict[str, dict[str, str]], snapshot: SnapshotAssertion
) -> None:
    """An unusable connection of Nango's is reported."""
    error = parse_connection(connection, datetime(2026, 11, 24), "Nango's connection 'netsuite'")
    assert isinstance(error, NetSuiteError)
    assert str(error) == snapshot


_CODES = (
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "temporarily_unavailable",
    "another_code",
)


@pytest.mark.parametrize("code", _CODES)
def test_a_refused_access_token(code: str, snapshot: SnapshotAssertion) -> None:
    """Each code of OAuth 2.0 is reported with its likely cause."""
    body = json.dumps({"error": code, "error_description": "In NetSuite's words."}).encode()
    asked = "POST /services/rest/auth/oauth2/v1/token"
    reply = TokenReply(400, body, error_from_reply(400, body, endpoint=asked), asked)
    assert str(parse_token_reply(reply)) == snapshot


def _raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


_FAILURES: dict[str, Callable[[], object]] = {
    "sign-in": _raising(error_from_reply(401, b"", endpoint=_ASKED)),
    "settings": lambda: credentials_from_variables({}),
    "busy": _raising(Throttled("NetSuite refuses more requests at once than the account may make.")),
    "down": _raising(Unavailable("NetSuite does not answer properly (503).", remedy="")),
    "warehouse": lambda: check_connection_name("My Connection"),
    "usage": _raising(click.UsageError("No such option: --fast")),
    "input ended": _raising(click.Abort()),
    "no thread": _raising(RuntimeError("can't start new thread")),
}


@pytest.mark.parametrize("run", _FAILURES.values(), ids=_FAILURES)
def test_a_command_that_fails(
    run: Callable[[], object], capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """A command prints its failure on standard error and in its exit code."""
    code = run_command(run)
    assert f"{capsys.readouterr().err}exit code {code}" == snapshot
