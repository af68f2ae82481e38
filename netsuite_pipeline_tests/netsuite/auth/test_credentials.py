"""Which kind of credentials the variables select, and how each kind describes itself."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from netsuite_pipeline.netsuite.auth.credentials import Credentials
from netsuite_pipeline.netsuite.auth.factory import credentials_from_variables, kind_of_credentials
from netsuite_pipeline.netsuite.auth.nango import NangoCredentials
from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError, SignInError
from netsuite_pipeline_tests.netsuite.token_server import variables

TBA = {
    "NETSUITE_ACCOUNT_ID": "1234567",
    "NETSUITE_CONSUMER_KEY": "ck",
    "NETSUITE_CONSUMER_SECRET": "cs",
    "NETSUITE_TOKEN_ID": "ti",
    "NETSUITE_TOKEN_SECRET": "ts",
}
NANGO = {"NANGO_SECRET_KEY": "s", "NANGO_CONNECTION_ID": "acme"}


@pytest.mark.parametrize(
    ("given", "kind", "of_class"),
    [
        (TBA, "tba", TokenCredentials),
        (variables(), "oauth2", OAuth2Credentials),
        (NANGO, "nango", NangoCredentials),
        ({**NANGO, "NETSUITE_ACCOUNT_ID": "1234567"}, "nango", NangoCredentials),
        ({**TBA, "NANGO_SECRET_KEY": "another connection's"}, "tba", TokenCredentials),
        ({**variables(), "NANGO_SECRET_KEY": "another connection's"}, "oauth2", OAuth2Credentials),
        ({**TBA, "NETSUITE_CLIENT_ID": " \n"}, "tba", TokenCredentials),
    ],
)
def test_the_variables_that_are_set_decide_the_kind(
    given: Mapping[str, str], kind: str, of_class: type
) -> None:
    found: Credentials = credentials_from_variables(given)
    assert (kind_of_credentials(given), found.kind) == (kind, kind)
    assert isinstance(found, of_class)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({**TBA, "NETSUITE_CLIENT_ID": "c"}, ("Token-based authentication: NETSUITE_CONSUMER_KEY,", "OAuth 2.0 client credentials: NETSUITE_CLIENT_ID.")),
        ({**variables(), **NANGO}, ("OAuth 2.0 client credentials: NETSUITE_CLIENT_ID,", "Nango: NANGO_CONNECTION_ID.")),
        ({"NETSUITE_TOKEN_ID": "t", **NANGO}, ("NETSUITE_TOKEN_ID", "NANGO_CONNECTION_ID")),
    ],
)  # fmt: skip
def test_two_kinds_at_once_are_refused_naming_both(given: Mapping[str, str], words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="More than one kind") as raised:
        client_from_environment(given)
    assert not [each for each in words if each not in raised.value.message]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "NETSUITE_ACCOUNT_ID, NETSUITE_CONSUMER_KEY"),
        ({"NETSUITE_ACCOUNT_ID": "1234567"}, "NETSUITE_CONSUMER_KEY, NETSUITE_CONSUMER_SECRET"),
        ({"NETSUITE_CLIENT_ID": "c"}, "NETSUITE_CERTIFICATE_ID and NETSUITE_PRIVATE_KEY are not set"),
        ({"NANGO_SECRET_KEY": "s"}, "NANGO_CONNECTION_ID is not set (NANGO_SECRET_KEY is)"),
        ({"NANGO_CONNECTION_ID": "s"}, "NANGO_SECRET_KEY is not set (NANGO_CONNECTION_ID is)"),
    ],
)
def test_missing_variables_of_the_likeliest_kind_are_named(given: Mapping[str, str], missing: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        client_from_environment(given)
    assert missing in raised.value.message


def test_token_based_authentication_has_a_passport_and_cannot_refresh() -> None:
    credentials = TokenCredentials.from_variables(TBA)
    assert (credentials.kind, credentials.can_refresh) == ("tba", False)
    assert credentials.passport is credentials
    assert credentials.sign_in_help == SignInError.remedy
    assert not credentials.refresh(1.0)


def test_only_client_credentials_load_what_they_need() -> None:
    script = (
        "import sys\n"
        "from netsuite_pipeline.netsuite.config.client_factory import client_from_environment\n"
        f"client_from_environment({TBA!r}).close()\n"
        "print([name for name in ('jwt', 'cryptography', 'netsuite_pipeline.netsuite.auth.nango', 'pandas', 'dagster')"
        " if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
        env=environment,
    )
    assert child.stdout.strip() == "[]"
