"""A client by the environment's variables."""

from collections.abc import Mapping

import pytest

from netsuite_pipeline.netsuite.config.client_factory import client_from_environment, read_concurrency
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.settings import ClientSettings

GIVEN: Mapping[str, str] = {
    "NETSUITE_ACCOUNT_ID": "1234567-sb1",
    "NETSUITE_CONSUMER_KEY": "ck",
    "NETSUITE_CONSUMER_SECRET": "cs",
    "NETSUITE_TOKEN_ID": "ti",
    "NETSUITE_TOKEN_SECRET": "ts",
}


def test_the_default_is_the_accounts_own_host_with_five_concurrent_requests() -> None:
    with client_from_environment(GIVEN) as client:
        assert client.base_url == "https://1234567-sb1.suitetalk.api.netsuite.com"
        assert client.governor.limit == 5
        assert (client.settings.connect_seconds, client.settings.read_seconds) == (10, 180)


@pytest.mark.parametrize("nothing", ["", "  \n"])
def test_empty_variables_count_as_unset(nothing: str) -> None:
    changed = {**GIVEN, "NETSUITE_BASE_URL": nothing, "NETSUITE_CONCURRENCY": nothing}
    with client_from_environment(changed, ClientSettings(concurrency=7)) as client:
        assert client.base_url.startswith("https://1234567-sb1.")
        assert client.governor.limit == 7


def test_the_variables_override_address_and_concurrency() -> None:
    changed = {**GIVEN, "NETSUITE_BASE_URL": " http://127.0.0.1:8080/\n", "NETSUITE_CONCURRENCY": " 15 "}
    settings = ClientSettings(concurrency=7, read_seconds=9)
    with client_from_environment(changed, settings) as client:
        assert client.base_url == "http://127.0.0.1:8080"
        assert (client.governor.limit, client.settings.read_seconds) == (15, 9)


@pytest.mark.parametrize(
    "url", ["ftp://host", "http://user:hush@host", "http://host?x=1", "https://", "host:8080", "http://[::1"]
)
def test_a_base_url_that_is_none_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        client_from_environment({**GIVEN, "NETSUITE_BASE_URL": url})
    assert "NETSUITE_BASE_URL" in raised.value.remedy
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("text", ["0", "201", "-1", "+5", "5.0", "five", "٥", "²", "1e1", "1 5", "9" * 5000])
def test_a_concurrency_that_is_none_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError, match="NETSUITE_CONCURRENCY") as raised:
        client_from_environment({**GIVEN, "NETSUITE_CONCURRENCY": text})
    assert "Integration Governance" in raised.value.remedy


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("200", 200), ("05", 5)])
def test_any_number_from_1_to_200_is_a_concurrency(text: str, number: int) -> None:
    assert read_concurrency({"NETSUITE_CONCURRENCY": text}) == number


def test_without_credentials_all_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"NETSUITE_ACCOUNT_ID.*NETSUITE_TOKEN_SECRET are not set"):
        client_from_environment({"NETSUITE_BASE_URL": "http://127.0.0.1:1"})
