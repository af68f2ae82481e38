"""Variables of one connection among several never come from another one."""

import pytest

from netsuite_pipeline.netsuite.config.variable_prefix import connection_variables, with_prefix_names
from netsuite_pipeline.netsuite.errors import ConfigurationError

ALL = {
    "NETSUITE_ACCOUNT_ID": "1",
    "NETSUITE_TOKEN_ID": "of production",
    "NETSUITE_HASH_SALT": "pepper",
    "NETSUITE_SANDBOX_ACCOUNT_ID": "1_SB1",
    "SUB_ACCOUNT_ID": "2",
    "SUB_NANGO_CONNECTION_ID": "theirs",
    "SUB_NANGO_HOST": "http://127.0.0.1:1",
    "NANGO_CONNECTION_ID": "production's",
    "NANGO_SECRET_KEY": "one for all",
    "NANGO_HOST": "http://127.0.0.1:2",
    "HOME": "/home",
}


def test_the_standard_prefix_returns_the_environment_unchanged() -> None:
    assert connection_variables(ALL) is ALL


def test_another_prefix_selects_its_own_and_shared_variables() -> None:
    assert connection_variables(ALL, "SUB") == {
        "NETSUITE_ACCOUNT_ID": "2",
        "NETSUITE_HASH_SALT": "pepper",
        "NANGO_CONNECTION_ID": "theirs",
        "NANGO_HOST": "http://127.0.0.1:1",
        "NANGO_SECRET_KEY": "one for all",
        "HOME": "/home",
    }


def test_a_prefix_may_begin_like_the_standard_one() -> None:
    found = connection_variables(ALL, "NETSUITE_SANDBOX")
    assert found["NETSUITE_ACCOUNT_ID"] == "1_SB1"
    assert "NETSUITE_TOKEN_ID" not in found


@pytest.mark.parametrize("prefix", ["", "sandbox", "SAND-BOX", "1SB", "SANDBOX_"])
def test_what_cannot_begin_a_name_is_refused_by_name(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot begin the names of variables") as raised:
        connection_variables(ALL, prefix)
    assert "SANDBOX_ACCOUNT_ID" in raised.value.remedy


def test_messages_name_the_variables_of_the_connection() -> None:
    text = "NETSUITE_TOKEN_ID, NANGO_CONNECTION_ID and NANGO_SECRET_KEY"
    assert with_prefix_names("SUB", text) == "SUB_TOKEN_ID, SUB_NANGO_CONNECTION_ID and NANGO_SECRET_KEY"
    assert with_prefix_names("NETSUITE", text) == text
