"""A second set of credentials: it wins, and another kind's values do not stand beside it."""

import pytest

from netsuite_pipeline.netsuite.auth.factory import kind_of_credentials
from netsuite_pipeline.netsuite.config.credential_override import override_credentials

TBA = {f"NETSUITE_{name}": name for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET")}
OAUTH2 = {f"NETSUITE_{name}": name for name in ("CLIENT_ID", "CERTIFICATE_ID", "PRIVATE_KEY", "CERTIFICATE")}
NANGO = {"NANGO_CONNECTION_ID": "acme", "NANGO_SECRET_KEY": "s"}
ACCOUNT = {"NETSUITE_ACCOUNT_ID": "1234567"}
KINDS = {"tba": TBA, "oauth2": OAUTH2, "nango": NANGO}


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", KINDS)
def test_whatever_was_set_the_second_set_is_the_one_that_counts(before: str, after: str) -> None:
    together = override_credentials({**ACCOUNT, **KINDS[before]}, KINDS[after])
    assert kind_of_credentials(together) == after
    assert together["NETSUITE_ACCOUNT_ID"] == "1234567"


def test_values_that_are_no_credentials_change_nothing_else() -> None:
    environment = {**ACCOUNT, **TBA, "NETSUITE_CONCURRENCY": "5"}
    assert override_credentials(environment, {"NETSUITE_CONCURRENCY": "9"}) == {
        **environment,
        "NETSUITE_CONCURRENCY": "9",
    }


def test_another_connections_values_stay() -> None:
    environment = {**TBA, "SANDBOX_TOKEN_ID": "old", "SANDBOX_NANGO_CONNECTION_ID": "old"}
    assert override_credentials(environment, {"SANDBOX_CLIENT_ID": "new"}) == {
        **TBA,
        "SANDBOX_CLIENT_ID": "new",
    }


def test_an_empty_value_is_no_set() -> None:
    assert override_credentials(TBA, {"NETSUITE_CLIENT_ID": ""})["NETSUITE_TOKEN_ID"] == "TOKEN_ID"
